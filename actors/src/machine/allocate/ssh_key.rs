//! Public SSH keys, as one line of an `authorized_keys` file (api-machines 3.1).

/// Key types and the number of length-prefixed fields in their blobs (RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4). `sk-`:
/// the same with the application's name.
const TYPES: [(&str, usize); 8] = [
    ("ssh-rsa", 3),
    ("ssh-dss", 5),
    ("ecdsa-sha2-nistp256", 3),
    ("ecdsa-sha2-nistp384", 3),
    ("ecdsa-sha2-nistp521", 3),
    ("ssh-ed25519", 2),
    ("sk-ecdsa-sha2-nistp256@openssh.com", 4),
    ("sk-ssh-ed25519@openssh.com", 3),
];

const CERTIFICATE: &str = "-cert-v01@openssh.com";

const ED25519_BYTES: usize = 32;

/// True when some line holds a key, with or without options before it. Empty lines and comments are skipped.
pub(super) fn is_authorized(text: &str) -> bool {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).any(|line| {
        let blank = |letter| letter == ' ' || letter == '\t';
        let key = |rest: &str| {
            let (_kind, rest) = rest.split_once(blank)?;
            let blob = rest.trim().split(blank).next().and_then(decode)?;
            is_key(&blob).then_some(())
        };
        key(line).or_else(|| key(after_options(line).trim_start())).is_some()
    })
}

/// The text after the first blank outside of quotes.
fn after_options(line: &str) -> &str {
    let mut quoted = false;
    let mut escaped = false;
    for (at, letter) in line.char_indices() {
        match letter {
            '"' if !escaped => quoted = !quoted,
            ' ' | '\t' if !quoted => return line.get(at..).unwrap_or_default(),
            _ => {}
        }
        escaped = letter == '\\';
    }
    ""
}

fn is_key(blob: &[u8]) -> bool {
    let Some((kind, rest)) = field(blob) else { return false };
    let Ok(kind) = std::str::from_utf8(kind) else { return false };
    if let Some(plain) = kind.strip_suffix(CERTIFICATE) {
        return !rest.is_empty()
            && TYPES.iter().any(|(known, _)| known.trim_end_matches("@openssh.com") == plain);
    }
    let Some((_, count)) = TYPES.iter().find(|(known, _)| *known == kind) else { return false };
    let mut fields = vec![kind.as_bytes()];
    let mut rest = rest;
    while !rest.is_empty() {
        let Some((next, after)) = field(rest) else { return false };
        fields.push(next);
        rest = after;
    }
    let right_length = |key: &&[u8]| !kind.ends_with("ssh-ed25519") || key.len() == ED25519_BYTES;
    fields.len() == *count
        && fields.get(1).is_some_and(right_length)
        && fields.iter().all(|field| !field.is_empty())
}

/// A field after its length, and the rest.
fn field(blob: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = blob.split_at_checked(4)?;
    let length = u32::from_be_bytes(length.try_into().ok()?);
    rest.split_at_checked(usize::try_from(length).ok()?)
}

/// Base 64 with padding (RFC 4648 4).
fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut bits = 0_u32;
    let mut count = 0_u32;
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID5gR1qL1AI9FpQEuqW+6LV3wlhMqP58KET1BHRMe8CE me@there";
    const ECDSA: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBOePa4b/4ViHUjKIl53D1\
                         oSI/+15FR6HX63VGV5PPvpP+Ixx8B06GThldaRlV7GN3gk1PVA7CrQQHiLjc7OlXjw=";

    #[test]
    fn keys_are_found_with_and_without_options() {
        assert!(is_authorized(ED25519));
        assert!(is_authorized(ECDSA));
        assert!(is_authorized(&format!("# mine\n\n{ED25519}\n")));
        assert!(is_authorized(&format!("no-pty,command=\"a \\\" b\"  {ED25519}")));
    }

    #[test]
    fn what_is_no_key_is_none() {
        let short = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAAmFi";
        let junk = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID5gR1qL1AI9FpQEuqW+6LV3wlhMqP58KET1BHRMe8CEAAAA";
        let long_field = "ssh-rsa //////////8=";
        for text in ["", "ssh-rsa", "ssh-rsa AAAA", "ssh-rsa !!!!", "# ssh", "key", short, junk, long_field] {
            assert!(!is_authorized(text), "{text}");
        }
    }
}
