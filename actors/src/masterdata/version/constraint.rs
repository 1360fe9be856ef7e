//! The versions that a layout accepts: the grammar and the operators of api-resources 5.4.

use super::{BadVersion, Precision, Version};

/// Any version, or an operator and a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionConstraint {
    Any,
    Bound(Bound),
}

/// An operator and the version, with its written precision.
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
    /// Parses `*`, `<version>` or `<operator><one blank><version>`.
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

    /// The written version; `None` for `*`.
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

    /// Equal in every written number.
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

    /// Equal up to the first number that is not 0; for `^0`, `^0.0` and `^0.0.0` up to the last written one.
    fn shares_leading(&self, version: &Version) -> bool {
        match (self.version.major, self.version.minor, self.precision) {
            (1.., ..) | (0, _, Precision::Major) => version.major == self.version.major,
            (0, 1.., _) | (0, 0, Precision::Minor) => self.shares_minor(version),
            (0, 0, Precision::Patch) => self.shares_minor(version) && version.patch == self.version.patch,
        }
    }
}

#[cfg(test)]
mod tests;
