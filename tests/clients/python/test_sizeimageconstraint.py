"""SizeimageconstraintApi."""

import unittest

from metal_python import models
from metal_python.api import SizeimageconstraintApi

import check
import fixture

# Of no machine that another test wants.
_SIZE = "constrained"


def _images(constraint):
    return models.V1SizeImageConstraintBase(images={"ubuntu": constraint})


def _create(constraint):
    return models.V1SizeImageConstraintCreateRequest(id=_SIZE, name="n", constraints=_images(constraint))


class SizeImageConstraintTest(unittest.TestCase):
    def setUp(self):
        self.admin, self.view = fixture.shared().admin, fixture.shared().view

    def test_a_constraint_is_created_read_updated_and_deleted(self):
        create = SizeimageconstraintApi.create_size_image_constraint
        made = self.admin.call(201, create, _create(">= 26.4"))
        check.equal((_SIZE, "n"), (made.id, made.name), "id and name")
        check.equal({"ubuntu": ">= 26.4"}, made.constraints.images, "constraint")
        got = self.view.call(200, SizeimageconstraintApi.find_size_image_constraint, _SIZE)
        check.equal(made.to_dict(), got.to_dict(), "the constraint as it was made")
        listed = self.view.call(200, SizeimageconstraintApi.list_size_image_constraints)
        check.equal([_SIZE], [one.id for one in listed], "all constraints")
        taken = f"Conflict cannot create sizeimageconstraint in database, entity already exists: {_SIZE}"
        self.admin.refused(409, taken, create, _create(">= 26.4"))
        update = models.V1SizeImageConstraintUpdateRequest(id=_SIZE, constraints=_images("*"))
        updated = self.admin.call(200, SizeimageconstraintApi.update_size_image_constraint, update)
        check.equal(("n", {"ubuntu": "*"}), (updated.name, updated.constraints.images), "after the update")
        deleted = self.admin.call(200, SizeimageconstraintApi.delete_size_image_constraint, _SIZE)
        check.equal(_SIZE, deleted.id, "deleted constraint")
        gone = f'NotFound no sizeimageconstraint with id "{_SIZE}" found'
        self.view.refused(404, gone, SizeimageconstraintApi.find_size_image_constraint, _SIZE)

    def test_constraints_that_cannot_be_are_refused(self):
        create = SizeimageconstraintApi.create_size_image_constraint
        self.admin.refused(400, "given imageconstraint op:% is not supported", create, _create("% 1"))
        any_os = models.V1SizeImageConstraintBase(images={"*": "1"})
        wrong = models.V1SizeImageConstraintCreateRequest(id=_SIZE, constraints=any_os)
        self.admin.refused(400, "just '*' is not allowed as image os constraint", create, wrong)

    def test_an_image_is_tried(self):
        attempt = SizeimageconstraintApi.try_size_image_constraint
        self.admin.call(200, attempt, models.V1SizeImageConstraintTryRequest(size=fixture.SIZE, image=fixture.IMAGE))
        unknown = models.V1SizeImageConstraintTryRequest(size="another", image=fixture.IMAGE)
        self.admin.refused(404, 'NotFound no size with id "another" found', attempt, unknown)
