//! Every promise of the port, on every database.

use super::{NOW, partition};
use actors::store::Store;
use actors::store::contract::ALL;
use metalmesh::store::Sqlite;

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
