//! The timeout that a gRPC caller sets in its request (`grpc-timeout` of the gRPC protocol over HTTP/2).
//!
//! The server below would end such a call as cancelled, and in plain gRPC on every wire. This layer ends it slightly
//! earlier, with the protocol's own status and where gRPC-Web still translates it.

use super::counted::counted;
use crate::door::budget::Budget;
use std::convert::Infallible;
use std::future::Future;
use std::task::{Context, Poll};
use std::time::Duration;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::NamedService;

/// How much earlier than the server below; both count from about the same moment.
const AHEAD: Duration = Duration::from_millis(1);

/// Maximal digits of the timeout, by the protocol.
const DIGITS_MAX: usize = 8;

/// The timeout of the headers; `None`: none, or an invalid one.
pub(super) fn patience(headers: &http::HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if number.is_empty() || number.len() > DIGITS_MAX || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number: u64 = number.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

/// Waits for the response until the caller's timeout. The caller itself ends a stream after the headers.
pub(super) async fn within<E>(
    patience: Option<Duration>,
    answer: impl Future<Output = Result<http::Response<Body>, E>>,
) -> Result<http::Response<Body>, E> {
    let Some(patience) = patience else { return answer.await };
    tokio::time::timeout(patience.saturating_sub(AHEAD), answer).await.unwrap_or_else(|_| {
        Ok(Status::deadline_exceeded("the timeout passed; the call may have been applied").into_http())
    })
}

/// A service with the timeout of [`within`] and counted requests.
#[derive(Clone, Debug)]
pub(super) struct Punctual<S> {
    pub(super) service: S,
    pub(super) held: Budget,
}

impl<S: NamedService> NamedService for Punctual<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<http::Request<Body>> for Punctual<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let patience = patience(request.headers());
        Box::pin(within(patience, self.service.call(counted(&self.held, request))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(text: &str) -> http::HeaderMap {
        http::HeaderMap::from_iter([(http::HeaderName::from_static("grpc-timeout"), text.parse().unwrap())])
    }

    #[test]
    fn a_timeout_is_read_as_the_protocol_writes_it() {
        let table = [
            ("1H", Some(Duration::from_secs(3600))),
            ("2M", Some(Duration::from_secs(120))),
            ("3S", Some(Duration::from_secs(3))),
            ("50m", Some(Duration::from_millis(50))),
            ("7u", Some(Duration::from_micros(7))),
            ("99999999n", Some(Duration::from_nanos(99_999_999))),
            ("99999999H", Some(Duration::from_secs(99_999_999 * 3600))),
            ("999999999H", None),
            ("S", None),
            ("", None),
            ("+1S", None),
            ("1s", None),
        ];
        for (text, expected) in table {
            assert_eq!(patience(&headers(text)), expected, "{text}");
        }
        assert_eq!(patience(&http::HeaderMap::new()), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_too_late_is_a_deadline_exceeded() {
        let late = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, Infallible>(http::Response::new(Body::empty()))
        };
        let answer = within(patience(&headers("50m")), late).await.unwrap();
        assert_eq!(answer.headers().get(Status::GRPC_STATUS).unwrap(), "4");
        let early = async { Ok::<_, Infallible>(http::Response::new(Body::empty())) };
        assert!(within(patience(&headers("0m")), early).await.unwrap().headers().is_empty(), "done is done");
    }
}
