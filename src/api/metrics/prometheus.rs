//! Converts OpenMetrics text to the older text format of Prometheus (exposition formats, version 0.0.4), which has no
//! units, no end marker and no `info`, and names a counter after its sample.

/// The same metrics.
pub(super) fn older(open_metrics: &str) -> String {
    let mut older = String::with_capacity(open_metrics.len());
    // For a counter, both description lines are renamed, and its type comes after its help.
    let mut help: Option<(&str, &str)> = None;
    for line in open_metrics.lines() {
        if let Some(described) = line.strip_prefix("# HELP ") {
            help = described.split_once(' ');
        } else if let Some(described) = line.strip_prefix("# TYPE ") {
            let (name, kind) = described.split_once(' ').unwrap_or((described, "untyped"));
            let (suffix, kind) = match kind {
                "counter" => ("_total", kind),
                "info" => ("_info", "gauge"),
                "unknown" => ("", "untyped"),
                kind => ("", kind),
            };
            if let Some((_, text)) = help.take().filter(|(described, _)| *described == name) {
                older.push_str(&format!("# HELP {name}{suffix} {text}\n"));
            }
            older.push_str(&format!("# TYPE {name}{suffix} {kind}\n"));
        } else if !line.starts_with('#') {
            older.push_str(line);
            older.push('\n');
        }
    }
    older
}

/// Whether the `Accept` header prefers the older text format to OpenMetrics. Requests for neither get OpenMetrics.
pub(super) fn is_wanted(accept: &str) -> bool {
    let quality = |kind: &str| -> f32 {
        let (whole, any) = (kind, kind.split('/').next().unwrap_or_default());
        let range = |range: &str| -> Option<(usize, f32)> {
            let (name, parameters) = range.split_once(';').unwrap_or((range, ""));
            let rank = match name.trim().to_ascii_lowercase() {
                name if name == whole => 2,
                name if name.strip_suffix("/*") == Some(any) => 1,
                name if name == "*/*" => 0,
                _ => return None,
            };
            let weight = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("q="));
            Some((rank, weight.map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0))))
        };
        let found = accept.split(',').filter_map(range);
        found.reduce(|one, other| if other.0 > one.0 { other } else { one }).map_or(0.0, |(_, weight)| weight)
    };
    quality("text/plain") > quality("application/openmetrics-text")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_older_format_says_the_same() {
        let open = "# HELP a Requests.\n# TYPE a counter\na_total{code=\"200\"} 3\n# HELP up Up.\n# TYPE up gauge\nup 1\n\
                    # HELP t_seconds Time.\n# TYPE t_seconds histogram\n# UNIT t_seconds seconds\nt_seconds_sum 0.5\n\
                    t_seconds_count 1\nt_seconds_bucket{le=\"+Inf\"} 1\n# HELP b Build.\n# TYPE b info\n\
                    b_info{version=\"1 # 2\"} 1\n# EOF\n";
        expect![[r##"
            # HELP a_total Requests.
            # TYPE a_total counter
            a_total{code="200"} 3
            # HELP up Up.
            # TYPE up gauge
            up 1
            # HELP t_seconds Time.
            # TYPE t_seconds histogram
            t_seconds_sum 0.5
            t_seconds_count 1
            t_seconds_bucket{le="+Inf"} 1
            # HELP b_info Build.
            # TYPE b_info gauge
            b_info{version="1 # 2"} 1
        "##]]
        .assert_eq(&older(open));
    }

    #[test]
    fn whoever_asks_for_it_gets_it() {
        let rows = [
            ("", false),
            ("*/*", false),
            ("text/plain", true),
            ("text/plain;version=0.0.4", true),
            ("TEXT/*", true),
            (
                "application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                false,
            ),
            ("application/openmetrics-text;q=0.3,text/plain;q=0.5", true),
            ("text/html,application/xhtml+xml,*/*;q=0.8", false),
            ("text/plain;q=x", false),
            (",;,=;q", false),
        ];
        for (accept, wanted) in rows {
            assert_eq!(is_wanted(accept), wanted, "{accept}");
        }
    }
}
