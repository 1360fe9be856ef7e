//! The tables of api-resources 2.4 to 2.7, row by row.

mod child;
mod create;
mod invariants;
mod lengths;
mod removal;
mod update;

use super::{Network, NetworkCommand, NetworkCreate};
use crate::ipam::fixture::{Fixture, said};
use serde_json::{Value, json};

/// Creates; a refusal as text.
fn create(fixture: &mut Fixture, request: Value) -> Result<Network, String> {
    let request: NetworkCreate = serde_json::from_value(request).unwrap();
    fixture.network(&NetworkCommand::Create(Box::new(request))).map_err(|refusal| said(&refusal))
}

fn update(fixture: &mut Fixture, request: Value, force: bool) -> Result<Network, String> {
    let update = serde_json::from_value(request).unwrap();
    fixture.network(&NetworkCommand::Update { update, force }).map_err(|refusal| said(&refusal))
}

fn allocate(fixture: &mut Fixture, request: Value) -> Result<Network, String> {
    let request = serde_json::from_value(request).unwrap();
    fixture.network(&NetworkCommand::Allocate(request)).map_err(|refusal| said(&refusal))
}

fn free(fixture: &mut Fixture, id: &str) -> Result<Network, String> {
    fixture.network(&NetworkCommand::Free(id.into())).map_err(|refusal| said(&refusal))
}

fn delete(fixture: &mut Fixture, id: &str) -> Result<Network, String> {
    fixture.network(&NetworkCommand::Delete(id.into())).map_err(|refusal| said(&refusal))
}

fn address(fixture: &mut Fixture, network: &str) -> Result<String, String> {
    let request = serde_json::from_value(json!({"networkid": network, "projectid": "a"})).unwrap();
    let command = crate::ipam::AddressCommand::Allocate(request);
    let address = fixture.address(&command).map_err(|refusal| said(&refusal))?;
    Ok(address.address.to_string())
}

fn prefixes(network: &Network) -> Vec<String> {
    network.prefixes.iter().map(ToString::to_string).collect()
}

/// A fixture with the super network `s` of partition p1.
fn with_super(prefixes: &[&str], lengths: Value) -> Fixture {
    let mut fixture = Fixture::new();
    let request = json!({"id": "s", "privatesuper": true, "partitionid": "p1",
        "prefixes": prefixes, "defaultchildprefixlength": lengths});
    create(&mut fixture, request).unwrap();
    fixture
}
