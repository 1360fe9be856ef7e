//! Links that come back.

use super::rig::{Rig, address, ms};
use crate::fixture::{Path, Trace};
use bytes::Bytes;
use std::time::Duration;
use tokio::time::sleep;

#[tokio::test(start_paused = true)]
async fn after_a_heal_a_link_is_up_within_two_seconds() {
    let far = Path { delay: ms(100), jitter: ms(10), loss_permille: 10, ..Path::default() };
    for path in [Path::default(), far] {
        heals(&path).await;
    }
}

async fn heals(path: &Path) {
    let mut took = Vec::new();
    for seed in 0..100 {
        let rig = Rig::new(&["a", "b"], seed, path.clone());
        rig.until_linked("a", "b").await;
        rig.network.cut("a", "b");
        sleep(ms(20_000 + 37 * seed)).await;
        assert!(!rig.is_linked("a", "b"));
        rig.network.heal("a", "b");
        took.push(rig.until_linked("a", "b").await);
    }
    took.sort_unstable();
    let (median, p99, max) = (took[50], took[98], took[99]);
    assert!(p99 <= ms(2_000), "median {median:?}, p99 {p99:?}, max {max:?}");
}

#[tokio::test(start_paused = true)]
async fn after_eight_hours_and_with_a_new_address_it_is_the_same() {
    for (seed, cut_s) in [(0, 8 * 3600), (1, 300), (2, 301), (3, 302), (4, 303)] {
        let rig = Rig::new(&["a", "b"], seed, Path::default());
        rig.until_linked("a", "b").await;
        rig.network.cut("a", "b");
        sleep(Duration::from_secs(cut_s)).await;
        rig.network.move_address(address(2), address(77));
        rig.network.heal("a", "b");
        let took = rig.until_linked("a", "b").await;
        assert!(took <= ms(2_000), "{took:?}");
        assert_eq!(rig.status("a", "b").up.unwrap().remote, address(77));
    }
}

/// The old link looks alive to one end for seconds.
#[tokio::test(start_paused = true)]
async fn a_moved_node_replaces_its_link_without_waiting_for_the_old_one() {
    let rig = Rig::new(&["a", "b"], 9, Path::default());
    rig.until_linked("a", "b").await;
    rig.network.move_address(address(2), address(77));
    let moved = || rig.status("a", "b").up.is_some_and(|up| up.remote == address(77));
    let took = rig.until("linked at the new address", || moved() && rig.is_linked("a", "b")).await;
    assert!(took <= ms(7_000), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn simultaneous_dials_settle_on_one_link() {
    for seed in 0..50 {
        let path =
            Path { jitter: ms(8), loss_permille: if seed % 2 == 0 { 0 } else { 30 }, ..Path::default() };
        let rig = Rig::new(&["a", "b"], seed, path);
        rig.until_linked("a", "b").await;
        sleep(ms(15_000)).await;
        assert!(rig.is_linked("a", "b"), "seed {seed}");
        let (a, b) = (rig.status("a", "b").up.unwrap(), rig.status("b", "a").up.unwrap());
        assert_ne!(a.is_dialled_here, b.is_dialled_here, "seed {seed}: they use the same one");
        let connections = [rig.mesh("a").counters().connections, rig.mesh("b").counters().connections];
        assert_eq!(connections, [2, 2], "seed {seed}");
        let reply = rig.mesh("a").call("b", seed, Bytes::from_static(b"x"), ms(5000)).await;
        assert!(reply.is_ok(), "seed {seed}: {reply:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_restarted_node_is_linked_again() {
    let mut rig = Rig::new(&["a", "b"], 11, Path::default());
    rig.until_linked("a", "b").await;
    rig.nodes.remove("b");
    sleep(ms(300)).await;
    rig.start("b", 4711, address(2));
    rig.introduce_to("b");
    let took = rig.until_linked("a", "b").await;
    assert!(took <= ms(2_000), "{took:?}");
    sleep(ms(20_000)).await;
    assert!(rig.is_linked("a", "b"));
    assert_eq!(rig.status("a", "b").up.unwrap().incarnation, 4712);
}

/// Of several addresses, dead ones cost nothing.
#[tokio::test(start_paused = true)]
async fn dead_addresses_do_not_delay_the_right_one() {
    let rig = Rig::apart(&["a", "b"], 12, Path::default());
    let addresses = [9, 8, 7, 2].map(|number| address(number).to_string());
    let addresses = std::iter::once("[2001:db8::1]:4433".to_owned()).chain(addresses).collect();
    rig.mesh("a").set_peers([("b".to_owned(), addresses)].into());
    let took = rig.until_linked("a", "b").await;
    assert!(took < ms(200), "{took:?}");
}

async fn traced(seed: u64) -> Trace {
    let path = Path { loss_permille: 20, jitter: ms(5), duplicate_permille: 10, ..Path::default() };
    let rig = Rig::new(&["a", "b", "c"], seed, path);
    rig.until_linked("a", "b").await;
    for number in 0..200u64 {
        let (from, to) = if number % 3 == 0 { ("a", "b") } else { ("b", "c") };
        let request = Bytes::from(vec![b'x'; (number * 13) as usize]);
        drop(rig.mesh(from).call(to, number, request, ms(1000)).await);
        sleep(ms(50)).await;
        if number == 100 {
            rig.network.cut("a", "c");
        }
    }
    rig.network.heal("a", "c");
    sleep(ms(5000)).await;
    rig.network.trace()
}

#[test]
fn the_same_seed_gives_the_same_packets() {
    let run = |seed| {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(traced(seed))
    };
    let first = run(1);
    assert!(first.packets > 1_000, "{first:?}");
    assert_eq!(first, run(1));
    assert_ne!(first.hash, run(2).hash);
}
