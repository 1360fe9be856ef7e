"""AuditApi."""

import unittest

from metal_python import models
from metal_python.api import AuditApi

import fixture


class AuditTest(unittest.TestCase):
    def test_traces_are_not_there_yet(self):
        fixture.shared().view.missing("auditing", AuditApi.find_audit_traces, models.V1AuditFindRequest(limit=1))
