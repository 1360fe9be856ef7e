//! What of a machine's hardware is kept when there is more than a row has room for.

use super::{Hardware, Nic};
use serde::Serialize;

/// Bytes of a machine's hardware as it is stored: beside the largest user data (512 KiB) a row has room for it, whatever
/// hangs in the air of a data centre.
pub const HARDWARE_BYTES_MAX: usize = 384 << 10;

impl Hardware {
    /// Leaves out what it must to have `bytes_max` bytes as JSON, and counts it in `left_out`. Neighbours go first, the last
    /// ones of the last interface before all others, and those that `is_ours` says are switches of ours only after all else
    /// that can be spared: by them the machine is known at its ports.
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
mod tests {
    use super::*;
    use crate::machine::Disk;

    fn neighbor(name: &str, length: usize) -> Nic {
        Nic { hostname: name.to_owned(), identifier: "x".repeat(length), ..Nic::default() }
    }

    fn nic(name: &str, neighbors: Vec<Nic>) -> Nic {
        Nic { name: name.to_owned(), neighbors, ..Nic::default() }
    }

    fn is_leaf(nic: &Nic) -> bool {
        nic.hostname == "leaf"
    }

    fn left(hardware: &Hardware) -> Vec<(&str, Vec<&str>)> {
        let names = |nic| -> Vec<&str> {
            let nic: &Nic = nic;
            nic.neighbors.iter().map(|neighbor| neighbor.hostname.as_str()).collect()
        };
        hardware.nics.iter().map(|nic| (nic.name.as_str(), names(nic))).collect()
    }

    #[test]
    fn what_has_room_stays_as_it_is() {
        let mut hardware = Hardware { nics: vec![nic("a", vec![neighbor("b", 100)])], ..Hardware::default() };
        let before = hardware.clone();
        hardware.fit(bytes(&before), is_leaf);
        assert_eq!(hardware, before);
    }

    #[test]
    fn the_farthest_neighbours_go_first_and_switches_of_ours_last() {
        let full = Hardware {
            nics: vec![
                nic("a", vec![neighbor("leaf", 1000), neighbor("n1", 1000)]),
                nic("b", vec![neighbor("n2", 1000), neighbor("leaf", 1000), neighbor("n3", 1000)]),
                nic("vf", vec![]),
            ],
            disks: vec![Disk { name: "d".repeat(500), size_bytes: 1 }],
            ..Hardware::default()
        };
        let whole = bytes(&full);
        let fitted = |bytes_max: usize| {
            let mut hardware = full.clone();
            hardware.fit(bytes_max, is_leaf);
            assert!(bytes(&hardware) <= bytes_max, "{} of {bytes_max}", bytes(&hardware));
            hardware
        };
        let one = fitted(whole - 1);
        assert_eq!(left(&one), [("a", vec!["leaf", "n1"]), ("b", vec!["n2", "leaf"]), ("vf", vec![])]);
        assert_eq!(one.left_out, 1);
        let three = fitted(whole - 2500);
        assert_eq!(left(&three), [("a", vec!["leaf"]), ("b", vec!["leaf"]), ("vf", vec![])]);
        let bare = fitted(whole - 3600);
        assert_eq!(left(&bare), [("a", vec!["leaf"]), ("b", vec!["leaf"])]);
        assert_eq!((bare.disks.len(), bare.left_out), (0, 5));
        assert_eq!(left(&fitted(1500)), [("a", vec!["leaf"])]);
        assert_eq!(left(&fitted(200)), []);
    }

    #[test]
    fn every_interface_of_every_card_may_need_room() {
        let virtual_function = |number: u32| Nic {
            mac: format!("02:00:00:00:{:02x}:{:02x}", number / 256, number % 256),
            ..nic(&format!("enp129s0f0v{number}"), Vec::new())
        };
        let mut hardware =
            Hardware { nics: (0..4096).map(virtual_function).collect(), ..Hardware::default() };
        hardware.nics[0].neighbors = vec![neighbor("leaf", 20)];
        hardware.nics[4000].neighbors = vec![neighbor("leaf", 20)];
        hardware.fit(HARDWARE_BYTES_MAX, is_leaf);
        assert!(bytes(&hardware) <= HARDWARE_BYTES_MAX);
        assert!(
            hardware.nics.iter().filter(|nic| !nic.neighbors.is_empty()).count() == 2
                && hardware.nics.len() > 3000
        );
    }
}
