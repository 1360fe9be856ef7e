//! Bare QUIC with the same TLS and the same windows.

use crate::Outcome;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{
    AsyncUdpSocket, ClientConfig, Connection, Endpoint, EndpointConfig, RecvStream, SendStream, ServerConfig,
    TokioRuntime, TransportConfig, VarInt,
};
use rustls::pki_types::UnixTime;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use transport::fixture::{Federation, NOW_MS, wall_ms};
use transport::identity::{SERVER_NAME, SharedTrust, WallClock, client_config, server_config};

pub(crate) struct Ends {
    client: Endpoint,
    server: Endpoint,
    address: SocketAddr,
}

fn windows() -> Arc<TransportConfig> {
    let mut config = TransportConfig::default();
    config
        .max_concurrent_bidi_streams(VarInt::from_u32(256))
        .stream_receive_window(VarInt::from_u32(2 << 20))
        .receive_window(VarInt::from_u32(16 << 20))
        .send_window(16 << 20);
    Arc::new(config)
}

impl Ends {
    pub(crate) fn new(
        federation: &Federation,
        client: Arc<dyn AsyncUdpSocket>,
        server: Arc<dyn AsyncUdpSocket>,
    ) -> Outcome<Self> {
        let wall_ms = wall_ms();
        let clock: WallClock =
            Arc::new(move || UnixTime::since_unix_epoch(Duration::from_millis(wall_ms().unsigned_abs())));
        let trust = SharedTrust::new(federation.trust());
        let tls = server_config(&federation.credentials("b", NOW_MS), &trust, &clock)?;
        let mut server_config = ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(tls)?));
        server_config.transport_config(windows());
        let tls = client_config(&federation.credentials("a", NOW_MS), &trust, &clock)?;
        let mut client_config = ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls)?));
        client_config.transport_config(windows());
        let address = server.local_addr()?;
        let endpoint = |config, socket| {
            Endpoint::new_with_abstract_socket(
                EndpointConfig::default(),
                config,
                socket,
                Arc::new(TokioRuntime),
            )
        };
        let mut client = endpoint(None, client)?;
        client.set_default_client_config(client_config);
        Ok(Self { client, server: endpoint(Some(server_config), server)?, address })
    }

    /// The client's end of a new connection. The server's end sends back what it gets, on each stream.
    pub(crate) async fn connect(&self) -> Outcome<Connection> {
        let accepted = async { Ok(self.server.accept().await.ok_or("the server has ended")?.await?) };
        let connected = async { Ok(self.client.connect(self.address, SERVER_NAME)?.await?) };
        let (client, server): (Outcome<Connection>, Outcome<Connection>) = tokio::join!(connected, accepted);
        let server = server?;
        tokio::spawn(async move {
            while let Ok((send, receive)) = server.accept_bi().await {
                tokio::spawn(echo(send, receive));
            }
        });
        client
    }
}

/// The first byte of a stream says its priority.
async fn echo(mut send: SendStream, mut receive: RecvStream) {
    let mut first = [0];
    if receive.read_exact(&mut first).await.is_err() || send.set_priority(first[0].into()).is_err() {
        return;
    }
    while let Ok(Some(chunk)) = receive.read_chunk(64 << 10, true).await {
        if send.write_chunk(chunk.bytes).await.is_err() {
            return;
        }
    }
}

pub(crate) struct Asker {
    send: SendStream,
    receive: RecvStream,
}

impl Asker {
    pub(crate) async fn open(connection: &Connection, priority: u8) -> Outcome<Self> {
        let (mut send, receive) = connection.open_bi().await?;
        send.set_priority(priority.into())?;
        send.write_all(&[priority]).await?;
        Ok(Self { send, receive })
    }

    pub(crate) async fn ask(&mut self, request: &mut [u8]) -> Outcome<()> {
        self.send.write_all(request).await?;
        self.receive.read_exact(request).await?;
        Ok(())
    }

    /// Fills the stream in both directions, without an end.
    pub(crate) async fn saturate(self) {
        let Self { mut send, mut receive } = self;
        let write = async {
            let bulk = vec![7; 64 << 10];
            while send.write_all(&bulk).await.is_ok() {}
        };
        let read = async { while let Ok(Some(_)) = receive.read_chunk(1 << 20, true).await {} };
        tokio::join!(write, read);
    }
}
