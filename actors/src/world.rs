//! All rows of a partition, typed and in memory, shared by all threads.
//!
//! The store is the truth; the world is its cache. It changes only after a successful commit ([`World::adopt`]) or when
//! rows are read from the store ([`World::load`]). Readers lock it for one look-up and get an `Arc`.
//!
//! **Architecture invariant:** the world makes no decisions.

mod attached;
mod census;
mod fleet;
mod in_flight;
mod indexed;
mod indexes;
mod newcomers;
mod page;
mod record;
mod row_locks;
mod stopped;
mod table;
mod watched;

pub use census::Census;
pub use fleet::{Fleet, Racks};
pub use indexes::Unlike;
pub use newcomers::{MACHINES_MAX, Newcomers};
pub use record::{BadRow, Kept};
pub use row_locks::{LockSet, Pending, RowGuard, Ticket};
pub use stopped::Stopped;
pub use table::{Table, Versioned};

use crate::ids::{MachineId, NamespaceId, NetworkId};
use crate::index::namespace::{Space, Spaces};
use crate::index::{Addresses, Numbers, Occupancy, Registry};
use crate::planted::{Bug, planted};
use crate::record::Record as _;
use crate::record::ipam::Address;
use crate::record::machine::Machine;
use crate::record::{ipam, machine, masterdata, namespace, network, switch};
use crate::refusal::Refusal;
use crate::store::{Generation, Key, Kind, Row, Scope};
use crate::time::Timestamp;
use attached::Attached;
use parking_lot::{Mutex, RwLock};
use row_locks::RowLocks;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tokio::sync::{Notify, watch};
use watched::Watched;

macro_rules! world {
    ($(
        $(#[$meta:meta])*
        $kind:ident { record: $record:ty, rows: [$($rows:ident $(, $changes:ident)?)?], $($rest:tt)* }
    )+) => {
        /// The rows of one partition.
        #[derive(Debug, Default)]
        pub struct World {
            $($(pub $rows: Table<$record>,)?)+
            occupancy: RwLock<Addresses>,
            numbers: RwLock<Numbers>,
            registry: RwLock<Registry>,
            spaces: RwLock<Spaces>,
            attached: RwLock<Attached>,
            fleet: RwLock<Fleet>,
            newcomers: Mutex<Newcomers>,
            census: Mutex<Census>,
            row_locks: Mutex<RowLocks>,
            stopped: RwLock<BTreeMap<Kind, Stopped>>,
            watched: Mutex<Watched>,
            orders: Notify,
            epoch: AtomicU64,
            /// The highest generation of all rows, including removed ones.
            highest: AtomicI64,
        }

        impl World {
            /// Stores a row as read from the store; `None`: the row does not exist. Only newer rows replace rows.
            pub fn load(&self, key: &Key, row: Option<&Row>) -> Result<(), BadRow> {
                match key.kind {
                    $($(Kind::$kind => record::load(self, &self.$rows, key, row),)?)+
                    // They stay in the store.
                    Kind::History | Kind::FederationItem => Ok(()),
                }
            }

            /// The refusal to remove the row `key` because a global record refers to it.
            pub fn refuses_removal(&self, key: &Key) -> Option<Refusal> {
                $($(
                    if Kind::$kind.scope() == Scope::Global {
                        let rows = self.$rows.all();
                        if let Some(refusal) = rows.iter().find_map(|row| row.refuses_removal(key)) {
                            return Some(refusal);
                        }
                    }
                )?)+
                None
            }
        }

        $($(
            impl Kept for $record {
                fn table(world: &World) -> &Table<Self> {
                    &world.$rows
                }

                $(fn reindex(world: &World, old: Option<&Self>, new: Option<&Self>) {
                    indexed::$changes(world, old, new);
                })?
            }
        )?)+
    };
}

crate::schema!(world);

impl World {
    /// Inserts a record as if it had been committed. For tests and loaders.
    pub fn insert<R: Kept>(&self, generation: Generation, record: R) {
        self.adopt(generation, Arc::new(record));
    }

    /// Applies a committed record.
    pub fn adopt<R: Kept>(&self, generation: Generation, record: Arc<R>) {
        self.highest.fetch_max(generation.0, Ordering::AcqRel);
        let new = Arc::clone(&record);
        let old = R::table(self).put(generation, record);
        R::reindex(self, old.as_deref().map(|old| &**old), Some(&new));
        self.bump::<R>();
    }

    /// Removes a record whose removal was committed.
    pub fn forget<R: Kept>(&self, id: &str) {
        if let Some(old) = R::table(self).remove(id) {
            R::reindex(self, Some(&**old), None);
            self.bump::<R>();
        }
    }

    /// The first generation of a row that is created at `now`: higher than all earlier generations, so that it differs
    /// from that of a removed row, independent of the clock.
    pub(crate) fn next_generation(&self, now: Timestamp) -> Generation {
        let beyond = self.highest.load(Ordering::Acquire).saturating_add(1);
        Generation::first(now).max(Generation(beyond))
    }

    /// Call it once all rows are loaded, with a random number. Removed rows may have had higher generations than the
    /// remaining ones, and the clock may have been set back: new rows start at other generations.
    pub(crate) fn skip_generations(&self, by: u32) {
        self.highest.fetch_add(i64::from(by), Ordering::AcqRel);
    }

    fn bump<R: Kept>(&self) {
        if R::KIND.is_shown_by_others() {
            self.epoch.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Counts the writes of records that answers about others contain (sizes, images, partitions, ...). A cached answer
    /// is valid while this and the generations of its own rows are unchanged.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Reads the used addresses of a network.
    pub fn occupancy<T>(&self, network: &NetworkId, read: impl FnOnce(&Occupancy) -> T) -> T {
        self.addresses.look();
        self.quarantined.look();
        let addresses = self.occupancy.read();
        match addresses.of(network) {
            Some(used) => read(used),
            None => read(&Occupancy::default()),
        }
    }

    pub(crate) fn occupancy_change(&self, change: impl FnOnce(&mut Addresses)) {
        change(&mut self.occupancy.write());
    }

    /// The addresses with a machine's tag or attached to it, ascending.
    pub fn addresses_of(&self, machine: &MachineId) -> Vec<IpAddr> {
        self.addresses.look();
        self.attached.read().of(machine)
    }

    pub(crate) fn attachments_change(&self, old: Option<&Address>, new: Option<&Address>) {
        self.attached.write().replace(old, new);
    }

    /// Reads which machines are free, and the projects of the others.
    pub fn fleet<T>(&self, read: impl FnOnce(&Fleet) -> T) -> T {
        self.machines.look();
        read(&self.fleet.read())
    }

    pub(crate) fn fleet_change(&self, old: Option<&Machine>, new: Option<&Machine>) {
        self.fleet.write().replace(old, new);
    }

    /// Reads the number of machines in each state.
    pub fn census<T>(&self, read: impl FnOnce(&Census) -> T) -> T {
        read(&self.census.lock())
    }

    pub(crate) fn census_change(&self, change: impl FnOnce(&mut Census)) {
        change(&mut self.census.lock());
    }

    /// Reads the maximum of machines, and how many are new.
    pub fn newcomers<T>(&self, read: impl FnOnce(&Newcomers) -> T) -> T {
        read(&self.newcomers.lock())
    }

    pub(crate) fn newcomers_change(&self, change: impl FnOnce(&mut Newcomers)) {
        change(&mut self.newcomers.lock());
    }

    pub(crate) fn machine_came(&self, machine: &Machine) {
        self.newcomers_change(|newcomers| newcomers.came(machine.created));
    }

    /// The machines with pending BMC orders, ascending by id.
    pub fn machines_with_orders(&self) -> Vec<Arc<Versioned<Machine>>> {
        self.fleet(|fleet| fleet.ordered().filter_map(|id| self.machines.get(id.as_str())).collect())
    }

    /// Reads the used numbers of the pools.
    pub fn numbers<T>(&self, read: impl FnOnce(&Numbers) -> T) -> T {
        self.claims.look();
        read(&self.numbers.read())
    }

    pub(crate) fn numbers_change(&self, change: impl FnOnce(&mut Numbers)) {
        change(&mut self.numbers.write());
    }

    /// Reads the index of all networks.
    pub fn registry<T>(&self, read: impl FnOnce(&Registry) -> T) -> T {
        self.networks.look();
        read(&self.registry.read())
    }

    pub(crate) fn registry_change(&self, change: impl FnOnce(&mut Registry)) {
        change(&mut self.registry.write());
    }

    /// Reads used and free space of a namespace.
    pub fn spaces<T>(&self, namespace: &NamespaceId, read: impl FnOnce(&Space) -> T) -> T {
        self.prefixes.look();
        self.prefix_addresses.look();
        let spaces = self.spaces.read();
        match spaces.of(namespace) {
            Some(space) => read(space),
            None => read(&Space::default()),
        }
    }

    pub(crate) fn spaces_change(&self, change: impl FnOnce(&mut Spaces)) {
        change(&mut self.spaces.write());
    }

    /// Wakes when the machine's row changes. The wake-up has no content: read the row.
    pub fn watch_machine(&self, id: &MachineId) -> watch::Receiver<()> {
        self.watched.lock().subscribe(id)
    }

    /// Wakes all waiters, in order, when a BMC gets a new order. The wake-up has no content: read the machines' orders.
    pub fn orders_news(&self) -> &Notify {
        &self.orders
    }

    pub(crate) fn orders_changed(&self) {
        self.orders.notify_waiters();
    }

    pub(crate) fn machine_changed(&self, id: &MachineId) {
        if !planted(Bug::LoseWakeUp) {
            self.watched.lock().notify(id);
        }
    }
}
