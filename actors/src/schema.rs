//! The one table of kinds of rows. Everything per kind is generated from it.
//!
//! [`schema!`](crate::schema!) passes the table to a macro by its name. It is used for [`Kind`](crate::store::Kind)
//! with its columns, the tables of the [`World`](crate::world::World), its loading and listing of rows, and the node's
//! list of migrations. Kinds are loaded in the order of the table: a row comes after the rows that it depends on.
//!
//! The fields of an entry:
//!
//! * `record`: the type of the row, by the module of its noun in [`record`](crate::record).
//! * `rows`: where the world keeps it in memory, and the function of `world/indexed.rs` that updates the indexes
//!   derived from it, if there is one; empty for a kind that stays in the store.
//! * `migrations`: the files of `src/store/migrations` that define its table. They are never edited; a new column is a
//!   new file.
//! * `entity`: the word of the wire contract (api-machines 0.1).
//! * `table`: the name of its SQL table.
//! * `scope`: which partitions have it (architecture 2).
//! * `shown_by_others`: whether answers about other records show parts of it, so that they must not be cached beyond a
//!   write of it ([`World::epoch`](crate::world::World::epoch)).
//! * `id`, `owner`, `parent`: the fields of the record that these columns hold, so that the body need not; `[]`: the
//!   body holds them, too.
//! * `columns`: the table's additional columns: SQL name, type, field of the record. A kind without any is a document:
//!   its body holds everything.

/// Calls the macro `$generate` with the table of kinds.
#[macro_export]
macro_rules! schema {
    ($generate:ident) => {
        $generate! {
            Tenant {
                record: masterdata::Tenant, rows: [tenants],
                migrations: ["0001_tenant"],
                entity: "tenant", table: "tenant", scope: Global, shown_by_others: true,
                id: [], owner: [], parent: [], columns: [],
            }
            Project {
                record: masterdata::Project, rows: [projects],
                migrations: ["0002_project"],
                entity: "project", table: "project", scope: Global, shown_by_others: true,
                id: [], owner: [], parent: [], columns: [],
            }
            Partition {
                record: masterdata::Partition, rows: [partitions],
                migrations: ["0003_partition"],
                entity: "partition", table: "partition", scope: Global, shown_by_others: true,
                id: [], owner: [], parent: [], columns: [],
            }
            Size {
                record: masterdata::Size, rows: [sizes],
                migrations: ["0004_size"],
                entity: "size", table: "size", scope: Global, shown_by_others: true,
                id: [], owner: [], parent: [], columns: [],
            }
            Image {
                record: masterdata::Image, rows: [images],
                migrations: ["0005_image"],
                entity: "image", table: "image", scope: Global, shown_by_others: true,
                id: [], owner: [], parent: [], columns: [],
            }
            Layout {
                record: masterdata::Layout, rows: [layouts],
                migrations: ["0006_layout"],
                entity: "filesystemlayout", table: "layout", scope: Global, shown_by_others: true,
                id: [], owner: [], parent: [], columns: [],
            }
            SizeReservation {
                record: masterdata::SizeReservation, rows: [size_reservations],
                migrations: ["0036_size_reservation"],
                entity: "sizereservation", table: "size_reservation", scope: Global, shown_by_others: false,
                id: [], owner: [], parent: [], columns: [],
            }
            SizeImageConstraint {
                record: masterdata::SizeImageConstraint, rows: [size_image_constraints],
                migrations: ["0037_size_image_constraint"],
                entity: "sizeimageconstraint", table: "size_image_constraint", scope: Global,
                shown_by_others: false,
                id: [], owner: [], parent: [], columns: [],
            }
            Network {
                record: network::Network, rows: [networks, network_changes],
                migrations: ["0007_network", "0016_network_owner", "0020_network_parent"],
                entity: "network", table: "network", scope: Partition, shown_by_others: true,
                id: [], owner: [], parent: [], columns: [],
            }
            Address {
                record: ipam::Address, rows: [addresses, address_changes],
                migrations: [
                    "0008_address", "0017_address_owner", "0021_address_parent", "0028_address_columns",
                    "0033_address_state",
                ],
                entity: "ip", table: "address", scope: Partition, shown_by_others: false,
                id: ["address"], owner: ["project"], parent: ["network"],
                columns: [
                    ("prefix", Text, "parent_prefix"),
                    ("allocation", Text, "allocation_uuid"),
                    ("request", Text, "request"),
                    ("lifetime", Text, "type"),
                    ("name", Text, "name"),
                    ("description", Text, "description"),
                    ("labels", Json, "tags"),
                    ("attachments", Json, "attachments"),
                    ("created_us", Time, "created"),
                    ("changed_us", Time, "changed"),
                    ("held_since_us", Time, "held_since"),
                ],
            }
            /// The quarantine of a released address.
            #[serde(rename = "rest")]
            QuarantinedAddress {
                record: ipam::QuarantinedAddress, rows: [quarantined, quarantine_changes],
                migrations: ["0022_address_rest", "0029_address_rest_columns"],
                entity: "quarantined ip", table: "address_rest", scope: Partition, shown_by_others: false,
                id: ["address"], owner: [], parent: ["network"],
                columns: [
                    ("prefix", Text, "parent_prefix"),
                    ("project", Text, "project"),
                    ("allocation", Text, "allocation_uuid"),
                    ("since_us", Time, "since"),
                    ("until_us", Time, "until"),
                ],
            }
            /// A number allocated from a pool (VRF, ASN), with its owner.
            Claim {
                record: ipam::Claim, rows: [claims, claim_changes],
                migrations: ["0009_claim", "0018_claim_owner"],
                entity: "claim", table: "claim", scope: Partition, shown_by_others: false,
                id: [], owner: [], parent: [], columns: [],
            }
            Switch {
                record: switch::Switch, rows: [switches],
                migrations: ["0010_switch"],
                entity: "switch", table: "switch", scope: Partition, shown_by_others: true,
                id: [], owner: [], parent: [], columns: [],
            }
            SwitchStatus {
                record: switch::SwitchStatus, rows: [switch_statuses],
                migrations: ["0011_switch_status"],
                entity: "switchstatus", table: "switch_status", scope: Partition, shown_by_others: false,
                id: [], owner: [], parent: [], columns: [],
            }
            Machine {
                record: machine::Machine, rows: [machines, machine_changes],
                migrations: ["0012_machine", "0019_machine_owner"],
                entity: "machine", table: "machine", scope: Partition, shown_by_others: false,
                id: [], owner: [], parent: [], columns: [],
            }
            Events {
                record: machine::Events, rows: [events, events_change],
                migrations: ["0013_events"],
                entity: "provisioningeventcontainer", table: "events", scope: Partition,
                shown_by_others: false,
                id: [], owner: [], parent: [], columns: [],
            }
            /// A past tenure of an address.
            History {
                record: ipam::history::AddressHistory, rows: [],
                migrations: [
                    "0023_address_history", "0030_address_history_columns", "0034_address_history_until",
                ],
                entity: "ip history", table: "address_history", scope: Partition, shown_by_others: false,
                id: [], owner: [], parent: [],
                columns: [
                    ("address", Text, "address"),
                    ("network", Text, "network"),
                    ("project", Text, "project"),
                    ("allocation", Text, "allocation_uuid"),
                    ("name", Text, "name"),
                    ("machines", Json, "machines"),
                    ("since_us", Time, "since"),
                    ("until_us", Time, "until"),
                ],
            }
            Namespace {
                record: namespace::Namespace, rows: [namespaces],
                migrations: ["0024_namespace"],
                entity: "namespace", table: "namespace", scope: Partition, shown_by_others: false,
                id: [], owner: [], parent: [], columns: [],
            }
            Prefix {
                record: namespace::Prefix, rows: [prefixes, prefix_changes],
                migrations: ["0025_prefix", "0031_prefix_columns"],
                entity: "prefix", table: "prefix", scope: Partition, shown_by_others: false,
                id: [], owner: ["namespace"], parent: [],
                columns: [
                    ("prefix", Text, "cidr"),
                    ("parent_prefix", Text, "parent"),
                    ("is_parent", Flag, "is_parent"),
                    ("created_us", Time, "created"),
                ],
            }
            PrefixAddress {
                record: namespace::PrefixAddress, rows: [prefix_addresses, prefix_address_changes],
                migrations: ["0026_prefix_address", "0032_prefix_address_columns"],
                entity: "prefixaddress", table: "prefix_address", scope: Partition,
                shown_by_others: false,
                id: [], owner: ["namespace"], parent: [],
                columns: [
                    ("prefix", Text, "prefix"),
                    ("address", Text, "address"),
                    ("created_us", Time, "created"),
                ],
            }
            /// What the node keeps about the federation that the partition belongs to.
            FederationItem {
                record: federation::FederationItem, rows: [],
                migrations: ["0038_federation_item"],
                entity: "federation item", table: "federation_item", scope: Partition, shown_by_others: false,
                id: [], owner: [], parent: [], columns: [],
            }
        }
    };
}
