//! Bugs on purpose. The simulator must find each of them, else it proves nothing. Without the feature `planted` there
//! are none, and asking costs nothing.

use strum::VariantArray;

/// A mistake that somebody could make here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray)]
pub enum Bug {
    /// A write is committed without the key of its caller.
    DropInboxKey,
    /// Memory changes before the store said yes.
    AdoptBeforeCommit,
    /// Rows of a commit under way are not held.
    ForgetHold,
    /// Rows whose commit had no answer are let go without reading them again.
    ForgetReload,
    /// An installed machine that comes up in the installer may register.
    SkipNeverWipe,
    /// A freed machine keeps its ASN.
    LeakAsn,
    /// A freed machine stays in its tenant's VRF.
    LeakVrf,
    /// A command that is passed on gets a new key.
    NewKeyPerHop,
    /// A list does not name who did not answer.
    HideUnreachable,
    /// An address of a freed machine stays attached to it.
    LeakAddress,
    /// Waiters for a machine are not woken.
    LoseWakeUp,
    /// An address that was given back does not rest.
    SkipQuarantine,
    /// Machines past their deadline are not inspected.
    ForgetDeadline,
    /// A node that opened the partition before the last one may still write.
    SkipFence,
    /// An installer that need not wait does not say that it wiped the disks, and one of a former allocation may
    /// install.
    OwnWaitProtocol,
}

impl Bug {
    pub const ALL: &'static [Self] = Self::VARIANTS;
}

#[cfg(feature = "planted")]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Stands in every program and library into which bugs can be planted, so that none is taken for another: the last step
/// of `.ci/run` looks for these words.
#[cfg(feature = "planted")]
pub static MARK: &str = "metalmesh with bugs on purpose";

/// Plants a bug on this thread, or removes it.
#[cfg(feature = "planted")]
pub fn plant(bug: Option<Bug>) {
    // Every binary that can plant bugs contains the mark, although the code never reads it.
    std::hint::black_box(MARK);
    PLANTED.set(bug);
}

/// Whether this bug is planted.
#[cfg(feature = "planted")]
pub(crate) fn planted(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// Never.
#[cfg(not(feature = "planted"))]
pub(crate) const fn planted(_: Bug) -> bool {
    false
}
