"""MachineApi: the life of an allocated machine."""

import unittest
import uuid

from metal_python import models
from metal_python.api import ImageApi, IpApi, MachineApi, NetworkApi, ProjectApi, SizeApi, SwitchApi

import allocation
import check
import fixture

_FIRST = "00000000-0000-0000-0000-000000000001"


class LifeTest(unittest.TestCase):
    def setUp(self):
        self.fixture = fixture.shared()
        self.admin, self.edit, self.view = self.fixture.admin, self.fixture.edit, self.fixture.view

    def test_a_machine_lives_from_allocation_to_free(self):
        network = self.fixture.private_network("of the machine")
        machine = self._is_allocated(network)
        self._is_installed(machine, network)
        self._is_updated(machine)
        self._is_kept(machine)
        self._is_installed_again(machine)
        self._is_freed(machine, network)

    def _is_allocated(self, network):
        wish = allocation.of_machine(
            "web",
            networks=allocation.networks(network.id, fixture.INTERNET),
            user_data="I2Nsb3VkLWNvbmZpZw==",
            tags=["plain", "key=value"],
            dns_servers=[models.V1DNSServer(ip="9.9.9.9")],
            ntp_servers=[models.V1NTPServer(address="ntp.example.org")],
        )
        made = self.edit.call(200, MachineApi.allocate_machine, wish)
        got = made.allocation
        check.equal("metal-edit@metal-stack.io", got.creator, "creator")
        check.equal(("web", "web", "for a test"), (got.name, got.hostname, got.description), "names")
        check.equal((fixture.PROJECT, "machine"), (got.project, got.role), "project and role")
        check.equal((fixture.IMAGE, fixture.LAYOUT), (got.image.id, got.filesystemlayout.id), "image and layout")
        check.equal(([fixture.KEY], "I2Nsb3VkLWNvbmZpZw=="), (got.ssh_pub_keys, got.user_data), "key and user data")
        check.equal(["9.9.9.9"], [server.ip for server in got.dns_servers], "DNS servers")
        check.equal(["ntp.example.org"], [server.address for server in got.ntp_servers], "NTP servers")
        check.equal(str(uuid.UUID(got.allocationuuid)), got.allocationuuid, "UUID of the allocation")
        check.equal((False, False, None), (got.reinstall, got.succeeded, got.boot_info), "nothing is installed yet")
        self._has_networks(made, network)
        return made.id

    def _has_networks(self, machine, network):
        networks = {one.networkid: one for one in machine.allocation.networks}
        check.equal({network.id, fixture.INTERNET}, set(networks), "networks")
        own, internet = networks[network.id], networks[fixture.INTERNET]
        check.equal(("privateprimaryunshared", "child"), (own.networktype, own.networktypev2), "types")
        check.equal((True, False, network.vrf), (own.private, own.underlay, own.vrf), "it is private")
        kinds = (internet.networktype, internet.networktypev2, internet.nattypev2)
        check.equal(("external", "external", "ipv4-masq"), kinds, "the internet")
        check.equal(2, len(own.ips), "an address of each family")
        check.true(4210000001 <= own.asn <= 4210131072 and own.asn == internet.asn, "one ASN")
        labels = {"plain", "key=value", f"machine.metal-stack.io/rack={fixture.RACK}"}
        labels.add(f"machine.metal-stack.io/network.primary.asn={own.asn}")
        check.equal(labels, set(machine.tags), "tags")
        request = models.V1IPFindRequest(machineid=machine.id, networkid=network.id)
        found = self.view.call(200, IpApi.find_i_ps, request)
        check.equal(set(own.ips), {ip.ipaddress for ip in found}, "addresses of the machine")
        check.equal({"ephemeral"}, {ip.type for ip in found}, "they go with the machine")

    def _is_installed(self, machine, network):
        got = self.fixture.wait_for(machine, "Phoned Home")
        boot = got.allocation.boot_info
        check.equal(fixture.IMAGE, boot.image_id, "booted image")
        check.true(boot.kernel and boot.initrd and boot.cmdline and boot.bootloaderid, "how it was booted")
        ports = []
        for switch in self.view.call(200, SwitchApi.list_switches):
            names = {one.nic.name for one in switch.connections if one.machine_id == machine}
            ports += [nic for nic in switch.nics if nic.name in names]
        check.equal([f"vrf{network.vrf}"] * 2, [port.vrf for port in ports], "VRF of its ports")
        for port in ports:
            check.true(set(network.prefixes) <= set(port.filter.cidrs), "its network is let through")
            check.equal([], port.filter.vnis, "no VNI")

    def _is_updated(self, machine):
        request = models.V1MachineUpdateRequest(id=machine, description="better", tags=["new"], ssh_pub_keys=[fixture.KEY])
        updated = self.admin.call(200, MachineApi.update_machine, request)
        check.equal("better", updated.allocation.description, "description")
        check.true("new" in updated.tags and "plain" not in updated.tags, "tags are replaced")
        request = models.V1MachineFindRequest(tags=["new"], allocation_hostname="web", allocation_role="machine")
        check.equal([machine], [one.id for one in self.view.call(200, MachineApi.find_machines, request)], "found")
        # The client sends no body with a GET, hence nothing says which machine is meant.
        request = models.V1MachineConsolePasswordRequest(id=machine, reason="a test")
        self.edit.refused(400, "EOF", MachineApi.get_machine_console_password, request)

    def _is_kept(self, machine):
        self.admin.refused(422, "cannot delete machine that is allocated", MachineApi.delete_machine, machine)
        message = f"image {fixture.IMAGE} is in use by machines:[{machine}]"
        self.admin.refused(422, message, ImageApi.delete_image, fixture.IMAGE)
        used = {image.id: image.usedby for image in self.view.call(200, ImageApi.list_images, show_usage=True)}
        check.equal([machine], used[fixture.IMAGE], "machines with the image")
        message = "there are still machines allocated by this project"
        self.admin.refused(400, message, ProjectApi.delete_project, fixture.PROJECT)
        wish = allocation.of_machine("second", uuid=machine, networks=allocation.networks(fixture.INTERNET))
        self.edit.refused(422, "machine is already allocated", MachineApi.allocate_machine, wish)
        state = models.V1MachineState(value="LOCKED", description="hands off", metal_hammer_version="")
        self.edit.call(200, MachineApi.set_machine_state, machine, state)
        self.edit.refused(422, "machine is locked", MachineApi.free_machine, machine)
        message = "machine either locked, not allocated yet or invalid image ID specified"
        again = models.V1MachineReinstallRequest(id=machine, imageid=fixture.OTHER_IMAGE)
        self.edit.refused(400, message, MachineApi.reinstall_machine, machine, again)
        state = models.V1MachineState(value="", description="", metal_hammer_version="")
        self.edit.call(200, MachineApi.set_machine_state, machine, state)

    def _is_installed_again(self, machine):
        before = self.view.call(200, MachineApi.find_machine, machine).allocation
        request = models.V1MachineReinstallRequest(id=machine, imageid=fixture.OTHER_IMAGE, description="newer")
        told = self.edit.call(200, MachineApi.reinstall_machine, machine, request).allocation
        check.equal((True, fixture.OTHER_IMAGE), (told.reinstall, told.image.id), "it will be installed again")
        check.within("it has the other image", lambda: self._booted(machine) == fixture.OTHER_IMAGE)
        after = self.fixture.wait_for(machine, "Phoned Home").allocation
        check.equal((False, before.allocationuuid), (after.reinstall, after.allocationuuid), "the same allocation")

    def _is_freed(self, machine, network):
        freed = self.edit.call(200, MachineApi.free_machine, machine)
        check.equal((None, []), (freed.allocation, freed.tags), "nothing is left")
        self.fixture.wait_for(machine, "Waiting")
        request = models.V1IPFindRequest(machineid=machine)
        check.within("its addresses are free", lambda: not self.view.call(200, IpApi.find_i_ps, request))
        self.edit.call(200, NetworkApi.free_network, network.id)
        update = models.V1MachineUpdateRequest(id=machine, description="gone")
        self.admin.refused(400, "only allocated machines can be updated", MachineApi.update_machine, update)

    def _booted(self, machine):
        boot = self.view.call(200, MachineApi.find_machine, machine).allocation.boot_info
        return boot.image_id if boot else None

    def test_what_cannot_be_allocated_is_refused(self):
        self._refuses(400, "network ids cannot be nil", networks=None)
        self._refuses(400, "network ids cannot be empty", networks=[])
        message = "NotFound no image for id:plan9-4.0 found:no image for os:plan9 version:4.0.0 found"
        self._refuses(400, message, imageid="plan9-4.0")
        message = "given image is not usable for a machine, features: firewall"
        self._refuses(400, message, imageid=fixture.FIREWALL_IMAGE)
        self._refuses(400, 'size:none not found err:NotFound no size with id "none" found', sizeid="none")
        message = 'partition:none not found err:NotFound no partition with id "none" found'
        self._refuses(400, message, partitionid="none")
        self._refuses(422, "project id must be specified", projectid="")
        message = "rpc error: code = NotFound desc = project with id:none not found sql: no rows in result set"
        self._refuses(404, message, projectid="none")
        message = f"unable to gather networks:underlay networks are not allowed to be set explicitly: {fixture.UNDERLAY}"
        self._refuses(422, message, networks=allocation.networks(fixture.UNDERLAY))
        message = 'unable to gather networks:NotFound no network with id "none" found'
        self._refuses(404, message, networks=allocation.networks("none"))
        self._refuses(422, '"nonsense" is not a valid IP address', ips=["nonsense"])

    def test_there_is_no_machine_of_a_size_that_none_has(self):
        constraint = models.V1SizeConstraint(type="cores", min=900, max=900)
        size = models.V1SizeCreateRequest(id="c9-none", constraints=[constraint])
        self.admin.call(201, SizeApi.create_size, size)
        self._refuses(422, "no machine available", sizeid="c9-none", filesystemlayoutid=fixture.LAYOUT)
        self.admin.call(200, SizeApi.delete_size, "c9-none")

    def test_a_machine_that_is_free_is_not_installed_again(self):
        request = models.V1MachineReinstallRequest(id=_FIRST, imageid=fixture.OTHER_IMAGE)
        message = "machine either locked, not allocated yet or invalid image ID specified"
        self.edit.refused(400, message, MachineApi.reinstall_machine, _FIRST, request)
        message = f'NotFound no machine with id "{fixture.NOBODY}" found'
        self.edit.refused(404, message, MachineApi.reinstall_machine, fixture.NOBODY, request)

    def _refuses(self, status, message, **more):
        fields = {"networks": allocation.networks(fixture.INTERNET), **more}
        self.edit.refused(status, message, MachineApi.allocate_machine, allocation.of_machine("web", **fields))
