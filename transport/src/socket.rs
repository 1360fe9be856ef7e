//! Real UDP sockets.

use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, Runtime, TokioRuntime, UdpPoller};
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{IoSliceMut, Result};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// What is asked of the system, in bytes: 60 ms at 1 Gbit/s.
pub const BUFFER_BYTES: usize = 7_500_000;

/// A socket, and the buffers that the system gave it.
#[derive(Clone, Debug)]
pub struct Bound {
    pub socket: Arc<dyn AsyncUdpSocket>,
    /// Less than [`BUFFER_BYTES`]: bursts are lost. Linux has a limit, `net.core.rmem_max`.
    pub receive_buffer_bytes: usize,
    /// On Linux the limit is `net.core.wmem_max`.
    pub send_buffer_bytes: usize,
}

/// Binds a socket. An unspecified IPv6 address takes IPv4, too. Must be called inside a runtime of tokio.
///
/// # Errors
/// What the system says: the address is in use, is not of this machine, or needs more rights.
pub fn udp(address: SocketAddr) -> Result<Bound> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_recv_buffer_size(BUFFER_BYTES)?;
    socket.set_send_buffer_size(BUFFER_BYTES)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    let (receive_buffer_bytes, send_buffer_bytes) = (socket.recv_buffer_size()?, socket.send_buffer_size()?);
    let socket = TokioRuntime.wrap_udp_socket(socket.into())?;
    Ok(Bound { socket, receive_buffer_bytes, send_buffer_bytes })
}

/// A socket whose packets are never marked for congestion: QUIC 0.11 of quinn has no switch for it.
#[derive(Debug)]
pub(crate) struct WithoutEcn(pub(crate) Arc<dyn AsyncUdpSocket>);

impl AsyncUdpSocket for WithoutEcn {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Arc::clone(&self.0).create_io_poller()
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> Result<()> {
        self.0.try_send(&Transmit { ecn: None, ..transmit.clone() })
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        metas: &mut [RecvMeta],
    ) -> Poll<Result<usize>> {
        self.0.poll_recv(cx, buffers, metas)
    }

    fn local_addr(&self) -> Result<SocketAddr> {
        self.0.local_addr()
    }

    fn max_transmit_segments(&self) -> usize {
        self.0.max_transmit_segments()
    }

    fn max_receive_segments(&self) -> usize {
        self.0.max_receive_segments()
    }

    fn may_fragment(&self) -> bool {
        self.0.may_fragment()
    }
}
