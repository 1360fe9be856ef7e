"""VpnApi."""

import unittest

from metal_python import models
from metal_python.api import VpnApi

import lab


class VpnTest(unittest.TestCase):
    def test_keys_are_not_there_yet(self):
        request = models.V1VPNRequest(ephemeral=True, pid=lab.PROJECT, reason="a test")
        lab.shared().admin.missing("the VPN", VpnApi.get_vpn_auth_key, request)
