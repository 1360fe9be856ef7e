"""Roles: who may do what, and what the others are told."""

import unittest

from metal_python import models
from metal_python.api import HealthApi, MachineApi, NetworkApi, PartitionApi, SizeApi, VersionApi

import check
import fixture
from caller import Caller

_ADMIN = "you are not member in one of [k8s_kaas-admin maas-all-all-admin]"
_EDIT = "you are not member in one of [k8s_kaas-edit maas-all-all-edit k8s_kaas-admin maas-all-all-admin]"


class RoleTest(unittest.TestCase):
    def setUp(self):
        self.fixture = fixture.shared()

    def test_a_viewer_reads_and_writes_nothing(self):
        view = self.fixture.view
        check.equal(self.fixture.count, len(view.call(200, MachineApi.list_machines)), "machines that a viewer sees")
        allocate = models.V1NetworkAllocateRequest(partitionid=fixture.PARTITION, projectid=fixture.PROJECT)
        view.refused(403, _EDIT, NetworkApi.allocate_network, allocate)
        view.refused(403, _EDIT, MachineApi.machine_on, fixture.NOBODY, models.V1EmptyBody())
        view.refused(403, _ADMIN, SizeApi.create_size, models.V1SizeCreateRequest(id="c1", constraints=[]))
        view.refused(403, _ADMIN, MachineApi.delete_machine, fixture.NOBODY)

    def test_an_editor_is_no_admin(self):
        edit = self.fixture.edit
        edit.refused(403, _ADMIN, PartitionApi.delete_partition, fixture.PARTITION)
        edit.refused(403, _ADMIN, SizeApi.delete_size, fixture.SIZE)
        message = f'NotFound no machine with id "{fixture.NOBODY}" found'
        edit.refused(404, message, MachineApi.machine_on, fixture.NOBODY, models.V1EmptyBody())

    def test_a_wrong_key_is_refused_even_where_anybody_may_ask(self):
        stranger = Caller(self.fixture.node.url, "Metal-Admin", "metal-view")
        for method in (MachineApi.list_machines, HealthApi.health, VersionApi.info):
            stranger.refused(403, "Wrong HMAC found", method)

    def test_an_unknown_user_is_a_guest(self):
        guest = Caller(self.fixture.node.url, "metal-admin", "metal-admin")
        guest.refused_outside_of_envelope(403, "tenant  not allowed", MachineApi.list_machines)
        check.equal("healthy", guest.call(200, HealthApi.health).status, "anybody may ask for the health")
