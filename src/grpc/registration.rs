//! Converts messages into records: a machine's hardware, and its installation. Checks only for presence.

use super::api;
use actors::ids::MachineId;
use actors::machine::command::Registration;
use actors::machine::{Bios, BootInfo, Disk, Fru, Gpu, Hardware, Ipmi, Nic, Processor};

/// The texts are those of api-machines 5.4, in the order of its checks.
pub(super) fn registration(request: api::BootServiceRegisterRequest) -> Result<Registration, &'static str> {
    if request.uuid.is_empty() {
        return Err("uuid is empty");
    }
    let hardware = request.hardware.ok_or("hardware is nil")?;
    let bios = request.bios.ok_or("bios is nil")?;
    Ok(Registration {
        machine: MachineId(request.uuid),
        partition: request.partition_id.into(),
        hardware: hardware.into(),
        bios: Bios { version: bios.version, vendor: bios.vendor, date: bios.date },
        ipmi: request.ipmi.map(Ipmi::from),
        tags: request.tags,
        metal_hammer_version: request.metal_hammer_version,
    })
}

impl From<Registration> for api::BootServiceRegisterRequest {
    fn from(told: Registration) -> Self {
        let Bios { version, vendor, date } = told.bios;
        Self {
            uuid: told.machine.0,
            hardware: Some(told.hardware.into()),
            bios: Some(api::MachineBios { version, vendor, date }),
            ipmi: told.ipmi.map(api::MachineIpmi::from),
            tags: told.tags,
            metal_hammer_version: told.metal_hammer_version,
            partition_id: told.partition.to_string(),
        }
    }
}

impl From<api::MachineHardware> for Hardware {
    fn from(told: api::MachineHardware) -> Self {
        let disk = |disk: api::MachineBlockDevice| Disk { name: disk.name, size_bytes: disk.size };
        let processor = |cpu: api::MachineCpu| Processor {
            vendor: cpu.vendor,
            model: cpu.model,
            cores: cpu.cores,
            threads: cpu.threads,
        };
        let gpu = |gpu: api::MachineGpu| Gpu { vendor: gpu.vendor, model: gpu.model };
        Self {
            memory_bytes: told.memory,
            disks: told.disks.into_iter().map(disk).collect(),
            cpus: told.cpus.into_iter().map(processor).collect(),
            gpus: told.gpus.into_iter().map(gpu).collect(),
            nics: told.nics.into_iter().map(nic).collect(),
            left_out: 0,
        }
    }
}

impl From<Hardware> for api::MachineHardware {
    fn from(known: Hardware) -> Self {
        let disk = |disk: Disk| api::MachineBlockDevice { name: disk.name, size: disk.size_bytes };
        let cpu = |cpu: Processor| api::MachineCpu {
            vendor: cpu.vendor,
            model: cpu.model,
            cores: cpu.cores,
            threads: cpu.threads,
        };
        let gpu = |gpu: Gpu| api::MachineGpu { vendor: gpu.vendor, model: gpu.model };
        Self {
            memory: known.memory_bytes,
            disks: known.disks.into_iter().map(disk).collect(),
            nics: known.nics.into_iter().map(message_nic).collect(),
            cpus: known.cpus.into_iter().map(cpu).collect(),
            gpus: known.gpus.into_iter().map(gpu).collect(),
        }
    }
}

/// Drops the neighbours of a neighbour: a machine sees only the other end of its cables.
fn nic(told: api::MachineNic) -> Nic {
    let neighbors = told.neighbors.into_iter().map(|neighbor| Nic {
        mac: neighbor.mac,
        name: neighbor.name,
        identifier: neighbor.identifier,
        hostname: neighbor.hostname,
        neighbors: Vec::new(),
    });
    Nic {
        neighbors: neighbors.collect(),
        mac: told.mac,
        name: told.name,
        identifier: told.identifier,
        hostname: told.hostname,
    }
}

fn message_nic(known: Nic) -> api::MachineNic {
    api::MachineNic {
        mac: known.mac,
        name: known.name,
        neighbors: known.neighbors.into_iter().map(message_nic).collect(),
        hostname: known.hostname,
        identifier: known.identifier,
    }
}

impl From<api::MachineIpmi> for Ipmi {
    fn from(told: api::MachineIpmi) -> Self {
        Self {
            address: told.address,
            mac: told.mac,
            user: told.user,
            password: told.password,
            interface: told.interface,
            fru: told.fru.map(Fru::from).unwrap_or_default(),
            bmc_version: told.bmc_version,
            power_state: told.power_state,
            ..Self::default()
        }
    }
}

impl From<Ipmi> for api::MachineIpmi {
    fn from(known: Ipmi) -> Self {
        Self {
            address: known.address,
            mac: known.mac,
            user: known.user,
            password: known.password,
            interface: known.interface,
            fru: Some(known.fru.into()),
            bmc_version: known.bmc_version,
            power_state: known.power_state,
        }
    }
}

impl From<api::MachineFru> for Fru {
    fn from(told: api::MachineFru) -> Self {
        Self {
            chassis_part_number: told.chassis_part_number.unwrap_or_default(),
            chassis_part_serial: told.chassis_part_serial.unwrap_or_default(),
            board_mfg: told.board_mfg.unwrap_or_default(),
            board_mfg_serial: told.board_mfg_serial.unwrap_or_default(),
            board_part_number: told.board_part_number.unwrap_or_default(),
            product_manufacturer: told.product_manufacturer.unwrap_or_default(),
            product_part_number: told.product_part_number.unwrap_or_default(),
            product_serial: told.product_serial.unwrap_or_default(),
        }
    }
}

impl From<Fru> for api::MachineFru {
    fn from(known: Fru) -> Self {
        Self {
            chassis_part_number: Some(known.chassis_part_number),
            chassis_part_serial: Some(known.chassis_part_serial),
            board_mfg: Some(known.board_mfg),
            board_mfg_serial: Some(known.board_mfg_serial),
            board_part_number: Some(known.board_part_number),
            product_manufacturer: Some(known.product_manufacturer),
            product_part_number: Some(known.product_part_number),
            product_serial: Some(known.product_serial),
        }
    }
}

impl From<api::BootInfo> for BootInfo {
    fn from(told: api::BootInfo) -> Self {
        Self {
            image_id: told.image_id,
            primary_disk: told.primary_disk,
            os_partition: told.os_partition,
            initrd: told.initrd,
            cmdline: told.cmdline,
            kernel: told.kernel,
            bootloader_id: told.bootloader_id,
        }
    }
}

impl From<BootInfo> for api::BootInfo {
    fn from(known: BootInfo) -> Self {
        Self {
            image_id: known.image_id,
            primary_disk: known.primary_disk,
            os_partition: known.os_partition,
            initrd: known.initrd,
            cmdline: known.cmdline,
            kernel: known.kernel,
            bootloader_id: known.bootloader_id,
        }
    }
}
