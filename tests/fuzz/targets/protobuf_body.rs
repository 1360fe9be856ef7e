//! Messages to the gRPC port: a byte for the method, then the encoded message. Every input gets an answer, an invalid
//! message or one beyond a bound changes nothing, and stored data can be read again.

#![no_main]

use fuzz::door;
use fuzz::world::{House, World};
use libfuzzer_sys::{Corpus, fuzz_target};

const METHODS: [&str; 22] = [
    "BootService/Dhcp",
    "BootService/Boot",
    "BootService/Register",
    "BootService/Wait",
    "BootService/Report",
    "BootService/AbortReinstall",
    "EventService/Send",
    "IpamService/CreatePrefix",
    "IpamService/DeletePrefix",
    "IpamService/AcquireChildPrefix",
    "IpamService/ReleaseChildPrefix",
    "IpamService/AcquireIP",
    "IpamService/ReleaseIP",
    "IpamService/CreateNamespace",
    "IpamService/DeleteNamespace",
    "IpamService/GetPrefix",
    "IpamService/ListPrefixes",
    "IpamService/PrefixUsage",
    "IpamService/Dump",
    "IpamService/Load",
    "IpamService/ListNamespaces",
    "IpamService/Version",
];

/// The gRPC status codes of the port: OK, UNKNOWN (refusals), INVALID_ARGUMENT, NOT_FOUND and ALREADY_EXISTS of
/// go-ipam's service, and INTERNAL for invalid messages.
const OK: u16 = 0;
const UNKNOWN: u16 = 2;
const INVALID_ARGUMENT: u16 = 3;
const NOT_FOUND: u16 = 5;
const ALREADY_EXISTS: u16 = 6;
const INTERNAL: u16 = 13;
/// A stream that was cut off because the node stops.
const UNAVAILABLE: u16 = 14;

thread_local! {
    static WORLD: World = World::default();
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((which, message)) = input.split_first() else { return Corpus::Reject };
    // Readable in a seed: a digit, or one of the next characters.
    let Some(method) = METHODS.get(usize::from(which.wrapping_sub(b'0'))) else { return Corpus::Reject };
    WORLD.with(|world| world.visit(async |house| call(house, method, message).await));
    Corpus::Keep
});

async fn call(house: &House, method: &str, message: &[u8]) {
    let before = house.rows().await;
    let reply = door::grpc(house, method, message).await;
    match reply.status {
        OK | UNKNOWN | UNAVAILABLE => house.expect_readable().await,
        INVALID_ARGUMENT | NOT_FOUND | ALREADY_EXISTS | INTERNAL => {
            assert_eq!(house.rows().await, before, "{reply:?}")
        }
        _ => panic!("{method}: {reply:?}"),
    }
}
