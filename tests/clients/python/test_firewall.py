"""FirewallApi."""

import unittest

from metal_python import models
from metal_python.api import FirewallApi, MachineApi, NetworkApi, SwitchApi

import allocation
import check
import fixture


def _rules(comment="allow dns"):
    return models.V1FirewallRules(
        egress=[models.V1FirewallEgressRule(protocol="tcp", ports=[443], to=["0.0.0.0/0"], comment="allow https")],
        ingress=[
            models.V1FirewallIngressRule(
                protocol="udp", ports=[53, 54], _from=["10.0.0.0/8"], to=["10.1.0.0/24"], comment=comment
            )
        ],
    )


class FirewallTest(unittest.TestCase):
    def setUp(self):
        self.fixture = fixture.shared()
        self.edit, self.view = self.fixture.edit, self.fixture.view

    def test_a_firewall_lives_from_allocation_to_free(self):
        machine, network = self.fixture.machine_id(), self.fixture.private_network("behind the firewall")
        wish = allocation.of_firewall(
            "fw", uuid=machine, networks=allocation.networks(network.id, fixture.INTERNET), firewall_rules=_rules()
        )
        made = self.edit.call(200, FirewallApi.allocate_firewall, wish)
        check.equal((machine, "firewall"), (made.id, made.allocation.role), "machine and role")
        check.equal(fixture.FIREWALL_IMAGE, made.allocation.image.id, "image")
        check.equal(_rules().to_dict(), made.allocation.firewall_rules.to_dict(), "rules")
        kinds = {one.networkid: one.networktype for one in made.allocation.networks}
        expected = {network.id: "privateprimaryunshared", fixture.INTERNET: "external", fixture.UNDERLAY: "underlay"}
        check.equal(expected, kinds, "networks")
        got = check.within("the firewall is installed", lambda: self._phoned_home(machine))
        check.equal(fixture.FIREWALL_IMAGE, got.allocation.boot_info.image_id, "booted image")

        filters = self._filters(machine)
        check.equal(2, len(filters), "ports of the firewall")
        for vrf, its in filters:
            check.equal("default", vrf, "VRF of the port")
            check.true(str(network.vrf) in its.vnis, "VNI of the private network")
            check.equal(["/32"], [cidr[-3:] for cidr in its.cidrs], "address in the underlay")

        request = models.V1FirewallFindRequest(allocation_project=fixture.PROJECT, network_ids=[network.id])
        check.equal([machine], [one.id for one in self.view.call(200, FirewallApi.find_firewalls, request)], "found")
        check.equal([machine], [one.id for one in self.view.call(200, FirewallApi.list_firewalls)], "listed")
        freed = self.edit.call(200, MachineApi.free_machine, machine)
        check.equal((None, []), (freed.allocation, freed.tags), "nothing is left")
        self.fixture.wait_for(machine, "Waiting")
        check.equal([], self.view.call(200, FirewallApi.list_firewalls), "no firewall is left")
        self.edit.call(200, NetworkApi.free_network, network.id)

    def test_what_cannot_be_is_refused(self):
        allocate = FirewallApi.allocate_firewall
        networks = allocation.networks(fixture.INTERNET)
        wish = allocation.of_firewall("fw", networks=networks, firewall_rules=_rules("port 53"))
        message = (
            "ingress rule with error:illegal character in comment found, "
            'only: "abcdefghijklmnopqrstuvwxyz_- " allowed'
        )
        self.edit.refused(400, message, allocate, wish)
        wish = allocation.of_firewall("fw", networks=networks, imageid=fixture.IMAGE)
        message = "given image is not usable for a firewall, features: machine"
        self.edit.refused(400, message, allocate, wish)
        self.edit.refused(400, "network ids cannot be nil", allocate, allocation.of_firewall("fw"))
        wish = allocation.of_firewall("fw", networks=networks)
        self.edit.refused(422, "unable to gather networks:no private network given", allocate, wish)
        plain = "00000000-0000-0000-0000-000000000001"
        self.view.refused(404, "machine is not a firewall", FirewallApi.find_firewall, plain)
        message = f'NotFound no machine with id "{fixture.NOBODY}" found'
        self.view.refused(404, message, FirewallApi.find_firewall, fixture.NOBODY)

    def _phoned_home(self, machine):
        firewall = self.view.call(200, FirewallApi.find_firewall, machine)
        return firewall if fixture.newest(firewall) == "Phoned Home" else None

    def _filters(self, machine):
        """VRF and filter of each port at which the machine hangs."""
        found = []
        for switch in self.view.call(200, SwitchApi.list_switches):
            ports = {one.nic.name for one in switch.connections if one.machine_id == machine}
            found += [(nic.vrf, nic.filter) for nic in switch.nics if nic.name in ports]
        return found
