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
        "A node forwarded an allocation to another partition and returned its answer.",
    ),
    wanted(ALLOCATED_CUT_OFF, "A partition that was cut off allocated one of its machines."),
    wanted(FREED, "A user freed a machine."),
    wanted(WIPED_AFTER_FREE, "The disks of a freed machine were wiped."),
    wanted(REINSTALLED, "A user reinstalled a machine."),
    wanted(REFUSED, "A write was refused and must have no effect."),
    wanted(POOL_DRY, "A request was refused because its pool was exhausted."),
    wanted(RESERVED, "A request was refused because the free machines are reserved for another project."),
    wanted(BLUNDER, "An operator sent an invalid or harmful command."),
    wanted(LIST_WITHOUT, "A list named a partition that it could not reach."),
    wanted(ASKED_AGAIN, "A user got no answer to a write and sent it again with its key."),
    wanted(ASKED_TWICE, "A user sent one write through two nodes at once."),
    wanted(ANSWERED_FROM_INBOX, "A repeated write got its first answer from the inbox."),
    wanted(REPLAYED, "A copy of a write found at its commit that another copy was already durable."),
    wanted(CRASH_LOOP, "An installer crashed repeatedly, and its machine was marked as in a crash loop."),
    wanted(STORE_BUSY, "A commit had a serialization failure and was retried."),
    wanted(STORE_FORGOT, "The response to a commit was lost, and nothing was written."),
    wanted(STORE_SILENT, "The response to a commit was lost after it was written."),
    wanted(STORE_FULL, "The disk had no space for a commit, and the caller got an error."),
    wanted(LEAF_REPLACED, "A new switch replaced a broken one and took over its ports."),
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
