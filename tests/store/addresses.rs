//! Addresses in databases: rows from before they had columns, and the view for people.

use super::{NOW, partition};
use crate::support::postgres;
use actors::ipam::{Address, QuarantinedAddress};
use actors::record::Record;
use actors::store::{ColumnValue, Generation, Key, Kind, Put, Store, Transaction, join};
use metalmesh::store::Postgres;
use sqlx::{AssertSqlSafe, Executor, Row};
use std::time::Duration;

/// As the first releases wrote it.
const OLD_BODY: &str = r#"{"address":"10.0.0.1","parent_prefix":"10.0.0.0/24","network":"n","project":"p",
    "allocation_uuid":"00000000-0000-0000-0000-000000000007","name":"front","description":"","type":"static",
    "tags":["a=b"],"created":"2026-11-28T10:00:00.123Z","changed":"2026-11-28T10:00:00.123Z","attachments":[]}"#;

#[tokio::test]
async fn postgres_reads_old_documents_and_shows_every_state() {
    let Some(database) = postgres::database("addresses").await else { return };
    let store = Postgres::open(&database.url, &partition("p"), NOW).await.unwrap();
    let old = format!(
        "INSERT INTO address (partition, id, generation, owner, parent, body) \
         VALUES ('p', '10.0.0.1', 5, 'p', 'n', '{OLD_BODY}')"
    );
    database.run(&old).await;
    let key = Key::new(Kind::Address, "10.0.0.1");
    let row = store.row(&key).await.unwrap().unwrap();
    let address: Address = join(&row).unwrap();
    assert_eq!((&*address.name, &*address.project.0, address.tags.len()), ("front", "p", 1));
    assert_eq!(store.rows(Kind::Address, None, 10).await.unwrap(), [row]);

    let put = Put { row: address.row(Generation(6)), expected: Some(Generation(5)) };
    let rest = QuarantinedAddress {
        address: "10.0.0.2".parse().unwrap(),
        parent_prefix: address.parent_prefix,
        network: address.network.clone(),
        project: "q".into(),
        allocation_uuid: address.allocation_uuid,
        since: NOW,
        until: NOW + Duration::from_secs(1),
    };
    let rest = Put { row: rest.row(Generation(1)), expected: None };
    store.commit(Transaction { puts: vec![put, rest], ..Transaction::default() }).await.unwrap();
    let new = store.row(&key).await.unwrap().unwrap();
    assert_eq!((join::<Address>(&new).unwrap(), &*new.body), (address, "{}"));
    assert_eq!(new.values[0], Some(ColumnValue::Text("10.0.0.0/24".to_owned())));

    let view = "SELECT address, state, network, project, prefix, since_us, until_us FROM address_state ORDER BY address";
    let rows = database.connect().await.fetch_all(AssertSqlSafe(view)).await.unwrap();
    let shown: Vec<_> = rows
        .iter()
        .map(|row| {
            let texts: Vec<String> = (0..5).map(|column| row.get(column)).collect();
            (texts.join(" "), row.get::<Option<i64>, _>(5), row.get::<Option<i64>, _>(6))
        })
        .collect();
    let since = Some(1_795_860_000_123_000);
    let allocated = ("10.0.0.1 ALLOC n p 10.0.0.0/24".to_owned(), since, None);
    let resting = ("10.0.0.2 QUAR n q 10.0.0.0/24".to_owned(), Some(NOW.0), Some(NOW.0 + 1_000_000));
    assert_eq!(shown, [allocated, resting]);
    store.close().await;
}
