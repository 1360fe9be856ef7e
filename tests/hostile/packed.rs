//! Bodies that are invalid as a whole, for any route.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// Decompressed size of a bomb; bodies are refused far below it.
const BOMB_BYTES: usize = 64 << 20;

/// Bodies with their content encodings.
pub(super) fn all() -> Vec<(&'static str, Vec<u8>, Option<&'static str>)> {
    let packed = |plain: &[u8]| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(plain).unwrap();
        packer.finish().unwrap()
    };
    let mut cut = packed(b"{\"id\":\"a\"}");
    cut.truncate(cut.len() / 2);
    let nested = |open: &str| open.repeat(100_000).into_bytes();
    let utf16 = "{\"id\":\"a\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        ("nothing", Vec::new(), None),
        ("half an object", b"{\"id\":".to_vec(), None),
        ("a list", b"[]".to_vec(), None),
        ("no UTF-8", vec![0xff; 100], None),
        ("UTF-16", utf16, None),
        ("deep lists", nested("["), None),
        ("deep objects", nested("{\"a\":"), None),
        ("a number out of range", b"{\"id\":1e999}".to_vec(), None),
        ("half a surrogate", b"{\"id\":\"\\ud800\"}".to_vec(), None),
        ("more than fits", vec![b' '; 3 << 20], None),
        ("a bomb", packed(&vec![b' '; BOMB_BYTES]), Some("gzip")),
        ("half a gzip", cut, Some("gzip")),
        ("no gzip", b"{\"id\":\"a\"}".to_vec(), Some("gzip")),
    ]
}
