//! The parts of a page: numbered sections with rows, steps and columns.

use super::Reference;
use super::grammar::Item;
use std::collections::{BTreeMap, BTreeSet};

/// By their names in citations.
pub(super) type Pages = BTreeMap<String, Page>;

#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    pub(super) sections: BTreeMap<String, Section>,
}

/// The content between a numbered heading and the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Section {
    /// First cells of tables' rows, without marks.
    rows: Vec<String>,
    /// Cells of tables' heads, without marks.
    columns: Vec<String>,
    /// Numbers of numbered lists.
    steps: BTreeSet<String>,
    bullets: usize,
}

impl Page {
    /// Sections start with headings such as `## 3.2 Title` and `# 3. Title`.
    pub(super) fn parse(text: &str) -> Self {
        let mut page = Self::default();
        let mut section: Option<String> = None;
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            if let Some(number) = heading(line) {
                page.sections.entry(number.clone()).or_default();
                section = Some(number);
            } else if let Some(section) = section.as_ref().and_then(|name| page.sections.get_mut(name)) {
                section.read(line, lines.get(at + 1).is_some_and(|next| is_rule(next)));
            }
        }
        page
    }

    /// A page whose sections are the items of the numbered list below a heading in a comment.
    pub(super) fn of_list(text: &str, heading: &str) -> Self {
        let lines = text.lines().skip_while(|line| *line != heading).skip(1);
        let list = lines.take_while(|line| !line.starts_with("//! #"));
        let numbers = list.filter_map(|line| numbered(line.trim_start_matches("//! ")));
        Self { sections: numbers.map(|number| (number, Section::default())).collect() }
    }

    /// What the page lacks of a reference.
    pub(super) fn why_not(&self, reference: &Reference) -> Option<String> {
        let Reference { section: number, item } = reference;
        let Some(section) = self.sections.get(number) else {
            return Some(format!("{number}: no such section"));
        };
        let item = item.as_ref().filter(|item| !section.has(item))?;
        Some(format!("{number}: {item} is not there"))
    }
}

impl Section {
    fn read(&mut self, line: &str, is_head: bool) {
        if let Some(row) = line.strip_prefix('|') {
            let mut cells = row.split('|').map(bare);
            match (is_head, is_rule(line)) {
                (true, _) => self.columns.extend(cells.filter(|cell| !cell.is_empty())),
                (false, true) => {}
                (false, false) => self.rows.push(cells.next().unwrap_or_default()),
            }
        } else if let Some(number) = numbered(line) {
            self.steps.insert(number);
        } else if line.starts_with("* ") || line.starts_with("- ") {
            self.bullets += 1;
        }
    }

    /// A number refers to the row or step with that number; without numbered ones, it counts rows or bullets.
    fn has(&self, item: &Item) -> bool {
        match item {
            Item::Number(number) => {
                let says = |text: &String| text.parse::<usize>().is_ok();
                if self.steps.is_empty() && !self.rows.iter().any(says) {
                    (1..=self.rows.len().max(self.bullets)).contains(number)
                } else {
                    let number = number.to_string();
                    self.steps.contains(&number) || self.rows.contains(&number)
                }
            }
            Item::Label(label) => self.rows.contains(label),
            Item::Row(text) => self.rows.iter().any(|row| row.contains(text.as_str())),
            Item::Column(text) => self.columns.iter().any(|column| column.contains(text.as_str())),
        }
    }
}

/// The number of a heading.
fn heading(line: &str) -> Option<String> {
    let title = line.trim_start_matches('#');
    let number = title.strip_prefix(' ').filter(|_| line.starts_with('#'))?.split(' ').next()?;
    let number = number.trim_end_matches('.');
    let is_number = number.split('.').all(|part| part.parse::<u32>().is_ok());
    is_number.then(|| number.to_owned())
}

/// The number of an item such as `3. Text`.
fn numbered(line: &str) -> Option<String> {
    let (number, _) = line.split_once(". ")?;
    number.parse::<u32>().is_ok().then(|| number.to_owned())
}

/// The line below a table's head.
fn is_rule(line: &str) -> bool {
    line.starts_with('|') && line.contains("--") && line.chars().all(|letter| "|-: ".contains(letter))
}

fn bare(cell: &str) -> String {
    cell.trim().replace("**", "").replace('`', "")
}
