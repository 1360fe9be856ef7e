//! The machine's hardware as registered, and its BMC.

use crate::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;

/// Hardware as registered (api-machines 1.3 and 5.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hardware {
    pub memory_bytes: u64,
    pub disks: Vec<Disk>,
    pub cpus: Vec<Processor>,
    #[serde(default)]
    pub gpus: Vec<Gpu>,
    pub nics: Vec<Nic>,
    /// Number of reported parts that the row has no room for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Hardware {
    /// Lower-case MAC addresses of the interfaces that have one: they identify a board.
    pub fn macs(&self) -> BTreeSet<String> {
        let says = |mac: &&str| mac.bytes().any(|byte| !matches!(byte, b'0' | b':' | b'-' | b'.'));
        self.nics.iter().map(|nic| nic.mac.trim()).filter(says).map(str::to_lowercase).collect()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    pub name: String,
    pub size_bytes: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Processor {
    pub vendor: String,
    pub model: String,
    pub cores: u32,
    pub threads: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gpu {
    pub vendor: String,
    pub model: String,
}

/// A network interface of a machine, or of a switch seen as a neighbour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nic {
    pub mac: String,
    pub name: String,
    #[serde(default)]
    pub identifier: String,
    /// For a neighbour: the switch's name. Not shown.
    #[serde(default)]
    pub hostname: String,
    #[serde(default)]
    pub neighbors: Vec<Self>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bios {
    pub version: String,
    pub vendor: String,
    pub date: String,
}

/// The address of the BMC and its last report (api-machines 1.5 and 6.1).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ipmi {
    /// `host:port`
    pub address: String,
    pub mac: String,
    pub user: String,
    pub password: String,
    pub interface: String,
    #[serde(default)]
    pub fru: Fru,
    pub bmc_version: String,
    pub power_state: String,
    #[serde(default)]
    pub power_metric: Option<PowerMetric>,
    #[serde(default)]
    pub power_supplies: Vec<PowerSupply>,
    /// `None`: never.
    #[serde(default)]
    pub last_updated: Option<Timestamp>,
}

impl std::fmt::Debug for Ipmi {
    /// Omits the password: debug output ends up in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ipmi")
            .field("address", &self.address)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// Field replaceable unit: manufacturers and part numbers; empty strings where unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fru {
    pub chassis_part_number: String,
    pub chassis_part_serial: String,
    pub board_mfg: String,
    pub board_mfg_serial: String,
    pub board_part_number: String,
    pub product_manufacturer: String,
    pub product_part_number: String,
    pub product_serial: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PowerMetric {
    #[serde(rename = "averageconsumedwatts", deserialize_with = "finite")]
    pub average_consumed_watts: f32,
    #[serde(rename = "intervalinmin", deserialize_with = "finite")]
    pub interval_in_min: f32,
    #[serde(rename = "maxconsumedwatts", deserialize_with = "finite")]
    pub max_consumed_watts: f32,
    #[serde(rename = "minconsumedwatts", deserialize_with = "finite")]
    pub min_consumed_watts: f32,
}

/// Values that are infinite or not a number are replaced: JSON in messages can express numbers that do not fit, but
/// cannot write infinity or NaN, and such a row could not be read again.
fn finite<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f32, D::Error> {
    let number = f32::deserialize(deserializer)?;
    Ok(if number.is_nan() { 0.0 } else { number.clamp(f32::MIN, f32::MAX) })
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PowerSupply {
    pub health: String,
    pub state: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// A row with any reported number can be read again.
    #[test]
    fn a_number_that_can_be_read_can_be_written() {
        for (text, watts) in
            [("1e39", f32::MAX), ("-1e308", f32::MIN), ("1e-60", 0.0), ("16.5", 16.5), ("7", 7.0)]
        {
            let told = format!(r#"{{"averageconsumedwatts": {text}}}"#);
            let metric: PowerMetric = serde_json::from_str(&told).unwrap();
            assert_eq!(metric.average_consumed_watts.to_bits(), watts.to_bits(), "{text}");
            let again: PowerMetric = serde_json::from_str(&serde_json::to_string(&metric).unwrap()).unwrap();
            assert_eq!(again, metric, "{text}");
        }
        let none = cbor4ii::serde::to_vec(
            Vec::new(),
            &[("averageconsumedwatts", f32::NAN)].into_iter().collect::<BTreeMap<_, _>>(),
        );
        let metric: PowerMetric = cbor4ii::serde::from_slice(&none.unwrap()).unwrap();
        assert_eq!(metric, PowerMetric::default());
    }
}
