//! Limits the connections of a port, in total and per address. Pure, except for the metrics.

use ipnet::IpNet;
use parking_lot::{Mutex, MutexGuard};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Default maximum of connections to one port.
const CONNECTIONS_MAX: usize = 16_384;

/// Default maximum per address: a rack behind one address has thousands of clients.
const CONNECTIONS_PER_ADDRESS_MAX: usize = 4096;

/// Limits of a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    pub connections_max: usize,
    pub connections_per_address_max: usize,
    /// Addresses of proxies with many clients: no limit per address.
    pub proxies: Vec<IpNet>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: CONNECTIONS_MAX,
            connections_per_address_max: CONNECTIONS_PER_ADDRESS_MAX,
            proxies: Vec::new(),
        }
    }
}

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Full {
    #[error("the port has its maximum of connections")]
    Port,
    #[error("its address has its maximum of connections")]
    Address,
}

impl Full {
    const fn reason(self) -> &'static str {
        match self {
            Self::Port => "port",
            Self::Address => "address",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPort {
    port: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refusals {
    port: &'static str,
    reason: &'static str,
}

/// Metrics of all ports.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlaceMetrics {
    connections: Family<OfPort, Gauge>,
    refused: Family<Refusals, Counter>,
}

impl PlaceMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register("metalmesh_connections", "Open connections", metrics.connections.clone());
        let help = "Connections refused because there were too many";
        registry.register("metalmesh_connections_refused", help, metrics.refused.clone());
        metrics
    }
}

/// The places of one port. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Places(Arc<Port>);

#[derive(Debug)]
struct Port {
    name: &'static str,
    limits: Limits,
    metrics: PlaceMetrics,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    by_address: BTreeMap<IpAddr, usize>,
}

impl Places {
    /// `name`: the port's name for people.
    pub(crate) fn new(name: &'static str, limits: Limits, metrics: PlaceMetrics) -> Self {
        Self(Arc::new(Port { name, limits, metrics, taken: Mutex::default() }))
    }

    /// A place for a connection from `address`.
    pub(crate) fn take(&self, address: IpAddr) -> Result<Place, Full> {
        let port = &self.0;
        // An IPv4-mapped IPv6 address counts as the IPv4 address.
        let address = address.to_canonical();
        let taken = port.taken().add(address, &port.limits);
        let count = |full: Full| {
            let refusals = Refusals { port: port.name, reason: full.reason() };
            port.metrics.refused.get_or_create(&refusals).inc();
            tracing::warn!(port = port.name, %address, reason = %full, "a connection was refused");
            full
        };
        taken.map_err(count)?;
        port.metrics.connections.get_or_create(&OfPort { port: port.name }).inc();
        Ok(Place { port: Arc::clone(port), address })
    }
}

impl Port {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock()
    }
}

impl Taken {
    fn add(&mut self, address: IpAddr, limits: &Limits) -> Result<(), Full> {
        if self.total >= limits.connections_max {
            return Err(Full::Port);
        }
        let own = self.by_address.get(&address).copied().unwrap_or_default();
        let is_proxy = limits.proxies.iter().any(|proxy| proxy.contains(&address));
        if own >= limits.connections_per_address_max && !is_proxy {
            return Err(Full::Address);
        }
        self.total += 1;
        self.by_address.insert(address, own + 1);
        Ok(())
    }

    fn remove(&mut self, address: IpAddr) {
        self.total -= 1;
        match self.by_address.get(&address).copied().unwrap_or_default() {
            0 | 1 => self.by_address.remove(&address),
            own => self.by_address.insert(address, own - 1),
        };
    }
}

/// Returned when the connection is closed.
#[derive(Debug)]
pub(crate) struct Place {
    port: Arc<Port>,
    address: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.port.taken().remove(self.address);
        self.port.metrics.connections.get_or_create(&OfPort { port: self.port.name }).dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(connections_max: usize, connections_per_address_max: usize) -> Places {
        let proxies = vec!["10.9.0.0/16".parse().unwrap()];
        let limits = Limits { connections_max, connections_per_address_max, proxies };
        Places::new("test", limits, PlaceMetrics::default())
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_does_not_keep_the_others_out() {
        let places = places(10, 2);
        let taken: Vec<_> =
            ["192.0.2.1", "::ffff:192.0.2.1"].map(|it| places.take(address(it)).unwrap()).into();
        assert_eq!(places.take(address("192.0.2.1")).unwrap_err(), Full::Address);
        assert!(places.take(address("192.0.2.2")).is_ok());
        drop(taken);
        assert!(places.take(address("192.0.2.1")).is_ok());
    }

    #[test]
    fn a_proxy_is_bounded_by_the_port_alone() {
        let places = places(3, 1);
        let taken: Vec<_> = (0..3).map(|_| places.take(address("10.9.0.1")).unwrap()).collect();
        assert_eq!(places.take(address("10.9.0.1")).unwrap_err(), Full::Port);
        assert_eq!(places.take(address("192.0.2.1")).unwrap_err(), Full::Port);
        drop(taken);
        let taken = places.0.taken();
        assert_eq!((taken.total, taken.by_address.len()), (0, 0));
    }
}
