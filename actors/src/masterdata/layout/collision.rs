//! No two layouts may claim the same size and image (api-resources 5.6, the cross-layout rule).

use crate::masterdata::version::VersionConstraint;
use crate::record::masterdata::Layout;
use crate::world::World;

/// Compares `layout` with all others except its own stored version. Layouts without constraints never collide:
/// developers name them explicitly.
pub(super) fn check(world: &World, layout: &Layout) -> Result<(), String> {
    let others = world.layouts.filter(|other| other.id != layout.id);
    let mut taken = Vec::new();
    for size in &layout.constraints.sizes {
        let rivals: Vec<_> = others.iter().filter(|other| other.constraints.sizes.contains(size)).collect();
        let claims = layout.constraints.images.iter().filter(|(os, claim)| {
            rivals
                .iter()
                .any(|rival| rival.constraints.images.get(*os).is_some_and(|theirs| collide(claim, theirs)))
        });
        let claims: Vec<_> = claims.map(|(os, claim)| format!("{os} {claim}")).collect();
        if !claims.is_empty() {
            taken.push(format!("{size}->[{}]", claims.join(" ")));
        }
    }
    if taken.is_empty() {
        Ok(())
    } else {
        Err(format!("these combinations already exist:{}", taken.join(",")))
    }
}

/// `*` collides with everything. Two others collide if each admits the version of the other; equal texts do not
/// collide, by the contract.
fn collide(ours: &str, theirs: &str) -> bool {
    use VersionConstraint::{Any, Bound};
    match (VersionConstraint::parse(ours), VersionConstraint::parse(theirs)) {
        (Ok(Any), _) | (_, Ok(Any)) => true,
        (Ok(a @ Bound(_)), Ok(b @ Bound(_))) => {
            let admits = |a: &VersionConstraint, b: &VersionConstraint| {
                b.version().is_some_and(|version| a.admits(version))
            };
            ours != theirs && admits(&a, &b) && admits(&b, &a)
        }
        _ => false,
    }
}
