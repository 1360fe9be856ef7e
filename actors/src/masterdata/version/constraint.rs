//! What versions a layout accepts: the grammar and the operators of api-resources 5.4.

use super::{BadVersion, Precision, Version};

/// Any version, or an operator and a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionConstraint {
    Any,
    Bound(Bound),
}

/// An operator and the version, as precise as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    operator: Operator,
    version: Version,
    precision: Precision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Tilde,
    Caret,
}

/// The texts of api-resources 5.4.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadConstraint {
    #[error("given imageconstraint:{0} is not valid, missing space between op and version? {BadVersion}")]
    Version(String),
    #[error("given imageconstraint op:{0} is not supported")]
    Operator(String),
    #[error("given version:{0} is not valid:{BadVersion}")]
    VersionAfterOperator(String),
}

impl VersionConstraint {
    /// Reads `*`, `<version>` or `<operator><one blank><version>`.
    pub fn parse(text: &str) -> Result<Self, BadConstraint> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let Some((operator, version)) = text.split_once(' ') else {
            let (version, precision) =
                Version::parse_partial(text).map_err(|BadVersion| BadConstraint::Version(text.to_owned()))?;
            return Ok(Self::Bound(Bound { operator: Operator::Equal, version, precision }));
        };
        let operator =
            Operator::parse(operator).ok_or_else(|| BadConstraint::Operator(operator.to_owned()))?;
        let (version, precision) = Version::parse_partial(version)
            .map_err(|BadVersion| BadConstraint::VersionAfterOperator(version.to_owned()))?;
        Ok(Self::Bound(Bound { operator, version, precision }))
    }

    /// True when `version` satisfies the constraint.
    pub fn admits(&self, version: &Version) -> bool {
        match self {
            Self::Any => version.pre.is_empty(),
            Self::Bound(bound) => bound.admits(version),
        }
    }

    /// The version that was written; `None` for `*`.
    pub const fn version(&self) -> Option<&Version> {
        match self {
            Self::Any => None,
            Self::Bound(bound) => Some(&bound.version),
        }
    }
}

impl Operator {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "=" => Self::Equal,
            "!=" => Self::NotEqual,
            ">" => Self::Greater,
            ">=" | "=>" => Self::GreaterOrEqual,
            "<" => Self::Less,
            "<=" | "=<" => Self::LessOrEqual,
            "~" | "~>" => Self::Tilde,
            "^" => Self::Caret,
            _ => return None,
        })
    }
}

impl Bound {
    fn admits(&self, version: &Version) -> bool {
        if !version.pre.is_empty() && self.version.pre.is_empty() {
            return false;
        }
        let partial = self.precision != Precision::Patch;
        match self.operator {
            Operator::Equal if partial => self.shares_written(version),
            Operator::Equal => *version == self.version,
            Operator::NotEqual if partial => !self.shares_written(version),
            Operator::NotEqual => *version != self.version,
            Operator::Greater if partial => *version > self.version && !self.shares_written(version),
            Operator::Greater => *version > self.version,
            Operator::GreaterOrEqual => *version >= self.version,
            Operator::Less => *version < self.version,
            Operator::LessOrEqual if partial => *version <= self.version || self.shares_written(version),
            Operator::LessOrEqual => *version <= self.version,
            Operator::Tilde if partial => self.shares_written(version),
            Operator::Tilde => *version >= self.version && self.shares_minor(version),
            Operator::Caret => *version >= self.version && self.shares_leading(version),
        }
    }

    /// Same in every number that was written.
    fn shares_written(&self, version: &Version) -> bool {
        match self.precision {
            Precision::Major => version.major == self.version.major,
            Precision::Minor => self.shares_minor(version),
            Precision::Patch => self.shares_minor(version) && version.patch == self.version.patch,
        }
    }

    fn shares_minor(&self, version: &Version) -> bool {
        (version.major, version.minor) == (self.version.major, self.version.minor)
    }

    /// Same up to the first number that is not 0; of `^0`, `^0.0` and `^0.0.0` up to the last that was written.
    fn shares_leading(&self, version: &Version) -> bool {
        match (self.version.major, self.version.minor, self.precision) {
            (1.., ..) | (0, _, Precision::Major) => version.major == self.version.major,
            (0, 1.., _) | (0, 0, Precision::Minor) => self.shares_minor(version),
            (0, 0, Precision::Patch) => self.shares_minor(version) && version.patch == self.version.patch,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Constraint, versions it admits, versions it does not.
    type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

    /// The operator table of 5.4; first the full version, then the partial ones.
    const ROWS: &[Row] = &[
        ("10.1.2", &["10.1.2"], &["10.1.1", "10.1.3", "10.2.2"]),
        ("10.1", &["10.1.0", "10.1.9"], &["10.0.9", "10.2.0"]),
        ("10", &["10.0.0", "10.9.9"], &["9.9.9", "11.0.0"]),
        ("= 10.1.2", &["10.1.2"], &["10.1.1", "10.1.3"]),
        ("= 10.1", &["10.1.0", "10.1.20260101"], &["10.2.0"]),
        ("= 10", &["10.0.0", "10.9.9"], &["11.0.0"]),
        ("!= 10.1.2", &["10.1.1", "10.1.3", "9.0.0"], &["10.1.2"]),
        ("!= 10.1", &["10.0.9", "10.2.0", "11.1.0"], &["10.1.0", "10.1.7"]),
        ("!= 10", &["9.9.9", "11.0.0"], &["10.0.0", "10.9.9"]),
        ("> 10.1.2", &["10.1.3", "10.2.0", "11.0.0"], &["10.1.2", "10.1.1"]),
        ("> 10.1", &["10.2.0", "11.0.0"], &["10.1.0", "10.1.9", "10.0.9"]),
        ("> 10", &["11.0.0", "12.1.0"], &["10.0.0", "10.9.9", "9.0.0"]),
        (">= 10.1.2", &["10.1.2", "10.1.3", "11.0.0"], &["10.1.1"]),
        (">= 10.1", &["10.1.0", "10.2.0"], &["10.0.9"]),
        (">= 10", &["10.0.0", "11.0.0"], &["9.9.9"]),
        ("=> 10.1.2", &["10.1.2", "11.0.0"], &["10.1.1"]),
        ("=> 10", &["10.0.0"], &["9.9.9"]),
        ("< 10.1.2", &["10.1.1", "9.0.0"], &["10.1.2", "10.1.3"]),
        ("< 10.1", &["10.0.9"], &["10.1.0", "10.1.1"]),
        ("< 10", &["9.9.9"], &["10.0.0", "10.0.1"]),
        ("<= 10.1.2", &["10.1.2", "10.1.1"], &["10.1.3"]),
        ("<= 10.1", &["10.1.0", "10.1.9", "10.0.9"], &["10.2.0"]),
        ("<= 10", &["10.0.0", "10.9.9", "9.0.0"], &["11.0.0"]),
        ("=< 10.1.2", &["10.1.2"], &["10.1.3"]),
        ("=< 10", &["10.9.9"], &["11.0.0"]),
        ("~ 2.1.3", &["2.1.3", "2.1.9"], &["2.1.2", "2.2.0", "3.1.3"]),
        ("~ 2.1", &["2.1.0", "2.1.9"], &["2.0.9", "2.2.0"]),
        ("~ 2", &["2.0.0", "2.9.9"], &["1.9.9", "3.0.0"]),
        ("~> 2.1.3", &["2.1.3", "2.1.9"], &["2.1.2", "2.2.0"]),
        ("~> 2", &["2.9.9"], &["3.0.0"]),
        ("^ 1.2.3", &["1.2.3", "1.9.0"], &["1.2.2", "2.0.0"]),
        ("^ 1.2", &["1.2.0", "1.9.0"], &["1.1.9", "2.0.0"]),
        ("^ 1", &["1.0.0", "1.9.9"], &["0.9.9", "2.0.0"]),
        ("^ 0.2.3", &["0.2.3", "0.2.9"], &["0.2.2", "0.3.0", "1.2.3"]),
        ("^ 0.2", &["0.2.0", "0.2.9"], &["0.1.9", "0.3.0"]),
        ("^ 0.0.3", &["0.0.3"], &["0.0.2", "0.0.4", "0.1.0"]),
        ("^ 0.0", &["0.0.0", "0.0.9"], &["0.1.0"]),
        ("^ 0", &["0.0.0", "0.9.9"], &["1.0.0"]),
        ("*", &["0.0.0", "10.1.2"], &[]),
        (" * ", &["1.0.0"], &[]),
    ];

    #[test]
    fn every_operator_admits_what_the_table_of_5_4_says() {
        for (text, yes, no) in ROWS {
            let constraint = VersionConstraint::parse(text).unwrap();
            for version in *yes {
                assert!(constraint.admits(&Version::parse(version).unwrap()), "{text} admits {version}");
            }
            for version in *no {
                assert!(!constraint.admits(&Version::parse(version).unwrap()), "{text} refuses {version}");
            }
        }
    }

    #[test]
    fn a_pre_release_matches_only_a_constraint_that_has_one() {
        let version = Version::parse("10.1.0-rc.2").unwrap();
        for text in ["*", "10.1.0", "!= 9.0.0", "> 9.0.0", ">= 9", "< 11.0.0", "<= 11", "~ 10", "^ 10"] {
            assert!(!VersionConstraint::parse(text).unwrap().admits(&version), "{text}");
        }
        for text in [">= 10.1.0-rc.1", "< 10.1.0-rc.3", "= 10.1.0-rc.2", "~ 10.1.0-rc.1"] {
            assert!(VersionConstraint::parse(text).unwrap().admits(&version), "{text}");
        }
    }

    #[test]
    fn grammar_of_5_4() {
        let rows = [
            (
                ">=10.0.1",
                "given imageconstraint:>=10.0.1 is not valid, missing space between op and version? invalid semantic version",
            ),
            (
                "",
                "given imageconstraint: is not valid, missing space between op and version? invalid semantic version",
            ),
            ("% 10.0.1", "given imageconstraint op:% is not supported"),
            ("== 10.0.1", "given imageconstraint op:== is not supported"),
            (" 10.0.1", "given imageconstraint op: is not supported"),
            (">= 10.x.1", "given version:10.x.1 is not valid:invalid semantic version"),
            (">=  10", "given version: 10 is not valid:invalid semantic version"),
            (">= *", "given version:* is not valid:invalid semantic version"),
            (">= 1 < 2", "given version:1 < 2 is not valid:invalid semantic version"),
        ];
        for (text, message) in rows {
            assert_eq!(VersionConstraint::parse(text).unwrap_err().to_string(), message, "{text:?}");
        }
    }
}
