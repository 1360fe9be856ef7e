"""MachineApi: machines as they stand there, their BMCs, and what is asked about them."""

import unittest

from metal_python import models
from metal_python.api import MachineApi

import check
import fixture

_NOTHING = models.V1EmptyBody()
_FIRST = "00000000-0000-0000-0000-000000000001"
_ISSUES = "evaluating machine issues"


class MachineTest(unittest.TestCase):
    def setUp(self):
        self.fixture = fixture.shared()
        self.admin, self.edit, self.view = self.fixture.admin, self.fixture.edit, self.fixture.view

    def test_machines_are_listed_with_all_that_they_are(self):
        listed = self.view.call(200, MachineApi.list_machines)
        check.equal(self.fixture.count, len(listed), "machines")
        for machine in listed:
            where = (machine.partition.id, machine.rackid, machine.size.id)
            check.equal((fixture.PARTITION, fixture.RACK, fixture.SIZE), where, "where it stands")
            hardware = machine.hardware
            check.equal((2 * 1024**3, 0), (hardware.memory, hardware.cpu_cores), "memory; cores are counted nowhere")
            check.equal([("/dev/sda", 10 * 1024**3)], [(disk.name, disk.size) for disk in hardware.disks], "disks")
            check.equal([(1, 1)], [(cpu.cores, cpu.threads) for cpu in hardware.cpus], "processors")
            check.equal(["lo", "eth0", "eth1"], [nic.name for nic in hardware.nics], "interfaces")
            check.true(hardware.nics[1].neighbors[0].name.startswith("Ethernet"), "neighbour of the first")
            check.equal("Alive", machine.liveliness, "liveliness")
            check.true(machine.events.last_event_time >= machine.events.log[0].time, "times of events")
            check.true(machine.bios.version and machine.bios.vendor and machine.bios._date, "BIOS")

    def test_a_machine_is_found_by_what_it_is(self):
        got = self.view.call(200, MachineApi.find_machine, _FIRST)
        check.equal(_FIRST, got.id, "id")
        mac = got.hardware.nics[1].mac
        request = models.V1MachineFindRequest(
            nics_mac_addresses=[mac], partition_id=fixture.PARTITION, sizeid=fixture.SIZE, rackid=fixture.RACK
        )
        check.equal([_FIRST], [one.id for one in self.view.call(200, MachineApi.find_machines, request)], "by MAC")
        request = models.V1MachineFindRequest(allocation_role="firewall", sizeid="none")
        check.equal([], self.view.call(200, MachineApi.find_machines, request), "nothing matches")
        message = f'NotFound no machine with id "{fixture.NOBODY}" found'
        self.view.refused(404, message, MachineApi.find_machine, fixture.NOBODY)
        self.view.refused(404, message, MachineApi.find_ipmi_machine, fixture.NOBODY)

    def test_a_bmc_tells_about_its_machine(self):
        got = self.view.call(200, MachineApi.find_ipmi_machine, _FIRST).ipmi
        check.equal(("vagrant", "vagrant", "lanplus"), (got.user, got.password, got.interface), "how it is reached")
        check.equal(("ON", "1.0"), (got.powerstate, got.bmcversion), "power state and version")
        check.equal(("Pretend", "PRETEND-1"), (got.fru.board_mfg, got.fru.board_part_number), "board")
        check.true(got.powermetric.averageconsumedwatts > 0, "watts")
        check.equal(["OK", "OK"], [supply.status.health for supply in got.powersupplies], "power supplies")
        request = models.V1MachineFindRequest(ipmi_address=got.address)
        found = self.view.call(200, MachineApi.find_ipmi_machines, request)
        check.equal([_FIRST], [machine.id for machine in found], "the machine by its BMC")

    def test_a_bmc_report_makes_a_machine_that_can_be_deleted(self):
        fru = models.V1MachineFru(board_mfg="Other", product_serial="77")
        report = models.V1MachineIpmiReport(
            bmc_ip="10.7.7.7",
            bmc_version="2.0",
            bios_version="3.0",
            fru=fru,
            indicator_led_state="LED-ON",
            power_metric=models.V1PowerMetric(
                averageconsumedwatts=12.5, intervalinmin=1.0, maxconsumedwatts=20.0, minconsumedwatts=10.0
            ),
            power_state="ON",
            power_supplies=[models.V1PowerSupply(status=models.V1PowerSupplyStatus(health="OK", state="Enabled"))],
        )
        request = models.V1MachineIpmiReports(partitionid=fixture.PARTITION, reports={fixture.NOBODY: report})
        told = self.edit.call(200, MachineApi.ipmi_report, request)
        check.equal(([fixture.NOBODY], []), (told.created, told.updated), "first report")
        told = self.edit.call(200, MachineApi.ipmi_report, request)
        check.equal(([], [fixture.NOBODY]), (told.created, told.updated), "second report")
        got = self.view.call(200, MachineApi.find_ipmi_machine, fixture.NOBODY)
        check.equal(("10.7.7.7:623", "2.0"), (got.ipmi.address, got.ipmi.bmcversion), "address and version")
        check.equal(report.power_metric.to_dict(), got.ipmi.powermetric.to_dict(), "power metric")
        check.equal(("Other", "77"), (got.ipmi.fru.board_mfg, got.ipmi.fru.product_serial), "FRU")
        check.equal(("3.0", "LED-ON"), (got.bios.version, got.ledstate.value), "BIOS and LED")
        deleted = self.admin.call(200, MachineApi.delete_machine, fixture.NOBODY)
        check.equal(fixture.NOBODY, deleted.id, "deleted machine")
        message = f'NotFound no machine with id "{fixture.NOBODY}" found'
        self.admin.refused(404, message, MachineApi.delete_machine, fixture.NOBODY)
        request.partitionid = ""
        self.edit.refused(400, "partition id must not be empty", MachineApi.ipmi_report, request)
        request.partitionid = "nowhere"
        message = 'NotFound no partition with id "nowhere" found'
        self.edit.refused(404, message, MachineApi.ipmi_report, request)

    def test_a_machine_that_lives_is_not_deleted(self):
        message = "can only delete dead machines, if you power off this machine it will reach dead state."
        self.admin.refused(422, message, MachineApi.delete_machine, _FIRST)

    def test_a_led_is_switched(self):
        on = self.edit.call(200, MachineApi.chassis_identify_led_on, _FIRST, _NOTHING, description="look here")
        check.equal(("LED-ON", "look here"), (on.ledstate.value, on.ledstate.description), "LED")
        off = self.edit.call(200, MachineApi.chassis_identify_led_off, _FIRST, _NOTHING, description="seen")
        check.equal(("LED-OFF", "seen"), (off.ledstate.value, off.ledstate.description), "LED")

    def test_power_orders_are_carried_out(self):
        machine = self.fixture.machine_id()
        for order in (MachineApi.machine_disk, MachineApi.machine_pxe, MachineApi.machine_bios):
            told = self.edit.call(200, order, machine, _NOTHING)
            check.equal((machine, "Waiting"), (told.id, fixture.newest(told)), "an order for the next boot is no event")
        self._is_planned(self.edit.call(200, MachineApi.machine_off, machine, _NOTHING), "OFF")
        check.within("it is off", lambda: self._power_state(machine) == "OFF")
        check.equal(machine, self.edit.call(200, MachineApi.machine_on, machine, _NOTHING).id, "switched on")
        check.within("it is on", lambda: self._power_state(machine) == "ON")
        # It stands in its BIOS setup, and boots from the network next time.
        self._is_planned(self.view.call(200, MachineApi.find_machine, machine), "OFF")
        for order, word in ((MachineApi.machine_reset, "RESET"), (MachineApi.machine_cycle, "CYCLE")):
            self._is_planned(self.edit.call(200, order, machine, _NOTHING), word)
            self.fixture.wait_for(machine, "Waiting")

    def test_unknown_machines_are_not_ordered_about(self):
        message = f'NotFound no machine with id "{fixture.NOBODY}" found'
        for order in (
            MachineApi.machine_on,
            MachineApi.machine_off,
            MachineApi.machine_reset,
            MachineApi.machine_cycle,
            MachineApi.machine_bios,
            MachineApi.machine_disk,
            MachineApi.machine_pxe,
            MachineApi.chassis_identify_led_on,
            MachineApi.chassis_identify_led_off,
        ):
            self.edit.refused(404, message, order, fixture.NOBODY, _NOTHING)
        self.edit.refused(404, message, MachineApi.free_machine, fixture.NOBODY)

    def test_a_state_keeps_its_reason(self):
        machine = self.fixture.machine_id()
        request = models.V1MachineState(value="RESERVED", description="", metal_hammer_version="")
        self.edit.refused(400, "you must supply a description", MachineApi.set_machine_state, machine, request)
        request.description = "for the boss"
        state = self.edit.call(200, MachineApi.set_machine_state, machine, request).state
        check.equal(("RESERVED", "for the boss"), (state.value, state.description), "state")
        check.equal("metal-edit@metal-stack.io", state.issuer, "who said so")
        found = self.view.call(200, MachineApi.find_machines, models.V1MachineFindRequest(state_value="RESERVED"))
        check.equal([machine], [one.id for one in found], "reserved machines")
        request.value = "LOCKED"
        self.edit.call(200, MachineApi.set_machine_state, machine, request)
        self.edit.refused(422, "machine is locked", MachineApi.free_machine, machine)
        request = models.V1MachineState(value="", description="", metal_hammer_version="")
        state = self.edit.call(200, MachineApi.set_machine_state, machine, request).state
        check.equal(("", "", None), (state.value, state.description, state.issuer), "state afterwards")

    def test_issues_and_firmware_are_not_there_yet(self):
        self.view.missing(_ISSUES, MachineApi.list_issues)
        request = models.V1MachineIssuesRequest(last_error_threshold=0, omit=[], only=[], severity="major")
        self.view.missing(_ISSUES, MachineApi.issues, request)
        request = models.V1MachineUpdateFirmwareRequest(kind="bios", revision="1.1", description="a test")
        self.admin.missing("firmware management", MachineApi.update_firmware, _FIRST, request)

    def _is_planned(self, machine, word):
        event = machine.events.log[0]
        check.equal(("Planned Reboot", word), (event.event, event.message), "newest event")

    def _power_state(self, machine):
        return self.view.call(200, MachineApi.find_ipmi_machine, machine).ipmi.powerstate
