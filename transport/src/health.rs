//! What is heard on the control connection, and what that says about both directions of a link.
//!
//! Each end sends a heartbeat every second and says in it how long ago it last heard the other end. An end knows by
//! itself whether it hears; whether it is heard it knows only from the other end.

#[cfg(test)]
mod tests;

use crate::settings::DEAD_AFTER;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// Between two checks passes much less than this, unless this process stood still.
const STOOD_STILL: Duration = Duration::from_secs(1);

/// After a standstill, packets that have arrived are read first.
const GRACE: Duration = Duration::from_secs(1);

/// Pings whose answers are awaited.
const PINGS_MAX: usize = 64;

/// One direction of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// This end cannot know.
    Unknown,
    Open,
    /// Nothing has come through since then.
    Silent {
        since: Instant,
    },
}

/// Both directions, as this end knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Directions {
    /// From the peer to this end.
    pub inbound: Direction,
    /// From this end to the peer.
    pub outbound: Direction,
}

impl Directions {
    pub const UNKNOWN: Self = Self { inbound: Direction::Unknown, outbound: Direction::Unknown };
}

/// Of a link that is up.
#[derive(Debug)]
pub(crate) struct Health {
    heard_at: Instant,
    checked_at: Instant,
    grace_until: Instant,
    /// When the peer last said how long ago it had heard this end, and that time.
    said: Option<(Instant, Duration)>,
    /// Times of the pings that have no answer, by number.
    pings: BTreeMap<u64, Instant>,
    next_ping: u64,
    round_trip: Option<Duration>,
    /// The peer's clock minus this end's.
    skew_ms: Option<i64>,
}

impl Health {
    /// The peer has just been heard: it answered the hello.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            heard_at: now,
            checked_at: now,
            grace_until: now,
            said: None,
            pings: BTreeMap::new(),
            next_ping: 0,
            round_trip: None,
            skew_ms: None,
        }
    }

    /// The number of the next ping.
    pub(crate) fn ping(&mut self, now: Instant) -> u64 {
        let number = self.next_ping;
        self.next_ping += 1;
        self.pings.insert(number, now);
        if self.pings.len() > PINGS_MAX {
            self.pings.pop_first();
        }
        number
    }

    /// A signal of the peer came.
    pub(crate) fn hear(&mut self, now: Instant) {
        self.heard_at = now;
    }

    /// The peer said how long ago it had heard this end.
    pub(crate) fn hear_of_self(&mut self, now: Instant, heard_ago: Duration) {
        self.said = Some((now, heard_ago));
    }

    /// The answer to a ping came. The difference of clocks is right up to half the round trip.
    pub(crate) fn pong(&mut self, number: u64, now: Instant, their_ms: i64, own_ms: i64) -> Option<Duration> {
        let round_trip = now - self.pings.remove(&number)?;
        self.round_trip = Some(round_trip);
        let half_ms = i64::try_from(round_trip.as_millis() / 2).unwrap_or(i64::MAX);
        self.skew_ms = Some(their_ms.saturating_add(half_ms).saturating_sub(own_ms));
        Some(round_trip)
    }

    /// Called several times a second. False: the peer is dead.
    pub(crate) fn is_alive(&mut self, now: Instant) -> bool {
        if now > self.checked_at + STOOD_STILL {
            self.grace_until = now + GRACE;
        }
        self.checked_at = now;
        now < self.heard_at + DEAD_AFTER || now < self.grace_until
    }

    pub(crate) fn heard_ago(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.heard_at)
    }

    pub(crate) fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    pub(crate) fn skew_ms(&self) -> Option<i64> {
        self.skew_ms
    }

    pub(crate) fn directions(&self, now: Instant) -> Directions {
        let inbound = if self.heard_ago(now) < DEAD_AFTER {
            Direction::Open
        } else {
            Direction::Silent { since: self.heard_at }
        };
        let outbound = match self.said {
            None => Direction::Unknown,
            Some((_, ago)) if ago < DEAD_AFTER => Direction::Open,
            Some((at, ago)) => Direction::Silent { since: at.checked_sub(ago).unwrap_or(at) },
        };
        Directions { inbound, outbound }
    }
}

/// Why there is no link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    Never,
    /// Closed on purpose, by either end.
    Closed,
    /// This end hears nothing.
    Deaf {
        since: Instant,
    },
    /// The peer said that it hears nothing, and closed the link.
    Unheard {
        since: Instant,
    },
}

impl Gone {
    /// `knocked_at`: when the address of the peer last tried to open a connection.
    pub(crate) fn directions(&self, knocked_at: Option<Instant>, now: Instant) -> Directions {
        let knocks = knocked_at.is_some_and(|at| now < at + DEAD_AFTER);
        match *self {
            Self::Deaf { since } => {
                Directions { inbound: Direction::Silent { since }, outbound: Direction::Unknown }
            }
            Self::Unheard { since } => {
                let inbound =
                    if knocks || now < since + 2 * DEAD_AFTER { Direction::Open } else { Direction::Unknown };
                Directions { inbound, outbound: Direction::Silent { since } }
            }
            Self::Never | Self::Closed => Directions::UNKNOWN,
        }
    }
}
