//! Files with the HMAC keys of a role: one key, or two during a change, one per line.

use super::{ConfigError, HmacConfig, Keys, RoleKeys};
use std::path::Path;

/// Shorter keys can be guessed.
const BYTES_MIN: usize = 16;

/// The keys of all roles, and warnings about weak ones. `read` reads a file that a key of the configuration names;
/// `invalid` makes the error for such a key.
pub(super) fn all(
    hmac: &HmacConfig,
    read: &dyn Fn(&str, &Path) -> Result<String, ConfigError>,
    invalid: &dyn Fn(&str, String) -> ConfigError,
) -> Result<(Keys, Vec<String>), ConfigError> {
    let files = [
        ("http.hmac.view_key_file", hmac.view_key_file.as_path()),
        ("http.hmac.edit_key_file", hmac.edit_key_file.as_path()),
        ("http.hmac.admin_key_file", hmac.admin_key_file.as_path()),
    ];
    let role = |(key, path): (&str, &Path)| {
        of_role(&read(key, path)?).map_err(|message| invalid(key, message.to_owned()))
    };
    let keys = Keys { view: role(files[0])?, edit: role(files[1])?, admin: role(files[2])? };
    let weak = weaknesses(&keys);
    if let (true, Some((place, message))) = (hmac.strict, weak.first()) {
        return Err(invalid(files[*place].0, format!("{message}, and http.hmac.strict is true")));
    }
    let warning = |(place, message): (usize, &str)| {
        let (key, path) = files[place];
        format!("{key}: {}: {message}", path.display())
    };
    Ok((keys, weak.into_iter().map(warning).collect()))
}

/// The keys of a file's text, without blanks around them.
pub(super) fn of_role(text: &str) -> Result<RoleKeys, &'static str> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned);
    let (current, previous) = (lines.next().ok_or("the file is empty")?, lines.next());
    if lines.next().is_some() {
        return Err("has more than two keys: keep the new one and the one before it, one per line");
    }
    if [Some(&current), previous.as_ref()].into_iter().flatten().any(|key| key.contains(char::is_whitespace))
    {
        return Err("a key has a blank inside: use a key without blanks, here and in the clients");
    }
    Ok(RoleKeys { current, previous })
}

/// Weaknesses of valid keys: the position of the role, and a text.
fn weaknesses(keys: &Keys) -> Vec<(usize, &'static str)> {
    let roles = [&keys.view, &keys.edit, &keys.admin];
    let mut found = Vec::new();
    for (place, role) in roles.into_iter().enumerate() {
        if role.current.len() < BYTES_MIN {
            found.push((place, "the key has fewer than 16 bytes: it can be guessed"));
        }
        if roles.iter().take(place).any(|other| other.current == role.current) {
            found.push((place, "another role has the same key: each role needs its own"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, Option<String>), &'static str> {
        of_role(text).map(|keys| (keys.current, keys.previous))
    }

    #[test]
    fn a_file_has_a_key_or_two() {
        let one = |key: &str| Ok((key.to_owned(), None));
        assert_eq!(read("secret"), one("secret"));
        assert_eq!(read("\n  secret \t\r\n\n"), one("secret"));
        assert_eq!(read("new\nold\n"), Ok(("new".to_owned(), Some("old".to_owned()))));
        assert_eq!(read(" \n"), Err("the file is empty"));
        assert!(read("a\nb\nc").unwrap_err().starts_with("has more than two keys"));
        for text in ["a b", "a\tb", "good\nb ad"] {
            assert!(read(text).unwrap_err().starts_with("a key has a blank inside"), "{text:?}");
        }
    }

    #[test]
    fn what_is_weak_is_named() {
        let keys = |view: &str, edit: &str, admin: &str| {
            let [view, edit, admin] = [view, edit, admin].map(|key| of_role(key).unwrap());
            weaknesses(&Keys { view, edit, admin }).into_iter().map(|(place, _)| place).collect::<Vec<_>>()
        };
        let long = |letter: &str| letter.repeat(16);
        assert_eq!(keys(&long("a"), &long("b"), &long("c")), [0; 0]);
        assert_eq!(keys(&long("a"), "short", &long("a")), [1, 2]);
        assert_eq!(keys("s", "s", "s"), [0, 1, 1, 2, 2]);
    }
}
