"""FirmwareApi."""

import os
import tempfile
import unittest

from metal_python import models
from metal_python.api import FirmwareApi

import fixture

_WHICH = ("bios", "pretend", "PRETEND-1", "1.0")


class FirmwareTest(unittest.TestCase):
    def test_listing_is_not_there_yet(self):
        fixture.shared().admin.missing("firmware management", FirmwareApi.list_firmwares, kind="bios")

    def test_uploading_is_not_there_yet(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "bios.bin")
            with open(path, "wb") as file:
                file.write(b"firmware")
            fixture.shared().admin.missing("firmware management", FirmwareApi.upload_firmware, *_WHICH, file=path)

    def test_removing_is_not_there_yet(self):
        fixture.shared().admin.missing("firmware management", FirmwareApi.remove_firmware, *_WHICH, models.V1EmptyBody())
