//! What of a machine's hardware is kept when there is more than a row has room for.

use super::{Hardware, Nic};
use serde::Serialize;

/// Bytes of a machine's hardware as it is stored: beside the largest user data (512 KiB) a row has room for it,
/// whatever hangs in the air of a data centre.
pub const HARDWARE_BYTES_MAX: usize = 384 << 10;

impl Hardware {
    /// Leaves out what it must to have `bytes_max` bytes as JSON, and counts it in `left_out`. Neighbours go first, the
    /// last ones of the last interface before all others, and those that `is_ours` says are switches of ours only after
    /// all else that can be spared: by them the machine is known at its ports.
    pub(crate) fn fit(&mut self, bytes_max: usize, is_ours: impl Fn(&Nic) -> bool) {
        let mut over = Over { bytes: bytes(self).saturating_sub(bytes_max), left_out: 0 };
        if over.bytes == 0 {
            return;
        }
        // The count itself needs room.
        over.bytes += r#","left_out":4294967295"#.len();
        for nic in self.nics.iter_mut().rev() {
            over.leave_out(&mut nic.neighbors, |neighbor| !is_ours(neighbor));
        }
        over.leave_out(&mut self.nics, |nic| nic.neighbors.is_empty());
        over.leave_out(&mut self.gpus, |_| true);
        over.leave_out(&mut self.cpus, |_| true);
        over.leave_out(&mut self.disks, |_| true);
        over.leave_out(&mut self.nics, |_| true);
        self.left_out = self.left_out.saturating_add(over.left_out);
    }
}

/// How much too much it still is.
struct Over {
    bytes: usize,
    left_out: u32,
}

impl Over {
    /// From the end on, until it is no more too much.
    fn leave_out<T: Serialize>(&mut self, parts: &mut Vec<T>, can_be_spared: impl Fn(&T) -> bool) {
        let mut place = parts.len();
        while self.bytes > 0 && place > 0 {
            place -= 1;
            if can_be_spared(&parts[place]) {
                let part = parts.remove(place);
                // With its comma.
                self.bytes = self.bytes.saturating_sub(bytes(&part) + 1);
                self.left_out = self.left_out.saturating_add(1);
            }
        }
    }
}

fn bytes(part: &impl Serialize) -> usize {
    let mut count = Count(0);
    // Nothing of a machine's hardware fails to be written.
    serde_json::to_writer(&mut count, part).map_or(usize::MAX, |()| count.0)
}

struct Count(usize);

impl std::io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
