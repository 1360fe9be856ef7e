"""PartitionApi."""

import unittest

from metal_python import models
from metal_python.api import PartitionApi

import check
import fixture

_BOOT = models.V1PartitionBootConfiguration(
    imageurl="https://images.metal-stack.io/initrd",
    kernelurl="https://images.metal-stack.io/kernel",
    commandline="quiet",
)


def _partition(name, **more):
    return models.V1PartitionCreateRequest(
        id=name, name=f"Partition {name}", description="for a test", bootconfig=_BOOT, **more
    )


class PartitionTest(unittest.TestCase):
    def setUp(self):
        here = fixture.shared()
        self.admin, self.view = here.admin, here.view

    def test_a_partition_is_created_read_updated_and_deleted(self):
        request = _partition(
            "plant-a",
            mgmtserviceaddress="10.9.9.9:3333",
            labels={"place": "north"},
            dns_servers=[models.V1DNSServer(ip="9.9.9.9")],
            ntp_servers=[models.V1NTPServer(address="ntp.example.org")],
        )
        made = self.admin.call(201, PartitionApi.create_partition, request)
        check.equal(("plant-a", "10.9.9.9:3333"), (made.id, made.mgmtserviceaddress), "id and management address")
        check.equal(_BOOT.to_dict(), made.bootconfig.to_dict(), "boot configuration")
        check.equal(["9.9.9.9"], [server.ip for server in made.dns_servers], "DNS servers")
        check.equal(["ntp.example.org"], [server.address for server in made.ntp_servers], "NTP servers")
        got = self.view.call(200, PartitionApi.find_partition, "plant-a")
        check.equal(made.to_dict(), got.to_dict(), "the partition as it was made")

        request = models.V1PartitionUpdateRequest(
            id="plant-a", labels={"place": "south"}, dns_servers=[], ntp_servers=[], mgmtserviceaddress="10.9.9.8:3333"
        )
        updated = self.admin.call(200, PartitionApi.update_partition, request)
        check.equal({"place": "south"}, updated.labels, "labels")
        check.equal("10.9.9.8:3333", updated.mgmtserviceaddress, "management address")
        check.equal((None, None), (updated.dns_servers, updated.ntp_servers), "servers are cleared")
        check.equal(_BOOT.to_dict(), updated.bootconfig.to_dict(), "the boot configuration stays")

        check.equal("plant-a", self.admin.call(200, PartitionApi.delete_partition, "plant-a").id, "deleted partition")
        gone = 'NotFound no partition with id "plant-a" found'
        self.view.refused(404, gone, PartitionApi.find_partition, "plant-a")
        self.admin.refused(404, gone, PartitionApi.delete_partition, "plant-a")

    def test_partitions_are_listed(self):
        listed = self.view.call(200, PartitionApi.list_partitions)
        found = next(partition for partition in listed if partition.id == fixture.PARTITION)
        check.equal("The mini-lab example partition", found.description, "description")
        check.true("console=ttyS0" in found.bootconfig.commandline, "command line")

    def test_what_cannot_be_is_refused(self):
        message = f"Conflict cannot create partition in database, entity already exists: {fixture.PARTITION}"
        self.admin.refused(409, message, PartitionApi.create_partition, _partition(fixture.PARTITION))
        self.admin.refused(400, "id should not be empty", PartitionApi.create_partition, _partition(""))
        servers = [models.V1DNSServer(ip=f"9.9.9.{last}") for last in range(4)]
        message = "please specify a maximum of three dns servers"
        self.admin.refused(400, message, PartitionApi.create_partition, _partition("plant-b", dns_servers=servers))
        servers = [models.V1NTPServer(address="no name")]
        message = "dns name: {no name} for ntp server not correct"
        self.admin.refused(400, message, PartitionApi.create_partition, _partition("plant-b", ntp_servers=servers))
        update = models.V1PartitionUpdateRequest(id="plant-b", dns_servers=[], ntp_servers=[])
        message = 'NotFound no partition with id "plant-b" found'
        self.admin.refused(404, message, PartitionApi.update_partition, update)

    def test_capacity_is_not_there_yet(self):
        request = models.V1PartitionCapacityRequest(id=fixture.PARTITION, projectid=fixture.PROJECT)
        self.view.missing("partition capacity", PartitionApi.partition_capacity, request)
