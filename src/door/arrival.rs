//! Receives a request's body and decompresses it from gzip or deflate as its headers say. The size is checked during
//! decompression, because the output may be a thousand times larger than the input.

use super::budget::{Full, Share};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, HeaderMap};
use actix_web::web::{Bytes, BytesMut};
use flate2::write::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use futures_util::{Stream, StreamExt};
use std::io::{self, Write};

/// Bytes that are decompressed in one step.
const PIECE_BYTES: usize = 16 << 10;

/// Why a body is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("request body is larger than {0} bytes")]
    TooLarge(usize),
    #[error(transparent)]
    Full(#[from] Full),
    #[error("the request body cannot be decompressed: {0}")]
    Packing(io::Error),
}

/// Why there is no body.
#[derive(Debug)]
pub(crate) enum NotWhole {
    Refused(Fault),
    Lost(PayloadError),
}

/// All chunks, with the share that counts their bytes.
pub(crate) async fn gathered(
    mut chunks: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    mut arriving: Arriving,
) -> Result<(Bytes, Share), NotWhole> {
    while let Some(chunk) = chunks.next().await {
        arriving.add(&chunk.map_err(NotWhole::Lost)?).map_err(NotWhole::Refused)?;
    }
    arriving.end().map_err(NotWhole::Refused)
}

/// The bytes so far; bounded, and counted by `share`.
#[derive(Debug)]
struct Whole {
    bytes: BytesMut,
    max: usize,
    share: Share,
}

impl Whole {
    fn add(&mut self, piece: &[u8]) -> Result<(), Fault> {
        if self.bytes.len().saturating_add(piece.len()) > self.max {
            return Err(Fault::TooLarge(self.max));
        }
        self.share.grow(piece.len())?;
        self.bytes.extend_from_slice(piece);
        Ok(())
    }
}

impl Write for Whole {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.add(piece).map(|()| piece.len()).map_err(io::Error::other)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An incomplete body.
#[derive(Debug)]
pub(crate) struct Arriving(Packing);

#[derive(Debug)]
enum Packing {
    Plain(Whole),
    Gzip(Box<MultiGzDecoder<Whole>>),
    /// HTTP's deflate is zlib's format (RFC 9110, section 8.4.1.2).
    Deflate {
        whole: Whole,
        state: Box<Decompress>,
        ended: bool,
    },
}

impl Arriving {
    /// A body of at most `max` bytes, compressed as `headers` say. Unknown encodings are taken as plain bytes.
    pub(crate) fn of(headers: &HeaderMap, max: usize, share: Share) -> Self {
        let encoding =
            headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let whole = Whole { bytes: BytesMut::new(), max, share };
        Self(match encoding.trim().to_ascii_lowercase().as_str() {
            "gzip" => Packing::Gzip(Box::new(MultiGzDecoder::new(whole))),
            "deflate" => Packing::Deflate { whole, state: Box::new(Decompress::new(true)), ended: false },
            _ => Packing::Plain(whole),
        })
    }

    /// A body of plain bytes.
    pub(crate) fn plain(max: usize, share: Share) -> Self {
        Self(Packing::Plain(Whole { bytes: BytesMut::new(), max, share }))
    }

    pub(crate) fn add(&mut self, chunk: &[u8]) -> Result<(), Fault> {
        match &mut self.0 {
            Packing::Plain(whole) => whole.add(chunk),
            Packing::Gzip(unpacker) => unpacker.write_all(chunk).map_err(fault),
            Packing::Deflate { whole, state, ended } => {
                *ended |= inflate(state, chunk, whole)?;
                Ok(())
            }
        }
    }

    /// The whole body, with the share that counts it.
    pub(crate) fn end(self) -> Result<(Bytes, Share), Fault> {
        let whole = match self.0 {
            Packing::Plain(whole) => whole,
            Packing::Gzip(unpacker) => unpacker.finish().map_err(fault)?,
            Packing::Deflate { whole, ended: true, .. } => whole,
            Packing::Deflate { .. } => return Err(Fault::Packing(io::ErrorKind::UnexpectedEof.into())),
        };
        Ok((whole.bytes.freeze(), whole.share))
    }
}

/// True at the end of the stream. Trailing bytes are ignored.
fn inflate(state: &mut Decompress, mut chunk: &[u8], whole: &mut Whole) -> Result<bool, Fault> {
    let mut piece = [0; PIECE_BYTES];
    loop {
        let (before_in, before_out) = (state.total_in(), state.total_out());
        let status = state.decompress(chunk, &mut piece, FlushDecompress::None);
        let status = status.map_err(|error| Fault::Packing(error.into()))?;
        let (read, written) = (state.total_in() - before_in, state.total_out() - before_out);
        whole.add(&piece[..length(written)])?;
        chunk = &chunk[length(read)..];
        match status {
            Status::StreamEnd => return Ok(true),
            Status::Ok | Status::BufError if read == 0 && written == 0 => return Ok(false),
            Status::Ok | Status::BufError => {}
        }
    }
}

/// At most [`PIECE_BYTES`], or the length of a chunk.
fn length(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// The fault of [`Whole`] that the decompressor passed on, or the decompressor's own.
fn fault(error: io::Error) -> Fault {
    error.downcast::<Fault>().unwrap_or_else(Fault::Packing)
}
