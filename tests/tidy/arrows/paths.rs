//! Finds the paths in a file's text that start at the crate's root or above its module.

/// The beginning of a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// `crate::NAME`
    Crate(String),
    /// `super::NAME`, with this many `super`.
    Super { levels: usize, name: String },
}

/// The text without comments and without code that is compiled only for tests.
pub(super) fn without_tests(text: &str) -> String {
    let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let mut kept = String::new();
    let mut lines = code.into_iter();
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        // An item ends with its first `;`, or where its braces close.
        let mut depth = 0_i32;
        for line in lines.by_ref() {
            let count = |wanted: char| i32::try_from(line.matches(wanted).count()).unwrap_or(i32::MAX);
            depth += count('{') - count('}');
            if depth <= 0 && (line.contains(';') || line.contains('}')) {
                break;
            }
        }
    }
    kept
}

pub(super) fn named_in(code: &str) -> Vec<Path> {
    let mut found = Vec::new();
    for (place, _) in code.match_indices("crate::") {
        found.extend(first_names(&code[place + "crate::".len()..]).into_iter().map(Path::Crate));
    }
    let mut rest = code;
    while let Some(place) = rest.find("super::") {
        rest = &rest[place..];
        let mut levels = 0;
        while let Some(after) = rest.strip_prefix("super::") {
            (rest, levels) = (after, levels + 1);
        }
        found.extend(first_names(rest).into_iter().map(|name| Path::Super { levels, name }));
    }
    found
}

/// The first name of a path, or of each path of a group in braces.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| {
        let name: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        (!name.is_empty()).then_some(name)
    };
    let Some(group) = path.strip_prefix('{') else { return name(path).into_iter().collect() };
    let mut names = Vec::new();
    let (mut depth, mut is_first) = (0, true);
    for (place, c) in group.char_indices() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => is_first = true,
            c if is_first && !c.is_whitespace() => {
                names.extend(name(&group[place..]));
                is_first = false;
            }
            _ => {}
        }
    }
    names
}
