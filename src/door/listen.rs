//! Ports of which a whole plant may want something at once.

use std::io;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpSocket};

/// Connections that the system takes before the node gets to them: after a power cut all machines come at the same moment,
/// and one that finds no room tries again only after a second. Linux cuts it to `net.core.somaxconn`.
const BACKLOG: u32 = 4096;

/// Must be called inside a runtime.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // As the standard library's listeners: a node that is started again need not wait for old connections.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
