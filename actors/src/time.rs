//! Points in time of the node's clock.
//!
//! Correctness does not depend on equal clocks of two nodes (architecture 3/6).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Microseconds since 1970-01-01T00:00:00Z.
///
/// Text form: RFC 3339 in UTC, to the millisecond, which is the precision that the wire contract keeps
/// (api-machines 0.2). The zero time of Go clients, `0001-01-01T00:00:00Z`, is [`Timestamp::ZERO`].
///
/// RFC 3339 has four digits for a year. Values outside of [`Timestamp::MIN`] and [`Timestamp::MAX`] are not parsed,
/// sums and differences are clamped to them, and values beyond are shown as the nearest of the two: every parsed value
/// can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// `0001-01-01T00:00:00Z`: the wire contract's "never" in fields that are not optional.
    pub const ZERO: Self = Self(-62_135_596_800_000_000);

    /// `0000-01-01T00:00:00Z`
    pub const MIN: Self = Self(-62_167_219_200_000_000);

    /// `9999-12-31T23:59:59.999999Z`
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// From milliseconds since 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1000))
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// True for the contract's "never".
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// The time since `earlier`; zero when it is in the future.
    pub fn since(self, earlier: Self) -> Duration {
        u64::try_from(self.0.saturating_sub(earlier.0)).map_or(Duration::ZERO, Duration::from_micros)
    }

    /// Parses RFC 3339 text with any offset and up to nine fraction digits; `None` for values outside of [`Self::MIN`]
    /// and [`Self::MAX`] in UTC.
    pub fn parse(text: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        let micros = i64::try_from(at.unix_timestamp_nanos().div_euclid(1000)).ok()?;
        (Self::MIN.0..=Self::MAX.0).contains(&micros).then_some(Self(micros))
    }

    /// The nearest time that can be written.
    fn bounded(self) -> Self {
        self.clamp(Self::MIN, Self::MAX)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.bounded().millis()) * 1_000_000;
        let text = OffsetDateTime::from_unix_timestamp_nanos(nanos)
            .ok()
            .and_then(|at| at.format(&Rfc3339).ok())
            .ok_or(fmt::Error)?;
        f.write_str(&text)
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, length: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(length.as_micros()).unwrap_or(i64::MAX))).bounded()
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, length: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(length.as_micros()).unwrap_or(i64::MAX))).bounded()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_milliseconds_and_reads_offsets() {
        let at = Timestamp::parse("2019-05-29T11:26:39.123456789+02:00").unwrap();
        assert_eq!(at.to_string(), "2019-05-29T09:26:39.123Z");
        assert_eq!(Timestamp::ZERO.to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Timestamp::parse("0001-01-01T00:00:00.000Z"), Some(Timestamp::ZERO));
        assert_eq!(Timestamp::parse("yesterday"), None);
    }

    /// At both ends of the four-digit years, with offsets that lead beyond them.
    #[test]
    fn what_can_be_read_can_be_written() {
        for (text, shown) in [
            ("9999-12-31T23:59:59.9999999Z", Some("9999-12-31T23:59:59.999Z")),
            ("9999-12-31T23:59:59-00:01", None),
            ("9999-12-31T23:59:59-23:59", None),
            ("9999-12-31T23:59:59+23:59", Some("9999-12-31T00:00:59Z")),
            ("0000-01-01T00:00:00Z", Some("0000-01-01T00:00:00Z")),
            ("0000-01-01T00:00:00+00:01", None),
            ("0000-01-01T00:00:00+23:59", None),
            ("0000-01-01T00:00:00-23:59", Some("0000-01-01T23:59:00Z")),
            ("1969-12-31T23:59:59.9999Z", Some("1969-12-31T23:59:59.999Z")),
            ("2016-12-31T23:59:60Z", Some("2016-12-31T23:59:59.999Z")),
            ("10000-01-01T00:00:00Z", None),
            ("-0001-01-01T00:00:00Z", None),
        ] {
            let read = Timestamp::parse(text);
            assert_eq!(read.map(|at| at.to_string()).as_deref(), shown, "{text}");
            if let Some(at) = read {
                let again = Timestamp::parse(&at.to_string()).unwrap();
                assert_eq!(again.to_string(), at.to_string(), "{text}");
                assert_eq!(serde_json::to_value(at).unwrap(), at.to_string(), "{text}");
            }
        }
    }

    /// For all values of rows and clocks, and all sums.
    #[test]
    fn every_time_is_shown() {
        let lengths = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(u64::MAX), Duration::MAX];
        for micros in [i64::MIN, -1, 0, 1, i64::MAX, Timestamp::MIN.0, Timestamp::MAX.0, Timestamp::MAX.0 + 1]
        {
            for length in lengths {
                for at in [Timestamp(micros), Timestamp(micros) + length, Timestamp(micros) - length] {
                    assert!(Timestamp::parse(&at.to_string()).is_some(), "{micros} {length:?}: {at}");
                }
            }
        }
        assert_eq!(Timestamp::from_millis(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp(i64::MIN).to_string(), "0000-01-01T00:00:00Z");
    }

    #[test]
    fn an_earlier_future_is_no_time_ago() {
        let now = Timestamp::from_millis(1000);
        assert_eq!(now.since(now + Duration::from_secs(1)), Duration::ZERO);
        assert_eq!(now.since(now - Duration::from_secs(2)), Duration::from_secs(2));
    }
}
