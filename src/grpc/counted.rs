//! The bodies of requests, counted while they wait to be whole: a connection carries a thousand calls at once.

use crate::door::Peer;
use crate::door::budget::{Budget, Holder, Share};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http;
use tonic::codegen::http::Extensions;

/// Whose the bytes of a request are.
pub(super) fn holder(extensions: &Extensions) -> Holder {
    Holder::Connection(extensions.get::<Peer>().map(|peer| peer.0))
}

/// The request, its body counted until it was read.
pub(super) fn counted(held: &Budget, request: http::Request<Body>) -> http::Request<Body> {
    let share = held.share(holder(request.extensions()));
    request.map(|body| Body::new(Counted { body, share }))
}

#[derive(Debug)]
struct Counted {
    body: Body,
    share: Share,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        Poll::Ready(frame.map(|frame| {
            let frame = frame?;
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            self.share.grow(bytes).map_err(|full| Status::resource_exhausted(full.to_string()))?;
            Ok(frame)
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
