//! Peers that do not keep to the rules, some with a valid certificate.

use super::rig::{Rig, address, ms};
use crate::close;
use crate::fixture::{NOW_MS, Path, wall_ms};
use crate::frame::{self, Frame, Header};
use crate::hello::{Hello, Role};
use crate::identity::{
    ALPN_JOIN, ALPN_MESH, SERVER_NAME, SharedTrust, WallClock, client_config, joining_config,
};
use crate::settings::{HANDSHAKES_MAX, NEWCOMERS_MAX, RETRY_FROM, Settings};
use crate::signal::Signal;
use crate::streams::{self, Frames};
use crate::tasks::Tasks;
use bytes::Bytes;
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, Endpoint, EndpointConfig, SendStream};
use rustls::pki_types::UnixTime;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// A member of the federation that speaks by hand.
struct ByHand {
    endpoint: Endpoint,
    client: ClientConfig,
}

impl ByHand {
    fn new(rig: &Rig) -> Self {
        let clock = clock();
        let trust = SharedTrust::new(rig.federation.trust());
        let credentials = rig.federation.credentials("m", NOW_MS);
        let client = client_config(&credentials, &trust, &clock).unwrap();
        let mut client = ClientConfig::new(Arc::new(QuicClientConfig::try_from(client).unwrap()));
        client.transport_config(Settings::default().transport());
        let socket = rig.network.socket("m", address(66));
        let runtime = Arc::new(Tasks::new());
        let endpoint =
            Endpoint::new_with_abstract_socket(EndpointConfig::default(), None, socket, runtime).unwrap();
        Self { endpoint, client }
    }

    async fn connect(&self) -> Connection {
        self.endpoint.connect_with(self.client.clone(), address(1), SERVER_NAME).unwrap().await.unwrap()
    }

    /// Sends a first frame, and reads the answer.
    async fn greet(&self, header: &Header, body: &[u8]) -> (Connection, SendStream, Frames, Frame) {
        let connection = self.connect().await;
        let (mut send, receive) = connection.open_bi().await.unwrap();
        streams::send(&mut send, header, body).await.unwrap();
        let mut frames = Frames::new(receive);
        let answer = frames.expect().await.unwrap();
        (connection, send, frames, answer)
    }

    /// A link as a dialler makes it.
    async fn link(&self) -> (Connection, Connection, SendStream, Frames) {
        let hello = |role| Hello { role, dial: 1, incarnation: 77, ..Hello::default() }.encode();
        let header = Header::of_kind(frame::HELLO);
        let (data, _, _, answer) = self.greet(&header, &hello(Role::Data)).await;
        assert_eq!(answer.header.kind, frame::WELCOME);
        let (control, mut send, frames, answer) = self.greet(&header, &hello(Role::Control)).await;
        assert_eq!(answer.header.kind, frame::WELCOME);
        let signal = Signal::Use { seen: 0 }.encode();
        streams::send(&mut send, &Header::of_kind(frame::SIGNAL), &signal).await.unwrap();
        (control, data, send, frames)
    }
}

fn clock() -> WallClock {
    let wall_ms = wall_ms();
    Arc::new(move || UnixTime::since_unix_epoch(Duration::from_millis(wall_ms().unsigned_abs())))
}

fn rig(seed: u64) -> Rig {
    let mut rig = Rig::apart(&["a", "m"], seed, Path::default());
    rig.nodes.remove("m");
    rig
}

#[tokio::test(start_paused = true)]
async fn a_frame_that_cannot_be_read_is_answered_and_the_link_stays() {
    let rig = rig(1);
    let by_hand = ByHand::new(&rig);
    let (control, data, mut signals, _) = by_hand.link().await;
    let (mut send, receive) = data.open_bi().await.unwrap();
    let mut frames = Frames::new(receive);
    let request = Header { id: 4, kind: frame::REQUEST, remaining_ms: 1000, ..Header::default() };
    let unknown = Header { id: 3, kind: 99, ..Header::default() };
    send.write_all(b"\0\0\0\x06\0\x02\xff\xffhi").await.unwrap();
    streams::send(&mut send, &unknown, b"").await.unwrap();
    streams::send(&mut send, &request, b"hello").await.unwrap();
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(frames.expect().await.unwrap());
    }
    let refused =
        |at: usize| (answers[at].header.id, answers[at].header.kind, answers[at].header.reason.as_str());
    assert_eq!(refused(0).0, u64::MAX);
    assert!(refused(0).2.starts_with("not understood"), "{answers:?}");
    assert_eq!(refused(1), (3, frame::REFUSED, "not understood: frames of kind 99 are unknown here"));
    assert_eq!((answers[2].header.kind, &answers[2].body), (frame::REPLY, &Bytes::from_static(b"hello")));
    // A signal of a later release.
    streams::send(&mut signals, &Header::of_kind(frame::SIGNAL), b"\x63new").await.unwrap();
    sleep(ms(200)).await;
    assert!(control.close_reason().is_none() && data.close_reason().is_none());
    assert_eq!(rig.mesh("a").counters().unreadable, 2);
    assert!(rig.mesh("a").is_reachable("m"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_frames_ends_the_link_and_nothing_else() {
    let rig = rig(2);
    let by_hand = ByHand::new(&rig);
    let (control, data, _signals, _frames) = by_hand.link().await;
    let (mut send, _receive) = data.open_bi().await.unwrap();
    send.write_all(&[0xff; 100]).await.unwrap();
    timeout(ms(1000), control.closed()).await.unwrap();
    assert!(!rig.mesh("a").is_reachable("m"));
    let link = by_hand.link().await;
    sleep(ms(100)).await;
    assert!(link.0.close_reason().is_none() && rig.mesh("a").is_reachable("m"));
}

#[tokio::test(start_paused = true)]
async fn wrong_hellos_get_a_sentence() {
    let rig = rig(3);
    let by_hand = ByHand::new(&rig);
    let hello = Header::of_kind(frame::HELLO);
    let later = Hello { min_version: 8, max_version: 9, ..Hello::default() }.encode();
    let cases: [(&Header, &[u8], &str); 4] = [
        (&hello, &later, "one node speaks 1 to 1, the other 8 to 9"),
        (&hello, b"\xff", "cannot be read"),
        (&hello, &[0; 20_000], "20000 bytes"),
        (&Header::of_kind(frame::REQUEST), b"", "no hello"),
    ];
    for (header, body, with) in cases {
        let (connection, _, _, answer) = by_hand.greet(header, body).await;
        assert_eq!(answer.header.kind, frame::REFUSED, "{with}");
        assert!(answer.header.reason.contains(with), "{answer:?}");
        connection.close(0u32.into(), b"");
    }
}

/// Connections that say nothing are let go, a control connection without its other half, too.
#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_let_go() {
    let rig = rig(4);
    let by_hand = ByHand::new(&rig);
    let silent = by_hand.connect().await;
    let body = Hello { role: Role::Data, dial: 5, ..Hello::default() }.encode();
    let (half, ..) = by_hand.greet(&Header::of_kind(frame::HELLO), &body).await;
    let start = Instant::now();
    silent.closed().await;
    half.closed().await;
    assert!(start.elapsed() <= ms(2_500), "{:?}", start.elapsed());
    let counters = rig.mesh("a").counters();
    assert_eq!((counters.failed_handshakes, counters.running_handshakes), (2, 0));
}

/// Newcomers need no certificate, members do.
#[tokio::test(start_paused = true)]
async fn a_member_without_a_certificate_and_too_many_newcomers_are_refused() {
    let rig = rig(7);
    let by_hand = ByHand::new(&rig);
    let connect = async |alpn: &[u8]| {
        let mut tls = joining_config(rig.federation.root().fingerprint(), &clock()).unwrap();
        tls.alpn_protocols = vec![alpn.to_vec()];
        let client = ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls).unwrap()));
        by_hand.endpoint.connect_with(client, address(1), SERVER_NAME).unwrap().await.unwrap()
    };
    let closed = close::sentence(&connect(ALPN_MESH).await.closed().await);
    assert!(closed.contains("no certificate"), "{closed}");
    let mut served = Vec::new();
    for _ in 0..NEWCOMERS_MAX {
        served.push(connect(ALPN_JOIN).await);
    }
    let closed = close::sentence(&connect(ALPN_JOIN).await.closed().await);
    assert!(closed.contains("too many newcomers"), "{closed}");
    assert!(served.iter().all(|connection| connection.close_reason().is_none()));
    assert_eq!(rig.mesh("a").counters().refused_handshakes, 1);
    let late = close::sentence(&served[0].closed().await);
    assert!(late.contains("did not come in time"), "{late}");
    let next = connect(ALPN_JOIN).await;
    let (mut send, mut receive) = next.open_bi().await.unwrap();
    send.write_all(b"let me in").await.unwrap();
    send.finish().unwrap();
    assert_eq!(receive.read_to_end(100).await.unwrap(), b"let me in");
}

/// Many connections at the same time: addresses are proved first, then some are refused, and all is counted.
#[tokio::test(start_paused = true)]
async fn a_flood_of_handshakes_is_bounded_and_counted() {
    let rig = rig(5);
    let by_hand = ByHand::new(&rig);
    let connecting: Vec<_> = (0..HANDSHAKES_MAX + 100)
        .map(|_| by_hand.endpoint.connect_with(by_hand.client.clone(), address(1), SERVER_NAME).unwrap())
        .collect();
    let ended = futures_util::future::join_all(connecting).await;
    let counters = rig.mesh("a").counters();
    assert!(counters.retried_handshakes >= HANDSHAKES_MAX as u64 - RETRY_FROM as u64, "{counters:?}");
    assert!(counters.refused_handshakes > 0, "{counters:?}");
    assert!(ended.iter().any(Result::is_err) && ended.iter().any(Result::is_ok));
    drop(ended);
    sleep(ms(3_000)).await;
    assert_eq!(rig.mesh("a").counters().running_handshakes, 0);
    let link = by_hand.link().await;
    assert!(link.0.close_reason().is_none());
}

/// Packets that are no QUIC change nothing.
#[tokio::test(start_paused = true)]
async fn noise_changes_nothing() {
    let rig = Rig::new(&["a", "b"], 6, Path::default());
    rig.until_linked("a", "b").await;
    let noise = rig.network.socket("noise", address(99));
    for number in 0..2000u32 {
        let contents: Vec<u8> = (0..number % 1400).map(|at| (at * number % 256) as u8).collect();
        let transmit = quinn::udp::Transmit {
            destination: address(1),
            ecn: None,
            contents: &contents,
            segment_size: None,
            src_ip: None,
        };
        noise.try_send(&transmit).unwrap();
    }
    sleep(ms(1_000)).await;
    assert!(rig.is_linked("a", "b"));
    assert!(rig.mesh("a").call("b", 0, Bytes::new(), ms(1000)).await.is_ok());
}
