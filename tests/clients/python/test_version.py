"""VersionApi."""

import unittest

from metal_python.api import VersionApi

import check
import fixture


class VersionTest(unittest.TestCase):
    def test_the_version_is_told(self):
        version = fixture.shared().view.call(200, VersionApi.info)
        check.equal("metal-api", version.name, "name")
        check.equal("v0.0.1", version.min_client_version, "oldest client")
        check.true(version.version, "the version has a value")
