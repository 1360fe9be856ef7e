//! The audit: compares what the API shows with the answers that clients got.

use super::clients::{Book, Owned};
use crate::support::client::{Client, text};
use serde_json::json;
use std::collections::BTreeMap;

/// The first and the last address of the prefix are reserved, and count as used.
const RESERVED: usize = 2;

/// Every acknowledged address exists with its owner, every acknowledged release is gone, and there is nothing else.
pub(super) async fn audit(client: &Client, network: &str, book: &Book) {
    let rows = client.post("/v1/ip/find", &json!({"networkid": network})).await.expect(200);
    let rows: Vec<(String, Owned)> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let owned = Owned { allocation: text(row, "/allocationuuid"), name: text(row, "/name") };
            (text(row, "/ipaddress"), owned)
        })
        .collect();
    let shown: BTreeMap<&String, &Owned> = rows.iter().map(|(address, owned)| (address, owned)).collect();
    assert_eq!(shown.len(), rows.len(), "an address is shown twice");
    let lost: Vec<_> =
        book.held.iter().filter(|(address, owned)| shown.get(address) != Some(owned)).collect();
    assert!(lost.is_empty(), "acknowledged, and not there: {lost:?}");
    let leaked: Vec<_> = shown.iter().filter(|(address, _)| !book.held.contains_key(**address)).collect();
    assert!(leaked.is_empty(), "these have no owner, or were freed: {leaked:?}");

    let network = client.get(&format!("/v1/network/{network}")).await.expect(200);
    assert_eq!(network["consumption"]["ipv4"]["used_ips"], json!(book.held.len() + RESERVED));
    let check = client.get("/mesh/v1/ipam/check").await.expect(200);
    assert_eq!(check["findings"], json!([]), "memory, rows and owners agree");
}
