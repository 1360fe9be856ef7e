"""SwitchApi."""

import unittest

from metal_python import models
from metal_python.api import SwitchApi

import check
import fixture

_BGP = models.V1SwitchBGPPortState(
    neighbor="10.255.0.1",
    peer_group="spine",
    vrf_name="default",
    bgp_state="Established",
    bgp_timer_up_established=1764410000,
    sent_prefix_counter=7,
    accepted_prefix_counter=9,
)


def _nic(number):
    return models.V1SwitchNic(
        name=f"Ethernet{number}", identifier=f"Eth{number}", mac=f"00:00:00:00:01:{number:02x}", actual="UNKNOWN"
    )


def _switch(name, **more):
    fields = {
        "name": name,
        "description": "for a test",
        "partition_id": fixture.PARTITION,
        "rack_id": "other-rack",
        "nics": [_nic(4), _nic(0)],
        "os": models.V1SwitchOS(vendor="SONiC", version="202411", metal_core_version="v0.18.0"),
        "management_ip": "10.8.8.8",
        "management_user": "admin",
        "console_command": "ssh console",
    }
    return models.V1SwitchRegisterRequest(id=name, **{**fields, **more})


class SwitchTest(unittest.TestCase):
    def setUp(self):
        self.fixture = fixture.shared()
        self.admin, self.edit, self.view = self.fixture.admin, self.fixture.edit, self.fixture.view

    def test_a_switch_is_registered_updated_and_deleted(self):
        made = self.edit.call(201, SwitchApi.register_switch, _switch("leaf11"))
        check.equal(("leaf11", "other-rack", fixture.PARTITION), (made.id, made.rack_id, made.partition.id), "where it is")
        check.equal(("SONiC", "202411", "v0.18.0"), (made.os.vendor, made.os.version, made.os.metal_core_version), "OS")
        check.equal(("10.8.8.8", "admin"), (made.management_ip, made.management_user), "management")
        check.equal(["Ethernet0", "Ethernet4"], [nic.name for nic in made.nics], "ports in order of their names")
        check.equal(["UNKNOWN", "UNKNOWN"], [nic.actual for nic in made.nics], "states before the first report")
        check.equal([], made.connections, "no machine is connected")
        again = _switch("leaf11", nics=[_nic(0), _nic(4), _nic(8)])
        known = self.edit.call(200, SwitchApi.register_switch, again)
        check.equal(3, len(known.nics), "ports after the second registration")
        got = self.view.call(200, SwitchApi.find_switch, "leaf11")
        check.equal(known.nics[2].to_dict(), got.nics[2].to_dict(), "the new port")

        request = models.V1SwitchUpdateRequest(
            id="leaf11", rack_id="other-rack", description="spare", console_command="telnet", mode="replace"
        )
        updated = self.admin.call(200, SwitchApi.update_switch, request)
        what = (updated.description, updated.console_command, updated.mode)
        check.equal(("spare", "telnet", "replace"), what, "what changed")

        check.equal("leaf11", self.edit.call(200, SwitchApi.delete_switch, "leaf11").id, "deleted switch")
        self._is_gone("leaf11")

    def test_a_report_shows_states_errors_and_sessions(self):
        self.edit.call(201, SwitchApi.register_switch, _switch("leaf12"))
        request = models.V1SwitchNotifyRequest(
            sync_duration=1_500_000,
            error="no route",
            port_states={"Ethernet0": "UP", "Ethernet4": "DOWN"},
            bgp_port_states={"Ethernet0": _BGP},
        )
        told = self.edit.call(200, SwitchApi.notify_switch, "leaf12", request)
        check.equal("leaf12", told.id, "id")
        check.equal(("no route", 1_500_000), (told.last_sync_error.error, told.last_sync_error.duration), "the error")
        check.equal(None, told.last_sync, "there was no good report")
        got = self.view.call(200, SwitchApi.find_switch, "leaf12")
        check.equal(["UP", "DOWN"], [nic.actual for nic in got.nics], "states")
        check.equal(_BGP.to_dict(), got.nics[0].bgp_port_state.to_dict(), "BGP session")
        check.equal(None, got.nics[1].bgp_port_state, "no session at the other port")
        toggle = models.V1SwitchPortToggleRequest(nic="Ethernet0", status="DOWN")
        told = self.admin.call(200, SwitchApi.toggle_switch_port, "leaf12", toggle)
        check.equal(["DOWN", "DOWN"], [nic.actual for nic in told.nics], "an order, though nobody hangs there")
        self.edit.call(200, SwitchApi.delete_switch, "leaf12", force=True)
        self._is_gone("leaf12")

    def test_a_switch_takes_the_place_of_another(self):
        for name in ("leaf13", "leaf14"):
            self.edit.call(201, SwitchApi.register_switch, _switch(name))
        request = models.V1SwitchMigrateRequest(old_switch_id="leaf13", new_switch_id="leaf14")
        moved = self.admin.call(200, SwitchApi.migrate_switch, request)
        check.equal(("leaf14", "operational"), (moved.id, moved.mode), "the new switch")
        request.new_switch_id = "leaf01"
        message = "new switch must be in the same rack as the old one"
        self.admin.refused(400, message, SwitchApi.migrate_switch, request)
        request.new_switch_id = ""
        self.admin.refused(400, "new switch id cannot be empty", SwitchApi.migrate_switch, request)
        for name in ("leaf13", "leaf14"):
            self.edit.call(200, SwitchApi.delete_switch, name)

    def test_switches_are_listed_and_found(self):
        listed = self.view.call(200, SwitchApi.list_switches)
        check.equal(["leaf01", "leaf02"], sorted(switch.id for switch in listed), "switches")
        for switch in listed:
            check.equal(self.fixture.count, len(switch.connections), f"machines at {switch.id}")
            check.equal({"UP"}, {one.nic.actual for one in switch.connections}, f"connected ports of {switch.id}")
            check.true(switch.last_sync.duration > 0, f"{switch.id} reports")
        request = models.V1SwitchFindRequest(osvendor="SONiC", rackid=fixture.RACK, name="leaf02")
        check.equal(["leaf02"], [one.id for one in self.view.call(200, SwitchApi.find_switches, request)], "found")
        request = models.V1SwitchFindRequest(osvendor="Cumulus")
        check.equal([], self.view.call(200, SwitchApi.find_switches, request), "nothing matches")

    def test_a_port_goes_down_when_it_is_told_to(self):
        port = self.view.call(200, SwitchApi.find_switch, "leaf02").connections[-1].nic.name
        toggle = models.V1SwitchPortToggleRequest(nic=port, status="DOWN")
        toggled = self.admin.call(200, SwitchApi.toggle_switch_port, "leaf02", toggle)
        check.equal("DOWN", _state(toggled, port), "what the port shall be")
        check.equal("UP", toggled.connections[-1].nic.actual, "what it is")
        toggle.status = "UP"
        check.equal("UP", _state(self.admin.call(200, SwitchApi.toggle_switch_port, "leaf02", toggle), port), "back")
        toggle.nic = "Ethernet999"
        message = 'the nic "Ethernet999" does not exist in this switch'
        self.admin.refused(404, message, SwitchApi.toggle_switch_port, "leaf02", toggle)

    def test_what_cannot_be_is_refused(self):
        self.edit.refused(400, "uuid cannot be empty", SwitchApi.register_switch, _switch(""))
        message = 'NotFound no partition with id "nowhere" found'
        self.edit.refused(404, message, SwitchApi.register_switch, _switch("leaf15", partition_id="nowhere"))
        message = "duplicate identifier found in nics"
        self.edit.refused(400, message, SwitchApi.register_switch, _switch("leaf15", nics=[_nic(0), _nic(0)]))
        message = "cannot delete switch leaf01 while it still has machines connected to it"
        self.edit.refused(400, message, SwitchApi.delete_switch, "leaf01")
        self._is_gone("leaf15")
        update = models.V1SwitchUpdateRequest(id="leaf15", rack_id="other-rack")
        self.admin.refused(404, 'NotFound no switch with id "leaf15" found', SwitchApi.update_switch, update)

    def _is_gone(self, name):
        message = f'NotFound no switch with id "{name}" found'
        self.view.refused(404, message, SwitchApi.find_switch, name)
        self.edit.refused(404, message, SwitchApi.delete_switch, name)


def _state(switch, port):
    return next(nic.actual for nic in switch.nics if nic.name == port)
