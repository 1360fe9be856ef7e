//! A TCP connection that is closed when its peer is silent or does not read.
//!
//! The protocols above have deadlines for what they know: a request's head, a TLS handshake, a ping. These deadlines
//! cover the rest.

use super::Peer;
use super::places::Place;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::transport::server::Connected;

/// Longest time from the connection to its first byte.
const FIRST_BYTE_WITHIN: Duration = Duration::from_secs(10);

/// Longest time without a byte from a peer that has sent some. Longer than any request; open streams are not silent,
/// because pings are answered.
const SILENCE_MAX: Duration = Duration::from_secs(330);

/// Longest time in which the peer reads nothing while data is pending.
const UNREAD_MAX: Duration = Duration::from_secs(30);

/// A connection and its place.
#[derive(Debug)]
pub(crate) struct Connection<S> {
    stream: S,
    peer: SocketAddr,
    _place: Place,
    /// The deadline for bytes from the peer, with the waker of its task.
    speaks_by: Pin<Box<Sleep>>,
    /// Deadline for the pending data, since a write blocked.
    takes_by: Option<Pin<Box<Sleep>>>,
}

impl<S> Connection<S> {
    pub(crate) fn new(stream: S, peer: SocketAddr, place: Place) -> Self {
        let speaks_by = Box::pin(sleep_until(Instant::now() + FIRST_BYTE_WITHIN));
        Self { stream, peer, _place: place, speaks_by, takes_by: None }
    }

    fn sent<T>(&mut self, sent: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if sent.is_ready() {
            self.takes_by = None;
            return sent;
        }
        let takes_by =
            self.takes_by.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + UNREAD_MAX)));
        late(takes_by.as_mut(), context)
    }
}

/// An error when the deadline has passed.
fn late<T>(by: Pin<&mut Sleep>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
    by.poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_pending() {
            return late(self.speaks_by.as_mut(), context);
        }
        if buffer.filled().len() > before {
            self.speaks_by.as_mut().reset(Instant::now() + SILENCE_MAX);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.sent(sent, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.sent(sent, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S> Connected for Connection<S> {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        Peer(self.peer)
    }
}

#[cfg(test)]
mod tests {
    use super::super::places::{Limits, PlaceMetrics, Places};
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    /// Bytes of the buffer between both ends.
    const ROOM_BYTES: usize = 64;

    fn connection() -> (Connection<DuplexStream>, DuplexStream) {
        let (ours, theirs) = duplex(ROOM_BYTES);
        let places = Places::new("test", Limits::default(), PlaceMetrics::default());
        let peer: SocketAddr = "192.0.2.1:7".parse().unwrap();
        (Connection::new(ours, peer, places.take(peer.ip()).unwrap()), theirs)
    }

    async fn timed_out<T: std::fmt::Debug>(work: impl Future<Output = io::Result<T>>) -> Duration {
        let began = Instant::now();
        assert_eq!(work.await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        began.elapsed()
    }

    fn about(length: Duration, expected: Duration) {
        assert!(length >= expected && length < expected + Duration::from_millis(5), "{length:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_is_not_waited_for() {
        let (mut connection, _theirs) = connection();
        about(timed_out(connection.read_u8()).await, FIRST_BYTE_WITHIN);
    }

    #[tokio::test(start_paused = true)]
    async fn who_falls_silent_is_waited_for_longer() {
        let (mut connection, mut theirs) = connection();
        for _ in 0..3 {
            theirs.write_u8(7).await.unwrap();
            assert_eq!(connection.read_u8().await.unwrap(), 7);
            tokio::time::sleep(SILENCE_MAX - Duration::from_secs(1)).await;
        }
        about(timed_out(connection.read_u8()).await, Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_read_is_not_waited_for() {
        let (mut connection, mut theirs) = connection();
        connection.write_all(&[0; ROOM_BYTES]).await.unwrap();
        let read_some = async {
            tokio::time::sleep(UNREAD_MAX - Duration::from_secs(1)).await;
            theirs.read_u8().await.unwrap();
        };
        let (late, ()) = tokio::join!(timed_out(connection.write_all(&[0; ROOM_BYTES])), read_some);
        about(late, 2 * UNREAD_MAX - Duration::from_secs(1));
    }
}
