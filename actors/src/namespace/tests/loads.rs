//! Loads: a dump is loaded into an empty namespace completely or not at all, with any failure in between.

use super::model::{SlowStore, ask, local, principal};
use super::root;
use crate::fixture::on_paused_time;
use crate::loading::load;
use crate::namespace::{dump, read};
use crate::runtime::{CallError, LocalPartition};
use crate::store::{Kind, Store};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Enough addresses for several transactions.
fn large() -> String {
    let mut ips = String::new();
    for number in 1..5000_u32 {
        write!(ips, "\"{}\":true,", std::net::Ipv4Addr::from(0x0a00_0000 + number)).unwrap();
    }
    ips.pop();
    format!(
        "[{{\"Cidr\":\"10.0.0.0/16\",\"IPs\":{{{ips}}}}},\
         {{\"Cidr\":\"2001:db8::/48\",\"IsParent\":true}},\
         {{\"Cidr\":\"2001:db8::/64\",\"ParentCidr\":\"2001:db8::/48\",\"IPs\":{{\"2001:db8::5\":true}}}}]"
    )
}

async fn loaded(local: &LocalPartition, text: &str) -> Result<(), CallError> {
    load(local, &principal(), &root(), &dump::read(text)?).await
}

fn listed(local: &LocalPartition) -> usize {
    read::prefixes(local.world(), &root()).unwrap().len()
}

async fn stored(store: &Arc<SlowStore>) -> usize {
    let prefixes = store.rows(Kind::Prefix, None, 1000).await.unwrap().len();
    prefixes + store.rows(Kind::PrefixAddress, None, 1000).await.unwrap().len()
}

#[test]
fn a_dump_comes_back_as_it_was() {
    on_paused_time(|| async {
        let store = SlowStore::new();
        let local = local(&store, 1, false).await;
        loaded(&local, &large()).await.unwrap();
        let text = dump::write(local.world(), &root()).unwrap();
        assert_eq!(listed(&local), 3);
        assert_eq!(ask(&local, "take 10.0.0.0/16").await.unwrap(), "10.0.19.136");
        assert_eq!(ask(&local, "cut 2001:db8::/48 64").await.unwrap(), "2001:db8:0:1::/64");
        let other = self::local(&SlowStore::new(), 2, false).await;
        loaded(&other, &text).await.unwrap();
        assert_eq!(dump::write(other.world(), &root()).unwrap(), text);
        let refusal = loaded(&other, &text).await.unwrap_err().to_string();
        assert_eq!(refusal, "prefixes exist, please drop existing data before loading");
        assert_eq!(dump::write(other.world(), &root()).unwrap(), text);
    });
}

#[test]
fn while_it_is_loaded_a_namespace_looks_empty_and_takes_nothing() {
    on_paused_time(|| async {
        let store = SlowStore::new();
        let local = local(&store, 1, false).await;
        let text = large();
        let looking = async {
            // Two commits until it has begun, each of a millisecond.
            tokio::time::sleep(Duration::from_millis(2)).await;
            for _ in 0..4 {
                tokio::time::sleep(Duration::from_millis(1)).await;
                assert_eq!(listed(&local), 0);
                assert_eq!(dump::write(local.world(), &root()).unwrap(), "null");
                let refusal = ask(&local, "take 10.0.0.0/16").await.unwrap_err().to_string();
                assert_eq!(refusal, "a dump is being loaded into namespace:\"root\"");
            }
            assert!(!local.world().prefix_addresses.is_empty(), "part of it is there");
        };
        let (done, ()) = futures_util::future::join(loaded(&local, &text), looking).await;
        done.unwrap();
        assert_eq!(listed(&local), 3);
    });
}

/// The store fails permanently after each of the commits. When it works again, the first of background task and next
/// load removes the leftovers.
#[test]
fn a_load_that_fails_leaves_nothing() {
    on_paused_time(|| async {
        for commits in 0..8 {
            for by_task in [true, false] {
                let store = SlowStore::new();
                let first = local(&store, 1, false).await;
                store.left.store(commits, Ordering::Relaxed);
                let failed = loaded(&first, &large()).await;
                assert!(matches!(failed, Err(CallError::Unavailable { .. })), "{commits}: {failed:?}");
                assert_eq!(listed(&first), 0);
                store.left.store(-1, Ordering::Relaxed);
                let again = local(&store, 2, by_task).await;
                assert_eq!(listed(&again), 0, "{commits}: nothing of it can be seen");
                tokio::time::sleep(Duration::from_secs(200)).await;
                if by_task {
                    assert_eq!(stored(&store).await, 0, "{commits}");
                    assert_eq!(ask(&again, "create 10.0.0.0/8").await.unwrap(), "10.0.0.0/8");
                } else {
                    loaded(&again, &large()).await.unwrap();
                    assert_eq!(listed(&again), 3, "{commits}");
                    assert_eq!(again.world().prefix_addresses.len(), 5000, "{commits}");
                }
            }
        }
    });
}

/// Of two concurrent loads one succeeds; the other one gets a refusal and changes nothing.
#[test]
fn two_loads_do_not_mix() {
    on_paused_time(|| async {
        let local = local(&SlowStore::new(), 1, false).await;
        let small = "[{\"Cidr\":\"192.168.0.0/24\"}]";
        let text = large();
        let (one, two) = futures_util::future::join(loaded(&local, &text), loaded(&local, small)).await;
        one.unwrap();
        let refusal = two.unwrap_err().to_string();
        assert_eq!(refusal, "a dump is being loaded into namespace:\"root\"");
        assert_eq!(listed(&local), 3);
    });
}

/// A loader that was given up and comes back late: its parts are refused.
#[test]
fn a_late_loader_is_refused() {
    on_paused_time(|| async {
        let store = SlowStore::new();
        let local = local(&store, 1, true).await;
        let pause = async {
            tokio::time::sleep(Duration::from_millis(3)).await;
            // All commits fail; the loader tries again for a second, and the undoing of what came is left to the
            // background task.
            store.left.store(0, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(30)).await;
            store.left.store(-1, Ordering::Relaxed);
        };
        let (failed, ()) = futures_util::future::join(loaded(&local, &large()), pause).await;
        failed.unwrap_err();
        tokio::time::sleep(Duration::from_secs(200)).await;
        assert_eq!(stored(&store).await, 0);
        loaded(&local, &large()).await.unwrap();
        assert_eq!(listed(&local), 3);
    });
}

#[test]
fn only_what_can_be_read_is_begun() {
    on_paused_time(|| async {
        let store = SlowStore::new();
        let local = local(&store, 1, false).await;
        loaded(&local, "[{\"Cidr\":\"10.0.0.0/33\"}]").await.unwrap_err();
        let nothing = dump::DumpContent::default();
        let unknown = load(&local, &principal(), &"blue".into(), &nothing).await.unwrap_err();
        assert_eq!(unknown.to_string(), "NamespaceDoesNotExist: namespace:\"blue\" does not exist");
        assert_eq!(store.rows(Kind::Namespace, None, 1).await.unwrap(), []);
        loaded(&local, "null").await.unwrap();
        assert_eq!(listed(&local), 0);
    });
}
