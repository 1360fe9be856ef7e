//! Runs as test cases, for CI.

use super::markup::escape;

/// One test case per run: its name, real seconds, and why it failed.
pub fn junit(suite: &str, cases: &[(String, f64, Option<String>)]) -> String {
    let failed = cases.iter().filter(|(_, _, failure)| failure.is_some()).count();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\">\n",
        escape(suite),
        cases.len()
    );
    for (name, seconds, failure) in cases {
        let name = escape(name);
        text += &match failure {
            None => format!("  <testcase name=\"{name}\" time=\"{seconds:.3}\"/>\n"),
            Some(message) => format!(
                "  <testcase name=\"{name}\" time=\"{seconds:.3}\"><failure message=\"{}\"/></testcase>\n",
                escape(message)
            ),
        };
    }
    text + "</testsuite>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn junit_is_well_formed() {
        let cases = [("a<b".to_owned(), 1.0, None), ("c".to_owned(), 2.0, Some("x \"y\" & z".to_owned()))];
        expect_test::expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuite name="s" tests="2" failures="1">
              <testcase name="a&lt;b" time="1.000"/>
              <testcase name="c" time="2.000"><failure message="x &quot;y&quot; &amp; z"/></testcase>
            </testsuite>
        "#]]
        .assert_eq(&junit("s", &cases));
    }
}
