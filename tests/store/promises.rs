//! Every guarantee of the port, on every database.

#[path = "../../actors/src/store/contract.rs"]
mod contract;

use super::{NOW, partition};
use crate::support::postgres;
use actors::store::Store;
use contract::ALL;
use metalmesh::store::{Flavor, Postgres, Sqlite};

#[tokio::test]
async fn sqlite_keeps_every_promise() {
    let dir = tempfile::tempdir().unwrap();
    for (name, promise) in ALL {
        eprintln!("promise: {name}");
        let store = Sqlite::open(dir.path().join(name), &partition("p"), NOW).await.unwrap();
        promise(&store).await;
        store.close().await;
    }
}

#[tokio::test]
async fn partitions_of_one_file_do_not_see_each_other() {
    let dir = tempfile::tempdir().unwrap();
    for (name, promise) in ALL {
        let store = Sqlite::open(dir.path().join("all"), &partition(name), NOW).await.unwrap();
        promise(&store).await;
        store.close().await;
    }
}

#[tokio::test]
async fn postgres_keeps_every_promise() {
    let Some(database) = postgres::database("promises").await else { return };
    for (name, promise) in ALL {
        eprintln!("promise: {name}");
        let store = Postgres::open(&database.url, &partition(name), NOW).await.unwrap();
        assert_ne!(store.flavor(), Flavor::Sqlite);
        promise(&store).await;
        store.close().await;
    }
}
