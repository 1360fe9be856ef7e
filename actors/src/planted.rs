//! Deliberate bugs. The simulator must find each of them, otherwise it proves nothing. Without the feature `planted`
//! there are none, and the checks cost nothing.

use strum::VariantArray;

/// A possible mistake in this code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray)]
pub enum Bug {
    /// A write is committed without its caller's key.
    DropInboxKey,
    /// Memory changes before the commit succeeds.
    AdoptBeforeCommit,
    /// Rows of a pending commit are not locked.
    ForgetHold,
    /// Rows of an unanswered commit are unlocked without reading them again.
    ForgetReload,
    /// An installed machine that comes up in the installer may register.
    SkipNeverWipe,
    /// A freed machine keeps its ASN.
    LeakAsn,
    /// A freed machine stays in its tenant's VRF.
    LeakVrf,
    /// A command that is passed on gets a new key.
    NewKeyPerHop,
    /// A list does not name the partitions that did not answer.
    HideUnreachable,
    /// An address of a freed machine stays attached to it.
    LeakAddress,
    /// Waiters for a machine are not woken.
    LoseWakeUp,
    /// A released address gets no quarantine.
    SkipQuarantine,
    /// Machines past their deadline are not inspected.
    ForgetDeadline,
    /// A node that opened the partition before the last one may still write.
    SkipFence,
    /// An installer that need not wait does not report that it wiped the disks, and an installer of a former allocation
    /// may install.
    OwnWaitProtocol,
}

impl Bug {
    pub const ALL: &'static [Self] = Self::VARIANTS;
}

#[cfg(feature = "planted")]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// A mark in every program and library that can plant bugs, to tell them from others: the last step of `.ci/run`
/// searches for these words.
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
