"""SizeApi."""

import unittest

from metal_python import models
from metal_python.api import SizeApi

import check
import fixture


def _reservation(name, **wanted):
    asked = {"sizeid": fixture.SIZE, "projectid": fixture.PROJECT, "partitionids": [fixture.PARTITION], "amount": 1, **wanted}
    return models.V1SizeReservationCreateRequest(
        id=name, name=f"Reservation {name}", labels={"purpose": "test"}, **asked
    )


def _size(name, least, most):
    return models.V1SizeCreateRequest(
        id=name,
        name=f"Size {name}",
        description="for a test",
        labels={"purpose": "test"},
        constraints=[
            models.V1SizeConstraint(type="cores", min=least, max=most, identifier="Big*"),
            models.V1SizeConstraint(type="memory", min=10 * 1024**3, max=20 * 1024**3),
            models.V1SizeConstraint(type="storage", min=1, max=2, identifier="/dev/nvme*"),
            models.V1SizeConstraint(type="gpu", min=1, max=1, identifier="AD102*"),
        ],
    )


class SizeTest(unittest.TestCase):
    def setUp(self):
        here = fixture.shared()
        self.admin, self.view = here.admin, here.view

    def test_a_size_is_created_read_updated_and_deleted(self):
        made = self.admin.call(201, SizeApi.create_size, _size("c1-large", 64, 64))
        check.equal("c1-large", made.id, "id")
        check.equal({"purpose": "test"}, made.labels, "labels")
        got = self.view.call(200, SizeApi.find_size, "c1-large")
        check.equal(made.to_dict(), got.to_dict(), "the size as it was made")
        kinds = [(one.type, one.min, one.max, one.identifier) for one in got.constraints]
        check.equal(("cores", 64, 64, "Big*"), kinds[0], "first constraint")
        check.equal(("gpu", 1, 1, "AD102*"), kinds[3], "last constraint")

        request = models.V1SizeUpdateRequest(id="c1-large", description="larger", labels={"purpose": "none"})
        updated = self.admin.call(200, SizeApi.update_size, request)
        check.equal(("Size c1-large", "larger"), (updated.name, updated.description), "name and description")
        check.equal({"purpose": "none"}, updated.labels, "labels after the update")
        check.equal(4, len(updated.constraints), "constraints stay")
        check.true(updated.changed > made.changed, "the update is later")

        deleted = self.admin.call(200, SizeApi.delete_size, "c1-large")
        check.equal("c1-large", deleted.id, "deleted size")
        self.view.refused(404, 'NotFound no size with id "c1-large" found', SizeApi.find_size, "c1-large")

    def test_all_sizes_are_listed(self):
        listed = self.view.call(200, SizeApi.list_sizes)
        check.equal([fixture.SIZE], [size.id for size in listed if size.id == fixture.SIZE], "the fixture's size")
        constraint = next(size for size in listed if size.id == fixture.SIZE).constraints[0]
        check.equal(("cores", 1, 4), (constraint.type, constraint.min, constraint.max), "constraint")

    def test_what_cannot_be_is_refused(self):
        self.admin.call(201, SizeApi.create_size, _size("c2-large", 32, 32))
        message = "Conflict cannot create size in database, entity already exists: c2-large"
        self.admin.refused(409, message, SizeApi.create_size, _size("c2-large", 32, 32))
        message = 'size "c3-large" overlaps with "c2-large"'
        self.admin.refused(400, message, SizeApi.create_size, _size("c3-large", 32, 40))
        message = 'size "c3-large" is invalid: constraint at index 0 is invalid: max is smaller than min'
        self.admin.refused(422, message, SizeApi.create_size, _size("c3-large", 2, 1))
        self.admin.refused(400, "id should not be empty", SizeApi.create_size, _size("", 1, 1))
        self.admin.refused(400, 'id cannot be "unknown"', SizeApi.create_size, _size("unknown", 1, 1))
        self.admin.call(200, SizeApi.delete_size, "c2-large")
        gone = 'NotFound no size with id "c2-large" found'
        self.admin.refused(404, gone, SizeApi.delete_size, "c2-large")
        self.admin.refused(404, gone, SizeApi.update_size, models.V1SizeUpdateRequest(id="c2-large"))

    def test_suggesting_is_not_there_yet(self):
        request = models.V1SizeSuggestRequest(machine_id=fixture.NOBODY)
        self.view.missing("suggesting sizes", SizeApi.suggest, request)

    def test_a_reservation_is_created_read_updated_and_deleted(self):
        check.equal([], self.view.call(200, SizeApi.list_size_reservations), "reservations of a new node")
        made = self.admin.call(201, SizeApi.create_size_reservation, _reservation("r"))
        check.equal(("r", fixture.SIZE, fixture.PROJECT, 1), (made.id, made.sizeid, made.projectid, made.amount), "as asked")
        check.equal({"purpose": "test"}, made.labels, "labels")
        got = self.view.call(200, SizeApi.get_size_reservation, "r")
        check.equal(made.to_dict(), got.to_dict(), "the reservation as it was made")
        update = models.V1SizeReservationUpdateRequest(id="r", amount=2, partitionids=[fixture.PARTITION])
        updated = self.admin.call(200, SizeApi.update_size_reservation, update)
        check.equal(("Reservation r", 2), (updated.name, updated.amount), "name and amount")
        for wanted, count in (
            (models.V1SizeReservationListRequest(projectid=fixture.PROJECT, partitionid=fixture.PARTITION), 1),
            (models.V1SizeReservationListRequest(sizeid="another"), 0),
        ):
            found = self.view.call(200, SizeApi.find_size_reservations, wanted)
            check.equal(count, len(found), f"reservations that are found by {wanted}")
        self.admin.refused(
            422, "cannot delete size before all size reservations were removed", SizeApi.delete_size, fixture.SIZE
        )
        used = self.view.call(200, SizeApi.size_reservations_usage, models.V1SizeReservationListRequest(id="r"))
        check.equal([(2, fixture.PARTITION)], [(row.amount, row.partitionid) for row in used], "usage")
        check.equal(min(2, used[0].projectallocations), used[0].usedamount, "used amount")
        none = self.view.call(200, SizeApi.size_reservations_usage, models.V1SizeReservationListRequest(id="s"))
        check.equal(None, none, "the usage of none")
        check.equal("r", self.admin.call(200, SizeApi.delete_size_reservation, "r").id, "deleted reservation")
        gone = 'NotFound no sizereservation with id "r" found'
        self.view.refused(404, gone, SizeApi.get_size_reservation, "r")

    def test_reservations_that_cannot_be_are_refused(self):
        self.admin.refused(
            404,
            'NotFound no size with id "another" found',
            SizeApi.create_size_reservation,
            _reservation("s", sizeid="another"),
        )
        for wrong, message in (
            ({"amount": 0}, "amount must be a positive integer"),
            ({"partitionids": []}, "at least one partition id must be specified"),
            ({"partitionids": ["nowhere"]}, "partition must exist before creating a size reservation"),
            ({"partitionids": [fixture.PARTITION] * 2}, "partitions must not contain duplicates"),
        ):
            self.admin.refused(400, message, SizeApi.create_size_reservation, _reservation("s", **wrong))
