//! Finds the route of a path. A literal segment takes precedence over a parameter (api-resources 1.9), except for GET
//! and DELETE if the literal route does not have that method. Nothing else is decided here.

use super::auth::Level;
use super::body;
use super::call::{Answered, Call};
use actix_web::http::Method;
use actors::gateway::View;
use actors::store::Kind;
use futures_util::future::LocalBoxFuture;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// One entry of the route table.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: Verb,
    /// Relative to the base path; `{name}` matches any one segment.
    pub(crate) path: &'static str,
    pub(crate) level: Level,
    pub(crate) run: Run,
}

impl Route {
    /// Maximal bytes of a request's body.
    pub(crate) fn body_bytes_max(&self) -> usize {
        // One body contains all BMCs of a partition.
        if self.path == "v1/machine/ipmi" { body::REPORT_BYTES_MAX } else { body::BODY_BYTES_MAX }
    }
}

/// The methods of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Put,
    Post,
    Delete,
}

impl Verb {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }

    pub(crate) fn of(method: &Method) -> Option<Self> {
        match *method {
            Method::GET => Some(Self::Get),
            Method::PUT => Some(Self::Put),
            Method::POST => Some(Self::Post),
            Method::DELETE => Some(Self::Delete),
            _ => None,
        }
    }

    /// Whether such a request must have a JSON content type.
    pub(crate) const fn carries_json(self) -> bool {
        matches!(self, Self::Put | Self::Post)
    }
}

/// How a route is executed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Run {
    /// Reads rows of this partition.
    Read(fn(&Call) -> Answered),
    /// Shows one thing from the partition that has it; the first parameter of the path is its id.
    Show(Kind, fn(&Call, &View) -> Answered),
    /// Lists the things of a kind from all partitions.
    List(Kind, fn(&Call, &[View]) -> Answered),
    /// Calls an actor.
    Write(fn(Call) -> LocalBoxFuture<'static, Answered>),
    /// Like `Write`, with a body of any type, which is ignored.
    Bodiless(fn(Call) -> LocalBoxFuture<'static, Answered>),
    /// In the contract but not implemented; names what is missing.
    Missing(&'static str),
}

/// Paths, each with all of its routes.
type Tree = matchit::Router<Vec<&'static Route>>;

/// All routes, and separate trees of the paths with GET and with DELETE.
pub(crate) struct Router {
    all: Tree,
    readable: Tree,
    deletable: Tree,
}

/// A path that exists, with the values of its parameters.
#[derive(Debug)]
pub(crate) struct Matched<'a> {
    pub(crate) routes: &'a [&'static Route],
    pub(crate) parameters: Vec<String>,
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router").finish_non_exhaustive()
    }
}

/// The paths that have a route for `verb`, or all.
fn tree(routes: &'static [Route], verb: Option<Verb>) -> Tree {
    let mut paths: BTreeMap<Vec<&str>, Vec<&'static Route>> = BTreeMap::new();
    for route in routes {
        // The path without the names of its parameters.
        let segments =
            route.path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
        paths.entry(segments.collect()).or_default().push(route);
    }
    let mut tree = Tree::new();
    for routes in paths.into_values() {
        if verb.is_none_or(|verb| routes.iter().any(|route| route.method == verb)) {
            tree.insert(routes[0].path, routes).expect("paths of routes differ and are well-formed");
        }
    }
    tree
}

impl Router {
    pub(crate) fn new(routes: &'static [Route]) -> Self {
        let [readable, deletable] = [Verb::Get, Verb::Delete].map(|verb| tree(routes, Some(verb)));
        Self { all: tree(routes, None), readable, deletable }
    }

    /// `path` is decoded, relative to the base path, without slashes at its ends. An entity with the id `find` can
    /// still be read and deleted, unless the route `find` itself has that method.
    pub(crate) fn find(&self, verb: Option<Verb>, path: &str) -> Option<Matched<'_>> {
        if path.split('/').any(str::is_empty) {
            return None;
        }
        let first = match verb {
            Some(Verb::Get) => self.readable.at(path).ok(),
            Some(Verb::Delete) => self.deletable.at(path).ok(),
            _ => None,
        };
        let found = match first {
            Some(found) => found,
            None => self.all.at(path).ok()?,
        };
        let parameters = found.params.iter().map(|(_, value)| value.to_owned()).collect();
        Some(Matched { routes: found.value, parameters })
    }
}

/// The path without `//`, `.` and `..` segments; `None` if it is already clean (api-resources 1.9: 301).
pub(crate) fn cleaned(path: &str) -> Option<String> {
    if !path.contains("//") && !path.contains("/.") && path.starts_with('/') {
        return None;
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            segment => kept.push(segment),
        }
    }
    let mut clean = format!("/{}", kept.join("/"));
    let open_end = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    if open_end && !clean.ends_with('/') {
        clean.push('/');
    }
    (clean != path).then_some(clean)
}

/// The path with `%xx` decoded, so that `%2F` separates segments (api-resources 1.9); `None`: a `%` without two
/// hexadecimal digits, or invalid UTF-8.
pub(crate) fn decoded(path: &str) -> Option<Cow<'_, str>> {
    let is_whole =
        |rest: &str| rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    if !path.split('%').skip(1).all(is_whole) {
        return None;
    }
    percent_decode_str(path).decode_utf8().ok()
}

/// Bytes that stay unescaped in a path (RFC 3986, `pchar`), and the slash.
const KEPT: &[u8] = b"/-._~:@!$&'()*+,;=";

const ESCAPED: AsciiSet = {
    let (mut set, mut place) = (NON_ALPHANUMERIC.remove(KEPT[0]), 1);
    while place < KEPT.len() {
        set = set.remove(KEPT[place]);
        place += 1;
    }
    set
};

/// The reverse of [`decoded`]: escapes everything that has a meaning in a header or for a browser.
pub(crate) fn escaped(path: &str) -> String {
    utf8_percent_encode(path, &ESCAPED).to_string()
}

#[cfg(test)]
mod tests;
