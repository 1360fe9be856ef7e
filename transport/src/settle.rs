//! Which of two links to the same node stays.
//!
//! A node dials only without a link, or to replace its link. So a new link replaces the old one at once, even if this
//! end still takes the old one for alive. The exception are simultaneous dials: when the dialler of the new link had
//! not yet seen the current one, both ends keep the link that the node with the lower name dialled. Both ends know the
//! same numbers, so they decide the same.

/// How a link came to be, as both its ends know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Birth {
    /// The node with the lower name of the two dialled.
    pub(crate) is_dialled_by_lower: bool,
    /// The dialler's number of this attempt. It grows until the node restarts.
    pub(crate) dial: u64,
    /// The highest number of the other node's attempts that led to a link, as the dialler knew it when it dialled.
    pub(crate) seen: u64,
    /// Incarnation of the peer.
    pub(crate) peer: u128,
}

/// True if `offered` replaces `current`.
pub(crate) fn replaces(offered: &Birth, current: &Birth) -> bool {
    if offered.peer != current.peer {
        return true;
    }
    if offered.is_dialled_by_lower == current.is_dialled_by_lower {
        return offered.dial > current.dial;
    }
    let knew_current = offered.seen >= current.dial;
    let was_known_to_current = current.seen >= offered.dial;
    match (knew_current, was_known_to_current) {
        (true, _) => true,
        (false, true) => false,
        (false, false) => offered.is_dialled_by_lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn birth(is_dialled_by_lower: bool, dial: u64, seen: u64) -> Birth {
        Birth { is_dialled_by_lower, dial, seen, peer: 1 }
    }

    #[test]
    fn one_of_two_links_stays() {
        let cases = [
            ("the same node dialled again", birth(true, 8, 0), birth(true, 7, 0), true),
            ("an attempt that comes late", birth(true, 6, 0), birth(true, 7, 0), false),
            ("it lost the current link and dials", birth(false, 3, 7), birth(true, 7, 0), true),
            ("the lower one lost it and dials", birth(true, 9, 3), birth(false, 3, 7), true),
            ("both dialled, the lower comes second", birth(true, 7, 2), birth(false, 3, 6), true),
            ("both dialled, the lower comes first", birth(false, 3, 6), birth(true, 7, 2), false),
            ("the current one was dialled after this one", birth(true, 7, 2), birth(false, 3, 7), false),
        ];
        for (what, offered, current, is_new) in cases {
            assert_eq!(replaces(&offered, &current), is_new, "{what}");
        }
        let restarted = Birth { peer: 2, ..birth(true, 1, 0) };
        assert!(replaces(&restarted, &birth(true, 7, 0)), "another incarnation");
    }

    /// The order in which links come up at an end does not matter.
    #[test]
    fn both_ends_keep_the_same_link() {
        for dials in 0..3 * 3 * 3 * 3u64 {
            let [a, b, c, d] = [dials % 3, dials / 3 % 3, dials / 9 % 3, dials / 27];
            let (one, other) = (birth(true, a + 1, b), birth(false, c + 1, d));
            let both_knew = one.seen >= other.dial && other.seen >= one.dial;
            if !both_knew {
                assert_ne!(replaces(&one, &other), replaces(&other, &one), "{one:?} {other:?}");
            }
        }
    }
}
