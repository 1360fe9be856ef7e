//! Versions of images, and the constraints of layouts and sizes on them (api-resources 5.4 and 5.5).
//!
//! The grammar is laxer than that of semver.org: numbers may be missing, or have leading zeros or a leading `v`. The
//! operators differ from Cargo's, too.

mod constraint;

pub use constraint::{BadConstraint, VersionConstraint};

use semver::Prerelease;
use std::collections::BTreeMap;
use std::fmt;

/// `major.minor.patch`, ordered by these. Only constraints can have a pre-release: an image's version starts after the
/// last `-` of its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: u64,
    pub minor: u64,
    pub patch: u64,
    pub pre: Prerelease,
}

/// Not `[v]major[.minor[.patch]]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid semantic version")]
pub struct BadVersion;

/// The written precision of a version; missing numbers are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Precision {
    Major,
    Minor,
    Patch,
}

impl Version {
    /// Parses `[v]major[.minor[.patch]][-pre]`; missing numbers are 0.
    pub fn parse(text: &str) -> Result<Self, BadVersion> {
        Self::parse_partial(text).map(|(version, _)| version)
    }

    fn parse_partial(text: &str) -> Result<(Self, Precision), BadVersion> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (numbers, pre) = match text.split_once('-') {
            Some((numbers, pre)) if !pre.is_empty() => {
                (numbers, Prerelease::new(pre).map_err(|_| BadVersion)?)
            }
            Some(_) => return Err(BadVersion),
            None => (text, Prerelease::EMPTY),
        };
        let mut parts = numbers.split('.').map(number);
        let major = parts.next().ok_or(BadVersion)??;
        let minor = parts.next().transpose()?;
        let patch = parts.next().transpose()?;
        if parts.next().is_some() {
            return Err(BadVersion);
        }
        let precision = match (minor, patch) {
            (None, _) => Precision::Major,
            (Some(_), None) => Precision::Minor,
            (Some(_), Some(_)) => Precision::Patch,
        };
        Ok((Self { major, minor: minor.unwrap_or(0), patch: patch.unwrap_or(0), pre }, precision))
    }
}

/// Checks the constraints by operating system of layouts and sizes (api-resources 5.4).
pub fn check_images(images: &BTreeMap<String, String>) -> Result<(), String> {
    for (os, constraint) in images {
        if os == "*" {
            return Err("just '*' is not allowed as image os constraint".to_owned());
        }
        VersionConstraint::parse(constraint).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Digits only; `u64::from_str` would accept a sign.
fn number(text: &str) -> Result<u64, BadVersion> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_err(|_| BadVersion)
    } else {
        Err(BadVersion)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if self.pre.is_empty() { Ok(()) } else { write!(f, "-{}", self.pre) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_normalised_as_5_5_says() {
        let rows = [
            ("24.04", "24.4.0"),
            ("24.04.20260101", "24.4.20260101"),
            ("2", "2.0.0"),
            ("v2.1", "2.1.0"),
            ("007.08.009", "7.8.9"),
            ("1.2.3-rc.1", "1.2.3-rc.1"),
        ];
        for (text, normal) in rows {
            assert_eq!(Version::parse(text).unwrap().to_string(), normal, "{text}");
        }
    }

    #[test]
    fn what_is_no_version_is_refused() {
        let rows = [
            "",
            "v",
            "x",
            "1.",
            ".1",
            "1.2.3.4",
            "10.x.1",
            "+1",
            "1.-2",
            "1.2.3-",
            "1 ",
            "99999999999999999999",
        ];
        for text in rows {
            assert_eq!(Version::parse(text), Err(BadVersion), "{text}");
        }
    }

    #[test]
    fn numbers_are_ordered_as_numbers_and_pre_releases_come_first() {
        let ordered = ["1.9.0", "1.10.0-alpha", "1.10.0", "1.10.20260101", "2.0.0"];
        let parsed: Vec<_> = ordered.iter().map(|text| Version::parse(text).unwrap()).collect();
        assert!(parsed.is_sorted());
    }
}
