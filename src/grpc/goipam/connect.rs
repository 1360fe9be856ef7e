//! The Connect protocol for unary calls: a request is an HTTP POST with the message as body, an error is an HTTP status
//! with a JSON object. Knows headers and bytes, not the server around it.

use super::api::ipam_service_server::IpamService;
use super::{GoIpam, IDEMPOTENCY_KEY, LOAD, LOAD_BYTES_MAX, REQUEST_BYTES_MAX, api, json};
use crate::door::budget::{Full, Share};
use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use prost::Message;
use prost_reflect::MethodDescriptor;
use serde::Serialize;
use std::io::Read;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tonic::metadata::AsciiMetadataValue;
use tonic::{Code, Request, Response, Status};

/// Longest time for a body to arrive.
pub(crate) const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(30);

/// Maximal bytes of a message that is parsed or serialised on the receiving thread: on the gRPC port that is the
/// actors' thread, which larger messages would block.
const INLINE_BYTES_MAX: usize = 64 << 10;

/// Bytes that are decompressed in one step.
const PIECE_BYTES: usize = 64 << 10;

/// Maximal digits of a timeout in milliseconds, by the protocol.
const TIMEOUT_DIGITS_MAX: usize = 10;

/// The encoding of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codec {
    Json,
    Proto,
}

impl Codec {
    fn of(content_type: &str) -> Option<Self> {
        let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        let kind = kind.trim().to_ascii_lowercase();
        let utf8 = matches!(parameters.trim().to_ascii_lowercase().as_str(), "" | "charset=utf-8");
        match kind.as_str() {
            "application/json" if utf8 => Some(Self::Json),
            "application/proto" => Some(Self::Proto),
            _ => None,
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Json => JSON,
            Self::Proto => "application/proto",
        }
    }
}

const JSON: &str = "application/json";

/// A response.
#[derive(Debug)]
pub(crate) struct ConnectResponse {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    /// Name and value of an additional header.
    pub(crate) header: Option<(&'static str, &'static str)>,
    pub(crate) body: Vec<u8>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    code: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'a str,
}

impl ConnectResponse {
    fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }
}

impl From<Status> for ConnectResponse {
    fn from(status: Status) -> Self {
        let (code, http) = named(status.code());
        let body = serde_json::to_vec(&ErrorBody { code, message: status.message() });
        Self { status: http, content_type: JSON, header: None, body: body.expect("two texts") }
    }
}

/// 413, as for a request that is always too large; not the HTTP status of the code.
impl From<Full> for ConnectResponse {
    fn from(full: Full) -> Self {
        let refused = Self::from(Status::resource_exhausted(full.to_string()));
        Self { header: Some(("retry-after", "1")), ..refused.with_status(413) }
    }
}

/// A code's name and its HTTP status, by the protocol.
const fn named(code: Code) -> (&'static str, u16) {
    match code {
        Code::Ok => ("ok", 200),
        Code::Cancelled => ("canceled", 499),
        Code::Unknown => ("unknown", 500),
        Code::InvalidArgument => ("invalid_argument", 400),
        Code::DeadlineExceeded => ("deadline_exceeded", 504),
        Code::NotFound => ("not_found", 404),
        Code::AlreadyExists => ("already_exists", 409),
        Code::PermissionDenied => ("permission_denied", 403),
        Code::ResourceExhausted => ("resource_exhausted", 429),
        Code::FailedPrecondition => ("failed_precondition", 400),
        Code::Aborted => ("aborted", 409),
        Code::OutOfRange => ("out_of_range", 400),
        Code::Unimplemented => ("unimplemented", 501),
        Code::Internal => ("internal", 500),
        Code::Unavailable => ("unavailable", 503),
        Code::DataLoss => ("data_loss", 500),
        Code::Unauthenticated => ("unauthenticated", 401),
    }
}

/// The encoding of a procedure's messages.
#[derive(Clone, Debug)]
struct Form {
    procedure: MethodDescriptor,
    codec: Codec,
    is_gzip: bool,
}

impl Form {
    fn body_bytes_max(&self) -> usize {
        if self.procedure.name() == LOAD { LOAD_BYTES_MAX } else { REQUEST_BYTES_MAX }
    }

    fn too_large(&self) -> ConnectResponse {
        let max = self.body_bytes_max();
        ConnectResponse::from(Status::resource_exhausted(format!("the request is larger than {max} bytes")))
    }

    /// Decodes a body into a message's bytes.
    fn read(&self, body: Bytes, share: &mut Share) -> Result<Bytes, ConnectResponse> {
        let body = self.unpacked(body, share)?;
        match self.codec {
            Codec::Proto => Ok(body),
            Codec::Json => Ok(json::read(self.procedure.input(), &body)?.into()),
        }
    }

    /// Encodes a message's bytes as a body.
    fn write(&self, message: Vec<u8>) -> Result<Vec<u8>, ConnectResponse> {
        match self.codec {
            Codec::Proto => Ok(message),
            Codec::Json => Ok(json::write(self.procedure.output(), &message)?),
        }
    }

    fn unpacked(&self, body: Bytes, share: &mut Share) -> Result<Bytes, ConnectResponse> {
        if !self.is_gzip || body.is_empty() {
            return Ok(body);
        }
        let max = self.body_bytes_max();
        let mut unpacker = MultiGzDecoder::new(&*body);
        let (mut unpacked, mut piece) = (BytesMut::new(), vec![0; PIECE_BYTES]);
        loop {
            let read = unpacker.read(&mut piece);
            let read = read.map_err(|_| Status::invalid_argument("the request is not gzip"))?;
            if read == 0 {
                return Ok(unpacked.freeze());
            }
            if unpacked.len() + read > max {
                return Err(self.too_large());
            }
            share.grow(read)?;
            unpacked.extend_from_slice(&piece[..read]);
        }
    }
}

/// A request whose head was read; the body follows.
#[derive(Debug)]
pub(crate) struct Call {
    form: Form,
    timeout: Option<Duration>,
    key: Option<String>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Call {
    /// Reads the head of a request; `header` returns a header's value by its lower-case name.
    pub(crate) fn begin<'a>(
        ipam: &GoIpam,
        verb: &str,
        procedure: &str,
        header: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, ConnectResponse> {
        let Some(procedure) = json::procedure(procedure) else {
            let unknown = Status::unimplemented("there is no such procedure");
            return Err(ConnectResponse::from(unknown).with_status(404));
        };
        if verb != "POST" {
            let refused = ConnectResponse::from(Status::unimplemented("procedures are called with POST"));
            return Err(ConnectResponse { header: Some(("allow", "POST")), ..refused.with_status(405) });
        }
        let Some(codec) = header("content-type").and_then(Codec::of) else {
            let refused =
                ConnectResponse::from(Status::invalid_argument("the content type is not supported"));
            let types = "application/json, application/proto";
            return Err(ConnectResponse { header: Some(("accept-post", types)), ..refused.with_status(415) });
        };
        match header("connect-protocol-version") {
            None | Some("1") => {}
            Some(_) => return Err(Status::invalid_argument("connect-protocol-version must be \"1\"").into()),
        }
        let is_gzip = match header("content-encoding") {
            None | Some("" | "identity") => false,
            Some("gzip") => true,
            Some(_) => {
                return Err(Status::unimplemented("the content encoding must be gzip or identity").into());
            }
        };
        let timeout = header("connect-timeout-ms").map(timeout).transpose()?;
        let key = header(IDEMPOTENCY_KEY).map(str::to_owned);
        let place = ipam.admit(procedure.name())?;
        Ok(Self { form: Form { procedure, codec, is_gzip }, timeout, key, _place: place })
    }

    /// Maximal bytes of the body, as received and after decompression.
    pub(crate) fn body_bytes_max(&self) -> usize {
        self.form.body_bytes_max()
    }

    /// The response to a larger body.
    pub(crate) fn too_large(&self) -> ConnectResponse {
        self.form.too_large()
    }

    /// The response to an incomplete body.
    pub(crate) fn cut_off() -> ConnectResponse {
        Status::invalid_argument("the request ended before it was complete").into()
    }

    /// Executes the call.
    pub(crate) async fn run(self, ipam: &GoIpam, body: Bytes, share: Share) -> ConnectResponse {
        let executed = self.execute(ipam, body, share);
        let result = match self.timeout {
            None => executed.await,
            Some(timeout) => tokio::time::timeout(timeout, executed).await.unwrap_or_else(|_| {
                Err(Status::deadline_exceeded("the timeout passed; the call may have been applied").into())
            }),
        };
        match result {
            Ok(body) => ConnectResponse {
                status: 200,
                content_type: self.form.codec.content_type(),
                header: None,
                body,
            },
            Err(reply) => reply,
        }
    }

    async fn execute(
        &self,
        ipam: &GoIpam,
        body: Bytes,
        mut share: Share,
    ) -> Result<Vec<u8>, ConnectResponse> {
        // A compressed message may become large.
        let is_large = body.len() > INLINE_BYTES_MAX || self.form.is_gzip;
        let (message, _share) = if is_large {
            let form = self.form.clone();
            let read = move || form.read(body, &mut share).map(|message| (message, share));
            ipam.aside(read).await??
        } else {
            (self.form.read(body, &mut share)?, share)
        };
        let answer = self.dispatch(ipam, &message).await?;
        if answer.len() <= INLINE_BYTES_MAX {
            return self.form.write(answer);
        }
        let form = self.form.clone();
        ipam.aside(move || form.write(answer)).await?
    }

    async fn dispatch(&self, ipam: &GoIpam, body: &[u8]) -> Result<Vec<u8>, Status> {
        macro_rules! dispatch {
            ($($name:literal => $method:ident($message:ident)),+ $(,)?) => {
                match self.form.procedure.name() {
                    $($name => unary(ipam.$method(self.opened::<api::$message>(body)?).await?),)+
                    _ => Err(Status::unimplemented("there is no such procedure")),
                }
            };
        }
        dispatch! {
            "CreatePrefix" => create_prefix(CreatePrefixRequest),
            "DeletePrefix" => delete_prefix(DeletePrefixRequest),
            "GetPrefix" => get_prefix(GetPrefixRequest),
            "ListPrefixes" => list_prefixes(ListPrefixesRequest),
            "PrefixUsage" => prefix_usage(PrefixUsageRequest),
            "AcquireChildPrefix" => acquire_child_prefix(AcquireChildPrefixRequest),
            "ReleaseChildPrefix" => release_child_prefix(ReleaseChildPrefixRequest),
            "AcquireIP" => acquire_ip(AcquireIpRequest),
            "ReleaseIP" => release_ip(ReleaseIpRequest),
            "Dump" => dump(DumpRequest),
            "Load" => load(LoadRequest),
            "CreateNamespace" => create_namespace(CreateNamespaceRequest),
            "ListNamespaces" => list_namespaces(ListNamespacesRequest),
            "DeleteNamespace" => delete_namespace(DeleteNamespaceRequest),
            "Version" => version(VersionRequest),
        }
    }

    fn opened<T: Message + Default>(&self, body: &[u8]) -> Result<Request<T>, Status> {
        let message = T::decode(body)
            .map_err(|error| Status::invalid_argument(format!("the request cannot be read: {error}")))?;
        let mut request = Request::new(message);
        if let Some(key) = &self.key {
            let key = AsciiMetadataValue::try_from(key.as_str())
                .map_err(|_| Status::invalid_argument("idempotency-key must be a UUID"))?;
            request.metadata_mut().insert(IDEMPOTENCY_KEY, key);
        }
        Ok(request)
    }
}

fn unary<T: Message>(response: Response<T>) -> Result<Vec<u8>, Status> {
    Ok(response.into_inner().encode_to_vec())
}

fn timeout(text: &str) -> Result<Duration, Status> {
    let digits = !text.is_empty()
        && text.len() <= TIMEOUT_DIGITS_MAX
        && text.bytes().all(|byte| byte.is_ascii_digit());
    let millis = text.parse().ok().filter(|_| digits);
    millis
        .map(Duration::from_millis)
        .ok_or_else(|| Status::invalid_argument("connect-timeout-ms must be a number of up to ten digits"))
}
