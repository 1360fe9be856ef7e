"""ImageApi."""

import datetime
import unittest

from metal_python import models
from metal_python.api import ImageApi

import check
import fixture

_URL = "https://images.metal-stack.io/metal-os/stable/test/img.tar.lz4"
_EXPIRES = datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)


def _image(name, **more):
    return models.V1ImageCreateRequest(
        id=name, name=f"Image {name}", description="for a test", url=_URL, features=["machine"], **more
    )


class ImageTest(unittest.TestCase):
    def setUp(self):
        here = fixture.shared()
        self.admin, self.view = here.admin, here.view

    def test_an_image_is_created_read_updated_and_deleted(self):
        request = _image("alpine-3.22.20260101", classification="supported", expiration_date=_EXPIRES)
        made = self.admin.call(201, ImageApi.create_image, request)
        check.equal(("alpine-3.22.20260101", _URL), (made.id, made.url), "id and URL")
        check.equal(("supported", ["machine"]), (made.classification, made.features), "classification and features")
        check.true(made.expiration_date == _EXPIRES, "expiration date")
        got = self.view.call(200, ImageApi.find_image, made.id)
        check.equal(made.to_dict(), got.to_dict(), "the image as it was made")

        later = _EXPIRES.replace(year=2031)
        request = models.V1ImageUpdateRequest(
            id=made.id, expiration_date=later, classification="deprecated", features=["machine", "firewall"]
        )
        updated = self.admin.call(200, ImageApi.update_image, request)
        check.equal(("deprecated", made.name), (updated.classification, updated.name), "classification and name")
        check.equal({"machine", "firewall"}, set(updated.features), "features")
        check.true(updated.expiration_date == later, "expiration date after the update")

        check.equal(made.id, self.admin.call(200, ImageApi.delete_image, made.id).id, "deleted image")
        self.view.refused(404, f'NotFound no image with id "{made.id}" found', ImageApi.find_image, made.id)

    def test_short_ids_find_the_newest_patch(self):
        old, new = "suse-15.6.20260101", "suse-15.6.20260201"
        for name in (old, new):
            self.admin.call(201, ImageApi.create_image, _image(name))
        check.equal(new, self.view.call(200, ImageApi.find_latest_image, "suse-15.6").id, "latest image")
        found = self.view.call(200, ImageApi.query_images_by_id, "suse-15.6")
        check.equal({old, new}, {image.id for image in found}, "images of the query")
        check.equal([], self.view.call(200, ImageApi.query_images_by_id, "suse-16.0"), "nothing matches")
        message = "NotFound no image for id:suse-16.0 found:no image for os:suse version:16.0.0 found"
        self.view.refused(404, message, ImageApi.find_latest_image, "suse-16.0")
        for name in (old, new):
            self.admin.call(200, ImageApi.delete_image, name)

    def test_images_are_listed_and_found(self):
        listed = self.view.call(200, ImageApi.list_images, show_usage=True)
        check.true({fixture.IMAGE, fixture.OTHER_IMAGE, fixture.FIREWALL_IMAGE} <= {image.id for image in listed}, "all listed")
        request = models.V1ImageFindRequest(os="firewall-ubuntu", features=["firewall"], classification="preview")
        found = self.view.call(200, ImageApi.find_images, request)
        check.equal([fixture.FIREWALL_IMAGE], [image.id for image in found], "firewall images")
        request = models.V1ImageFindRequest(classification="deprecated")
        check.equal([], self.view.call(200, ImageApi.find_images, request), "no image is deprecated")

    def test_what_cannot_be_is_refused(self):
        message = f"Conflict cannot create image in database, entity already exists: {fixture.IMAGE}"
        self.admin.refused(409, message, ImageApi.create_image, _image(fixture.IMAGE))
        message = "invalid format for os image, expected <os>-<major>.<minor>[.<patch>]: ubuntu"
        self.admin.refused(400, message, ImageApi.create_image, _image("ubuntu"))
        self.admin.refused(400, "id should not be empty", ImageApi.create_image, _image(""))
        message = "given versionclassification is not valid:best"
        self.admin.refused(400, message, ImageApi.create_image, _image("alpine-3.20", classification="best"))
        gone = 'NotFound no image with id "alpine-3.20" found'
        self.admin.refused(404, gone, ImageApi.delete_image, "alpine-3.20")
        update = models.V1ImageUpdateRequest(id="alpine-3.20", expiration_date=_EXPIRES)
        self.admin.refused(404, gone, ImageApi.update_image, update)
