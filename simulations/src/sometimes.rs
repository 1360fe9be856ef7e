//! Marks that a campaign must see at least once: an invariant that was never in danger was not tested. Set with
//! [`crate::trace::Trace::saw`]; every report shows which were seen.

pub const ALLOCATED: &str = "allocated";
pub const ALLOCATED_ELSEWHERE: &str = "allocated in another partition";
pub const ALLOCATED_CUT_OFF: &str = "allocated while cut off";
pub const FREED: &str = "freed";
pub const WIPED_AFTER_FREE: &str = "wiped after free";
pub const REINSTALLED: &str = "reinstalled";
pub const REFUSED: &str = "refused";
pub const POOL_DRY: &str = "refused for a dry pool";
pub const RESERVED: &str = "refused for a reservation";
pub const BLUNDER: &str = "blunder";
pub const LIST_WITHOUT: &str = "a list without a partition";
pub const ASKED_AGAIN: &str = "asked again";
pub const ASKED_TWICE: &str = "asked twice at once";
pub const ANSWERED_FROM_INBOX: &str = "answered from the inbox";
pub const REPLAYED: &str = "replayed at commit";
pub const CRASH_LOOP: &str = "crash loop";
pub const STORE_BUSY: &str = "store busy";
pub const STORE_FORGOT: &str = "store forgot";
pub const STORE_SILENT: &str = "store silent";
pub const STORE_FULL: &str = "store full";
pub const LEAF_REPLACED: &str = "leaf replaced";
pub const CRASH_BEFORE_COMMIT: &str = "crash before a commit";
pub const CRASH_AFTER_COMMIT: &str = "crash after a commit";
pub const CRASH_AT_TURN: &str = "crash at a turn";
pub const CRASH_WHILE_STARTING: &str = "crash while starting";
pub const DELIVERED_TWICE: &str = "delivered twice";
pub const DELIVERED_LATE: &str = "delivered late";
pub const ADDRESS_TAKEN: &str = "address taken";
pub const ADDRESS_GIVEN_BACK: &str = "address given back";
pub const NETWORK_TAKEN: &str = "network taken";
pub const FENCED: &str = "a deposed node was refused";

/// A mark to see at least once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sometimes {
    /// Its name.
    pub name: &'static str,
    pub why: &'static str,
}

const fn wanted(name: &'static str, why: &'static str) -> Sometimes {
    Sometimes { name, why }
}

/// All marks, in the order of the report.
pub const ALL: [Sometimes; 31] = [
    wanted(ALLOCATED, "A user got a machine."),
    wanted(
        ALLOCATED_ELSEWHERE,
        "A node of one partition passed an allocation on to another, and brought the answer back.",
    ),
    wanted(ALLOCATED_CUT_OFF, "A partition that no other one reached gave away a machine of its own."),
    wanted(FREED, "A user gave a machine back."),
    wanted(WIPED_AFTER_FREE, "A machine came back from a user and its disks were emptied."),
    wanted(REINSTALLED, "A user had his machine installed again."),
    wanted(REFUSED, "A write was refused, and had to leave nothing behind."),
    wanted(POOL_DRY, "A pool had no address left, and that was the answer."),
    wanted(RESERVED, "A user was refused a free machine, because it was kept for another project."),
    wanted(BLUNDER, "An operator asked for nonsense, or for something he would regret."),
    wanted(LIST_WITHOUT, "A list could not ask a partition, and named it."),
    wanted(ASKED_AGAIN, "A user did not hear what became of a write and sent it again under its key."),
    wanted(ASKED_TWICE, "A user without patience sent one write through two nodes at once."),
    wanted(ANSWERED_FROM_INBOX, "A write that had been done was answered with what it was answered then."),
    wanted(
        REPLAYED,
        "A write met itself at the commit: it had become durable while this copy was under way.",
    ),
    wanted(CRASH_LOOP, "An installer crashed again and again, and the machine was known for it."),
    wanted(STORE_BUSY, "The store could not put a commit into an order, and it was tried again."),
    wanted(STORE_FORGOT, "The answer to a commit was lost, and nothing had been written."),
    wanted(STORE_SILENT, "The answer to a commit was lost, and everything had been written."),
    wanted(STORE_FULL, "The disk had no space for a commit, and the caller got an error."),
    wanted(LEAF_REPLACED, "A switch that knew nothing took the place of a broken one, and its ports."),
    wanted(CRASH_BEFORE_COMMIT, "A process died with a decision that was not durable yet."),
    wanted(CRASH_AFTER_COMMIT, "A process died with a durable decision before any caller got its answer."),
    wanted(CRASH_AT_TURN, "A process died at an arbitrary await of its tasks."),
    wanted(CRASH_WHILE_STARTING, "A process died before it had loaded all of its rows."),
    wanted(
        DELIVERED_TWICE,
        "A message of hardware or of a user arrived a second time, and its answer was dropped.",
    ),
    wanted(DELIVERED_LATE, "A message of hardware or of a user arrived after its sender had given up."),
    wanted(ADDRESS_TAKEN, "A user took an address for himself."),
    wanted(ADDRESS_GIVEN_BACK, "A user gave an address back, and it was the one he meant."),
    wanted(NETWORK_TAKEN, "A user took a network for himself."),
    wanted(FENCED, "A node went on that another one had taken over from, and could write nothing."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn nothing_is_wanted_twice_or_without_a_reason() {
        let names: BTreeSet<_> = ALL.iter().map(|it| it.name).collect();
        assert_eq!(names.len(), ALL.len());
        assert!(ALL.iter().all(|it| it.why.ends_with('.')));
    }
}
