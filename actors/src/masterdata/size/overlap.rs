//! Whether two sizes could match the same hardware, by their constraints (api-resources 5.2).

use crate::record::masterdata::{Constraint, Size};

/// True when both limit the same kinds of devices and every pair of limits of one kind overlaps. Symmetric; a size does
/// not overlap itself.
pub(super) fn overlap(a: &Size, b: &Size) -> bool {
    a.id != b.id
        && !a.constraints.is_empty()
        && !b.constraints.is_empty()
        && covers_kinds(a, b)
        && covers_kinds(b, a)
        && a.constraints.iter().all(|left| {
            b.constraints
                .iter()
                .filter(|right| left.kind == right.kind)
                .all(|right| pair_overlaps(left, right))
        })
}

fn covers_kinds(a: &Size, b: &Size) -> bool {
    b.constraints.iter().all(|right| a.constraints.iter().any(|left| left.kind == right.kind))
}

/// Patterns are compared as texts: two different ones count as different devices.
fn pair_overlaps(a: &Constraint, b: &Constraint) -> bool {
    a.identifier == b.identifier && a.min <= b.max && b.min <= a.max
}
