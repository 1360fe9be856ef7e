use super::super::Sqlite;
use super::super::link::{Cell, Target};
use super::*;
use actors::ids::PartitionId;
use actors::ipam::{Address, QuarantinedAddress};
use actors::record::Record;
use actors::store::{ColumnValue, Generation, Key, Kind, Put, Store, Transaction, join};
use sqlx::sqlite::SqliteConnectOptions;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// Before addresses were rows.
const DOCUMENTS: usize = 27;

const OLD_BODY: &str = r#"{"address":"10.0.0.1","parent_prefix":"10.0.0.0/24","network":"n","project":"p",
        "allocation_uuid":"00000000-0000-0000-0000-000000000007","name":"front","description":"","type":"static",
        "tags":["a=b"],"created":"2026-11-28T10:00:00.123Z","changed":"2026-11-28T10:00:00.123Z","attachments":[]}"#;

#[test]
fn every_file_is_a_migration_and_no_version_is_left_out() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    let files =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut numbered: Vec<String> = files
        .filter(|name| name.starts_with(char::is_numeric))
        .map(|name| name.trim_end_matches(".sql").to_owned())
        .collect();
    numbered.sort_unstable();
    assert_eq!(MIGRATIONS.iter().map(|(name, _)| *name).collect::<Vec<_>>(), numbered);
    for (version, name) in (1..).zip(&numbered) {
        assert!(name.starts_with(&format!("{version:04}_")), "{name} is number {version}");
    }
}

async fn old_database(path: &std::path::Path) -> Link {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut link = Target::Sqlite(Box::new(options)).connect().await.unwrap();
    for text in FIRST.into_iter().chain(MIGRATIONS[..DOCUMENTS].iter().map(|(_, text)| *text)) {
        link.run(&sql::plain(Flavor::Sqlite.ddl(text))).await.unwrap();
    }
    for (version, (name, _)) in (1..).zip(&MIGRATIONS[..DOCUMENTS]) {
        link.run(&sql::version_add(version, name, NOW)).await.unwrap();
    }
    let text = format!(
        "INSERT INTO address (partition, id, generation, owner, parent, body) VALUES ('mini-lab', '10.0.0.1', 5, \
             'p', 'n', '{OLD_BODY}')"
    );
    link.run(&sql::plain(text)).await.unwrap();
    link
}

#[tokio::test]
async fn rows_from_before_they_had_columns_are_read_and_get_them_when_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let mut link = old_database(&path).await;
    let store = Sqlite::open(&path, &PartitionId::from("mini-lab"), NOW).await.unwrap();
    let key = Key::new(Kind::Address, "10.0.0.1");
    let old = store.row(&key).await.unwrap().unwrap();
    let address: Address = join(&old).unwrap();
    assert_eq!((&*address.name, &*address.project.0, address.tags.len()), ("front", "p", 1));
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
    assert_eq!(join::<Address>(&new).unwrap(), address);
    assert_eq!((&*new.body, &new.values[0]), ("{}", &Some(ColumnValue::Text("10.0.0.0/24".to_owned()))));
    let state =
        "SELECT state, network, project, prefix, since_us, until_us FROM address_state ORDER BY address";
    let columns = [sql::Column::Text; 4].into_iter().chain([sql::Column::MaybeInt; 2]).collect();
    let states = link.fetch(&sql::Statement { columns, ..sql::plain(state) }).await.unwrap();
    let texts = |texts: [&str; 4]| texts.map(|text| Cell::Text(text.to_owned())).into_iter();
    let allocated = texts(["ALLOC", "n", "p", "10.0.0.0/24"]);
    let since = [Cell::Int(1_795_860_000_123_000), Cell::Null];
    let resting = texts(["QUAR", "n", "q", "10.0.0.0/24"]);
    let until = [Cell::Int(NOW.0), Cell::Int(NOW.0 + 1_000_000)];
    assert_eq!(states, [allocated.chain(since).collect::<Vec<_>>(), resting.chain(until).collect()]);
    store.close().await;
}

/// Every kind has its table since some version: a program that knows fewer does not touch the file.
#[tokio::test]
async fn a_database_of_a_newer_program_is_refused_in_plain_words() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let open = async || Sqlite::open(&path, &PartitionId::from("mini-lab"), NOW).await;
    open().await.unwrap().close().await;
    let options = SqliteConnectOptions::new().filename(&path);
    let mut link = Target::Sqlite(Box::new(options)).connect().await.unwrap();
    let newer = i64::try_from(MIGRATIONS.len()).unwrap() + 1;
    link.run(&sql::version_add(newer, "of tomorrow", NOW)).await.unwrap();
    let error = open().await.err().unwrap();
    let text = format!(
        "the store refuses this: the database has schema version {newer}, this program knows {}; use a newer program",
        newer - 1
    );
    assert_eq!(error.to_string(), text);
}
