//! Frames over streams of QUIC, and the exchange of hellos.

use crate::frame::{self, Decoder, Frame, Header, Read, TooLong};
use bytes::BytesMut;
use quinn::{ReadError, RecvStream, SendStream, WriteError};

const READ_BYTES_MAX: usize = 128 << 10;

#[derive(Debug, thiserror::Error)]
pub(crate) enum StreamFault {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    TooLong(#[from] TooLong),
    #[error("the stream ended too early")]
    Ended,
    #[error("another message was expected")]
    Unexpected,
}

/// Reads a stream frame by frame. Dropping a read loses nothing.
#[derive(Debug)]
pub(crate) struct Frames {
    stream: RecvStream,
    decoder: Decoder,
}

impl Frames {
    pub(crate) fn new(stream: RecvStream) -> Self {
        Self { stream, decoder: Decoder::default() }
    }

    /// A frame that has been read already.
    pub(crate) fn buffered(&mut self) -> Result<Option<Read>, StreamFault> {
        Ok(self.decoder.next()?)
    }

    /// `None`: the peer has finished the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<Read>, StreamFault> {
        loop {
            if let Some(read) = self.decoder.next()? {
                return Ok(Some(read));
            }
            match self.stream.read_chunk(READ_BYTES_MAX, true).await? {
                Some(chunk) => self.decoder.push(&chunk.bytes),
                None => return Ok(None),
            }
        }
    }

    /// The next frame, which has to be there and readable.
    pub(crate) async fn expect(&mut self) -> Result<Frame, StreamFault> {
        match self.next().await? {
            Some(Read::Frame(frame)) => Ok(frame),
            Some(Read::Unreadable) => Err(StreamFault::Unexpected),
            None => Err(StreamFault::Ended),
        }
    }
}

pub(crate) async fn send(stream: &mut SendStream, header: &Header, body: &[u8]) -> Result<(), StreamFault> {
    let mut buffer = BytesMut::new();
    frame::write(&mut buffer, header, body);
    stream.write_all(&buffer).await?;
    Ok(())
}
