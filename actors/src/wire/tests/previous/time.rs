//! Points in time as of commit e7d8d3e, the last one before wire versions. Never edited.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timestamp(i64);

const MIN: i64 = -62_167_219_200_000_000;
const MAX: i64 = 253_402_300_799_999_999;

impl Timestamp {
    pub(crate) fn of(micros: i64) -> Option<Self> {
        (MIN..=MAX).contains(&micros).then_some(Self(micros))
    }

    pub(crate) fn micros(&self) -> i64 {
        self.0
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        Self::of(i64::try_from(at.unix_timestamp_nanos().div_euclid(1000)).ok()?)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.0.clamp(MIN, MAX).div_euclid(1000)) * 1_000_000;
        let text = OffsetDateTime::from_unix_timestamp_nanos(nanos)
            .ok()
            .and_then(|at| at.format(&Rfc3339).ok())
            .ok_or(fmt::Error)?;
        f.write_str(&text)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a time must be RFC 3339"))
    }
}
