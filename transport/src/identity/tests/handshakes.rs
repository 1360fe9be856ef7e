//! Handshakes of rustls in memory: what the settings allow.

use super::{FEDERATION, NOW, PARTITION, at, clock, later, member, root, trust};
use crate::identity::{
    ALPN_JOIN, ALPN_MESH, Denied, Fingerprint, SERVER_NAME, SharedTrust, client_config, joining_config,
    peer_of, server_config,
};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, ProtocolVersion, ServerConfig, ServerConnection};
use std::sync::Arc;

/// The two ends after a handshake.
struct Ends {
    client: ClientConnection,
    server: ServerConnection,
}

fn shake(client: ClientConfig, server: ServerConfig) -> Result<Ends, String> {
    let name = ServerName::try_from(SERVER_NAME).unwrap();
    let mut client = ClientConnection::new(Arc::new(client), name).unwrap();
    let mut server = ServerConnection::new(Arc::new(server)).unwrap();
    while client.is_handshaking() || server.is_handshaking() || client.wants_write() || server.wants_write() {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        deliver(&wire, |bytes| server.read_tls(bytes));
        server.process_new_packets().map_err(|error| format!("server: {error}"))?;
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        deliver(&wire, |bytes| client.read_tls(bytes));
        client.process_new_packets().map_err(|error| format!("client: {error}"))?;
    }
    Ok(Ends { client, server })
}

fn deliver(wire: &[u8], mut read: impl FnMut(&mut dyn std::io::Read) -> std::io::Result<usize>) {
    let mut rest = wire;
    while !rest.is_empty() {
        read(&mut rest).unwrap();
    }
}

fn peer(chain: Option<&[CertificateDer<'static>]>) -> String {
    peer_of(chain.unwrap()).unwrap().to_string()
}

#[test]
fn two_members_know_each_other_after_the_handshake() {
    let root = root();
    let shared = SharedTrust::new(trust(&root));
    let (a, b) = (member(&root, "a"), member(&root, "b"));
    let client = client_config(&a, &shared, &clock(NOW)).unwrap();
    let server = server_config(&b, &shared, &clock(NOW)).unwrap();
    let Ends { client, server } = shake(client, server).unwrap();
    assert_eq!(peer(client.peer_certificates()), format!("spiffe://{FEDERATION}/partition/b/node/n1"));
    assert_eq!(peer(server.peer_certificates()), format!("spiffe://{FEDERATION}/partition/a/node/n1"));
    assert_eq!(client.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    assert_eq!(client.alpn_protocol(), Some(ALPN_MESH));
    assert_eq!(server.server_name(), None);
}

#[test]
fn a_newcomer_reaches_the_root_of_its_token_and_no_other() {
    let root = root();
    let shared = SharedTrust::new(trust(&root));
    let host = member(&root, PARTITION);
    let server = || server_config(&host, &shared, &clock(NOW)).unwrap();
    let joining = joining_config(root.fingerprint(), &clock(NOW)).unwrap();
    let ends = shake(joining, server()).unwrap();
    assert_eq!(ends.server.alpn_protocol(), Some(ALPN_JOIN));
    assert_eq!(ends.server.peer_certificates(), None);

    let elsewhere = joining_config(Fingerprint::from_bytes([7; 32]), &clock(NOW)).unwrap();
    let error = shake(elsewhere, server()).err().unwrap();
    assert!(error.contains("ask for a new token"), "{error}");

    let much_later = joining_config(root.fingerprint(), &clock(later(86_500))).unwrap();
    let error = shake(much_later, server()).err().unwrap();
    assert!(error.contains("the node's certificate ended at"), "{error}");
}

#[test]
fn both_ends_refuse_what_the_trust_of_this_moment_denies() {
    let root = root();
    let (a, b) = (member(&root, "a"), member(&root, "b"));
    let all = SharedTrust::new(trust(&root));
    let but_a = SharedTrust::new(trust(&root));
    let client = client_config(&a, &all, &clock(NOW)).unwrap();
    let server = server_config(&b, &but_a, &clock(NOW)).unwrap();
    shake(client.clone(), server.clone()).unwrap();

    let mut denied = trust(&root);
    denied.denied.insert(Denied::Partition("a".to_owned()));
    but_a.replace(denied.clone());
    let error = shake(client, server).err().unwrap();
    assert!(error.contains("server: ") && error.contains("the partition a is denied"), "{error}");

    let client = client_config(&b, &but_a, &clock(NOW)).unwrap();
    let server = server_config(&a, &all, &clock(NOW)).unwrap();
    let error = shake(client, server).err().unwrap();
    assert!(error.contains("client: ") && error.contains("the partition a is denied"), "{error}");
}

#[test]
fn each_end_judges_by_its_own_clock() {
    let root = root();
    let shared = SharedTrust::new(trust(&root));
    let (a, b) = (member(&root, "a"), member(&root, "b"));
    let early = at(NOW.as_secs() - 3_601);
    for (client_now, server_now, sentence) in [
        (NOW, early, "server: other error: the partition's certificate starts at"),
        (early, NOW, "client: other error: the partition's certificate starts at"),
        (NOW, later(86_401), "server: other error: the node's certificate ended at"),
    ] {
        let client = client_config(&a, &shared, &clock(client_now)).unwrap();
        let server = server_config(&b, &shared, &clock(server_now)).unwrap();
        let error = shake(client, server).err().unwrap();
        assert!(error.starts_with(sentence), "{error}");
    }
}

#[test]
fn a_second_handshake_is_a_full_one() {
    let root = root();
    let shared = SharedTrust::new(trust(&root));
    let (a, b) = (member(&root, "a"), member(&root, "b"));
    let client = client_config(&a, &shared, &clock(NOW)).unwrap();
    let server = server_config(&b, &shared, &clock(NOW)).unwrap();
    for _ in 0..2 {
        let ends = shake(client.clone(), server.clone()).unwrap();
        assert_eq!(ends.client.handshake_kind(), Some(rustls::HandshakeKind::Full));
        assert_eq!(ends.client.tls13_tickets_received(), 0);
    }
}

/// A server that offers tickets, as one of another make may.
#[test]
fn a_client_takes_no_shortcut_that_a_server_offers() {
    let root = root();
    let shared = SharedTrust::new(trust(&root));
    let (a, b) = (member(&root, "a"), member(&root, "b"));
    let mut server = server_config(&b, &shared, &clock(NOW)).unwrap();
    server.send_tls13_tickets = 2;
    for client in [
        client_config(&a, &shared, &clock(NOW)).unwrap(),
        joining_config(root.fingerprint(), &clock(NOW)).unwrap(),
    ] {
        for _ in 0..2 {
            let ends = shake(client.clone(), server.clone()).unwrap();
            assert_eq!(ends.client.tls13_tickets_received(), 2);
            assert_eq!(ends.client.handshake_kind(), Some(rustls::HandshakeKind::Full));
        }
    }
}

#[test]
fn the_settings_suit_quic() {
    let root = root();
    let shared = SharedTrust::new(trust(&root));
    let member = member(&root, "a");
    let server = server_config(&member, &shared, &clock(NOW)).unwrap();
    quinn::crypto::rustls::QuicServerConfig::try_from(server).unwrap();
    let client = client_config(&member, &shared, &clock(NOW)).unwrap();
    quinn::crypto::rustls::QuicClientConfig::try_from(client).unwrap();
    let joining = joining_config(root.fingerprint(), &clock(NOW)).unwrap();
    quinn::crypto::rustls::QuicClientConfig::try_from(joining).unwrap();
}
