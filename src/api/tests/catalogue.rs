//! Every route of the contract exists: implemented, or answered with 501.

use super::fixture::{Fixture, signed};
use crate::api::routes::ROUTES;
use actors::decision::Role;

/// The paths and methods of the contract's OpenAPI document.
#[rustfmt::skip]
pub(super) const ROUTED: [(&str, &str); 114] = [
    ("POST", "v1/audit/find"),
    ("GET", "v1/filesystemlayout"),
    ("POST", "v1/filesystemlayout"),
    ("PUT", "v1/filesystemlayout"),
    ("POST", "v1/filesystemlayout/matches"),
    ("POST", "v1/filesystemlayout/try"),
    ("DELETE", "v1/filesystemlayout/{id}"),
    ("GET", "v1/filesystemlayout/{id}"),
    ("GET", "v1/firewall"),
    ("POST", "v1/firewall/allocate"),
    ("POST", "v1/firewall/find"),
    ("GET", "v1/firewall/{id}"),
    ("GET", "v1/firmware"),
    ("DELETE", "v1/firmware/{kind}/{vendor}/{board}/{revision}"),
    ("PUT", "v1/firmware/{kind}/{vendor}/{board}/{revision}"),
    ("GET", "v1/health"),
    ("GET", "v1/image"),
    ("POST", "v1/image"),
    ("PUT", "v1/image"),
    ("POST", "v1/image/find"),
    ("DELETE", "v1/image/{id}"),
    ("GET", "v1/image/{id}"),
    ("GET", "v1/image/{id}/latest"),
    ("GET", "v1/image/{id}/query"),
    ("GET", "v1/ip"),
    ("POST", "v1/ip"),
    ("POST", "v1/ip/allocate"),
    ("POST", "v1/ip/allocate/{ip}"),
    ("POST", "v1/ip/find"),
    ("DELETE", "v1/ip/free/{id}"),
    ("GET", "v1/ip/{id}"),
    ("GET", "v1/machine"),
    ("POST", "v1/machine"),
    ("POST", "v1/machine/allocate"),
    ("GET", "v1/machine/consolepassword"),
    ("POST", "v1/machine/find"),
    ("POST", "v1/machine/ipmi"),
    ("POST", "v1/machine/ipmi/find"),
    ("GET", "v1/machine/issues"),
    ("POST", "v1/machine/issues/evaluate"),
    ("POST", "v1/machine/update-firmware/{id}"),
    ("DELETE", "v1/machine/{id}"),
    ("GET", "v1/machine/{id}"),
    ("DELETE", "v1/machine/{id}/free"),
    ("GET", "v1/machine/{id}/ipmi"),
    ("POST", "v1/machine/{id}/power/bios"),
    ("POST", "v1/machine/{id}/power/chassis-identify-led-off"),
    ("POST", "v1/machine/{id}/power/chassis-identify-led-on"),
    ("POST", "v1/machine/{id}/power/cycle"),
    ("POST", "v1/machine/{id}/power/disk"),
    ("POST", "v1/machine/{id}/power/off"),
    ("POST", "v1/machine/{id}/power/on"),
    ("POST", "v1/machine/{id}/power/pxe"),
    ("POST", "v1/machine/{id}/power/reset"),
    ("POST", "v1/machine/{id}/reinstall"),
    ("POST", "v1/machine/{id}/state"),
    ("GET", "v1/network"),
    ("POST", "v1/network"),
    ("PUT", "v1/network"),
    ("POST", "v1/network/allocate"),
    ("POST", "v1/network/find"),
    ("DELETE", "v1/network/free/{id}"),
    ("POST", "v1/network/free/{id}"),
    ("DELETE", "v1/network/{id}"),
    ("GET", "v1/network/{id}"),
    ("GET", "v1/partition"),
    ("POST", "v1/partition"),
    ("PUT", "v1/partition"),
    ("POST", "v1/partition/capacity"),
    ("DELETE", "v1/partition/{id}"),
    ("GET", "v1/partition/{id}"),
    ("GET", "v1/project"),
    ("POST", "v1/project"),
    ("PUT", "v1/project"),
    ("POST", "v1/project/find"),
    ("DELETE", "v1/project/{id}"),
    ("GET", "v1/project/{id}"),
    ("GET", "v1/size"),
    ("POST", "v1/size"),
    ("PUT", "v1/size"),
    ("GET", "v1/size-image-constraint"),
    ("POST", "v1/size-image-constraint"),
    ("PUT", "v1/size-image-constraint"),
    ("POST", "v1/size-image-constraint/try"),
    ("DELETE", "v1/size-image-constraint/{id}"),
    ("GET", "v1/size-image-constraint/{id}"),
    ("GET", "v1/size/reservations"),
    ("POST", "v1/size/reservations"),
    ("PUT", "v1/size/reservations"),
    ("POST", "v1/size/reservations/find"),
    ("POST", "v1/size/reservations/usage"),
    ("DELETE", "v1/size/reservations/{id}"),
    ("GET", "v1/size/reservations/{id}"),
    ("POST", "v1/size/suggest"),
    ("DELETE", "v1/size/{id}"),
    ("GET", "v1/size/{id}"),
    ("GET", "v1/switch"),
    ("POST", "v1/switch"),
    ("POST", "v1/switch/find"),
    ("POST", "v1/switch/migrate"),
    ("POST", "v1/switch/register"),
    ("DELETE", "v1/switch/{id}"),
    ("GET", "v1/switch/{id}"),
    ("POST", "v1/switch/{id}/notify"),
    ("POST", "v1/switch/{id}/port"),
    ("GET", "v1/tenant"),
    ("POST", "v1/tenant"),
    ("PUT", "v1/tenant"),
    ("POST", "v1/tenant/find"),
    ("DELETE", "v1/tenant/{id}"),
    ("GET", "v1/tenant/{id}"),
    ("GET", "v1/user/me"),
    ("GET", "v1/version"),
    ("POST", "v1/vpn/authkey"),
];

/// Routes that this release answers with 501. Remove a route here when it is implemented.
#[rustfmt::skip]
const NOT_YET: [(&str, &str); 10] = [
    ("POST", "v1/audit/find"),
    ("GET", "v1/firmware"),
    ("DELETE", "v1/firmware/{kind}/{vendor}/{board}/{revision}"),
    ("PUT", "v1/firmware/{kind}/{vendor}/{board}/{revision}"),
    ("GET", "v1/machine/issues"),
    ("POST", "v1/machine/issues/evaluate"),
    ("POST", "v1/machine/update-firmware/{id}"),
    ("POST", "v1/partition/capacity"),
    ("POST", "v1/size/suggest"),
    ("POST", "v1/vpn/authkey"),
];

#[actix_web::test]
async fn every_route_of_the_contract_is_served_or_says_that_it_is_not() {
    let fixture = Fixture::new().await;
    let mut not_yet = Vec::new();
    for (method, path) in ROUTED {
        let concrete = path
            .split('/')
            .map(|segment| if segment.starts_with('{') { "x" } else { segment })
            .collect::<Vec<_>>()
            .join("/");
        let request =
            signed(Role::Admin, method, &concrete).insert_header(("Content-Type", "application/json"));
        let reply = fixture.send(request.set_payload("{}")).await;
        let routing = ["404: Page Not Found", "405: Method Not Allowed", "415: Unsupported Media Type"];
        let unrouted = routing.iter().any(|text| reply.text.contains(text));
        assert!(!unrouted && ![405, 406, 415, 503].contains(&reply.status), "{method} {path}: {reply:?}");
        if reply.status == 501 {
            // In the envelope; without it clients lose the text (api-resources 1.8).
            let (_, text) = reply.refusal();
            let says = text.starts_with("this server does not implement ") && text.ends_with(" yet");
            assert!(says, "{method} {path}: {text}");
            assert_eq!(reply.header("content-type"), Some("application/json"), "{method} {path}");
            not_yet.push((method, path));
        }
    }
    assert_eq!(not_yet, NOT_YET);
}

/// Every route is in the contract or in the list of our own routes here.
#[test]
fn nothing_else_is_routed() {
    let ours: Vec<(&str, &str)> = ROUTES
        .iter()
        .map(|route| (route.method.as_str(), route.path))
        .filter(|(method, path)| {
            let same =
                |(wanted_method, wanted): &(&str, &str)| wanted_method == method && is_same(wanted, path);
            !ROUTED.iter().any(same)
        })
        .collect();
    let wanted = [
        ("GET", "apidocs.json"),
        ("GET", "mesh/v1/bmc/{partition}/orders"),
        ("POST", "mesh/v1/bmc/{machine}/orders/done"),
        ("GET", "mesh/v1/machine/{id}/why"),
        ("GET", "mesh/v1/tasks"),
        ("GET", "mesh/v1/ipam/check"),
        ("POST", "mesh/v1/ip/allocate"),
        ("GET", "mesh/v1/ip/{ip}"),
        ("POST", "mesh/v1/ip/{ip}/free"),
        ("GET", "mesh/v1/ip/{ip}/history"),
        ("GET", "mesh/v1/ipam/quarantine"),
        ("DELETE", "mesh/v1/ipam/quarantine/{ip}"),
        ("GET", "mesh/v1/ipam/pool"),
        ("GET", "mesh/v1/ipam/pool/{network}"),
        ("POST", "mesh/v1/ipam/pool/{network}"),
        ("POST", "mesh/v1/network/allocate"),
        ("POST", "mesh/v1/ipam/repair"),
    ];
    assert_eq!(ours, wanted);
}

/// Equal paths, ignoring names of parameters.
fn is_same(one: &str, other: &str) -> bool {
    let (one, other): (Vec<_>, Vec<_>) = (one.split('/').collect(), other.split('/').collect());
    one.len() == other.len()
        && one.iter().zip(&other).all(|(a, b)| a == b || (a.starts_with('{') && b.starts_with('{')))
}
