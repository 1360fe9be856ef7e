//! Listening sockets that a whole partition may connect to at once.

use std::io;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpSocket};

/// Length of the queue of connections to accept: after a power cut all machines connect at the same moment, and a
/// refused one retries only after a second. Linux limits it to `net.core.somaxconn`.
const BACKLOG: u32 = 4096;

/// Must be called inside a runtime.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // As the standard library does: a restarted node need not wait for old connections.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
