//! The next node takes over a partition while the last one still writes.

use super::{put, remembered, rows};
use actors::store::{Committed, Store, StoreError};
use futures_util::future::join;
use metalmesh::store::SqlStore;

/// Maximal writes of a round: all of them fit into one page.
const WRITES: usize = 45;

fn is_deposed(answer: &Result<Committed, StoreError>) -> bool {
    matches!(answer, Err(StoreError::Unavailable(source)) if source.to_string().contains("another node"))
}

/// Of stores that opened at the same time, only the last opener writes.
pub(super) async fn only_one_of_these_writes(stores: &[SqlStore]) {
    let mut written = Vec::new();
    for (number, store) in stores.iter().enumerate() {
        let answer = store.commit(put(&number.to_string(), None, 1)).await;
        assert!(answer.is_ok() || is_deposed(&answer), "{answer:?}");
        written.extend(answer.is_ok().then(|| number.to_string()));
    }
    assert_eq!(written.len(), 1, "{written:?}");
    for store in stores {
        assert_eq!(rows(store).await, written, "all of them may read");
    }
}

pub(super) async fn whoever_opens_takes_over(open: impl AsyncFn() -> SqlStore) {
    let one = open().await;
    let write = || remembered(put("a", None, 1), 1);
    assert_eq!(one.commit(write()).await.unwrap(), Committed::Applied);
    let two = open().await;
    for keyed in [write(), remembered(put("b", None, 1), 2), put("c", None, 1)] {
        let answer = one.commit(keyed).await;
        assert!(is_deposed(&answer), "{answer:?}");
    }
    assert!(matches!(one.ping().await, Err(StoreError::Unavailable(_))), "its health shows it");
    assert!(two.ping().await.is_ok());
    assert!(matches!(two.commit(write()).await, Ok(Committed::Replayed(_))), "sent again to the next one");
    assert_eq!(two.commit(put("c", None, 1)).await.unwrap(), Committed::Applied);
    assert_eq!(rows(&two).await, ["a", "c"]);
    assert!(
        one.prune(actors::store::Old::Answers, super::NOW, 10).await.is_ok(),
        "what is old is old for both"
    );
}

/// The next node's read after its opening is complete: no write of the last node follows.
pub(super) async fn commits_beside_it_are_seen_or_refused(open: impl AsyncFn() -> SqlStore) {
    let mut last = open().await;
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..20 {
        let next = async {
            let next = open().await;
            let seen = rows(&next).await;
            (next, seen)
        };
        let writes = async {
            let mut written = Vec::new();
            for number in 0..WRITES {
                let id = format!("{round:02}-{number:02}");
                let answer = last.commit(put(&id, None, 1)).await;
                if answer.is_err() {
                    assert!(is_deposed(&answer), "{answer:?}");
                    break;
                }
                written.push(id);
            }
            written
        };
        let ((next, seen), written) = join(next, writes).await;
        let seen: Vec<&String> = seen.iter().filter(|id| id.starts_with(&format!("{round:02}"))).collect();
        assert_eq!(seen, written.iter().collect::<Vec<_>>());
        assert_eq!(rows(&next).await.len(), accepted + written.len(), "nothing comes later");
        accepted += written.len();
        refused += usize::from(written.len() < WRITES);
        last = next;
    }
    assert!(accepted > 0 && refused > 0, "{accepted} accepted, {refused} rounds refused");
}
