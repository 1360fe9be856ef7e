//! Shared by projects and tenants: their metadata with its optimistic lock (api-resources 1.11 and 6).
//!
//! Refusals have the texts that clients know from a masterdata service over gRPC.

use crate::decision::DecisionContext;
use crate::naming;
use crate::record::masterdata::{Meta, Project, Tenant};
use crate::refusal::Refusal;
use crate::world::{Kept, Versioned, World};
use std::sync::Arc;

const API_VERSION: &str = "v1";

/// A project or a tenant.
pub(super) trait Entity: Kept {
    /// The value of `meta.kind`.
    const KIND_NAME: &'static str;

    fn meta(&self) -> Option<&Meta>;
}

impl Entity for Project {
    const KIND_NAME: &'static str = "Project";

    fn meta(&self) -> Option<&Meta> {
        self.meta.as_ref()
    }
}

impl Entity for Tenant {
    const KIND_NAME: &'static str = "Tenant";

    fn meta(&self) -> Option<&Meta> {
        self.meta.as_ref()
    }
}

/// The row, or "404".
pub(super) fn get<E: Entity>(world: &World, id: &str) -> Result<Arc<Versioned<E>>, Refusal> {
    E::table(world).get(id).ok_or_else(|| {
        let entity = E::KIND.entity();
        Refusal::missing(rpc(
            "NotFound",
            &format!("{entity} with id:{id} not found sql: no rows in result set"),
        ))
    })
}

/// The metadata of a new entity: absent fields are filled in, the version starts at 0.
pub(super) fn first<E: Entity>(entity: &E, context: &mut DecisionContext<'_>) -> Result<Meta, Refusal> {
    let given = entity.meta().cloned().unwrap_or_default();
    check_type::<E>("create", &given)?;
    let id = if given.id.is_empty() { context.uuid().to_string() } else { given.id };
    Ok(Meta {
        id,
        kind: E::KIND_NAME.to_owned(),
        apiversion: API_VERSION.to_owned(),
        version: 0,
        created_time: Some(context.now),
        updated_time: given.updated_time.filter(|at| !at.is_zero()),
        annotations: given.annotations,
        labels: given.labels,
    })
}

/// A new id must be free and valid.
pub(super) fn free<E: Entity>(world: &World, id: &str) -> Result<(), Refusal> {
    if !E::table(world).contains(id) {
        return naming::check(E::KIND, id);
    }
    let entity = E::KIND.entity();
    let text = format!("an entity of type:{entity} with the id:{id} already exists");
    Err(Refusal::conflict(rpc("AlreadyExists", &text)))
}

/// The metadata that an update request must contain.
pub(super) fn given<E: Entity>(entity: &E) -> Result<&Meta, Refusal> {
    let name = E::KIND.entity();
    entity.meta().ok_or_else(|| Refusal::bad_request(format!("{name} and {name}.meta must be specified")))
}

/// The metadata after an update. A sent version above the stored one is accepted, and the next one continues from it.
pub(super) fn next<E: Entity>(
    given: &Meta,
    stored: &E,
    context: &DecisionContext<'_>,
) -> Result<Meta, Refusal> {
    check_type::<E>("update", given)?;
    let stored = stored.meta().cloned().unwrap_or_default();
    if given.version < stored.version {
        return Err(Refusal::unprocessable(rpc(
            "FailedPrecondition",
            &format!(
                "optimistic lock error updating {} with id {}, existing version {} mismatches entity version {}",
                E::KIND.entity(),
                stored.id,
                stored.version,
                given.version
            ),
        )));
    }
    Ok(Meta {
        id: stored.id,
        kind: E::KIND_NAME.to_owned(),
        apiversion: API_VERSION.to_owned(),
        version: given.version.saturating_add(1),
        created_time: stored.created_time,
        updated_time: Some(context.now),
        annotations: given.annotations.clone(),
        labels: given.labels.clone(),
    })
}

/// The metadata in the answer to a deletion.
pub(super) fn only_id(id: &str) -> Option<Meta> {
    Some(Meta { id: id.to_owned(), ..Meta::default() })
}

fn check_type<E: Entity>(operation: &str, given: &Meta) -> Result<(), Refusal> {
    let entity = E::KIND.entity();
    let problem = if !given.kind.is_empty() && given.kind != E::KIND_NAME {
        format!("kind is set to:{} but must be:{}", given.kind, E::KIND_NAME)
    } else if !given.apiversion.is_empty() && given.apiversion != API_VERSION {
        format!("apiversion must be set to:{API_VERSION}")
    } else {
        return Ok(());
    };
    let text = format!("{operation} of type:{entity} failed, {problem}");
    Err(Refusal::unprocessable(rpc("Unknown", &text)))
}

/// A status as Go's gRPC prints it.
pub(super) fn rpc(code: &str, text: &str) -> String {
    format!("rpc error: code = {code} desc = {text}")
}
