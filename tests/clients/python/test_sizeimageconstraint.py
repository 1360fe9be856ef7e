"""SizeimageconstraintApi."""

import unittest

from metal_python import models
from metal_python.api import SizeimageconstraintApi

import lab

_WHAT = "size image constraints"
_IMAGES = models.V1SizeImageConstraintBase(images={"ubuntu": ">= 26.4"})


class SizeImageConstraintTest(unittest.TestCase):
    def setUp(self):
        self.admin = lab.shared().admin

    def test_reading_is_not_there_yet(self):
        self.admin.missing(_WHAT, SizeimageconstraintApi.list_size_image_constraints)
        self.admin.missing(_WHAT, SizeimageconstraintApi.find_size_image_constraint, lab.SIZE)

    def test_writing_is_not_there_yet(self):
        create = models.V1SizeImageConstraintCreateRequest(id=lab.SIZE, constraints=_IMAGES)
        update = models.V1SizeImageConstraintUpdateRequest(id=lab.SIZE, constraints=_IMAGES)
        self.admin.missing(_WHAT, SizeimageconstraintApi.create_size_image_constraint, create)
        self.admin.missing(_WHAT, SizeimageconstraintApi.update_size_image_constraint, update)
        self.admin.missing(_WHAT, SizeimageconstraintApi.delete_size_image_constraint, lab.SIZE)

    def test_trying_is_not_there_yet(self):
        request = models.V1SizeImageConstraintTryRequest(size=lab.SIZE, image=lab.IMAGE)
        self.admin.missing(_WHAT, SizeimageconstraintApi.try_size_image_constraint, request)
