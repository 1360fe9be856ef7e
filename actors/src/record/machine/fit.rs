//! Reduces a machine's hardware to the size that a row has room for.

use super::{Hardware, Nic};
use serde::Serialize;

/// Maximal bytes of stored hardware: besides the largest user data (512 KiB), a row has room for it, even with very
/// many neighbours.
pub const HARDWARE_BYTES_MAX: usize = 384 << 10;

impl Hardware {
    /// Drops parts until the JSON has at most `bytes_max` bytes, and counts them in `left_out`. Neighbours are dropped
    /// first, from the last interface on. Neighbours that `is_ours` identifies as our switches are dropped last of all
    /// optional parts: they locate the machine at its ports.
    pub(crate) fn fit(&mut self, bytes_max: usize, is_ours: impl Fn(&Nic) -> bool) {
        let mut over = Over { bytes: bytes(self).saturating_sub(bytes_max), left_out: 0 };
        if over.bytes == 0 {
            return;
        }
        // The counter itself needs room.
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

/// The excess of the hardware.
struct Over {
    bytes: usize,
    left_out: u32,
}

impl Over {
    /// Drops parts from the end until the excess is gone.
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
    // Hardware can always be serialised.
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
