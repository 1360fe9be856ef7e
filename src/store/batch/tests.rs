use super::*;
use actors::store::{Delete, Generation, Put};
use actors::time::Timestamp;

/// What SQLite binds to one statement at most; PostgreSQL takes twice as many.
const PARAMETERS_MAX: usize = 32_766;

/// 512 transactions, each of which puts rows of the widest kind, new and old, deletes some, and has an answer.
#[test]
fn the_largest_batch_stays_below_every_limit_of_parameters() {
    let widest = *Kind::ALL.iter().max_by_key(|kind| kind.columns().len()).unwrap();
    let key = |number: usize| Key::new(widest, number.to_string());
    let row = |number: usize, generation: i64| Row {
        key: key(number),
        generation: Generation(generation),
        owner: String::new(),
        parent: String::new(),
        values: vec![None; widest.columns().len()],
        body: String::new().into(),
    };
    let mut found = Found::default();
    let transactions: Vec<Transaction> = (0..512)
        .map(|number| {
            let rows = (0..8).map(|step| number * 8 + step).collect::<Vec<_>>();
            found.generations.extend(rows[3..].iter().map(|row| (key(*row), Generation(1))));
            let fresh = rows[..3].iter().map(|at| Put { row: row(*at, 1), expected: None });
            let known = rows[3..6].iter().map(|at| Put { row: row(*at, 2), expected: Some(Generation(1)) });
            let gone = rows[6..].iter().map(|at| Delete { key: key(*at), expected: Generation(1) });
            let inbox = InboxEntry {
                key: Uuid::from_u128(number as u128),
                fingerprint: String::new(),
                reply: String::new(),
                at: Timestamp::from_millis(0),
            };
            Transaction {
                puts: fresh.chain(known).collect(),
                deletes: gone.collect(),
                inbox: Some(inbox),
                ..Transaction::default()
            }
        })
        .collect();
    let plan = plan(&transactions, &found);
    assert!(plan.outcomes.iter().all(|outcome| *outcome == TransactionResult::Applied));
    for flavor in [Flavor::Sqlite, Flavor::Postgres] {
        let batch = Batch { flavor, partition: "p", epoch: Epoch(1), transactions: &transactions };
        let statements = batch.statements(&plan, &found);
        let most = statements.iter().map(|statement| statement.values.len()).max().unwrap();
        assert!(most <= PARAMETERS_MAX, "{flavor:?}: {most}");
    }
    // The plan without reading any rows first.
    let expected = Expected::of(&transactions);
    let statement = single_statement::statement("p", Epoch(1), &expected, &plan);
    assert!(statement.is_none(), "so many deletes take the long way");
    let puts: Vec<Transaction> =
        transactions.iter().map(|one| Transaction { deletes: Vec::new(), ..one.clone() }).collect();
    let (expected, plan) = (Expected::of(&puts), super::plan(&puts, &found));
    let statement = single_statement::statement("p", Epoch(1), &expected, &plan).unwrap();
    assert!(statement.values.len() < 100, "{}", statement.values.len());
}

#[test]
fn pieces_respect_both_bounds_and_lose_nothing() {
    let pieces = |items: &[usize]| chunks(items, |bytes| *bytes).map(<[usize]>::len).collect::<Vec<_>>();
    assert_eq!(pieces(&[]), [0; 0]);
    assert_eq!(pieces(&[1; 130]), [64, 64, 2]);
    assert_eq!(pieces(&[BYTES_PER_STATEMENT, 1, 1]), [1, 2]);
    assert_eq!(pieces(&[BYTES_PER_STATEMENT + 1, 1]), [1, 1]);
    assert_eq!(pieces(&[BYTES_PER_STATEMENT / 2; 5]), [2, 2, 1]);
}
