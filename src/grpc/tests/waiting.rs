//! Wait, step by step (api-machines 5.5).

use super::{Fixture, allocate, endpoint, local, on_loopback};
use crate::grpc::api::boot_service_client::BootServiceClient;
use crate::grpc::api::{self, BootServiceWaitResponse};
use crate::grpc::wait::open;
use actors::command::ask;
use actors::fixture::on_paused_time;
use actors::gateway::Gateway;
use actors::machine::EventKind;
use actors::service::wait::Waiters;
use futures_util::StreamExt;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, Streaming};

fn request(machine: &str) -> api::BootServiceWaitRequest {
    api::BootServiceWaitRequest { machine_id: machine.to_owned() }
}

impl Fixture {
    async fn known(&self, machine: &str) {
        self.boot().dhcp(api::BootServiceDhcpRequest { uuid: machine.to_owned() }).await.unwrap();
    }

    async fn wait(&self, machine: &str) -> Streaming<BootServiceWaitResponse> {
        self.boot().wait(request(machine)).await.unwrap().into_inner()
    }
}

/// The end of a stream, after any number of empty messages: `None` is the signal that the machine was allocated.
async fn end(mut stream: Streaming<BootServiceWaitResponse>) -> Option<Status> {
    loop {
        match stream.message().await {
            Ok(Some(BootServiceWaitResponse {})) => {}
            Ok(None) => return None,
            Err(status) => return Some(status),
        }
    }
}

#[test]
fn step_1_an_unknown_machine_cannot_wait() {
    on_loopback(|| async {
        let status = Fixture::start().await.boot().wait(request("m9")).await.unwrap_err();
        assert_eq!(
            (status.code(), status.message()),
            (Code::Unknown, "NotFound no machine with id \"m9\" found")
        );
    });
}

#[test]
fn step_2_an_allocated_machine_need_not_wait() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        fixture.known("m1").await;
        fixture.allocate("m1").await;
        let mut stream = fixture.wait("m1").await;
        assert_eq!(stream.message().await.unwrap(), None, "no message at all");
        assert!(!fixture.machine("m1").waiting);
    });
}

#[test]
fn step_3_a_machine_is_marked_before_its_stream_begins() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        fixture.known("m1").await;
        let _stream = fixture.wait("m1").await;
        assert!(fixture.machine("m1").waiting);
    });
}

#[test]
fn step_5_and_6_allocation_ends_the_stream_well_and_unmarks() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        fixture.known("m1").await;
        fixture.known("m2").await;
        let (allocated, mut other) = (fixture.wait("m1").await, fixture.wait("m2").await);
        fixture.allocate("m1").await;
        assert!(end(allocated).await.is_none());
        assert!(!fixture.machine("m1").waiting);
        assert!(fixture.machine("m2").waiting, "another machine's allocation is no signal");
        let more = tokio::time::timeout(Duration::from_millis(50), other.message()).await;
        assert!(more.is_err(), "it still waits: {more:?}");
    });
}

#[test]
fn step_6_a_client_that_went_away_still_counts_as_waiting_and_finds_its_allocation_later() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        fixture.known("m1").await;
        let stream = fixture.wait("m1").await;
        drop(stream);
        let again = fixture.wait("m1").await;
        assert!(fixture.machine("m1").waiting);
        drop(again);
        fixture.allocate("m1").await;
        assert!(end(fixture.wait("m1").await).await.is_none());
    });
}

#[test]
fn step_6_a_stopping_server_ends_streams_with_an_error_and_leaves_the_mark() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        fixture.known("m1").await;
        let stream = fixture.wait("m1").await;
        let (status, ()) = tokio::join!(end(stream), fixture.grpc.stop(Duration::from_secs(10)));
        assert_eq!(status.expect("never OK without an allocation").code(), Code::Unavailable);
        assert!(fixture.local.world().machines.get("m1").unwrap().waiting);
    });
}

#[test]
fn the_newest_stream_of_a_machine_wins() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        fixture.known("m1").await;
        let older = fixture.wait("m1").await;
        let newer = fixture.wait("m1").await;
        let status = end(older).await.expect("the older one ends with an error");
        assert_eq!(status.code(), Code::Aborted);
        fixture.allocate("m1").await;
        assert!(end(newer).await.is_none());
    });
}

#[test]
fn waits_survive_the_pings_of_clients_and_of_the_server() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        fixture.known("m1").await;
        let pinging = endpoint(&fixture.grpc, "http")
            .http2_keep_alive_interval(Duration::from_millis(50))
            .keep_alive_timeout(Duration::from_secs(1))
            .keep_alive_while_idle(true);
        let mut boot = BootServiceClient::connect(pinging).await.unwrap();
        let mut stream = boot.wait(request("m1")).await.unwrap().into_inner();
        assert_eq!(
            stream.message().await.unwrap(),
            Some(BootServiceWaitResponse {}),
            "after a hundred pings"
        );
        fixture.allocate("m1").await;
        assert!(end(stream).await.is_none());
    });
}

#[test]
fn step_3_a_mark_that_cannot_be_written_is_an_error() {
    on_paused_time(|| async {
        let local = local().await;
        let gateway = Gateway::alone(local.clone());
        let machine = actors::machine::Machine::new("m1".into(), local.now());
        local.world().insert(actors::store::Generation(1), machine);
        let (waiters, stop) = (Waiters::default(), CancellationToken::new());
        // The row is in no store: the mark cannot be written, and the caller gets an error that asks it to retry.
        let refused = open(&gateway, &waiters, &stop, "m1".into()).await.err().expect("a conflict");
        assert_eq!(refused.code(), Code::Unknown);
        assert_eq!(waiters.len(), 0);
    });
}

#[test]
fn step_4_an_hour_of_patience_then_an_allocation() {
    on_paused_time(|| async {
        let local = local().await;
        let gateway = Gateway::alone(local.clone());
        let seen = ask::machine::event("m1".into(), EventKind::Waiting, String::new());
        crate::grpc::peer::execute(&gateway, seen).await.unwrap();
        let (waiters, stop) = (Waiters::default(), CancellationToken::new());
        let mut stream = open(&gateway, &waiters, &stop, "m1".into()).await.unwrap();
        let started = tokio::time::Instant::now();
        for _ in 0..720 {
            stream.next().await.unwrap().unwrap();
        }
        assert_eq!(started.elapsed(), Duration::from_secs(3600));
        allocate(&local, "m1").await;
        assert!(stream.next().await.is_none());
        assert_eq!(started.elapsed(), Duration::from_secs(3600), "at once, not with the next look");
        drop(stream);
        assert_eq!(waiters.len(), 0, "only waiting streams are remembered");
    });
}
