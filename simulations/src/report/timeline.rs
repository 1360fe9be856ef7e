//! The timeline: lanes of nodes with bands of faults, machines by state, pools, and operations.

use super::markup::escape;
use super::model::Model;
use super::model::lanes::{Band, Family, Health, Lane};
use super::model::ticks::{clock, grouped, span};
use super::svg::{Frame, GUTTER, PLOT, Tenths, WIDTH, staircase};
use crate::lifecycle::LifecycleEvent;
use crate::samples::{Machines, Sample, Samples};

/// Maximum of drawn pools; the fullest are chosen.
const POOLS_MAX: usize = 16;

const LIFE: u64 = 14;
const BAND: u64 = 13;
const AREA: u64 = 78;
const POOL: u64 = 44;
const DOTS: u64 = 170;

/// Width of a mark, in tenths of a pixel.
const MARK: u64 = 120;

/// Average width of a letter in a band, in tenths of a pixel.
const LETTER: u64 = 58;

/// States of machines from bottom to top: class, name, count.
type Layer = (&'static str, &'static str, fn(&Machines) -> u32);
pub(crate) const LAYERS: [Layer; 5] = [
    ("system", "own system", |machines| machines.system),
    ("installing", "installing", |machines| machines.installing),
    ("waiting", "waiting in the installer", |machines| machines.waiting),
    ("booting", "booting", |machines| machines.booting),
    ("off", "off", |machines| machines.off),
];

pub(crate) fn lanes(model: &Model) -> String {
    let frame = Frame { model };
    let (mut body, mut y) = (String::new(), 6);
    for lane in &model.lanes {
        y = draw_lane(&frame, lane, y, &mut body) + 12;
    }
    frame.chart("Nodes and faults", y, &body)
}

fn draw_lane(frame: &Frame<'_>, lane: &Lane, top: u64, body: &mut String) -> u64 {
    *body += &format!("<text class=\"name\" x=\"0\" y=\"{}\">{}</text>\n", top + 12, escape(&lane.node));
    for health in [Health::Down, Health::Starting, Health::Up, Health::Stopping, Health::Paused] {
        let spans = lane.life.iter().filter(|span| span.health == health);
        let path: String = spans
            .map(|span| {
                let width = frame.width(span.from_ms, span.to_ms);
                format!("M{} {top}h{width}v{LIFE}h-{width}z", frame.x(span.from_ms))
            })
            .collect();
        if !path.is_empty() {
            *body += &format!("<path class=\"{}\" d=\"{path}\"/>\n", health_class(health));
        }
    }
    let mut drawn = Tenths(0);
    for point in &lane.points {
        let (x, at) = (frame.x(point.at_ms), clock(point.at_ms));
        // Soon after a death it would cover the cross; the gap shows the same.
        if point.mark == LifecycleEvent::Starts && x.0 < drawn.0 + MARK {
            continue;
        }
        drawn = x;
        let (class, what) = match point.mark {
            LifecycleEvent::Starts => ("start", "started again"),
            LifecycleEvent::Dies => ("death", "died at a commit"),
            LifecycleEvent::Stopped => ("stop", "stopped"),
            _ => ("death", "crashed"),
        };
        let shape = if class == "death" { "m-4-4l8 8m0-8l-8 8" } else { "m-3-5l7 5l-7 5z" };
        let middle = top + LIFE / 2;
        *body += &format!(
            "<path class=\"{class}\" d=\"M{x} {middle}{shape}\"><title>{what} at {at}</title></path>\n"
        );
    }
    let mut y = top + LIFE + 4;
    for row in &lane.rows {
        let class = row.family.name();
        *body += &format!("<text class=\"row\" x=\"{}\" y=\"{}\">{class}</text>\n", GUTTER - 10, y + 10);
        for band in &row.bands {
            let line = u64::try_from(band.line).unwrap_or_default();
            draw_band(frame, band, class, y + line * (BAND + 2), body);
        }
        y += u64::try_from(row.lines).unwrap_or(1) * (BAND + 2);
    }
    let y = y + 4;
    *body += &format!("<path class=\"rule\" d=\"M0 {y}H{WIDTH}\"/>\n");
    y
}

fn draw_band(frame: &Frame<'_>, band: &Band, class: &str, y: u64, body: &mut String) {
    let (x, width) = (frame.x(band.from_ms), frame.width(band.from_ms, band.to_ms));
    let text = escape(&band.text);
    let (at, long) = (clock(band.from_ms), span(band.to_ms.saturating_sub(band.from_ms)));
    *body += &format!(
        "<g><title>{text} at {at} for {long}</title><rect class=\"band {class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BAND}\" rx=\"2\"/>"
    );
    let letters = |text: &str| u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
    let words = [band.text.as_str(), band.kind.as_str()];
    let fits =
        words.into_iter().find(|word| !band.crowded && letters(word).saturating_mul(LETTER) + 80 < width.0);
    if let Some(word) = fits {
        let (x, y, word) = (Tenths(x.0 + 40), Tenths(y * 10 + 97), escape(word));
        *body += &format!("<text class=\"inside\" x=\"{x}\" y=\"{y}\">{word}</text>");
    }
    *body += "</g>\n";
}

pub(crate) const fn health_class(health: Health) -> &'static str {
    match health {
        Health::Down => "down",
        Health::Starting => "starting",
        Health::Up => "up",
        Health::Stopping => "stopping",
        Health::Paused => "paused",
    }
}

pub(crate) fn families(model: &Model) -> impl Iterator<Item = Family> {
    Family::ALL
        .iter()
        .copied()
        .filter(|family| model.lanes.iter().flat_map(|lane| &lane.rows).any(|row| row.family == *family))
}

/// The height of `count` of `all`, below `top` and within `height` tenths.
fn level(top: u64, height: u64, count: u64, all: u64) -> Tenths {
    let filled = u128::from(count.min(all)) * u128::from(height * 10) / u128::from(all.max(1));
    Tenths((top + height) * 10 - u64::try_from(filled).unwrap_or_default())
}

pub(crate) fn machines(model: &Model, samples: &Samples) -> String {
    let frame = Frame { model };
    let (mut body, mut y) = (String::new(), 6);
    for (played, name) in samples.partitions.iter().enumerate() {
        let of = |sample: &Sample| sample.machines.get(played).copied().unwrap_or_default();
        let all = samples.samples.last().map(|sample| u64::from(of(sample).all())).unwrap_or_default();
        let (name, count) = (escape(name), grouped(all));
        body += &format!("<text class=\"name\" x=\"0\" y=\"{}\">{name}</text>", y + 12);
        body += &format!("<text class=\"row left\" x=\"0\" y=\"{}\">{count} machines</text>\n", y + 28);
        scale(y, AREA, &count, "0", &mut body);
        for (index, (class, title, _)) in LAYERS.iter().enumerate() {
            let steps: Vec<_> = samples
                .samples
                .iter()
                .map(|sample| {
                    let machines = of(sample);
                    let sum = |upto: usize| -> u64 {
                        LAYERS[..upto].iter().map(|(_, _, count)| u64::from(count(&machines))).sum()
                    };
                    (sample.at_ms, level(y, AREA, sum(index + 1), all), level(y, AREA, sum(index), all))
                })
                .collect();
            if steps.iter().any(|(_, upper, lower)| upper != lower) {
                let path = staircase(&frame, &steps, model.end_ms);
                body +=
                    &format!("<path class=\"{class}\" d=\"{path}\"><title>{name}: {title}</title></path>\n");
            }
        }
        let held = samples.samples.iter().map(|sample| (sample.at_ms, u64::from(of(sample).allocated)));
        let path = line(&frame, held, |count| level(y, AREA, count, all), model.end_ms);
        body += &format!("<path class=\"allocated\" d=\"{path}\"><title>{name}: allocated</title></path>\n");
        y += AREA + 14;
    }
    frame.chart("Machines by state", y, &body)
}

/// A stepped line without an area.
fn line(
    frame: &Frame<'_>,
    values: impl Iterator<Item = (u64, u64)>,
    level: impl Fn(u64) -> Tenths,
    end_ms: u64,
) -> String {
    let (mut path, mut last) = (String::new(), None);
    for (ms, value) in values {
        let y = level(value);
        match last {
            None => path += &format!("M{} {y}", frame.x(ms)),
            Some(last) if last == y => continue,
            Some(_) => path += &format!("H{}V{y}", frame.x(ms)),
        }
        last = Some(y);
    }
    path + &format!("H{}", frame.x(end_ms))
}

/// The ends of a scale, left of its chart.
fn scale(top: u64, height: u64, most: &str, least: &str, body: &mut String) {
    let x = GUTTER - 6;
    *body += &format!(
        "<text class=\"row\" x=\"{x}\" y=\"{}\">{most}</text><text class=\"row\" x=\"{x}\" y=\"{}\">{least}</text>\
         <path class=\"rule\" d=\"M{GUTTER} {}h{PLOT}\"/>\n",
        top + 9,
        top + height,
        top + height
    );
}

/// The chart, and the number of omitted pools.
pub(crate) fn pools(model: &Model, samples: &Samples) -> (String, usize) {
    let frame = Frame { model };
    let peak = |pool: usize| samples.samples.iter().filter_map(|sample| sample.used.get(pool)).max();
    let mut shown: Vec<usize> = (0..samples.pools.len()).filter(|pool| peak(*pool) > Some(&0)).collect();
    let used = shown.len();
    if used > POOLS_MAX {
        let share = |pool: usize| {
            let capacity = samples.pools[pool].capacity.max(1);
            u128::from(peak(pool).copied().unwrap_or_default()) * 1_000_000 / u128::from(capacity)
        };
        shown.sort_by_key(|pool| std::cmp::Reverse(share(*pool)));
        shown.truncate(POOLS_MAX);
        shown.sort_unstable();
    }
    let (mut body, mut y) = (String::new(), 6);
    for pool in &shown {
        let of = &samples.pools[*pool];
        let most = peak(*pool).copied().unwrap_or_default();
        // A pool that is far from full is scaled to its own maximum, and its scale shows this.
        let top = if most.saturating_mul(4) >= of.capacity { of.capacity } else { most };
        let name = if of.name.is_empty() { of.network.as_str() } else { of.name.as_str() };
        let (name, partition) = (escape(name), escape(&of.partition));
        let (shown_most, capacity) = (grouped(most), grouped(of.capacity));
        body += &format!("<text class=\"name\" x=\"0\" y=\"{}\">{name}</text>", y + 12);
        body += &format!("<text class=\"row left\" x=\"0\" y=\"{}\">{partition}</text>", y + 27);
        body += &format!(
            "<text class=\"row left\" x=\"0\" y=\"{}\">peak {shown_most} of {capacity}</text>\n",
            y + 41
        );
        scale(y, POOL, &grouped(top), "", &mut body);
        let steps: Vec<_> = samples
            .samples
            .iter()
            .map(|sample| {
                let used = sample.used.get(*pool).copied().unwrap_or_default();
                (sample.at_ms, level(y, POOL, used, top), level(y, POOL, 0, top))
            })
            .collect();
        let path = staircase(&frame, &steps, model.end_ms);
        let full = if most >= of.capacity { " full" } else { "" };
        body += &format!(
            "<path class=\"pool{full}\" d=\"{path}\"><title>{name} of {partition}: addresses in use</title></path>\n"
        );
        y += POOL + 14;
    }
    (frame.chart("Addresses in use", y, &body), used - shown.len())
}

/// Labels of the logarithmic scale, with their milliseconds; shorter times share the first.
const DECADES: [(u64, &str); 6] =
    [(1, "1 ms"), (10, "10 ms"), (100, "0.1 s"), (1000, "1 s"), (10_000, "10 s"), (100_000, "100 s")];

/// Individual operations: start and duration.
pub(crate) fn operations(model: &Model) -> String {
    let frame = Frame { model };
    let mut body = String::new();
    for (ms, label) in DECADES {
        let y = depth(ms);
        body += &format!(
            "<path class=\"grid\" d=\"M{GUTTER} {y}h{PLOT}\"/><text class=\"row\" x=\"{}\" y=\"{}\">{label}</text>\n",
            GUTTER - 6,
            Tenths(y.0 + 35)
        );
    }
    let classes =
        [("ok", &model.dots.ok), ("refused", &model.dots.refused), ("unknown", &model.dots.unknown)];
    for (class, dots) in classes {
        let path: String = dots
            .iter()
            .map(|(at_ms, took_ms)| {
                let (x, y) = (frame.x(*at_ms), depth(*took_ms));
                let shape = match class {
                    "ok" => "h0",
                    "refused" => "m-3 0h6",
                    _ => "m-3-3l6 6m0-6l-6 6",
                };
                format!("M{x} {y}{shape}")
            })
            .collect();
        if !path.is_empty() {
            body += &format!("<path class=\"dot {class}\" d=\"{path}\"><title>{class}</title></path>\n");
        }
    }
    frame.chart("Operations", DOTS, &body)
}

/// The position of a latency: six decades over the height, linear within a doubling.
fn depth(ms: u64) -> Tenths {
    let ms = ms.clamp(1, 1_000_000);
    let log = ms.ilog2();
    let within = (ms - (1 << log)) * 1000 / (1 << log);
    // 19.93 doublings are six decades.
    let along = (u64::from(log) * 1000 + within).min(19_930);
    Tenths((DOTS - 8) * 10 - along * (DOTS - 16) * 10 / 19_930)
}
