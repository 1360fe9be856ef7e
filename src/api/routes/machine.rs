//! `/v1/machine`: reading machines (api-machines 1).

mod allocation;
pub(super) mod cache;
pub(super) mod find;
pub(super) mod ipmi;
mod list;
pub(super) mod operations;
pub(super) mod response;
pub(super) mod why;

pub(in crate::api) use cache::Cache;

use crate::api::call::{Answered, ApiResponse, Call};
use crate::api::error::Problem;
use actix_web::web::{Bytes, BytesMut};
use actors::gateway::View;
use actors::machine::{Events, Machine};
use actors::refusal::Refusal;
use actors::world::Versioned;
use cache::Rendered;
use find::MachineFind;
use list::Version;
use std::sync::Arc;

pub(super) fn list(call: &Call, views: &[View]) -> Answered {
    let [own] = views else { return Ok(joined(everywhere(call, views, &|_| true)?)) };
    let (world, lists) = (own.world(), &call.api.cache.list);
    // Read before the rows.
    let version = Version::of(world);
    if let Some(list) = lists.newest(version).filter(|_| world.is_whole()) {
        return Ok(ApiResponse::shared(list));
    }
    let elements = rendered(call, own, &|_| true)?.into_iter().map(|shown| shown.as_json.body).collect();
    Ok(ApiResponse::shared(lists.joined(version, elements)?))
}

pub(super) fn find(call: &Call, views: &[View]) -> Answered {
    let wanted: MachineFind = call.read()?;
    if wanted == MachineFind::default() {
        return list(call, views);
    }
    Ok(joined(everywhere(call, views, &|machine| wanted.matches(machine))?))
}

pub(super) fn get(call: &Call, view: &View) -> Answered {
    let shown = one(call, view, call.id())?.as_json;
    match shown.dangling {
        None => Ok(ApiResponse::bytes(shown.body)),
        Some(missing) => Err(Refusal::missing(missing.to_string()).into()),
    }
}

/// A machine's row and its rendered JSON.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) row: Arc<Versioned<Machine>>,
    pub(super) as_json: Rendered,
}

pub(super) fn one(call: &Call, view: &View, id: &str) -> Result<Shown, Problem> {
    let row = view.world().machines.get(id).ok_or_else(|| Refusal::not_found("machine", id))?;
    let as_json = rendered_row(call, view, &row)?;
    Ok(Shown { row, as_json })
}

pub(super) fn rendered_row(call: &Call, view: &View, row: &Versioned<Machine>) -> Result<Rendered, Problem> {
    let world = view.world();
    let epoch = world.epoch();
    let events = world.events.get(row.id.as_str());
    if view.is_own() {
        call.api.cache.render(world, epoch, row, events.as_deref())
    } else {
        cache::render(world, row, events.as_deref().map(|events| &**events))
    }
}

/// The machines of all these views that `keep` accepts, ascending by id.
pub(super) fn everywhere(
    call: &Call,
    views: &[View],
    keep: &dyn Fn(&Machine) -> bool,
) -> Result<Vec<Shown>, Problem> {
    if let [own] = views {
        return rendered(call, own, keep);
    }
    let mut shown = Vec::new();
    for view in views {
        shown.extend(rendered(call, view, keep)?);
    }
    shown.sort_by(|one, other| one.row.id.cmp(&other.row.id));
    Ok(shown)
}

/// All machines of a view that `keep` accepts, ascending by id.
fn rendered(call: &Call, view: &View, keep: &dyn Fn(&Machine) -> bool) -> Result<Vec<Shown>, Problem> {
    let world = view.world();
    let epoch = world.epoch();
    let machines = world.machines.filter(keep);
    if !view.is_own() {
        let shown = machines.into_iter().map(|row| {
            let as_json = rendered_row(call, view, &row)?;
            Ok(Shown { row, as_json })
        });
        return shown.collect();
    }
    // Both tables are ordered by machine id, so one pass over each finds all pairs.
    let containers = if machines.len() > 1 { world.events.all() } else { Vec::new() };
    let mut containers = containers.iter().peekable();
    let mut shown = Vec::with_capacity(machines.len());
    for row in machines {
        while containers.next_if(|container| container.machine < row.id).is_some() {}
        let walked = containers.peek().filter(|container| container.machine == row.id);
        let found: Option<Arc<Versioned<Events>>> = match walked {
            Some(container) => Some(Arc::clone(container)),
            None => world.events.get(row.id.as_str()),
        };
        let as_json = call.api.cache.render(world, epoch, &row, found.as_deref())?;
        shown.push(Shown { row, as_json });
    }
    call.api.cache.sweep(world);
    Ok(shown)
}

/// These machines as a list.
pub(super) fn joined(shown: Vec<Shown>) -> ApiResponse {
    ApiResponse::bytes(array(shown.into_iter().map(|shown| shown.as_json.body)))
}

/// A JSON array of serialised values.
pub(super) fn array(elements: impl Iterator<Item = Bytes>) -> Bytes {
    let elements: Vec<Bytes> = elements.collect();
    let length: usize = elements.iter().map(|element| element.len() + 1).sum();
    let mut array = BytesMut::with_capacity(length + 2);
    array.extend_from_slice(b"[");
    for (place, element) in elements.iter().enumerate() {
        if place > 0 {
            array.extend_from_slice(b",");
        }
        array.extend_from_slice(element);
    }
    array.extend_from_slice(b"]");
    array.freeze()
}
