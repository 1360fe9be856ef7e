//! Finds the route of a path. A literal segment wins over a parameter (api-resources 1.9), unless it can neither be read nor
//! deleted and that is what is asked for; nothing else is decided here.

use super::auth::Level;
use super::body;
use super::call::{Answered, Call};
use actix_web::http::Method;
use actors::gateway::View;
use actors::store::Kind;
use futures_util::future::LocalBoxFuture;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// One entry of the route table.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: Verb,
    /// Below the base path; `{name}` stands for any one segment.
    pub(crate) path: &'static str,
    pub(crate) level: Level,
    pub(crate) run: Run,
}

impl Route {
    /// Bytes of a request's body.
    pub(crate) fn body_bytes_max(&self) -> usize {
        // All BMCs of a partition come in one body.
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

    /// Must such a request say that it carries JSON?
    pub(crate) const fn carries_json(self) -> bool {
        matches!(self, Self::Put | Self::Post)
    }
}

/// What a route does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Run {
    /// Answers from rows of this partition.
    Read(fn(&Call) -> Answered),
    /// Shows one thing, whose id is the first parameter of the path, as its partition has it.
    Show(Kind, fn(&Call, &View) -> Answered),
    /// Shows things of a kind of all partitions.
    List(Kind, fn(&Call, &[View]) -> Answered),
    /// Asks somebody.
    Write(fn(Call) -> LocalBoxFuture<'static, Answered>),
    /// As `Write`, with a body of any type, which is not looked at.
    Bodiless(fn(Call) -> LocalBoxFuture<'static, Answered>),
    /// Part of the contract, not of this release; says what is missing.
    Missing(&'static str),
}

/// The routes as a tree of segments.
#[derive(Debug, Default)]
pub(crate) struct Router {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    literals: BTreeMap<&'static str, Self>,
    parameter: Option<Box<Self>>,
    routes: Vec<&'static Route>,
}

/// A path that exists, with the values of its parameters.
#[derive(Debug)]
pub(crate) struct Matched<'a> {
    pub(crate) routes: &'a [&'static Route],
    pub(crate) parameters: Vec<String>,
}

impl Router {
    pub(crate) fn new(routes: &'static [Route]) -> Self {
        let mut router = Self::default();
        for route in routes {
            let mut node = &mut router.root;
            for segment in route.path.split('/') {
                node = if segment.starts_with('{') {
                    node.parameter.get_or_insert_default()
                } else {
                    node.literals.entry(segment).or_default()
                };
            }
            node.routes.push(route);
        }
        router
    }

    /// `path` is decoded, below the base path, without slashes at its ends. What has the id `find` can be read and deleted
    /// all the same, as long as the route `find` itself has nothing for that method.
    pub(crate) fn find(&self, verb: Option<Verb>, path: &str) -> Option<Matched<'_>> {
        let segments: Vec<&str> = path.split('/').collect();
        let mut parameters = Vec::new();
        let falls_through = verb.filter(|verb| matches!(verb, Verb::Get | Verb::Delete));
        let node = falls_through.and_then(|verb| {
            let has_it = |node: &Node| node.routes.iter().any(|route| route.method == verb);
            self.root.find(&segments, &mut parameters, &has_it)
        });
        let node = match node {
            Some(node) => node,
            None => {
                parameters.clear();
                self.root.find(&segments, &mut parameters, &|node| !node.routes.is_empty())?
            }
        };
        let parameters = parameters.into_iter().map(str::to_owned).collect();
        Some(Matched { routes: &node.routes, parameters })
    }
}

impl Node {
    fn find<'p>(
        &self,
        segments: &[&'p str],
        parameters: &mut Vec<&'p str>,
        fits: &dyn Fn(&Self) -> bool,
    ) -> Option<&Self> {
        let Some((first, rest)) = segments.split_first() else { return fits(self).then_some(self) };
        if let Some(found) = self.literals.get(*first).and_then(|node| node.find(rest, parameters, fits)) {
            return Some(found);
        }
        let node = self.parameter.as_deref().filter(|_| !first.is_empty())?;
        parameters.push(first);
        let found = node.find(rest, parameters, fits);
        if found.is_none() {
            parameters.pop();
        }
        found
    }
}

/// A path without `//`, `.` and `..` segments; `None` when it is clean already (api-resources 1.9: 301).
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

/// The path with `%xx` decoded, so that `%2F` separates segments (api-resources 1.9); `None`: it is not UTF-8.
pub(crate) fn decoded(path: &str) -> Option<Cow<'_, str>> {
    if !path.contains('%') {
        return Some(Cow::Borrowed(path));
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let high = char::from(rest.next()?).to_digit(16)?;
        let low = char::from(rest.next()?).to_digit(16)?;
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// The reverse of [`decoded`], with everything escaped that could mean something else in a header or to a browser.
pub(crate) fn escaped(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~:@!$&'()*+,;=".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
