"""VpnApi."""

import unittest

from metal_python import models
from metal_python.api import VpnApi

import fixture


class VpnTest(unittest.TestCase):
    def test_keys_are_not_there_yet(self):
        request = models.V1VPNRequest(ephemeral=True, pid=fixture.PROJECT, reason="a test")
        fixture.shared().admin.missing("the VPN", VpnApi.get_vpn_auth_key, request)
