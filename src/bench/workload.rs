//! The preparation and the operations of clients (ipam 2.4).

use super::clients::Figures;
use super::model::Document;
use super::pace::{Pace, work};
use super::target::{Side, Target};
use crate::telemetry::Stat;
use anyhow::{Context, bail, ensure};
use ipnet::IpNet;
use sqlx::postgres::PgPool;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

const V4: &str = "10.0.0.0/16";
const V6: &str = "2001:db8::/64";
const V6_LAST: &str = "2001:db8::ffff:ffff:ffff:fffe";
const PARENT: &str = "10.0.0.0/8";
const CHILD_LENGTH: u8 = 24;
/// 90 % of a /16, and half of it.
const NEARLY_FULL: u32 = 58_982;
const HALF_FULL: u32 = 32_768;
/// Skew of the choice among prefixes.
const ZIPF: f64 = 1.1;

/// Longest time that a client holds an address.
const HELD_MAX: Duration = Duration::from_secs(1);

/// One line of the table.
#[derive(Clone, Debug)]
pub(super) struct Workload {
    pub(super) id: &'static str,
    pub(super) title: String,
    clients: usize,
    setup: Setup,
    step: Step,
    /// Maximum of operations of all clients together.
    operations_max: usize,
}

/// The initial content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setup {
    Prefix(&'static str),
    /// This many of the lowest addresses of [`V4`] are used.
    Filled(u32),
    /// This many children were cut from [`PARENT`].
    Children(u32),
    /// This many roots.
    Roots(u32),
}

/// The operation that a client repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Acquires an address and releases it.
    Pair(Option<&'static str>),
    Acquire,
    /// Acquires one, holds it for up to a second, releases it.
    Churn,
    Child,
    NewRoot,
    /// Acquires from one of the roots.
    Zipf,
    /// Acquires the address that all clients want, and releases it.
    Storm,
}

/// All workloads, in order.
pub(super) fn all() -> Vec<Workload> {
    let new = |id, title: &str, clients, setup, step, operations_max| Workload {
        id,
        title: title.to_owned(),
        clients,
        setup,
        step,
        operations_max,
    };
    let mut all = vec![
        new("W1", "acquire and release, empty /16", 1, Setup::Prefix(V4), Step::Pair(None), usize::MAX),
        new("W2", "acquire up to 4,096, empty /16", 1, Setup::Prefix(V4), Step::Acquire, 4_096),
        new("W3", "acquire, /16 filled to 90 %", 1, Setup::Filled(NEARLY_FULL), Step::Acquire, 6_000),
    ];
    for clients in [1, 2, 4, 8, 16, 32, 64, 256] {
        let title = format!("{clients} clients acquire in one /16");
        all.push(new("W4", &title, clients, Setup::Prefix(V4), Step::Acquire, 60_000));
    }
    for (clients, children, wanted) in
        [(1, 0, 1_000), (1, 10_000, 1_000), (1, 60_000, 1_000), (64, 60_000, 5_000)]
    {
        let who = if clients == 1 { String::new() } else { format!("{clients} clients, ") };
        let title = format!("{who}/24 from a /8 with {children}");
        all.push(new("W5", &title, clients, Setup::Children(children), Step::Child, wanted));
    }
    all.extend([
        new("W6", "64 clients churn, /16 half full", 64, Setup::Filled(HALF_FULL), Step::Churn, usize::MAX),
        new("W7", "acquire and release, IPv6 /64", 1, Setup::Prefix(V6), Step::Pair(None), usize::MAX),
        new("W7", "acquire up to 10,000, IPv6 /64", 1, Setup::Prefix(V6), Step::Acquire, 10_000),
        new(
            "W7",
            "the last one of a /64, again and again",
            1,
            Setup::Prefix(V6),
            Step::Pair(Some(V6_LAST)),
            usize::MAX,
        ),
        new("W8", "64 clients, 1,000 prefixes, Zipf", 64, Setup::Roots(1_000), Step::Zipf, usize::MAX),
        new("W9", "new root beside 10,000", 1, Setup::Roots(10_000), Step::NewRoot, 50_000),
        new("W11", "64 clients want the same address", 64, Setup::Prefix(V4), Step::Storm, usize::MAX),
    ]);
    all
}

/// The n-th root of [`Setup::Roots`].
fn root(number: u32) -> String {
    format!("{}/24", std::net::Ipv4Addr::from(0x1000_0000 + (number << 8)))
}

impl Setup {
    fn prefix(self) -> &'static str {
        match self {
            Self::Prefix(prefix) => prefix,
            Self::Filled(_) => V4,
            Self::Children(_) | Self::Roots(_) => PARENT,
        }
    }

    /// A prefix of [`Self::dump`].
    fn loaded(self) -> String {
        if let Self::Roots(_) = self { root(0) } else { self.prefix().to_owned() }
    }

    /// The dump to load; `None`: an empty prefix is created.
    fn dump(self) -> anyhow::Result<Option<String>> {
        let documents = match self {
            Self::Prefix(_) => return Ok(None),
            Self::Filled(count) => {
                let cidr: IpNet = V4.parse()?;
                let mut document = Document::new(&cidr, "");
                document
                    .ips
                    .extend(cidr.hosts().take(usize::try_from(count)?).map(|ip| (ip.to_string(), true)));
                vec![document]
            }
            Self::Children(count) => {
                let parent: IpNet = PARENT.parse()?;
                let mut document = Document { is_parent: count > 0, ..Document::new(&parent, "") };
                let children = parent.subnets(CHILD_LENGTH)?.take(usize::try_from(count)?);
                let children: Vec<Document> = children.map(|child| Document::new(&child, PARENT)).collect();
                let named = children.iter().map(|child| (child.cidr.clone(), false));
                document.available_child_prefixes.extend(named);
                std::iter::once(document).chain(children).collect()
            }
            Self::Roots(count) => (0..count)
                .map(|number| Ok(Document::new(&root(number).parse()?, "")))
                .collect::<anyhow::Result<_>>()?,
        };
        Ok(Some(serde_json::to_string(&documents)?))
    }
}

/// State that the clients of a run share.
#[derive(Debug)]
pub(super) struct Shared {
    step: Step,
    pub(super) pace: Pace,
    pub(super) clients: usize,
    prefix: &'static str,
    /// Remaining operations.
    pub(super) left: AtomicUsize,
    pub(super) started: Instant,
    pub(super) end: Instant,
    roots: u32,
    next_root: AtomicU64,
    /// Current holders of the address of [`Step::Storm`].
    holders: AtomicUsize,
    broken: AtomicU64,
}

impl Workload {
    /// Whether it uses any addresses of one initially empty prefix.
    pub(super) fn is_plain(&self) -> bool {
        matches!((self.setup, self.step), (Setup::Prefix(_), Step::Acquire | Step::Pair(None)))
    }

    /// A client that holds an address for a while, or wants one certain address, cannot send the next request
    /// meanwhile.
    pub(super) fn can_be_open(&self) -> bool {
        !matches!(self.step, Step::Churn | Step::Pair(Some(_)))
    }

    /// One run in its own address space. `journal`: the database that the service stores in.
    pub(super) async fn run(
        &self,
        side: &Side,
        pace: Pace,
        length: Duration,
        journal: Option<&PgPool>,
    ) -> anyhow::Result<Figures> {
        let space = self.prepare(side).await.context("the preparation")?;
        let mut first = side.open(&space).await?;
        let before = match self.setup {
            Setup::Roots(_) => (0, 0),
            _ => first.taken(self.setup.prefix()).await?,
        };
        let mut targets = Vec::with_capacity(self.clients);
        for _ in 0..self.clients {
            targets.push(side.open(&space).await?);
        }
        let written = position(journal).await?;
        let busy = side.pid.and_then(Stat::of).map(|stat| stat.cpu);
        let started = Instant::now();
        let shared = Arc::new(Shared {
            step: self.step,
            pace,
            clients: self.clients,
            prefix: self.setup.prefix(),
            left: AtomicUsize::new(self.operations_max),
            started,
            end: started + length,
            roots: if let Setup::Roots(count) = self.setup { count } else { 0 },
            next_root: AtomicU64::new(0),
            holders: AtomicUsize::new(0),
            broken: AtomicU64::new(0),
        });
        let mut running = JoinSet::new();
        for (number, target) in targets.into_iter().enumerate() {
            running.spawn(work(target, Arc::clone(&shared), number));
        }
        let (mut figures, mut given) = (Figures::default(), Vec::new());
        while let Some(done) = running.join_next().await {
            let seen = done??;
            figures.clients.push(seen.waits);
            given.extend(seen.given);
            figures.failures.add(seen.failures);
        }
        if let (0, Some(why)) = (figures.operations(), figures.failures.most_frequent()) {
            bail!("nothing succeeded: {why}");
        }
        figures.took = started.elapsed();
        figures.cpu = busy
            .zip(side.pid.and_then(Stat::of).map(|stat| stat.cpu))
            .map(|(from, to)| to.saturating_sub(from));
        let after = position(journal).await?;
        figures.journal = written.zip(after).map(|(from, to)| (to.0 - from.0, to.1 - from.1));
        let audited = self.audit(&mut first, before, &given, figures.failures.count()).await?;
        figures.broken = shared.broken.load(Ordering::Relaxed) + audited;
        Ok(figures)
    }

    /// Prepares an address space for the workload; returns its name.
    async fn prepare(&self, side: &Side) -> anyhow::Result<String> {
        let space = format!("bench-{:016x}", rand::random::<u64>());
        let mut first = side.open(&space).await?;
        first.create_space().await?;
        match self.setup.dump()? {
            Some(dump) => first.load(dump, &self.setup.loaded()).await?,
            None => first.create_prefix(self.setup.prefix()).await?,
        }
        Ok(space)
    }

    /// Every acquired address must exist, once. Each of `failed` operations may have been applied or not.
    async fn audit(
        &self,
        target: &mut Target,
        before: (u64, u64),
        given: &[String],
        failed: usize,
    ) -> anyhow::Result<u64> {
        let once: BTreeSet<&String> = given.iter().collect();
        let twice = u64::try_from(given.len() - once.len())?;
        if matches!(self.setup, Setup::Roots(_)) {
            return Ok(twice);
        }
        let (ips, children) = target.taken(self.setup.prefix()).await?;
        let count = u64::try_from(given.len())?;
        let expected = match self.step {
            Step::Acquire => (before.0 + count, before.1),
            Step::Child => (before.0, before.1 + count),
            _ => before,
        };
        let different = expected.0.abs_diff(ips) + expected.1.abs_diff(children);
        Ok(twice + different.saturating_sub(u64::try_from(failed)?))
    }
}

/// The number of writing transactions so far, and WAL bytes.
async fn position(journal: Option<&PgPool>) -> anyhow::Result<Option<(u64, u64)>> {
    const WHERE: &str = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text, \
         (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::text";
    let Some(journal) = journal else { return Ok(None) };
    let (commits, bytes): (String, String) = sqlx::query_as(WHERE).fetch_one(journal).await?;
    Ok(Some((commits.parse()?, bytes.parse()?)))
}

/// The result of an operation.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// What the client holds from now on.
    pub(super) given: Option<String>,
    /// How long it held something without a request.
    pub(super) pause: Duration,
}

/// One operation; `drawn`, from 0 to 1, is its random choice.
pub(super) async fn step(target: &mut Target, shared: &Shared, drawn: f64) -> anyhow::Result<Done> {
    let prefix = shared.prefix;
    match shared.step {
        Step::Pair(ip) => {
            let ip = target.acquire(prefix, ip).await?.context("no other caller has it")?;
            target.release(prefix, &ip).await?;
        }
        Step::Acquire => {
            let ip = target.acquire(prefix, None).await?.context("any one will do")?;
            return Ok(Done { given: Some(ip), ..Done::default() });
        }
        Step::Churn => {
            let ip = target.acquire(prefix, None).await?.context("any one will do")?;
            let pause = HELD_MAX.mul_f64(drawn);
            tokio::time::sleep(pause).await;
            target.release(prefix, &ip).await?;
            return Ok(Done { pause, ..Done::default() });
        }
        Step::Child => {
            let child = target.child(prefix, CHILD_LENGTH).await?;
            return Ok(Done { given: Some(child), ..Done::default() });
        }
        Step::NewRoot => {
            let number = shared.roots + u32::try_from(shared.next_root.fetch_add(1, Ordering::Relaxed))?;
            target.create_prefix(&root(number)).await?;
        }
        Step::Zipf => {
            let root = root(zipf(drawn, shared.roots));
            let ip = target.acquire(&root, None).await?.context("any one will do")?;
            target.release(&root, &ip).await?;
        }
        Step::Storm => storm(target, shared).await?,
    }
    Ok(Done::default())
}

/// At most one client may hold it at any moment.
async fn storm(target: &mut Target, shared: &Shared) -> anyhow::Result<()> {
    const WANTED: &str = "10.0.7.7";
    if let Some(ip) = target.acquire(shared.prefix, Some(WANTED)).await? {
        ensure!(ip == WANTED, "{ip} was given instead of {WANTED}");
        if shared.holders.fetch_add(1, Ordering::SeqCst) != 0 {
            shared.broken.fetch_add(1, Ordering::Relaxed);
        }
        shared.holders.fetch_sub(1, Ordering::SeqCst);
        target.release(shared.prefix, WANTED).await?;
    }
    Ok(())
}

/// A number below `count`; lower ones are more likely. `drawn` is from 0 to 1. The sum is approximated by an integral.
fn zipf(drawn: f64, count: u32) -> u32 {
    let power = 1.0 - ZIPF;
    let whole = f64::from(count).powf(power) - 1.0;
    let number = (1.0 + drawn * whole).powf(1.0 / power);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to the count")]
    let number = number as u32;
    number.saturating_sub(1).min(count.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dumps_have_what_they_say() {
        let read = |setup: Setup| -> Vec<Document> {
            serde_json::from_str(&setup.dump().unwrap().unwrap()).unwrap()
        };
        let filled = read(Setup::Filled(10));
        assert_eq!((filled.len(), filled[0].ips.len()), (1, 12));
        assert!(filled[0].ips.contains_key("10.0.0.10") && !filled[0].ips.contains_key("10.0.0.11"));
        let children = read(Setup::Children(3));
        assert_eq!((children.len(), children[0].available_child_prefixes.len()), (4, 3));
        assert_eq!(children[3].cidr, "10.0.2.0/24");
        let roots = read(Setup::Roots(3));
        assert_eq!(
            roots.iter().map(|root| root.cidr.as_str()).collect::<Vec<_>>(),
            ["16.0.0.0/24", "16.0.1.0/24", "16.0.2.0/24"]
        );
        assert!(Setup::Prefix(V4).dump().unwrap().is_none());
        assert_eq!(root(60_000), "16.234.96.0/24", "all roots lie apart");
    }

    /// The service accepts the dumps of the workloads at full size.
    #[test]
    fn every_preparation_can_be_loaded() {
        for workload in all() {
            let Some(dump) = workload.setup.dump().unwrap() else { continue };
            let plan = actors::namespace::dump::read(&dump).unwrap();
            let (prefixes, addresses) = match workload.setup {
                Setup::Prefix(_) => continue,
                Setup::Filled(count) => (1, count),
                Setup::Children(count) => (1 + count, 0),
                Setup::Roots(count) => (count, 0),
            };
            assert_eq!(plan.prefixes.len(), prefixes as usize, "{}", workload.title);
            assert_eq!(plan.addresses.len(), addresses as usize, "{}", workload.title);
        }
    }

    #[test]
    fn low_numbers_are_likelier() {
        assert_eq!((zipf(0.0, 1000), zipf(0.5, 1)), (0, 0));
        assert!((998..1000).contains(&zipf(1.0, 1000)), "rounded");
        let below_ten = (0..1000).filter(|drawn| zipf(f64::from(*drawn) / 1000.0, 1000) < 10).count();
        assert!((300..600).contains(&below_ten), "{below_ten}");
    }
}
