//! The one list of routes (api-resources 1.2, api-machines 0.3): method, path, permission, and the code to run.

mod audit;
mod bmc_orders;
mod filesystemlayout;
mod firewall;
pub(super) mod health;
mod image;
mod image_constraint;
mod ip;
pub(super) mod machine;
mod network;
mod partition;
mod pool;
mod project;
mod reservation;
mod size;
mod switch;
mod tasks;
mod tenant;
mod user;
mod version;

use super::auth::Level::{Admin, Any, Edit, Open, View};
use super::router::Run::{Bodiless, List, Missing, Read, Show};
use super::router::Verb::{Delete, Get, Post, Put};
use super::router::{Route, Run};
use actors::store::Kind;
use machine::{ipmi, operations};

macro_rules! route {
    ($method:ident, $path:literal, $level:ident, $run:expr) => {
        Route { method: $method, path: $path, level: $level, run: $run }
    };
}

/// A route that calls an actor.
macro_rules! ask {
    ($code:path) => {
        Run::Write(|call| Box::pin($code(call)))
    };
}

const AUDIT: Run = Missing("auditing");
const FIRMWARE: Run = Missing("firmware management");
const ISSUES: Run = Missing("evaluating machine issues");

#[rustfmt::skip]
pub(super) static ROUTES: &[Route] = &[
    route!(Get, "apidocs.json", Open, Missing("the OpenAPI document")),
    route!(Get, "v1/version", Open, Read(version::show)),
    route!(Get, "v1/health", Open, ask!(health::show)),
    route!(Get, "v1/user/me", View, Read(user::me)),

    route!(Get, "v1/partition", Any, Read(partition::list)),
    route!(Get, "v1/partition/{id}", Any, Read(partition::get)),
    route!(Put, "v1/partition", Admin, ask!(partition::create)),
    route!(Post, "v1/partition", Admin, ask!(partition::update)),
    route!(Delete, "v1/partition/{id}", Admin, ask!(partition::delete)),
    route!(Post, "v1/partition/capacity", Any, Missing("partition capacity")),

    route!(Get, "v1/size", Any, Read(size::list)),
    route!(Get, "v1/size/{id}", Any, Read(size::get)),
    route!(Put, "v1/size", Admin, ask!(size::create)),
    route!(Post, "v1/size", Admin, ask!(size::update)),
    route!(Delete, "v1/size/{id}", Admin, ask!(size::delete)),
    route!(Post, "v1/size/suggest", Any, Missing("suggesting sizes")),
    route!(Get, "v1/size/reservations", Any, Read(reservation::list)),
    route!(Get, "v1/size/reservations/{id}", Any, Read(reservation::get)),
    route!(Post, "v1/size/reservations/find", Any, Read(reservation::find)),
    route!(Post, "v1/size/reservations/usage", Any, Read(reservation::usage)),
    route!(Put, "v1/size/reservations", Edit, ask!(reservation::create)),
    route!(Post, "v1/size/reservations", Edit, ask!(reservation::update)),
    route!(Delete, "v1/size/reservations/{id}", Edit, ask!(reservation::delete)),
    route!(Get, "v1/size-image-constraint", Any, Read(image_constraint::list)),
    route!(Get, "v1/size-image-constraint/{id}", Any, Read(image_constraint::get)),
    route!(Put, "v1/size-image-constraint", Admin, ask!(image_constraint::create)),
    route!(Post, "v1/size-image-constraint", Admin, ask!(image_constraint::update)),
    route!(Delete, "v1/size-image-constraint/{id}", Admin, ask!(image_constraint::delete)),
    route!(Post, "v1/size-image-constraint/try", Admin, Read(image_constraint::try_out)),

    route!(Get, "v1/image", Any, ask!(image::list)),
    route!(Get, "v1/image/{id}", Any, Read(image::get)),
    route!(Get, "v1/image/{id}/query", Any, Read(image::query)),
    route!(Get, "v1/image/{id}/latest", Any, Read(image::latest)),
    route!(Post, "v1/image/find", View, ask!(image::find)),
    route!(Put, "v1/image", Admin, ask!(image::create)),
    route!(Post, "v1/image", Admin, ask!(image::update)),
    route!(Delete, "v1/image/{id}", Admin, ask!(image::delete)),

    route!(Get, "v1/filesystemlayout", View, Read(filesystemlayout::list)),
    route!(Get, "v1/filesystemlayout/{id}", View, Read(filesystemlayout::get)),
    route!(Put, "v1/filesystemlayout", Admin, ask!(filesystemlayout::create)),
    route!(Post, "v1/filesystemlayout", Admin, ask!(filesystemlayout::update)),
    route!(Delete, "v1/filesystemlayout/{id}", Admin, ask!(filesystemlayout::delete)),
    route!(Post, "v1/filesystemlayout/try", Admin, Read(filesystemlayout::try_out)),
    route!(Post, "v1/filesystemlayout/matches", Admin, ask!(filesystemlayout::matches)),

    route!(Get, "v1/network", View, List(Kind::Network, network::list)),
    route!(Get, "v1/network/{id}", View, Show(Kind::Network, network::get)),
    route!(Post, "v1/network/find", View, List(Kind::Network, network::find)),
    route!(Put, "v1/network", Admin, ask!(network::create)),
    route!(Post, "v1/network", Admin, ask!(network::update)),
    route!(Delete, "v1/network/{id}", Admin, ask!(network::delete)),
    route!(Post, "v1/network/allocate", Edit, ask!(network::allocate)),
    route!(Delete, "v1/network/free/{id}", Edit, ask!(network::free)),
    route!(Post, "v1/network/free/{id}", Edit, Bodiless(|call| Box::pin(network::free(call)))),

    route!(Get, "v1/ip", View, List(Kind::Address, ip::list)),
    route!(Get, "v1/ip/{id}", View, Show(Kind::Address, ip::get)),
    route!(Post, "v1/ip/find", View, List(Kind::Address, ip::find)),
    route!(Post, "v1/ip/allocate", Edit, ask!(ip::allocate)),
    route!(Post, "v1/ip/allocate/{ip}", Edit, ask!(ip::allocate)),
    route!(Post, "v1/ip", Edit, ask!(ip::update)),
    route!(Delete, "v1/ip/free/{id}", Edit, ask!(ip::free)),

    route!(Get, "v1/project", View, Read(project::list)),
    route!(Get, "v1/project/{id}", View, Read(project::get)),
    route!(Post, "v1/project/find", View, Read(project::find)),
    route!(Put, "v1/project", Admin, ask!(project::create)),
    route!(Post, "v1/project", Admin, ask!(project::update)),
    route!(Delete, "v1/project/{id}", Admin, ask!(project::delete)),

    route!(Get, "v1/tenant", View, Read(tenant::list)),
    route!(Get, "v1/tenant/{id}", View, Read(tenant::get)),
    route!(Post, "v1/tenant/find", View, Read(tenant::find)),
    route!(Put, "v1/tenant", Admin, ask!(tenant::create)),
    route!(Post, "v1/tenant", Admin, ask!(tenant::update)),
    route!(Delete, "v1/tenant/{id}", Admin, ask!(tenant::delete)),

    route!(Get, "v1/machine", View, List(Kind::Machine, machine::list)),
    route!(Get, "v1/machine/{id}", View, Show(Kind::Machine, machine::get)),
    route!(Post, "v1/machine/find", View, List(Kind::Machine, machine::find)),
    route!(Post, "v1/machine", Admin, ask!(operations::update)),
    route!(Post, "v1/machine/allocate", Edit, ask!(operations::allocate)),
    route!(Post, "v1/machine/{id}/state", Edit, ask!(operations::set_state)),
    route!(Delete, "v1/machine/{id}/free", Edit, ask!(operations::free)),
    route!(Delete, "v1/machine/{id}", Admin, ask!(operations::delete)),
    route!(Post, "v1/machine/{id}/reinstall", Edit, ask!(operations::reinstall)),
    route!(Get, "v1/machine/consolepassword", Edit, ask!(operations::console_password)),
    route!(Post, "v1/machine/ipmi", Edit, ask!(ipmi::report)),
    route!(Get, "v1/machine/{id}/ipmi", View, Show(Kind::Machine, ipmi::get)),
    route!(Post, "v1/machine/ipmi/find", View, List(Kind::Machine, ipmi::find)),
    route!(Post, "v1/machine/{id}/power/on", Edit, ask!(operations::power_on)),
    route!(Post, "v1/machine/{id}/power/off", Edit, ask!(operations::power_off)),
    route!(Post, "v1/machine/{id}/power/reset", Edit, ask!(operations::power_reset)),
    route!(Post, "v1/machine/{id}/power/cycle", Edit, ask!(operations::power_cycle)),
    route!(Post, "v1/machine/{id}/power/bios", Edit, ask!(operations::boot_bios)),
    route!(Post, "v1/machine/{id}/power/disk", Edit, ask!(operations::boot_disk)),
    route!(Post, "v1/machine/{id}/power/pxe", Edit, ask!(operations::boot_pxe)),
    route!(Post, "v1/machine/{id}/power/chassis-identify-led-on", Edit, ask!(operations::led_on)),
    route!(Post, "v1/machine/{id}/power/chassis-identify-led-off", Edit, ask!(operations::led_off)),
    route!(Get, "v1/machine/issues", View, ISSUES),
    route!(Post, "v1/machine/issues/evaluate", View, ISSUES),
    route!(Post, "v1/machine/update-firmware/{id}", Admin, FIRMWARE),

    route!(Get, "v1/firewall", View, List(Kind::Machine, firewall::list)),
    route!(Get, "v1/firewall/{id}", View, Show(Kind::Machine, firewall::get)),
    route!(Post, "v1/firewall/find", View, List(Kind::Machine, firewall::find)),
    route!(Post, "v1/firewall/allocate", Edit, ask!(firewall::allocate)),

    route!(Get, "v1/switch", Any, List(Kind::Switch, switch::list)),
    route!(Get, "v1/switch/{id}", Any, Show(Kind::Switch, switch::get)),
    route!(Post, "v1/switch/find", View, List(Kind::Switch, switch::find)),
    route!(Post, "v1/switch/register", Edit, ask!(switch::register)),
    route!(Post, "v1/switch", Admin, ask!(switch::update)),
    route!(Post, "v1/switch/{id}/notify", Edit, ask!(switch::notify)),
    route!(Post, "v1/switch/{id}/port", Admin, ask!(switch::toggle_port)),
    route!(Post, "v1/switch/migrate", Admin, ask!(switch::migrate)),
    route!(Delete, "v1/switch/{id}", Edit, ask!(switch::delete)),

    route!(Get, "v1/firmware", Admin, FIRMWARE),
    route!(Put, "v1/firmware/{kind}/{vendor}/{board}/{revision}", Admin, FIRMWARE),
    route!(Delete, "v1/firmware/{kind}/{vendor}/{board}/{revision}", Admin, FIRMWARE),
    route!(Post, "v1/audit/find", View, AUDIT),
    route!(Post, "v1/vpn/authkey", Admin, Missing("the VPN")),

    route!(Get, "mesh/v1/bmc/{partition}/orders", Edit, ask!(bmc_orders::due)),
    route!(Post, "mesh/v1/bmc/{machine}/orders/done", Edit, ask!(bmc_orders::done)),
    route!(Get, "mesh/v1/machine/{id}/why", View, Show(Kind::Machine, machine::why::show)),
    route!(Get, "mesh/v1/tasks", View, Read(tasks::list)),
    route!(Get, "mesh/v1/ipam/check", View, ask!(audit::check)),
    route!(Post, "mesh/v1/ip/allocate", Edit, ask!(ip::allocate_many)),
    route!(Get, "mesh/v1/ip/{ip}", View, Read(pool::state)),
    route!(Post, "mesh/v1/ip/{ip}/free", Edit, ask!(ip::release)),
    route!(Get, "mesh/v1/ip/{ip}/history", View, ask!(pool::history)),
    route!(Get, "mesh/v1/ipam/quarantine", View, Read(pool::quarantined)),
    route!(Delete, "mesh/v1/ipam/quarantine/{ip}", Admin, ask!(pool::end_quarantine)),
    route!(Get, "mesh/v1/ipam/pool", View, Read(pool::pools)),
    route!(Get, "mesh/v1/ipam/pool/{network}", View, Show(Kind::Network, pool::policy)),
    route!(Post, "mesh/v1/ipam/pool/{network}", Admin, ask!(pool::set_policy)),
    route!(Post, "mesh/v1/network/allocate", Edit, ask!(network::allocate_specific)),
    route!(Post, "mesh/v1/ipam/repair", Admin, Bodiless(|call| Box::pin(audit::repair(call)))),
];

#[cfg(test)]
mod tests {
    use super::*;
    use actors::naming;
    use actors::store::Kind;
    use std::collections::BTreeSet;

    /// An entity with such an id could never be read again.
    #[test]
    fn ids_that_are_routes_to_read_or_delete_cannot_be_given() {
        let kinds = [
            ("tenant", Kind::Tenant),
            ("project", Kind::Project),
            ("partition", Kind::Partition),
            ("size", Kind::Size),
            ("size/reservations", Kind::SizeReservation),
            ("size-image-constraint", Kind::SizeImageConstraint),
            ("image", Kind::Image),
            ("filesystemlayout", Kind::Layout),
            ("network", Kind::Network),
            ("machine", Kind::Machine),
            ("switch", Kind::Switch),
        ];
        for (entity, kind) in kinds {
            let beside = |route: &&Route| matches!(route.method, Get | Delete) && !route.path.contains('{');
            let literals = ROUTES
                .iter()
                .filter(beside)
                .filter_map(|route| route.path.strip_prefix("v1/")?.strip_prefix(entity)?.strip_prefix('/'));
            let literals: BTreeSet<&str> = literals.filter(|rest| !rest.contains('/')).collect();
            assert_eq!(literals, naming::taken(kind).iter().copied().collect(), "{entity}");
        }
    }
}
