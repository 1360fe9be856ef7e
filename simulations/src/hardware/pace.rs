//! The speed of simulated time. Divides all waiting times of the hardware, but not timeouts of network calls, which do
//! not shrink when a machine boots faster.

use std::time::Duration;

/// A factor from [`Pace::MIN`] to [`Pace::MAX`]; 1 is real time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace(f64);

impl Pace {
    /// A hundredth of real time.
    pub const MIN: f64 = 0.01;
    /// An installation in milliseconds; faster hardware would only measure the control plane.
    pub const MAX: f64 = 10_000.0;

    /// `None` when out of bounds.
    pub fn new(factor: f64) -> Option<Self> {
        (Self::MIN..=Self::MAX).contains(&factor).then_some(Self(factor))
    }

    /// The duration of `time` at this pace.
    pub fn of(self, time: Duration) -> Duration {
        time.div_f64(self.0)
    }

    pub(super) async fn pass(self, time: Duration) {
        tokio::time::sleep(self.of(time)).await;
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_divides_times_and_has_bounds() {
        let fast = Pace::new(60.0).unwrap();
        assert_eq!(fast.of(Duration::from_secs(60)), Duration::from_secs(1));
        assert_eq!(Pace::default().of(Duration::from_secs(60)), Duration::from_secs(60));
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 0.001, 10_001.0] {
            assert_eq!(Pace::new(bad), None, "{bad}");
        }
    }
}
