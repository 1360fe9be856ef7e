//! Random lives of prefixes of every length, in address spaces that no set could list: against the model, with a
//! restart in the midst.

use super::model::{Model, SlowStore, ask, local};
use super::root;
use crate::addressing::{Family, block};
use crate::fixture::on_paused_time;
use crate::namespace::{dump, read};
use crate::runtime::LocalPartition;
use ipnet::IpNet;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// An address of the prefix, one that others come to as well: near either end.
fn near(prefix: &IpNet, rng: &mut ChaCha8Rng) -> u128 {
    let (first, last) = block::bounds(prefix);
    let step = (last - first).min(rng.random_range(0..6));
    if rng.random_bool(0.7) { first + step } else { last - step }
}

/// A block in it, most often not much smaller than it.
fn part(prefix: &IpNet, rng: &mut ChaCha8Rng) -> IpNet {
    let (own, family) = (prefix.prefix_len(), Family::of(prefix));
    let width = block::width(family);
    let most = if rng.random_bool(0.7) { width.min(own + 5) } else { width };
    let address = block::address(family, near(prefix, rng)).unwrap();
    IpNet::new(address, rng.random_range(own..=most)).unwrap().trunc()
}

fn line(whole: &IpNet, model: &Model, rng: &mut ChaCha8Rng) -> String {
    let known: Vec<&IpNet> = model.prefixes.keys().collect();
    let cidr = match known.len() {
        0 => *whole,
        known_len => *known[rng.random_range(0..known_len)],
    };
    let address = |number: u128| block::address(Family::of(&cidr), number).unwrap();
    match rng.random_range(0..14) {
        0 => format!("create {whole}"),
        1 => format!("create {}", part(whole, rng)),
        2 => format!("delete {cidr}"),
        3 | 4 => format!("cut {cidr} {}", part(&cidr, rng).prefix_len()),
        5 => format!("cut {cidr} {}", part(&cidr, rng)),
        6 => format!("release {cidr}"),
        7..10 => format!("take {cidr}"),
        10 | 11 => format!("take {cidr} {}", address(near(&cidr, rng))),
        _ => {
            let held = model.prefixes.get(&cidr).into_iter().flat_map(|known| &known.addresses).next();
            format!("return {cidr} {}", address(held.copied().unwrap_or_else(|| near(&cidr, rng))))
        }
    }
}

/// Of every prefix: how many addresses and children it has, and which blocks are free, from scratch.
fn check(local: &LocalPartition, model: &Model, why: &str) {
    let world = local.world();
    for (cidr, known) in &model.prefixes {
        let usage = read::usage(world, &root(), &cidr.to_string()).unwrap();
        let held = known.addresses.len() as u64 + block::reserved(cidr);
        let children = model.children(cidr).len() as u64;
        assert_eq!((usage.acquired_ips, usage.acquired_prefixes), (held, children), "{why}: {cidr}");
        let free = world.spaces(&root(), |space| space.free(cidr, |free| free.lowest(usize::MAX)));
        assert_eq!(free, model.cover(cidr), "{why}: {cidr}");
    }
    assert_eq!(read::prefixes(world, &root()).unwrap().len(), model.prefixes.len(), "{why}");
}

async fn live(whole: IpNet, steps: usize) -> usize {
    let seed = u64::from(whole.prefix_len());
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let store = SlowStore::new();
    let (mut local, mut model) = (local(&store, seed, false).await, Model::default());
    let mut granted = 0;
    for step in 0..steps {
        // A part of it that came first would be in the way of nearly everything.
        let line = if step == 0 { format!("create {whole}") } else { line(&whole, &model, &mut rng) };
        let (got, wanted) = (ask(&local, &line).await, model.run(&line));
        assert_eq!(got.as_ref().ok(), wanted.as_ref(), "{whole}: {line}: {got:?}");
        granted += usize::from(wanted.is_some());
        check(&local, &model, &format!("{whole}: {line}"));
        if step == steps / 2 {
            let before = dump::write(local.world(), &root()).unwrap();
            local = self::local(&store, seed + 1, false).await;
            assert_eq!(dump::write(local.world(), &root()).unwrap(), before, "{whole}");
            check(&local, &model, "after a restart");
        }
        assert_eq!(local.world().unlike(), [], "{whole}: {line}");
    }
    granted
}

#[test]
fn prefixes_of_every_length_are_what_the_model_says() {
    let v4 = (0..=32).map(|length| (IpNet::new([10, 77, 3, 129].into(), length).unwrap(), 80));
    let v6 = (0..=128).map(|length| (IpNet::new([0x2001; 8].into(), length).unwrap(), 32));
    for (whole, steps) in v4.chain(v6) {
        on_paused_time(|| async {
            let granted = live(whole.trunc(), steps).await;
            // There is little in a few addresses that could be granted.
            let least =
                if block::width(Family::of(&whole)) - whole.prefix_len() < 4 { 1 } else { steps / 16 };
            assert!(granted >= least, "{whole}: only {granted} of {steps} were granted");
        });
    }
}
