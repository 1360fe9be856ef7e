//! Citations: `api-machines 3.2` in a comment refers to a heading of a page in this repository.
//!
//! How to read a failure: it names the file, the line where the citation starts, and what is missing. The number is
//! wrong, the section was never written, or the citation has another spelling. `src/api/contract/README.md` explains
//! folders and spellings.

mod grammar;
mod pages;
mod tests;

use super::{expect_none, root, shown};
use grammar::{Reference, citations};
use pages::{Page, Pages};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Extensions of files that people write.
const LANGUAGES: [&str; 13] =
    ["css", "go", "html", "md", "proto", "py", "rs", "service", "sh", "sql", "toml", "txt", "yaml"];

/// The folder of each page; each file is a chapter.
const FOLDERS: [(&str, &str); 6] = [
    ("api-machines", "src/api/contract/api-machines"),
    ("api-resources", "src/api/contract/api-resources"),
    ("metalctl", "src/api/contract/metalctl"),
    ("ipam", "actors/src/ipam/design"),
    ("store", "src/store/design"),
    ("architecture", "actors/src/design"),
];

/// The invariants are a list in the documentation of the crate.
const INVARIANTS: (&str, &str) = ("src/lib.rs", "//! # Invariants");

/// With fewer citations, the search is broken.
const CITATIONS_MIN: usize = 500;

#[test]
fn every_citation_leads_to_a_page() {
    let pages = pages();
    let mut found = 0;
    let mut broken = Vec::new();
    for path in written() {
        let text = fs::read_to_string(&path).unwrap();
        found += citations(&text, &pages).len();
        broken.extend(citations_without_a_page(&text, &pages).map(|what| format!("{}:{what}", shown(&path))));
    }
    expect_none("citations that lead nowhere", &broken);
    assert!(found >= CITATIONS_MIN, "only {found} citations were found");
}

/// Readers have only the pages of this repository. A comment must not refer to other pages.
#[test]
fn every_page_that_is_named_is_there() {
    let written = written();
    let mut broken = Vec::new();
    for path in &written {
        let text = fs::read_to_string(path).unwrap();
        let there = |named: &str| is_there(named, path, &written);
        broken.extend(pages_not_there(&text, there).map(|what| format!("{}:{what}", shown(path))));
    }
    expect_none("pages that are not there", &broken);
}

/// `§3.2` in a page is the page's own section 3.2. The number in a file's name identifies the chapter.
#[test]
fn pages_are_numbered_and_cite_themselves_rightly() {
    let mut broken = Vec::new();
    for (_, folder) in FOLDERS {
        let chapters = chapters(folder);
        let page = page(folder);
        for path in &chapters {
            let text = fs::read_to_string(path).unwrap();
            let number = path.file_name().unwrap().to_string_lossy();
            let (number, _) = number.split_once('-').unwrap_or_default();
            let foreign = Page::parse(&text)
                .sections
                .into_keys()
                .filter(|section| section.split('.').next() != Some(number));
            broken.extend(foreign.map(|section| format!("{}: section {section}", shown(path))));
            let own = own_sections(&text).filter(|(_, section)| !page.sections.contains_key(*section));
            broken.extend(own.map(|(line, section)| format!("{}:{line}: §{section}", shown(path))));
        }
    }
    expect_none("sections of pages", &broken);
}

/// Line and text of each citation without a target.
fn citations_without_a_page<'t>(text: &'t str, pages: &'t Pages) -> impl Iterator<Item = String> + 't {
    citations(text, pages).into_iter().flat_map(move |citation| {
        let page = &pages[&citation.page];
        let missing: Vec<String> = citation
            .references
            .iter()
            .filter_map(|reference| {
                page.why_not(reference).map(|why| format!("{}: {} {why}", citation.line, citation.page))
            })
            .collect();
        missing
    })
}

/// Line and name of `.md` files for which `there` is false.
fn pages_not_there<'t>(
    text: &'t str,
    there: impl Fn(&str) -> bool + 't,
) -> impl Iterator<Item = String> + 't {
    let of_names = |letter: char| letter.is_alphanumeric() || "_-./*".contains(letter);
    text.lines().enumerate().flat_map(move |(number, line)| {
        let missing: Vec<String> = line
            .split(|letter| !of_names(letter))
            .map(|word| word.trim_end_matches('.'))
            .filter(|word| word.len() > 3 && word.ends_with(".md") && !word.starts_with("//") && !there(word))
            .map(|word| format!("{}: {word}", number + 1))
            .collect();
        missing
    })
}

/// Beside the file that names it, below the root, or anywhere; `*` stands for any name.
fn is_there(named: &str, by: &Path, written: &[PathBuf]) -> bool {
    let (folder, file) = named.rsplit_once('/').map_or((None, named), |(folder, file)| (Some(folder), file));
    let any = file.starts_with('*');
    let fits = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "md")
            && (any || path.file_name().is_some_and(|name| name == file))
            && folder.is_none_or(|folder| {
                path.parent().is_some_and(|parent| parent.ends_with(folder.trim_matches('/')))
            })
    };
    by.parent().unwrap().join(named).exists() || written.iter().any(fits)
}

/// Line and number of each `§3.2`.
fn own_sections(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().flat_map(|(number, line)| {
        line.split('§').skip(1).map(move |after| {
            let end =
                after.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(after.len());
            (number + 1, after[..end].trim_end_matches('.'))
        })
    })
}

fn pages() -> Pages {
    let (file, heading) = INVARIANTS;
    let text = fs::read_to_string(root().join(file)).unwrap();
    let invariants = Page::of_list(&text, heading);
    let folders = FOLDERS.iter().map(|(name, folder)| ((*name).to_owned(), page(folder)));
    let lists = ["invariant", "invariants"].map(|name| (name.to_owned(), invariants.clone()));
    folders.chain(lists).collect::<BTreeMap<_, _>>()
}

fn page(folder: &str) -> Page {
    let texts: Vec<String> = chapters(folder).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    Page::parse(&texts.join("\n"))
}

fn chapters(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let mut chapters: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    chapters.sort();
    assert!(!chapters.is_empty(), "{folder} has no page");
    chapters
}

/// All files that may contain citations.
fn written() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let hidden = name.starts_with('.') && name != ".ci";
            if path.is_dir() {
                if !hidden && name != "target" && name != "__pycache__" {
                    folders.push(path);
                }
            } else if folder.ends_with(".ci") || LANGUAGES.iter().any(|it| name.ends_with(&format!(".{it}")))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 500, "the tree was not found");
    found
}
