"""TenantApi."""

import unittest

from metal_python import models
from metal_python.api import TenantApi

import check
import fixture

_IAM = models.V1IAMConfig(
    issuer_config=models.V1IssuerConfig(url="https://dex.example.org", client_id="metal"),
    idm_config=models.V1IDMConfig(idm_type="AD"),
)


class TenantTest(unittest.TestCase):
    def setUp(self):
        here = fixture.shared()
        self.admin, self.view = here.admin, here.view

    def test_a_tenant_is_created_read_updated_and_deleted(self):
        request = models.V1TenantCreateRequest(
            name="Guest",
            description="for a test",
            meta=models.V1Meta(id="guest", annotations={"floor": "3"}),
            quotas=models.V1QuotaSet(project=models.V1Quota(quota=2)),
            default_quotas=models.V1QuotaSet(cluster=models.V1Quota(quota=1)),
            iam_config=_IAM,
        )
        made = self.admin.call(201, TenantApi.create_tenant, request)
        check.equal(("guest", "Guest", "Tenant"), (made.meta.id, made.name, made.meta.kind), "id, name and kind")
        check.equal((2, 1), (made.quotas.project.quota, made.default_quotas.cluster.quota), "quotas")
        check.equal(_IAM.to_dict(), made.iam_config.to_dict(), "IAM configuration")
        got = self.view.call(200, TenantApi.get_tenant, "guest")
        check.true(got.meta.created_time is not None, "the time when it was made")

        request = models.V1TenantUpdateRequest(name="Guests", meta=got.meta)
        updated = self.admin.call(200, TenantApi.update_tenant, request)
        check.equal(("Guests", 1), (updated.name, updated.meta.version), "name and version")
        check.equal((None, None), (updated.description, updated.iam_config), "an update replaces all")
        stale = (
            "rpc error: code = FailedPrecondition desc = optimistic lock error updating tenant with id guest, "
            "existing version 1 mismatches entity version 0"
        )
        self.admin.refused(422, stale, TenantApi.update_tenant, request)

        check.equal("guest", self.admin.call(200, TenantApi.delete_tenant, "guest").meta.id, "deleted tenant")
        message = "rpc error: code = NotFound desc = tenant with id:guest not found sql: no rows in result set"
        self.view.refused(404, message, TenantApi.get_tenant, "guest")

    def test_tenants_are_listed_and_found(self):
        listed = self.view.call(200, TenantApi.list_tenants)
        check.true(fixture.TENANT in [tenant.meta.id for tenant in listed], "the provider is listed")
        found = self.view.call(200, TenantApi.find_tenants, models.V1TenantFindRequest(id=fixture.TENANT))
        check.equal(["metal-stack tenant, which is provider"], [one.description for one in found], "the provider")

    def test_what_cannot_be_is_refused(self):
        again = models.V1TenantCreateRequest(name="n", meta=models.V1Meta(id=fixture.TENANT))
        taken = f"an entity of type:tenant with the id:{fixture.TENANT} already exists"
        message = f"rpc error: code = AlreadyExists desc = {taken}"
        self.admin.refused(409, message, TenantApi.create_tenant, again)
        missing = models.V1TenantUpdateRequest(name="n")
        message = "tenant and tenant.meta must be specified"
        self.admin.refused(400, message, TenantApi.update_tenant, missing)
        kept = "there are still projects allocated by this tenant"
        self.admin.refused(422, kept, TenantApi.delete_tenant, fixture.TENANT)
