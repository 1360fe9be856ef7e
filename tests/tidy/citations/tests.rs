//! Wrong citations are found, and right ones are accepted.

use super::pages::{Page, Pages};
use super::{citations_without_a_page, own_sections, pages_not_there};

const PAGE: &str = "\
# 3. A chapter

## 3.1 Checks

| # | check | status |
|---|---|---|
| 1 | project set | 422 |
| 2 | key parses | 422 |

## 3.2 Cases

| Case | Effect |
|---|---|
| trailing `slash` | none |
| **unknown path** | 404 |

### 3.2.1 Steps

1. first
2. second

## 3.10 Labels

| id | holds |
|---|---|
| I5 | release once |

* one
* two
";

fn pages() -> Pages {
    [("rules".to_owned(), Page::parse(PAGE))].into()
}

fn broken(text: &str) -> Vec<String> {
    citations_without_a_page(text, &pages()).collect()
}

#[test]
fn right_citations_pass() {
    let right = [
        "// rules 3",
        "/// Row by row (rules 3.1).",
        "# rules 3.1, 3.2 and 3.2.1, 3.10: all of them",
        "-- rules 3.1/2",
        "rules 3.1, row 2; and rules 3.1, checks 1 and 2, and 3.2",
        "rules 3.1 to 3.10",
        "rules 3.2, row 2, and 3.2, rows \"trailing slash\", \"unknown\" and 1",
        "rules 3.2.1, steps 1 to 2, and 3.1, column \"status\"",
        "rules 3.10, I5 and bullet 2",
        "//! It is long (rules\n//! 3.1, row\n//! 1).",
        "The rules 3a are none, nor rulers 9, other-rules 9 or rules/9.",
    ];
    for text in right {
        assert_eq!(broken(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn wrong_citations_are_found_where_they_begin() {
    let wrong = [
        ("// rules 4", "1: rules 4: no such section"),
        ("\n/// So it is (rules 3.3).", "2: rules 3.3: no such section"),
        ("rules 3.1, 3.2 and 3.4", "1: rules 3.4: no such section"),
        ("rules 3.1 to 3.11", "1: rules 3.11: no such section"),
        ("rules 3.1/3", "1: rules 3.1: row or step 3 is not there"),
        ("rules 3.1, checks 1, 2 and 3", "1: rules 3.1: row or step 3 is not there"),
        ("rules 3.1, row 2, and 9", "1: rules 9: no such section"),
        ("rules 3.2, row 3", "1: rules 3.2: row or step 3 is not there"),
        ("rules 3.2, row \"slashes\"", "1: rules 3.2: row \"slashes\" is not there"),
        ("rules 3.2.1, step 3", "1: rules 3.2.1: row or step 3 is not there"),
        ("rules 3.1, column \"text\"", "1: rules 3.1: column \"text\" is not there"),
        ("rules 3.10, I6", "1: rules 3.10: row I6 is not there"),
        ("/// Rules 3.3 is one.", "1: rules 3.3: no such section"),
        ("(rules, section 3.1)", "1: rules section 3.1: no such section"),
        ("rules \u{a7}3.1", "1: rules \u{a7}3.1: no such section"),
        ("//! Long.\n//! It is (rules\n//! 3.1, row\n//! 7).", "2: rules 3.1: row or step 7 is not there"),
    ];
    for (text, found) in wrong {
        assert_eq!(broken(text), [found], "{text}");
    }
}

#[test]
fn lists_are_pages_as_well() {
    let page = Page::of_list(
        "//! 9. no\n//! # Facts\n//!\n//! 1. one\n//!    more\n//! 2. two\n//! # Next\n//! 3. no\n",
        "//! # Facts",
    );
    let pages: Pages = [("fact".to_owned(), page)].into();
    let found: Vec<String> = citations_without_a_page("fact 1, fact 2, fact 3, fact 9", &pages).collect();
    assert_eq!(found, ["1: fact 3: no such section", "1: fact 9: no such section"]);
}

#[test]
fn files_that_are_not_there_are_found() {
    let text = "/// As in gone.MD 3, here.MD and docs/here.MD.\n// https://example.org/page.MD is elsewhere";
    // In lower case, this file would name missing files.
    let text = text.replace("MD", "md");
    let found: Vec<String> = pages_not_there(&text, |named| named.contains("here")).collect();
    assert_eq!(found, ["1: gone.MD".replace("MD", "md")]);
}

#[test]
fn a_page_cites_itself_by_a_sign() {
    let found: Vec<(usize, &str)> = own_sections("as in §3.2.\nand (§9), §3.10, too").collect();
    assert_eq!(found, [(1, "3.2"), (2, "9"), (2, "3.10")]);
}
