"""ProjectApi."""

import unittest

from metal_python import models
from metal_python.api import NetworkApi, ProjectApi

import check
import fixture


class ProjectTest(unittest.TestCase):
    def setUp(self):
        self.fixture = fixture.shared()
        self.admin, self.view = self.fixture.admin, self.fixture.view

    def test_a_project_is_created_read_updated_and_deleted(self):
        request = models.V1ProjectCreateRequest(
            name="ours",
            description="for a test",
            tenant_id=fixture.TENANT,
            meta=models.V1Meta(id="p-ours", annotations={"who": "we"}, labels=["a", "b"]),
            quotas=models.V1QuotaSet(machine=models.V1Quota(quota=3)),
        )
        made = self.admin.call(201, ProjectApi.create_project, request)
        check.equal(("p-ours", "ours", fixture.TENANT), (made.meta.id, made.name, made.tenant_id), "id, name and tenant")
        check.equal(("Project", "v1"), (made.meta.kind, made.meta.apiversion), "kind and API version")
        check.equal(({"who": "we"}, ["a", "b"]), (made.meta.annotations, made.meta.labels), "annotations and labels")
        got = self.view.call(200, ProjectApi.find_project, "p-ours")
        check.true(got.meta.created_time is not None, "the time when it was made")
        check.equal((3, 0), (got.quotas.machine.quota, got.quotas.machine.used), "quota of machines")
        check.equal(0, got.quotas.ip.used, "addresses in use")

        got.meta.labels = ["c"]
        request = models.V1ProjectUpdateRequest(
            name="still ours", tenant_id=fixture.TENANT, meta=got.meta, quotas=got.quotas
        )
        updated = self.admin.call(200, ProjectApi.update_project, request)
        check.equal(("still ours", ["c"], 1), (updated.name, updated.meta.labels, updated.meta.version), "what changed")
        check.equal(None, updated.description, "an update replaces all")
        stale = (
            "rpc error: code = FailedPrecondition desc = optimistic lock error updating project with id p-ours, "
            "existing version 1 mismatches entity version 0"
        )
        self.admin.refused(422, stale, ProjectApi.update_project, request)

        deleted = self.admin.call(200, ProjectApi.delete_project, "p-ours")
        check.equal("p-ours", deleted.meta.id, "deleted project")
        self._is_gone("p-ours")

    def test_projects_are_listed_and_found(self):
        listed = [project.meta.id for project in self.view.call(200, ProjectApi.list_projects)]
        check.true({fixture.PROJECT, fixture.PROVIDER_PROJECT} <= set(listed), "both projects are listed")
        check.equal(sorted(listed), listed, "in the order of their ids")
        found = self.view.call(200, ProjectApi.find_projects, models.V1ProjectFindRequest(name="sample-project"))
        check.equal([fixture.PROJECT], [project.meta.id for project in found], "the project by its name")
        check.equal("Sample project with static id", found[0].description, "description")

    def test_what_cannot_be_is_refused(self):
        again = models.V1ProjectCreateRequest(name="n", tenant_id=fixture.TENANT, meta=models.V1Meta(id=fixture.PROJECT))
        taken = f"an entity of type:project with the id:{fixture.PROJECT} already exists"
        message = f"rpc error: code = AlreadyExists desc = {taken}"
        self.admin.refused(409, message, ProjectApi.create_project, again)
        self.admin.refused(400, "no tenant given", ProjectApi.create_project, models.V1ProjectCreateRequest(name="n"))
        self._is_gone("p-none")

        network = self.fixture.private_network("keeps its project")
        message = "there are still networks allocated by this project"
        self.admin.refused(400, message, ProjectApi.delete_project, fixture.PROJECT)
        self.fixture.edit.call(200, NetworkApi.free_network, network.id)

    def _is_gone(self, name):
        what = f"project with id:{name} not found sql: no rows in result set"
        message = f"rpc error: code = NotFound desc = {what}"
        self.view.refused(404, message, ProjectApi.find_project, name)
        self.admin.refused(404, message, ProjectApi.delete_project, name)
