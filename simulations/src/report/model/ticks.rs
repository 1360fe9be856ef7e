//! Round moments for an axis of simulated time, and readable durations.

/// Readable distances between labels, in seconds.
const STEPS_S: [u64; 16] =
    [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400, 259_200];

/// Maximum of labels of one axis.
const LABELS_MAX: u64 = 12;

/// The moments of the labels, in milliseconds.
pub(crate) fn ticks(end_ms: u64) -> Vec<u64> {
    let fits = |step: &&u64| end_ms / (**step * 1000) < LABELS_MAX;
    let step_ms = STEPS_S.iter().find(fits).map_or(end_ms / LABELS_MAX, |step| step * 1000).max(1);
    (0..=end_ms / step_ms).map(|number| number * step_ms).collect()
}

/// A moment of a run: `1:02:03`, or `2d 1:02:03`.
pub(crate) fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let clock = format!("{}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
    if days == 0 { clock } else { format!("{days}d {clock}") }
}

/// A duration: `7 ms`, `2.5 s`, `3 min 20 s`, `2 h 05 min`.
pub(crate) fn span(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 if ms % 1000 < 100 => format!("{} s", ms / 1000),
        1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        60_000..3_600_000 if ms % 60_000 < 1000 => format!("{} min", ms / 60_000),
        60_000..3_600_000 => format!("{} min {:02} s", ms / 60_000, ms % 60_000 / 1000),
        _ if ms % 3_600_000 < 60_000 => format!("{} h", ms / 3_600_000),
        _ => format!("{} h {:02} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

/// A number with separated thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_a_few_round_moments() {
        assert_eq!(ticks(1), [0]);
        assert_eq!(ticks(4500), [0, 1000, 2000, 3000, 4000]);
        assert_eq!(ticks(10_804_000), [0, 1800, 3600, 5400, 7200, 9000, 10_800].map(|s| s * 1000));
        for end_ms in [999, 61_000, 3_600_000, 86_400_000, 60 * 86_400_000, u64::MAX / 2] {
            let count = ticks(end_ms).len();
            assert!((1..=13).contains(&count), "{end_ms}: {count}");
        }
    }

    #[test]
    fn times_and_numbers_as_people_say_them() {
        assert_eq!([clock(0), clock(3_723_999), clock(90_000_000)], ["0:00:00", "1:02:03", "1d 1:00:00"]);
        let rows = [
            (7, "7 ms"),
            (1000, "1 s"),
            (2540, "2.5 s"),
            (3060, "3 s"),
            (60_000, "1 min"),
            (200_000, "3 min 20 s"),
            (7_200_000, "2 h"),
            (7_500_000, "2 h 05 min"),
        ];
        rows.iter().for_each(|(ms, text)| assert_eq!(span(*ms), *text));
        assert_eq!(grouped(1_234_567).replace('\u{202f}', " "), "1 234 567");
        assert_eq!(grouped(123), "123");
    }
}
