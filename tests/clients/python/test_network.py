"""NetworkApi."""

import unittest

from metal_python import models
from metal_python.api import IpApi, NetworkApi

import check
import fixture


def _network(name, prefixes, **more):
    """The client wants the types of the network and of its NAT; the API makes its own."""
    fields = {
        "name": f"Network {name}",
        "description": "for a test",
        "partitionid": fixture.PARTITION,
        "destinationprefixes": [],
        "nat": False,
        "nattype": "none",
        "networktype": "external",
        "privatesuper": False,
        "underlay": False,
    }
    return models.V1NetworkCreateRequest(id=name, prefixes=prefixes, **{**fields, **more})


def _wish(**more):
    return models.V1NetworkAllocateRequest(**{"partitionid": fixture.PARTITION, "projectid": fixture.PROJECT, **more})


class NetworkTest(unittest.TestCase):
    def setUp(self):
        here = fixture.shared()
        self.admin, self.edit, self.view = here.admin, here.edit, here.view

    def test_a_network_is_created_read_updated_and_deleted(self):
        request = _network(
            "mpls", ["100.64.0.0/20"], destinationprefixes=["100.64.0.0/10"], nat=True, vrf=777, labels={"far": "yes"}
        )
        made = self.admin.call(201, NetworkApi.create_network, request)
        check.equal(("mpls", 777, True), (made.id, made.vrf, made.nat), "id, VRF and NAT")
        check.equal(("external", "ipv4-masq"), (made.networktype, made.nattype), "types")
        check.equal((["100.64.0.0/20"], ["100.64.0.0/10"]), (made.prefixes, made.destinationprefixes), "prefixes")
        check.equal({"far": "yes"}, made.labels, "labels")
        got = self.view.call(200, NetworkApi.find_network, "mpls")
        check.equal(made.to_dict(), got.to_dict(), "the network as it was made")
        usage = got.consumption.ipv4
        check.equal((4096, 2), (usage.available_ips, usage.used_ips), "addresses")
        check.equal((1024, 0), (usage.available_prefixes, usage.used_prefixes), "prefixes in it")
        check.equal(usage.to_dict(), got.usage.to_dict(), "usage is that of IPv4")

        request = models.V1NetworkUpdateRequest(
            id="mpls", name="MPLS", prefixes=["100.64.0.0/20", "100.64.16.0/20"], labels={}, shared=True
        )
        updated = self.admin.call(200, NetworkApi.update_network, request)
        check.equal(("MPLS", True, {}), (updated.name, updated.shared, updated.labels), "what changed")
        check.equal(8192, updated.consumption.ipv4.available_ips, "addresses after the update")
        request = models.V1NetworkUpdateRequest(id="mpls", shared=False)
        message = "once a network is marked as shared it is not possible to unshare it"
        self.admin.refused(400, message, NetworkApi.update_network, request)

        check.equal("mpls", self.admin.call(200, NetworkApi.delete_network, "mpls").id, "deleted network")
        gone = 'NotFound no network with id "mpls" found'
        self.view.refused(404, gone, NetworkApi.find_network, "mpls")
        self.admin.refused(404, gone, NetworkApi.delete_network, "mpls")

    def test_a_project_gets_a_network_and_gives_it_back(self):
        child = self.edit.call(201, NetworkApi.allocate_network, _wish(name="ours", labels={"of": "ours"}))
        check.equal(("ours", fixture.SUPER, "child"), (child.name, child.parentnetworkid, child.networktype), "the child")
        check.equal((fixture.PROJECT, fixture.PARTITION), (child.projectid, child.partitionid), "project and partition")
        check.equal(["/22", "/96"], sorted(prefix[-3:] for prefix in child.prefixes), "a prefix of each family")
        check.true(1 <= child.vrf <= 131072, "VRF")
        check.equal(1024, child.consumption.ipv4.available_ips, "IPv4 addresses")
        check.equal(1, child.consumption.ipv6.used_ips, "IPv6 addresses in use")
        found = self.view.call(200, NetworkApi.find_networks, models.V1NetworkFindRequest(labels={"of": "ours"}))
        check.equal([child.id], [network.id for network in found], "the network by its label")
        check.equal(child.id, self.edit.call(200, NetworkApi.free_network, child.id).id, "freed network")
        self.view.refused(404, f'NotFound no network with id "{child.id}" found', NetworkApi.find_network, child.id)

    def test_length_and_family_can_be_wished_for(self):
        wish = _wish(addressfamily="IPv4", length={"IPv4": 29}, shared=True, nat=True)
        child = self.edit.call(201, NetworkApi.allocate_network, wish)
        check.equal(["/29"], [prefix[-3:] for prefix in child.prefixes], "prefixes")
        check.equal(("child-shared", True, None), (child.networktype, child.nat, child.consumption.ipv6), "kind")
        check.equal(child.id, self.edit.call(200, NetworkApi.free_network_deprecated, child.id).id, "freed with POST")

    def test_networks_are_listed_and_found(self):
        listed = {network.id: network for network in self.view.call(200, NetworkApi.list_networks)}
        kinds = {name: listed[name].networktype for name in (fixture.SUPER, fixture.INTERNET, fixture.UNDERLAY)}
        check.equal({fixture.SUPER: "super", fixture.INTERNET: "external", fixture.UNDERLAY: "underlay"}, kinds, "kinds")
        check.equal({"IPv4": 22, "IPv6": 96}, listed[fixture.SUPER].defaultchildprefixlength, "length of children")
        check.equal(["10.240.0.0/12"], listed[fixture.SUPER].additional_announcable_cid_rs, "announcable CIDRs")
        request = models.V1NetworkFindRequest(underlay=True, partitionid=fixture.PARTITION)
        found = self.view.call(200, NetworkApi.find_networks, request)
        check.equal([fixture.UNDERLAY], [network.id for network in found], "the underlay")
        request = models.V1NetworkFindRequest(vrf=104009, addressfamily="IPv6")
        found = self.view.call(200, NetworkApi.find_networks, request)
        check.equal([fixture.INTERNET], [network.id for network in found], "the internet")

    def test_announcable_cidrs_are_removed_by_force_only(self):
        request = models.V1NetworkUpdateRequest(id=fixture.SUPER)
        kept = 'you cannot remove "10.240.0.0/12" from additionalannouncablecidrs without force flag set'
        self.admin.refused(400, kept, NetworkApi.update_network, request)
        removed = self.admin.call(200, NetworkApi.update_network, request, force=True)
        check.equal(None, removed.additional_announcable_cid_rs, "announcable CIDRs")
        request.additional_announcable_cid_rs = ["10.240.0.0/12"]
        back = self.admin.call(200, NetworkApi.update_network, request)
        check.equal(["10.240.0.0/12"], back.additional_announcable_cid_rs, "announcable CIDRs")

    def test_what_cannot_be_created_is_refused(self):
        create = NetworkApi.create_network
        self.admin.refused(409, "entity already exists", create, _network(fixture.INTERNET, ["100.65.0.0/24"]))
        self.admin.refused(422, "10.1.0.0/25 overlaps 10.1.0.0/24", create, _network("odd", ["10.1.0.0/25"]))
        self.admin.refused(400, "no prefixes given", create, _network("odd", []))
        message = f'partition with id "{fixture.PARTITION}" already has an underlay network'
        self.admin.refused(422, message, create, _network("odd", ["100.65.0.0/24"], underlay=True))
        message = (
            "cannot acquire a unique vrf id twice except vrfShared is set to true: "
            "Conflict integer is already acquired by another"
        )
        self.admin.refused(409, message, create, _network("odd", ["100.65.0.0/24"], vrf=104009))
        message = 'NotFound no partition with id "nowhere" found'
        self.admin.refused(404, message, create, _network("odd", ["100.65.0.0/24"], partitionid="nowhere"))

    def test_what_cannot_be_allocated_or_freed_is_refused(self):
        allocate = NetworkApi.allocate_network
        self.edit.refused(400, "projectid should not be empty", allocate, _wish(projectid=""))
        self.edit.refused(400, "partitionid should not be empty", allocate, _wish(partitionid=""))
        message = 'NotFound no partition with id "nowhere" found'
        self.edit.refused(404, message, allocate, _wish(partitionid="nowhere"))
        child = self.edit.call(201, allocate, _wish(addressfamily="IPv4"))
        message = "network cannot be deleted because there are children of this network"
        self.admin.refused(422, message, NetworkApi.delete_network, fixture.SUPER)
        request = models.V1IPAllocateRequest(networkid=child.id, projectid=fixture.PROJECT, type="static")
        address = self.edit.call(201, IpApi.allocate_ip, request).ipaddress
        prefix = child.prefixes[0]
        message = f"unable to delete network: prefix {prefix} has ip {address} in use"
        self.admin.refused(422, message, NetworkApi.delete_network, child.id)
        message = (
            f"error releasing child prefix in ipam: invalid_argument: prefix {prefix} has ips, deletion not possible"
        )
        self.edit.refused(422, message, NetworkApi.free_network, child.id)
        self.edit.call(200, IpApi.free_ip, address)
        self.edit.call(200, NetworkApi.free_network, child.id)
        message = f'NotFound no network with id "{child.id}" found'
        self.edit.refused(404, message, NetworkApi.free_network_deprecated, child.id)
