"""HealthApi."""

import unittest

from metal_python.api import HealthApi

import check
import fixture


class HealthTest(unittest.TestCase):
    def test_a_node_is_healthy_and_names_its_services(self):
        health = fixture.shared().view.call(200, HealthApi.health)
        check.equal("healthy", health.status, "status")
        check.equal("", health.message, "message")
        check.equal({"rows": "healthy", "store": "healthy"}, {name: of.status for name, of in health.services.items()}, "services")

    def test_one_service_can_be_asked_for(self):
        health = fixture.shared().view.call(200, HealthApi.health, service="store")
        check.equal(("healthy", ["store"]), (health.status, list(health.services)), "health of the store")
