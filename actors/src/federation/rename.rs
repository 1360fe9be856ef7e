//! Gives ids of a partition other names, references included.

use super::references::Refers;
use crate::decision::Decision;
use crate::ids::{ImageId, LayoutId, NetworkId, ProjectId, SizeId, TenantId};
use crate::masterdata::{image, size};
use crate::naming;
use crate::refusal::Refusal;
use crate::store::{BODY_BYTES_MAX, Key, Kind, STEPS_PER_TRANSACTION_MAX, TRANSACTION_BYTES_MAX};
use crate::time::Timestamp;
use crate::world::{Stopped, Table, World};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// The kinds whose ids can be renamed. Hardware names machines and switches, and a partition is named when it is set
/// up.
pub const RENAMABLE: [Kind; 6] =
    [Kind::Tenant, Kind::Project, Kind::Size, Kind::Image, Kind::Layout, Kind::Network];

/// A wish: `internet=internet-b`, or `network/internet=internet-b` where things of several kinds have the id. The words
/// for kinds are those of [`Kind::entity`]. No id has a slash; one with `=` cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    pub kind: Option<Kind>,
    pub from: String,
    pub to: String,
}

/// A text that is no [`Rename`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRename {
    #[error("{0:?} is no rename: write old=new, or kind/old=new")]
    Form(String),
    #[error("{0:?} is no kind that can be renamed: write {kinds}", kinds = kinds())]
    Kind(String),
}

fn kinds() -> String {
    RENAMABLE.map(Kind::entity).join(", ")
}

impl FromStr for Rename {
    type Err = BadRename;

    fn from_str(text: &str) -> Result<Self, BadRename> {
        let bad = || BadRename::Form(text.to_owned());
        let (from, to) = text.split_once('=').ok_or_else(bad)?;
        let (kind, from) = match from.split_once('/') {
            Some((word, from)) => {
                let kind = RENAMABLE.into_iter().find(|kind| kind.entity() == word);
                (Some(kind.ok_or_else(|| BadRename::Kind(word.to_owned()))?), from)
            }
            None => (None, from),
        };
        if from.is_empty() || to.is_empty() {
            return Err(bad());
        }
        Ok(Self { kind, from: from.to_owned(), to: to.to_owned() })
    }
}

impl Rename {
    /// Whether it was done before: nothing has the old id, and something has the new one.
    pub fn is_done(&self, world: &World) -> bool {
        let is_new = |kind: &Kind| world.has(&Key::new(*kind, &self.to));
        let kinds = RENAMABLE.into_iter().filter(|kind| self.kind.is_none_or(|given| given == *kind));
        matches!(kind_of(world, self.kind, &self.from), Err(RenameRefusal::NotFound { .. }))
            && kinds.into_iter().any(|kind| is_new(&kind))
    }
}

impl fmt::Display for Rename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(kind) = self.kind {
            write!(f, "{}/", kind.entity())?;
        }
        write!(f, "{}={}", self.from, self.to)
    }
}

/// Why ids are not renamed; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenameRefusal {
    #[error("no {} has the id {id:?}", kinds())]
    NotFound { id: String },
    #[error("{id:?} is the id of a {}, which cannot be renamed: only ids of {} can", kind.entity(), kinds())]
    NotRenamable { kind: Kind, id: String },
    #[error("{id:?} is the id of several things: write {} before it", choices(kinds))]
    Ambiguous { id: String, kinds: Vec<Kind> },
    #[error("{} {id:?} is renamed twice", kind.entity())]
    Twice { kind: Kind, id: String },
    #[error("{} {id:?} exists already: choose another id", kind.entity())]
    Exists { kind: Kind, id: String },
    #[error("{} {id:?} cannot get this id: {why}", kind.entity())]
    BadId { kind: Kind, id: String, why: String },
    #[error(
        "image {from:?} cannot become {to:?}: layouts and constraints are by operating system, so {os:?} must stay before \
         the last hyphen"
    )]
    OtherSystem { from: String, to: String, os: String },
    #[error(
        "the rename needs {steps} steps, at most {STEPS_PER_TRANSACTION_MAX} are possible in one transaction: rename \
         fewer ids, or those of the other plant"
    )]
    TooManySteps { steps: usize },
    #[error(
        "the rename writes {bytes} bytes, at most {TRANSACTION_BYTES_MAX} are possible in one transaction: rename fewer \
         ids, or rename those of the other plant"
    )]
    TooLarge { bytes: usize },
    #[error("{} {id:?} would have {bytes} bytes, at most {BODY_BYTES_MAX} are possible: choose a shorter id", kind.entity())]
    LargeRow { kind: Kind, id: String, bytes: usize },
    /// An unreadable row may have the old id, too.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

fn choices(kinds: &[Kind]) -> String {
    let words: Vec<String> = kinds.iter().map(|kind| format!("{}/", kind.entity())).collect();
    words.join(" or ")
}

/// Checked renames: each id exists in one kind, and each new one is valid and free.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renames(BTreeMap<Kind, BTreeMap<String, String>>);

/// The result of a rename.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// Kind, old id and new id.
    pub ids: Vec<(Kind, String, String)>,
    /// Number of rows that changed.
    pub rows: usize,
}

/// An id that can be renamed.
pub(super) trait RenamableId {
    const KIND: Kind;

    fn text(&mut self) -> &mut String;
}

macro_rules! renamable_ids {
    ($($id:ident is $kind:ident),+ $(,)?) => {
        $(impl RenamableId for $id {
            const KIND: Kind = Kind::$kind;

            fn text(&mut self) -> &mut String {
                &mut self.0
            }
        })+
    };
}

renamable_ids! {
    TenantId is Tenant, ProjectId is Project, SizeId is Size, ImageId is Image, LayoutId is Layout,
    NetworkId is Network,
}

impl Renames {
    /// Checks the wishes against the rows of `world`.
    pub fn new(world: &World, wishes: &[Rename]) -> Result<Self, RenameRefusal> {
        let mut renames = Self::default();
        let mut targets = BTreeSet::new();
        for Rename { kind, from, to } in wishes {
            let kind = kind_of(world, *kind, from)?;
            check(world, kind, from, to)?;
            let ids = renames.0.entry(kind).or_default();
            if ids.insert(from.clone(), to.clone()).is_some() {
                return Err(RenameRefusal::Twice { kind, id: from.clone() });
            }
            if !targets.insert((kind, to)) {
                return Err(RenameRefusal::Exists { kind, id: to.clone() });
            }
        }
        Ok(renames)
    }

    /// Replaces an id if it is renamed.
    pub(super) fn apply<I: RenamableId>(&self, id: &mut I) {
        self.replace(I::KIND, id.text());
    }

    pub(super) fn tenant(&self, id: &mut String) {
        self.replace(Kind::Tenant, id);
    }

    pub(super) fn project(&self, id: &mut String) {
        self.replace(Kind::Project, id);
    }

    pub(super) fn size(&self, id: &mut String) {
        self.replace(Kind::Size, id);
    }

    pub(super) fn image(&self, id: &mut String) {
        self.replace(Kind::Image, id);
    }

    fn replace(&self, kind: Kind, id: &mut String) {
        if let Some(new) = self.0.get(&kind).and_then(|ids| ids.get(id.as_str())) {
            id.clone_from(new);
        }
    }

    /// The record after the renames; `None`: it does not change.
    pub(super) fn renamed<R: Refers>(&self, record: &R) -> Option<R> {
        if self.0.is_empty() {
            return None;
        }
        let mut next = record.clone();
        next.rename(self);
        (next != *record).then_some(next)
    }

    /// Kind, old id and new id of each.
    pub fn all(&self) -> impl Iterator<Item = (Kind, String, String)> {
        self.0.iter().flat_map(|(kind, ids)| ids.iter().map(|(from, to)| (*kind, from.clone(), to.clone())))
    }
}

fn kind_of(world: &World, given: Option<Kind>, id: &str) -> Result<Kind, RenameRefusal> {
    let has = |kind: &Kind| world.has(&Key::new(*kind, id));
    let found: Vec<Kind> =
        RENAMABLE.into_iter().filter(|kind| given.is_none_or(|given| given == *kind)).filter(has).collect();
    match found.as_slice() {
        [kind] => Ok(*kind),
        [] => Err(match [Kind::Machine, Kind::Switch, Kind::Partition].into_iter().find(has) {
            Some(kind) => RenameRefusal::NotRenamable { kind, id: id.to_owned() },
            None => RenameRefusal::NotFound { id: id.to_owned() },
        }),
        kinds => Err(RenameRefusal::Ambiguous { id: id.to_owned(), kinds: kinds.to_owned() }),
    }
}

fn check(world: &World, kind: Kind, from: &str, to: &str) -> Result<(), RenameRefusal> {
    let bad = |why: String| RenameRefusal::BadId { kind, id: to.to_owned(), why };
    naming::check(kind, to).map_err(|Refusal { message, .. }| bad(message))?;
    if kind == Kind::Size && to == size::UNKNOWN {
        return Err(bad("it is the size of machines that no size matches".to_owned()));
    }
    if kind == Kind::Image {
        let (os, _) = image::parse(to).map_err(|error| bad(error.to_string()))?;
        if image::parse(from).is_ok_and(|(old, _)| old != os) {
            let (from, to) = (from.to_owned(), to.to_owned());
            let os = image::parse(&from).map(|(os, _)| os.to_owned()).unwrap_or_default();
            return Err(RenameRefusal::OtherSystem { from, to, os });
        }
    }
    match world.has(&Key::new(kind, to)) {
        true => Err(RenameRefusal::Exists { kind, id: to.to_owned() }),
        false => Ok(()),
    }
}

/// Gives the ids their new names in all rows, as one transaction: it fails as a whole if one of the rows has changed
/// meanwhile.
///
/// It finds the rows that are there now: a command that is decided at the same time may still write an old id, unless
/// commands wait for the rename.
///
/// Ended tenures of addresses are not changed: like all history, they keep the names of their time. A tenure that lasts
/// goes on under the new name.
pub fn rename(world: &World, ids: &Renames, at: Timestamp) -> Result<Decision<Renamed>, RenameRefusal> {
    let mut rows = Rows { ids, at, decision: Decision::new(at, ()), rows: 0, steps: 0, bytes: 0 };
    world.whole(|| rename_all(world, &mut rows))??;
    if rows.steps > STEPS_PER_TRANSACTION_MAX {
        return Err(RenameRefusal::TooManySteps { steps: rows.steps });
    }
    if rows.bytes > TRANSACTION_BYTES_MAX {
        return Err(RenameRefusal::TooLarge { bytes: rows.bytes });
    }
    let renamed = Renamed { ids: ids.all().collect(), rows: rows.rows };
    Ok(rows.decision.map(|()| renamed))
}

macro_rules! rename_all {
    ($(
        $(#[$meta:meta])*
        $kind:ident { record: $record:ty, rows: [$($rows:ident $(, $changes:ident)?)?], $($rest:tt)* }
    )+) => {
        fn rename_all(world: &World, rows: &mut Rows<'_>) -> Result<(), RenameRefusal> {
            $($(rows.rename(&world.$rows)?;)?)+
            Ok(())
        }
    };
}

crate::schema!(rename_all);

/// The decision so far.
struct Rows<'a> {
    ids: &'a Renames,
    at: Timestamp,
    decision: Decision<()>,
    rows: usize,
    steps: usize,
    bytes: usize,
}

impl Rows<'_> {
    /// Counts all changed rows, and decides about those that fit into a transaction.
    fn rename<R: Refers>(&mut self, table: &Table<R>) -> Result<(), RenameRefusal> {
        for read in table.all() {
            let Some(mut next) = self.ids.renamed(&*read.value) else { continue };
            next.changed(self.at);
            let is_moved = next.id() != read.id();
            if is_moved && table.contains(&next.id()) {
                return Err(RenameRefusal::Exists { kind: R::KIND, id: next.id() });
            }
            let bytes = next.row(read.generation).bytes();
            if bytes > BODY_BYTES_MAX {
                return Err(RenameRefusal::LargeRow { kind: R::KIND, id: next.id(), bytes });
            }
            self.rows += 1;
            self.steps += if is_moved { 2 } else { 1 };
            self.bytes += bytes;
            if self.steps > STEPS_PER_TRANSACTION_MAX || self.bytes > TRANSACTION_BYTES_MAX {
                continue;
            }
            match is_moved {
                true => self.decision.delete(&read).create(next),
                false => self.decision.rewrite(&read, next),
            };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
