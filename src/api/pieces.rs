//! The body of an answer, in pieces that several responses may share.
//!
//! **Architecture invariant:** the bytes that clients have not read yet are bounded in total: a [`Budget`] counts each
//! large piece until the last response that sends it ends.

use crate::door::budget::{Budget, Full, Holder, Share};
use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Maximal bytes of all large responses in progress, and of cached lists.
const DOOR_BYTES_MAX: usize = 384 << 20;

/// Maximal bytes of the unshared responses of one caller.
const HOLDER_BYTES_MAX: usize = 192 << 20;

/// Smaller pieces are not counted; larger ones are sent in parts of this size.
const LARGE_BYTES: usize = 64 << 10;

/// The budget of all responses.
pub(super) fn budget() -> Budget {
    Budget::new(DOOR_BYTES_MAX, HOLDER_BYTES_MAX)
}

/// A complete body.
#[derive(Clone, Debug)]
pub(crate) enum Pieces {
    /// Made for this response alone.
    Own(Bytes),
    /// Shared by many answers; counted by the code that made them.
    Shared(Arc<[Bytes]>),
}

impl Pieces {
    /// The body for sending, counted by the budget.
    pub(super) fn sent(self, answers: &Budget, holder: Holder) -> Result<Sent, Full> {
        let (rest, pieces) = match self {
            Self::Own(bytes) if bytes.len() < LARGE_BYTES => (bytes, Arc::default()),
            Self::Own(bytes) => (counted(bytes, answers.share(holder))?, Arc::default()),
            Self::Shared(pieces) => (Bytes::new(), pieces),
        };
        Ok(Sent { rest, next: 0, pieces })
    }
}

/// The same bytes, counted until their last user drops them.
pub(super) fn counted(bytes: Bytes, mut share: Share) -> Result<Bytes, Full> {
    struct Counted {
        bytes: Bytes,
        _share: Share,
    }
    impl AsRef<[u8]> for Counted {
        fn as_ref(&self) -> &[u8] {
            &self.bytes
        }
    }
    share.grow(bytes.len())?;
    Ok(Bytes::from_owner(Counted { bytes, _share: share }))
}

/// A body in transit: only the part that the connection takes is copied.
#[derive(Debug)]
pub(super) struct Sent {
    /// The unsent rest of the current piece.
    rest: Bytes,
    next: usize,
    pieces: Arc<[Bytes]>,
}

impl MessageBody for Sent {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        let bytes = self.rest.len() + self.pieces.iter().skip(self.next).map(Bytes::len).sum::<usize>();
        BodySize::Sized(u64::try_from(bytes).unwrap_or(u64::MAX))
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        while self.rest.is_empty() {
            let Some(piece) = self.pieces.get(self.next).cloned() else { return Poll::Ready(None) };
            self.rest = piece;
            self.next += 1;
        }
        let length = self.rest.len().min(LARGE_BYTES);
        Poll::Ready(Some(Ok(self.rest.split_to(length))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nobody() -> Holder {
        Holder::Connection(None)
    }

    #[actix_web::test]
    async fn a_body_is_whole_however_it_is_cut() {
        let pieces = [&b"[1"[..], b",2", b"]"].map(Bytes::from_static);
        let answers = budget();
        for pieces in [Pieces::Shared(Arc::new(pieces)), Pieces::Own(Bytes::from_static(b"[1,2]"))] {
            let sent = pieces.sent(&answers, nobody()).unwrap();
            assert_eq!(sent.size(), BodySize::Sized(5));
            assert_eq!(actix_web::body::to_bytes(sent).await.unwrap(), "[1,2]");
        }
    }

    #[test]
    fn what_nobody_reads_is_bounded() {
        let answers = budget();
        let large = || Pieces::Own(vec![0; HOLDER_BYTES_MAX / 4].into());
        let unread: Vec<Sent> = (0..4).map(|_| large().sent(&answers, nobody()).unwrap()).collect();
        assert_eq!(large().sent(&answers, nobody()).unwrap_err(), Full);
        assert!(large().sent(&answers, Holder::Principal("other".to_owned())).is_ok());
        drop(unread);
        assert!(large().sent(&answers, nobody()).is_ok());
        let small = Pieces::Own(vec![0; LARGE_BYTES - 1].into());
        assert!(small.sent(&Budget::new(0, 0), nobody()).is_ok(), "an error can always be sent");
    }
}
