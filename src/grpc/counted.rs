//! Counts the bytes of request bodies until they are complete: one connection carries a thousand calls at once.

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
#[cfg(feature = "node")]
use tonic::transport::server::TlsConnectInfo;

/// The holder of a request's bytes. Over TLS the peer's address is in another extension.
pub(super) fn holder(extensions: &Extensions) -> Holder {
    let peer = extensions.get::<Peer>();
    #[cfg(feature = "node")]
    let peer = peer.or_else(|| extensions.get::<TlsConnectInfo<Peer>>().map(TlsConnectInfo::get_ref));
    Holder::Connection(peer.map(|peer| peer.0))
}

/// The request, with its body counted until it is read.
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

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt, Full};
    use tonic::Code;

    #[tokio::test]
    async fn what_is_beyond_the_budget_is_refused_while_it_comes() {
        let held = Budget::new(10, 10);
        let request = |bytes: usize| http::Request::new(Body::new(Full::new(Bytes::from(vec![7; bytes]))));
        let mut first = counted(&held, request(6)).into_body();
        assert_eq!(first.frame().await.unwrap().unwrap().into_data().unwrap().len(), 6);
        let mut second = counted(&held, request(6)).into_body();
        let refused = Status::from_error(second.frame().await.unwrap().unwrap_err().into());
        assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
        drop(first);
        assert!(counted(&held, request(6)).into_body().frame().await.unwrap().is_ok(), "given back");
    }
}
