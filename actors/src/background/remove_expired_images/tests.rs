//! Images that are of no use any more go by themselves (api-resources 5.5), with the real decisions and
//! background tasks.

use super::EVERY;
use crate::background;
use crate::command::Body;
use crate::decision::{Principal, Role};
use crate::fixture::on_paused_time;
use crate::machine::Machine;
use crate::machine::fixture::{self, Fixture, IMAGE, PRIVATE};
use crate::masterdata::{Image, ImageFeature, Project};
use crate::record::Record;
use crate::runtime::{Env, LocalPartition, LocalPartitionConfig, PausedClock};
use crate::store::memory::MemoryStore;
use crate::store::{Generation, Key, Kind, Put, Store, Transaction};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

/// One that expires after two hours.
fn image(id: &str, version: &str, fixture: &Fixture) -> Image {
    Image {
        expiration: fixture.now + 2 * HOUR,
        ..fixture::image(id, "debian", version, ImageFeature::Machine)
    }
}

/// A partition whose clock begins with that of the machines, with its images and machines.
async fn local(fixture: &Fixture) -> LocalPartition {
    let store = Arc::new(MemoryStore::default());
    let generation = Generation(1);
    let world = &fixture.world;
    let images = world.images.all().into_iter().map(|row| Image::clone(&row).row(generation));
    let machines = world.machines.all().into_iter().map(|row| Machine::clone(&row).row(generation));
    let projects = world.projects.all().into_iter().map(|row| Project::clone(&row).row(generation));
    let rows = images.chain(machines).chain(projects);
    let puts = rows.map(|row| Put { row, expected: None }).collect();
    store.commit(Transaction { puts, ..Transaction::default() }).await.unwrap();
    let env = Env::new(Arc::new(PausedClock::starting_at(fixture.now)), 7);
    let domain = crate::decide::DOMAIN;
    let config = LocalPartitionConfig { partition: fixture::PARTITION.into(), store, env, domain };
    let local = LocalPartition::start(config).await.unwrap();
    background::start(&local, background::Settings::default());
    local
}

fn debians(local: &LocalPartition) -> BTreeSet<String> {
    let images = local.world().images.filter(|image| image.os == "debian");
    images.iter().map(|image| image.id.to_string()).collect()
}

fn names(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// The machines' own image is the newest; of the others one is installed.
#[test]
fn an_expired_image_goes_when_nobody_uses_it_any_more() {
    on_paused_time(|| async {
        let mut fixture = Fixture::new(1);
        fixture.put(image("debian-12.0.1", "12.0.1", &fixture));
        fixture.put(image("debian-12.0.2", "12.0.2", &fixture));
        fixture.put(image(IMAGE, "13.0.0", &fixture));
        fixture.add_private(0);
        let machine = fixture.add_machine("m1");
        let asked = crate::machine::command::AllocateRequest {
            imageid: "debian-12.0.1".into(),
            networks: fixture::networks(&[PRIVATE]),
            ..fixture::request()
        };
        fixture.allocate(crate::machine::Role::Machine, &asked).unwrap();
        let local = local(&fixture).await;
        let all = names(&["debian-12.0.1", "debian-12.0.2", IMAGE]);

        tokio::time::sleep(2 * HOUR - MINUTE).await;
        assert_eq!(debians(&local), all, "none has expired");
        tokio::time::sleep(EVERY).await;
        assert_eq!(debians(&local), names(&["debian-12.0.1", IMAGE]), "one is in use, one is the newest");
        tokio::time::sleep(3 * EVERY).await;
        assert_eq!(debians(&local), names(&["debian-12.0.1", IMAGE]), "for as long as it is");

        let admin = Principal { email: "somebody@example.org".to_owned(), role: Role::Admin };
        let free = crate::machine::MachineCommand::Free { machine };
        local.ask(&admin, None, Body::Machine(free)).await.unwrap();
        tokio::time::sleep(EVERY + MINUTE).await;
        assert_eq!(debians(&local), names(&[IMAGE]), "expired, but the newest there is");
        assert!(local.store().row(&Key::new(Kind::Image, "debian-12.0.1")).await.unwrap().is_none());
    });
}
