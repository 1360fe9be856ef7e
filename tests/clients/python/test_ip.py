"""IpApi."""

import unittest
import uuid

from metal_python import models
from metal_python.api import IpApi

import check
import fixture


def _wish(**more):
    return models.V1IPAllocateRequest(
        **{"networkid": fixture.INTERNET, "projectid": fixture.PROJECT, "type": "ephemeral", **more}
    )


class IpTest(unittest.TestCase):
    def setUp(self):
        here = fixture.shared()
        self.edit, self.view = here.edit, here.view

    def test_an_address_is_allocated_read_updated_and_freed(self):
        wish = _wish(name="web", description="for a test", tags=["b", "a", "b"])
        made = self.edit.call(201, IpApi.allocate_ip, wish)
        check.true(made.ipaddress.startswith("203.0.113."), "IPv4 by default")
        check.equal(("web", "for a test", "ephemeral"), (made.name, made.description, made.type), "what was wished for")
        check.equal((fixture.INTERNET, fixture.PROJECT), (made.networkid, made.projectid), "network and project")
        check.equal(["a", "b"], made.tags, "tags, each once and in order")
        check.equal(made.allocationuuid, str(uuid.UUID(made.allocationuuid)), "UUID of the allocation")
        got = self.view.call(200, IpApi.find_ip, made.ipaddress)
        check.equal(made.to_dict(), got.to_dict(), "the address as it was given")

        request = models.V1IPUpdateRequest(ipaddress=made.ipaddress, type="static", name="mail", tags=["c"])
        updated = self.edit.call(200, IpApi.update_ip, request)
        check.equal(("mail", "static", ["c"]), (updated.name, updated.type, updated.tags), "what changed")
        check.equal(made.allocationuuid, updated.allocationuuid, "it is the same allocation")
        request = models.V1IPUpdateRequest(ipaddress=made.ipaddress, type="ephemeral")
        message = "cannot change type of ip address from static to ephemeral"
        self.edit.refused(400, message, IpApi.update_ip, request)

        freed = self.edit.call(200, IpApi.free_ip, made.ipaddress)
        check.equal(updated.to_dict(), freed.to_dict(), "the address as it was")
        gone = f'NotFound no ip with id "{made.ipaddress}" found'
        self.view.refused(404, gone, IpApi.find_ip, made.ipaddress)
        self.edit.refused(404, gone, IpApi.free_ip, made.ipaddress)
        self.edit.refused(404, gone, IpApi.update_ip, request)

    def test_a_specific_address_is_given_once(self):
        for address in ("203.0.113.200", "2001:db8:0:113::200"):
            made = self.edit.call(201, IpApi.allocate_specific_ip, address, _wish(type="static"))
            check.equal((address, "static"), (made.ipaddress, made.type), "address and type")
            message = "Conflict ip already allocated"
            self.edit.refused(409, message, IpApi.allocate_specific_ip, address, _wish())
            check.equal(address, self.view.call(200, IpApi.find_ip, address).ipaddress, "found")
            check.equal(address, self.edit.call(200, IpApi.free_ip, address).ipaddress, "freed")

    def test_a_family_can_be_wished_for(self):
        made = self.edit.call(201, IpApi.allocate_ip, _wish(addressfamily="IPv6"))
        check.true(made.ipaddress.startswith("2001:db8:0:113::"), "IPv6")
        self.edit.call(200, IpApi.free_ip, made.ipaddress)

    def test_addresses_are_listed_and_found(self):
        listed = {ip.ipaddress: ip for ip in self.view.call(200, IpApi.list_i_ps)}
        check.equal("reserve v4", listed["203.0.113.142"].name, "reserved IPv4 address")
        check.equal("static", listed["2001:db8:0:113::142"].type, "reserved IPv6 address")
        request = models.V1IPFindRequest(projectid=fixture.PROVIDER_PROJECT, type="static", addressfamily="IPv6")
        found = self.view.call(200, IpApi.find_i_ps, request)
        check.equal(["2001:db8:0:113::142"], [ip.ipaddress for ip in found], "the provider's IPv6 addresses")
        check.equal([], self.view.call(200, IpApi.find_i_ps, models.V1IPFindRequest(name="none")), "nothing matches")

    def test_an_address_of_a_machine_is_not_freed(self):
        made = self.edit.call(201, IpApi.allocate_ip, _wish(machineid=fixture.NOBODY))
        check.equal([f"machine.metal-stack.io/id={fixture.NOBODY}"], made.tags, "tag of the machine")
        found = self.view.call(200, IpApi.find_i_ps, models.V1IPFindRequest(machineid=fixture.NOBODY))
        check.equal([made.ipaddress], [ip.ipaddress for ip in found], "addresses of the machine")
        message = "ip with machine scope can not be deleted"
        self.edit.refused(400, message, IpApi.free_ip, made.ipaddress)
        request = models.V1IPUpdateRequest(ipaddress=made.ipaddress, type="ephemeral", tags=[])
        check.equal([], self.edit.call(200, IpApi.update_ip, request).tags, "tags are cleared")
        self.edit.call(200, IpApi.free_ip, made.ipaddress)

    def test_what_cannot_be_is_refused(self):
        allocate = IpApi.allocate_ip
        self.edit.refused(400, "networkid should not be empty", allocate, _wish(networkid=""))
        self.edit.refused(400, "projectid should not be empty", allocate, _wish(projectid=""))
        self.edit.refused(404, 'NotFound no network with id "none" found', allocate, _wish(networkid="none"))
        message = f"there is no prefix for the given addressfamily:IPv6 present in network:{fixture.UNDERLAY}"
        self.edit.refused(400, message, allocate, _wish(networkid=fixture.UNDERLAY, addressfamily="IPv6"))
        message = "specific ip not contained in any of the defined prefixes"
        self.edit.refused(422, message, IpApi.allocate_specific_ip, "192.0.2.1", _wish())
        message = 'unable to parse specific ip: ParseAddr("nonsense"): unable to parse IP'
        self.edit.refused(422, message, IpApi.allocate_specific_ip, "nonsense", _wish())
