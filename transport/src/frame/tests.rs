use super::*;
use serde_test_map::with_unknown;

mod serde_test_map {
    use cbor4ii::core::Value;

    /// A header of a later release: a kind, an id, and a name that this release does not know.
    pub(super) fn with_unknown() -> Vec<u8> {
        let entries = vec![
            (Value::Text("id".into()), Value::Integer(7)),
            (Value::Text("kind".into()), Value::Integer(200)),
            (Value::Text("trace".into()), Value::Array(vec![Value::Integer(1)])),
        ];
        cbor4ii::serde::to_vec(Vec::new(), &Value::Map(entries)).unwrap()
    }
}

fn framed(header: &[u8], body: &[u8]) -> Vec<u8> {
    let mut bytes = ((2 + header.len() + body.len()) as u32).to_be_bytes().to_vec();
    bytes.extend((header.len() as u16).to_be_bytes());
    bytes.extend(header);
    bytes.extend(body);
    bytes
}

fn all(decoder: &mut Decoder) -> Vec<Read> {
    std::iter::from_fn(|| decoder.next().unwrap()).collect()
}

#[test]
fn frames_arrive_however_the_stream_is_cut() {
    let headers = [
        Header { id: 1, kind: REQUEST, remaining_ms: 5000, ..Header::default() },
        Header { id: u64::MAX, kind: REPLY, more: true, ..Header::default() },
        Header::refused(3, "full"),
    ];
    let mut stream = BytesMut::new();
    for (header, body) in headers.iter().zip([&b"abc"[..], &[0; 3000], b""]) {
        write(&mut stream, header, body);
    }
    for step in [1, 2, 3, 7, 64, stream.len()] {
        let mut decoder = Decoder::default();
        let mut read = Vec::new();
        for part in stream.chunks(step) {
            decoder.push(part);
            read.extend(all(&mut decoder));
        }
        let got: Vec<Header> = read
            .into_iter()
            .map(|read| match read {
                Read::Frame(frame) => frame.header,
                Read::Unreadable => panic!("unreadable"),
            })
            .collect();
        assert_eq!(got, headers, "cut every {step} bytes");
    }
}

/// What this release writes is what its successors must read.
#[test]
fn a_frame_has_its_golden_bytes() {
    let mut bytes = BytesMut::new();
    let header = Header { id: 2, kind: REQUEST, more: true, remaining_ms: 1500, reason: String::new() };
    write(&mut bytes, &header, b"hi");
    let golden = b"\0\0\0\x25\0\x21\xa4\x62id\x02\x64kind\x01\x64more\xf5\x6cremaining_ms\x19\x05\xdchi";
    assert_eq!(&bytes[..], golden.as_slice(), "{}", bytes.escape_ascii());
}

#[test]
fn a_header_of_a_later_release_is_read() {
    let mut decoder = Decoder::default();
    decoder.push(&framed(&with_unknown(), b"new"));
    let header = Header { id: 7, kind: 200, ..Header::default() };
    assert_eq!(decoder.next(), Ok(Some(Read::Frame(Frame { header, body: Bytes::from_static(b"new") }))));
}

#[test]
fn an_unreadable_frame_does_not_break_the_stream() {
    let texts: [&[u8]; 4] = [b"", b"\xff\xff", b"\xa1\x62id\x61x", b"\x9f"];
    for text in texts {
        let mut decoder = Decoder::default();
        decoder.push(&framed(text, b""));
        let mut good = BytesMut::new();
        write(&mut good, &Header { id: 4, ..Header::default() }, b"");
        decoder.push(&good);
        assert_eq!(decoder.next(), Ok(Some(Read::Unreadable)), "{}", text.escape_ascii());
        assert!(matches!(decoder.next(), Ok(Some(Read::Frame(frame))) if frame.header.id == 4));
    }
    let mut decoder = Decoder::default();
    decoder.push(&[0, 0, 0, 3, 0xff, 0xff, 0]);
    assert_eq!(decoder.next(), Ok(Some(Read::Unreadable)), "a header longer than its frame");
    decoder.push(&[0, 0, 0, 0]);
    assert_eq!(decoder.next(), Ok(Some(Read::Unreadable)), "an empty frame");
}

#[test]
fn a_length_that_cannot_be_true_ends_the_stream_before_anything_is_kept() {
    let mut decoder = Decoder::default();
    decoder.push(&u32::MAX.to_be_bytes());
    assert_eq!(decoder.next(), Err(TooLong { bytes: u32::MAX as usize }));
}

#[test]
fn a_reason_is_cut_between_letters() {
    let long = "ü".repeat(REASON_BYTES_MAX);
    let header = Header::refused(1, &long);
    assert_eq!(header.reason.len(), REASON_BYTES_MAX);
    assert_eq!(shortened("short"), "short");
}
