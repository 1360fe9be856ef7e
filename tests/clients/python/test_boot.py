"""Boots: at each of their moments the client reads whatever there is."""

import functools
import unittest

from metal_python import models
from metal_python.api import (
    FilesystemlayoutApi,
    FirewallApi,
    ImageApi,
    IpApi,
    MachineApi,
    NetworkApi,
    PartitionApi,
    ProjectApi,
    SizeApi,
    SwitchApi,
    TenantApi,
)

import allocation
import check
import fixture

_LISTS = [
    MachineApi.list_machines,
    FirewallApi.list_firewalls,
    SwitchApi.list_switches,
    NetworkApi.list_networks,
    IpApi.list_i_ps,
    PartitionApi.list_partitions,
    SizeApi.list_sizes,
    ImageApi.list_images,
    FilesystemlayoutApi.list_filesystem_layouts,
    ProjectApi.list_projects,
    TenantApi.list_tenants,
]


@functools.cache
def _booting():
    """A node whose hardware begins to boot."""
    here = fixture.Fixture(machines=4, speed=10)
    here.node.wait_until_healthy()
    return here


def _reads_everything(here):
    for method in _LISTS:
        here.view.call(200, method)
    here.view.call(200, MachineApi.find_machines, models.V1MachineFindRequest())
    here.view.call(200, SwitchApi.find_switches, models.V1SwitchFindRequest())
    for machine in here.view.call(200, MachineApi.find_ipmi_machines, models.V1MachineFindRequest()):
        here.view.call(200, MachineApi.find_machine, machine.id)
        here.view.call(200, MachineApi.find_ipmi_machine, machine.id)


class BootTest(unittest.TestCase):
    def test_all_is_read_from_the_first_moment(self):
        here = _booting()

        def look():
            _reads_everything(here)
            return here.are_all_waiting()

        check.within("all machines wait", look, pause=0)

    def test_bmcs_have_told_all_when_the_machines_wait(self):
        here = _booting()
        check.within("all machines wait", here.are_all_waiting, pause=0)
        found = here.view.call(200, MachineApi.find_ipmi_machines, models.V1MachineFindRequest())
        check.equal(here.count, len(found), "machines with a BMC")
        for machine in found:
            bmc = machine.ipmi
            check.true(bmc.address and bmc.mac and bmc.user and bmc.bmcversion, f"BMC of {machine.id}")
            check.equal("ON", bmc.powerstate, f"power state of {machine.id}")
            check.true(bmc.powermetric.averageconsumedwatts > 0, f"watts of {machine.id}")
            check.equal(["OK", "OK"], [one.status.health for one in bmc.powersupplies], f"supplies of {machine.id}")

    def test_all_is_read_while_a_machine_is_installed_and_freed(self):
        self._reads_everything_of_a_life(MachineApi.allocate_machine, allocation.of_machine)

    def test_all_is_read_while_a_firewall_is_installed_and_freed(self):
        self._reads_everything_of_a_life(FirewallApi.allocate_firewall, allocation.of_firewall)

    def _reads_everything_of_a_life(self, allocate, request):
        here = fixture.shared()
        machine, network = here.machine_id(), here.private_network("of a short life")
        wish = request("short", uuid=machine, networks=allocation.networks(network.id))
        here.edit.call(200, allocate, wish)
        self._reads_everything_until(here, machine, "Phoned Home")
        here.edit.call(200, MachineApi.free_machine, machine)
        self._reads_everything_until(here, machine, "Waiting")
        here.edit.call(200, NetworkApi.free_network, network.id)

    def _reads_everything_until(self, here, machine, event):
        def look():
            _reads_everything(here)
            return fixture.newest(here.view.call(200, MachineApi.find_machine, machine)) == event

        check.within(f"{machine} is {event}", look, pause=0)
