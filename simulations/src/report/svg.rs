//! The common frame of all charts over time, so that a moment has the same position in all of them. Lengths are whole
//! tenths of a pixel: the same run is drawn identically everywhere.

use super::model::Model;
use super::model::ticks::{clock, ticks};
use std::fmt;

/// Width of all charts in pixels, including the names on the left.
pub(crate) const WIDTH: u64 = 1160;
/// Start of the time axis.
pub(crate) const GUTTER: u64 = 150;
/// From the start of the run to its end.
pub(crate) const PLOT: u64 = 990;
/// Height of the time labels.
const AXIS: u64 = 22;

/// A length in tenths of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tenths(pub(crate) u64);

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 % 10 {
            0 => write!(f, "{}", self.0 / 10),
            rest => write!(f, "{}.{rest}", self.0 / 10),
        }
    }
}

/// Time from left to right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) model: &'a Model,
}

impl Frame<'_> {
    pub(crate) fn x(&self, ms: u64) -> Tenths {
        let end = u128::from(self.model.end_ms.max(1));
        let along = u128::from(ms).min(end) * u128::from(PLOT * 10) / end;
        Tenths(GUTTER * 10 + u64::try_from(along).unwrap_or(PLOT * 10))
    }

    /// At least wide enough to be visible.
    pub(crate) fn width(&self, from_ms: u64, to_ms: u64) -> Tenths {
        Tenths(self.x(to_ms).0.saturating_sub(self.x(from_ms).0).max(10))
    }

    /// A chart of this height with vertical time lines, and time labels below.
    pub(crate) fn chart(&self, label: &str, height: u64, body: &str) -> String {
        let mut text =
            format!("<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{label}\">\n", height + AXIS);
        for ms in ticks(self.model.end_ms) {
            let x = self.x(ms);
            text += &format!("<path class=\"grid\" d=\"M{x} 0V{height}\"/>");
            text += &format!("<text class=\"tick\" x=\"{x}\" y=\"{}\">{}</text>\n", height + 15, clock(ms));
        }
        text += body;
        if self.model.calm_ms < self.model.end_ms {
            let x = self.x(self.model.calm_ms);
            text += &format!(
                "<path class=\"calm\" d=\"M{x} 0V{height}\"><title>faults are over</title></path>\n"
            );
        }
        if let Some(ms) = self.model.violation_ms {
            let (x, at) = (self.x(ms), clock(ms));
            text += &format!(
                "<path class=\"violation\" d=\"M{x} 0V{height}\"><title>violation at {at}</title></path>\n"
            );
        }
        text + "</svg>\n"
    }
}

/// A filled staircase between two edges over time: `steps` are moments, upper and lower edge.
pub(crate) fn staircase(frame: &Frame<'_>, steps: &[(u64, Tenths, Tenths)], end_ms: u64) -> String {
    let Some((from_ms, upper, lower)) = steps.first() else { return String::new() };
    let mut path = format!("M{} {upper}", frame.x(*from_ms));
    let mut last = *upper;
    for (ms, upper, _) in &steps[1..] {
        if *upper != last {
            path += &format!("H{}V{upper}", frame.x(*ms));
            last = *upper;
        }
    }
    path += &format!("H{}", frame.x(end_ms));
    let mut right = steps.last().map_or(*lower, |(_, _, lower)| *lower);
    path += &format!("V{right}");
    for pair in steps.windows(2).rev() {
        let (left, ms) = (pair[0].2, pair[1].0);
        if left != right {
            path += &format!("H{}V{left}", frame.x(ms));
            right = left;
        }
    }
    path + &format!("H{}Z", frame.x(*from_ms))
}
