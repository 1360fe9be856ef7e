//! Rules for ids of new entities. Every id is part of an API path. An entity whose id no path can carry, or whose path
//! is another route, could be created but neither read nor deleted.

use crate::refusal::Refusal;
use crate::store::Kind;

/// Maximal bytes of an id from a client.
pub const ID_BYTES_MAX: usize = 128;

/// The last segments of routes beside `{id}` with GET or DELETE.
pub const fn taken(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Machine => &["consolepassword", "issues"],
        Kind::Size => &["reservations"],
        _ => &[],
    }
}

/// Refuses an invalid id of a new entity, with "400".
pub fn check(kind: Kind, id: &str) -> Result<(), Refusal> {
    if id.is_empty() {
        return Err(Refusal::bad_request("id should not be empty"));
    }
    if id.len() > ID_BYTES_MAX {
        let bytes = id.len();
        return Err(Refusal::bad_request(format!(
            "id has {bytes} bytes, at most {ID_BYTES_MAX} are allowed"
        )));
    }
    if matches!(id, "." | "..") || id.contains(['/', '\\']) || id.contains(char::is_control) {
        return Err(Refusal::bad_request(format!(
            "id {id:?} cannot be part of a path: leave out slashes and control characters, and do not use dots alone"
        )));
    }
    if taken(kind).contains(&id) {
        let entity = kind.entity();
        return Err(Refusal::bad_request(format!(
            "id {id:?} is reserved in paths of {entity}: choose another"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_segment_of_a_path_and_no_other_route() {
        let long = "x".repeat(129);
        let refused =
            ["", ".", "..", "a/b", "/", "a\\b", "a\nb", "a\0", "\u{7f}", "\u{85}", &long, "reservations"];
        for id in refused {
            assert!(check(Kind::Size, id).is_err(), "{id:?}");
        }
        for id in ["a", "...", "a.b", "find", "allocate", "issues", "a b", "%2F", "\u{fc}", &long[..128]] {
            assert_eq!(check(Kind::Size, id), Ok(()), "{id:?}");
        }
        assert!(check(Kind::Machine, "issues").is_err());
    }
}
