//! All machines as one JSON array, in blocks that responses share until one of their machines changes.
//!
//! **Architecture invariant:** a cached list is used only while no machine, no events and no other rows inside have
//! changed; a block only while each of its elements is the same buffer that it was made of.

use crate::api::error::Problem;
use crate::api::pieces::counted;
use crate::door::budget::{Budget, Holder};
use actix_web::web::{Bytes, BytesMut};
use actors::world::World;
use parking_lot::Mutex;
use std::sync::Arc;

/// Machines per block. A block fits into one write of a connection: about 50 KiB.
const BLOCK_MACHINES: usize = 32;

/// The versions of all rows in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    machines: u64,
    events: u64,
    epoch: u64,
}

impl Version {
    /// Must be read before the rows.
    pub(super) fn of(world: &World) -> Self {
        Self { machines: world.machines.changes(), events: world.events.changes(), epoch: world.epoch() }
    }
}

/// The newest list.
#[derive(Debug)]
pub(super) struct List {
    answers: Budget,
    newest: Mutex<Option<Kept>>,
}

#[derive(Clone, Debug)]
struct Kept {
    version: Version,
    blocks: Arc<[Block]>,
    pieces: Arc<[Bytes]>,
}

#[derive(Clone, Debug)]
struct Block {
    elements: Arc<[Bytes]>,
    text: Bytes,
}

impl Block {
    /// `elements` are kept alive here, so that no other buffer can get the address of one of them.
    fn is_of(&self, elements: &[Bytes]) -> bool {
        let same =
            |(one, other): (&Bytes, &Bytes)| one.as_ptr() == other.as_ptr() && one.len() == other.len();
        self.elements.len() == elements.len() && self.elements.iter().zip(elements).all(same)
    }
}

impl List {
    pub(super) fn new(answers: Budget) -> Self {
        Self { answers, newest: Mutex::default() }
    }

    fn kept(&self) -> Option<Kept> {
        self.newest.lock().clone()
    }

    /// The cached list, if it has this version.
    pub(super) fn newest(&self, version: Version) -> Option<Arc<[Bytes]>> {
        self.kept().filter(|kept| kept.version == version).map(|kept| kept.pieces)
    }

    /// The list of these elements; reuses existing blocks where they match.
    pub(super) fn joined(&self, version: Version, elements: Vec<Bytes>) -> Result<Arc<[Bytes]>, Problem> {
        let old = self.kept().map(|kept| kept.blocks);
        let old = old.as_deref().unwrap_or_default();
        let mut blocks = Vec::with_capacity(elements.len() / BLOCK_MACHINES + 1);
        for (place, elements) in elements.chunks(BLOCK_MACHINES).enumerate() {
            blocks.push(match old.get(place) {
                Some(block) if block.is_of(elements) => block.clone(),
                _ => self.block(place == 0, elements)?,
            });
        }
        let (open, close) = if blocks.is_empty() { (&b"[]"[..], &b""[..]) } else { (&b""[..], &b"]"[..]) };
        let ends = [Bytes::from_static(open), Bytes::from_static(close)];
        let [open, close] = ends.map(|end| (!end.is_empty()).then_some(end));
        let texts = blocks.iter().map(|block| block.text.clone());
        let pieces: Arc<[Bytes]> = open.into_iter().chain(texts).chain(close).collect();
        let kept = Kept { version, blocks: blocks.into(), pieces: Arc::clone(&pieces) };
        *self.newest.lock() = Some(kept);
        Ok(pieces)
    }

    fn block(&self, is_first: bool, elements: &[Bytes]) -> Result<Block, Problem> {
        let mut text = BytesMut::with_capacity(elements.iter().map(|element| element.len() + 1).sum());
        for (place, element) in elements.iter().enumerate() {
            text.extend_from_slice(if is_first && place == 0 { b"[" } else { b"," });
            text.extend_from_slice(element);
        }
        let text = counted(text.freeze(), self.answers.share(Holder::Everybody))?;
        Ok(Block { elements: elements.into(), text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::pieces;

    fn version(machines: u64) -> Version {
        Version { machines, events: 0, epoch: 0 }
    }

    fn elements(count: usize) -> Vec<Bytes> {
        (0..count).map(|number| Bytes::from(number.to_string())).collect()
    }

    fn text(pieces: &[Bytes]) -> String {
        String::from_utf8(pieces.concat()).unwrap()
    }

    #[test]
    fn any_number_of_elements_is_an_array() {
        let list = List::new(pieces::budget());
        for count in [0, 1, 2, BLOCK_MACHINES, BLOCK_MACHINES + 1, 3 * BLOCK_MACHINES, 1] {
            let joined = list.joined(version(0), elements(count)).unwrap();
            let read: Vec<usize> = serde_json::from_str(&text(&joined)).unwrap();
            assert_eq!(read, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn blocks_are_shared_until_an_element_changes() {
        let list = List::new(pieces::budget());
        let mut all = elements(3 * BLOCK_MACHINES);
        let first = list.joined(version(1), all.clone()).unwrap();
        assert!(Arc::ptr_eq(&first, &list.newest(version(1)).unwrap()));
        assert_eq!(list.newest(version(2)), None);
        // The same text in a new buffer.
        all[BLOCK_MACHINES] = Bytes::from(BLOCK_MACHINES.to_string());
        let second = list.joined(version(2), all).unwrap();
        let shared: Vec<bool> =
            first.iter().zip(&*second).map(|(one, other)| one.as_ptr() == other.as_ptr()).collect();
        assert_eq!(shared, [true, false, true, true]);
        assert_eq!(text(&first), text(&second));
    }

    #[test]
    fn lists_that_nobody_reads_are_bounded() {
        let list = List::new(Budget::new(1000, 1000));
        let large = |_: usize| Bytes::from(vec![b'1'; 400]);
        let first = list.joined(version(1), vec![large(0)]).unwrap();
        let second = list.joined(version(2), vec![large(1)]).unwrap();
        assert!(list.joined(version(3), vec![large(2)]).is_err(), "two old ones are unread");
        drop((first, second));
        assert!(list.joined(version(4), vec![large(3)]).is_ok());
    }
}
