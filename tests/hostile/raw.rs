//! Calls with any bytes, including ones that no generated client sends.

use prost::bytes::{Buf, BufMut, Bytes};
use std::time::Duration;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel;
use tonic::{Request, Status};

/// A call without an answer by then counts as dropped.
const PATIENCE: Duration = Duration::from_secs(20);

/// Encoded messages.
#[derive(Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

/// `Ok` for a stream or an answer; a stream is dropped.
pub(super) async fn call(
    channel: &Channel,
    path: &str,
    is_stream: bool,
    message: Vec<u8>,
) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.map_err(|error| Status::internal(format!("dropped: {error}")))?;
    let path = path.parse().unwrap();
    let answered = async {
        if is_stream {
            client.server_streaming(Request::new(message), path, Raw).await.map(drop)
        } else {
            client.unary(Request::new(message), path, Raw).await.map(drop)
        }
    };
    tokio::time::timeout(PATIENCE, answered)
        .await
        .unwrap_or_else(|_| Err(Status::internal("dropped: no answer")))
}
