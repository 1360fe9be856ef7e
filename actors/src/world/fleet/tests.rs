use super::*;
use crate::machine::fixture::{self, Fixture};
use crate::machine::{BmcAction, BmcOrder, StateValue};
use crate::world::World;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const PARTITIONS: [&str; 2] = ["pa", "pb"];
const SIZES: [&str; 2] = ["sa", "sb"];
const RACKS: [&str; 3] = ["ra", "rb", "rc"];
const PROJECTS: [&str; 2] = ["ja", "jb"];
const ROLES: [Role; 2] = [Role::Machine, Role::Firewall];

fn ids<'a>(racks: Option<&'a Racks>, rack: &RackId) -> Vec<&'a MachineId> {
    racks.into_iter().flat_map(|racks| racks.within(rack).collect::<Vec<_>>()).collect()
}

fn agrees(world: &World) {
    let all = world.machines.all();
    let scan = |keep: &dyn Fn(&Machine) -> bool| -> Vec<&MachineId> {
        all.iter().filter(|machine| keep(machine)).map(|machine| &machine.id).collect()
    };
    world.fleet(|fleet| {
        assert_eq!(fleet.ordered().collect::<Vec<_>>(), scan(&|machine| !machine.orders.is_empty()));
        for project in PROJECTS.map(ProjectId::from) {
            let held = scan(&|it| it.allocation.as_ref().is_some_and(|held| held.project == project));
            assert_eq!(fleet.held_by(&project), held.len());
        }
        for (partition, size, rack) in PARTITIONS.iter().flat_map(|partition| {
            SIZES.iter().flat_map(move |size| RACKS.iter().map(move |rack| (*partition, *size, *rack)))
        }) {
            let (partition, size, rack) = (partition.into(), size.into(), RackId::from(rack));
            let stands = |it: &Machine| it.partition == partition && it.size == size && it.rack == rack;
            let offered = scan(&|it| stands(it) && it.is_offered());
            assert_eq!(ids(fleet.offered(&partition, &size), &rack), offered);
            for (project, role) in PROJECTS.iter().flat_map(|it| ROLES.map(|role| (*it, role))) {
                let project = ProjectId::from(project);
                let found = fleet.held(&project, &partition, &size, role);
                let expected = scan(&|it| {
                    let held = it.allocation.as_ref();
                    stands(it) && held.is_some_and(|held| held.project == project && held.role == role)
                });
                assert_eq!(ids(found, &rack), expected);
                assert_eq!(found.map_or(0, |racks| racks.count(&rack)), expected.len());
            }
        }
    });
}

/// After any writes, the index equals a full scan of the rows.
#[test]
fn it_says_what_a_look_at_all_machines_would() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut fixture = Fixture::new(1);
    fixture.add_private(0);
    fixture.add_machine("m");
    let id = fixture.allocate(Role::Machine, &fixture::request()).unwrap();
    let allocation = fixture.machine(&id).allocation;
    let mut template = fixture.machine(&id);
    template.orders.clear();
    let world = World::default();
    for _ in 0..2000 {
        let mut machine = template.clone();
        machine.id = format!("m{}", rng.random_range(0..20)).into();
        if rng.random_bool(0.2) {
            world.forget::<Machine>(machine.id.as_str());
        } else {
            machine.partition = PARTITIONS[rng.random_range(0..2)].into();
            machine.size = SIZES[rng.random_range(0..2)].into();
            machine.rack = RACKS[rng.random_range(0..3)].into();
            machine.waiting = rng.random_bool(0.5);
            machine.allocation = allocation.clone().filter(|_| rng.random_bool(0.5));
            if let Some(held) = &mut machine.allocation {
                held.project = PROJECTS[rng.random_range(0..2)].into();
                held.role = ROLES[rng.random_range(0..2)];
            }
            if rng.random_bool(0.2) {
                machine.state.value = StateValue::Locked;
            }
            if rng.random_bool(0.5) {
                machine.orders.push(BmcOrder {
                    id: uuid::Uuid::from_u128(rng.random()),
                    action: if rng.random_bool(0.5) { BmcAction::On } else { BmcAction::Delete },
                    issued: machine.created,
                    tries: 0,
                    allocation: None,
                });
            }
            world.insert(crate::store::Generation(1), machine);
        }
        agrees(&world);
    }
    for machine in world.machines.all() {
        world.forget::<Machine>(machine.id.as_str());
    }
    world.fleet(|fleet| {
        assert!(fleet.offered.is_empty() && fleet.held.is_empty() && fleet.ordered.is_empty())
    });
}
