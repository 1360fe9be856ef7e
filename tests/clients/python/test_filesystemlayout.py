"""FilesystemlayoutApi."""

import unittest

from metal_python import models
from metal_python.api import FilesystemlayoutApi

import check
import fixture


def _disk(name, size=500, kind="ef00"):
    partitions = [
        models.V1DiskPartition(number=1, label="efi", size=size, gpttype=kind),
        models.V1DiskPartition(number=2, label="lvm", size=0, gpttype="8e00"),
    ]
    return models.V1Disk(device=name, partitions=partitions, wipeonreinstall=True)


def _layout(request, name, disks=None, **more):
    """Everything that a layout can have: disks, a RAID, a volume group and a logical volume."""
    fields = {
        "description": "for a test",
        "disks": disks or [_disk("/dev/sda"), _disk("/dev/sdb")],
        "raid": [
            models.V1Raid(
                arrayname="/dev/md1",
                devices=["/dev/sda1", "/dev/sdb1"],
                level="1",
                spares=0,
                createoptions=["--metadata", "1.0"],
            )
        ],
        "volumegroups": [models.V1VolumeGroup(name="vg", devices=["/dev/sda2", "/dev/sdb2"], tags=["lvm"])],
        "logicalvolumes": [models.V1LogicalVolume(name="root", volumegroup="vg", size=0, lvmtype="raid1")],
        "filesystems": [
            models.V1Filesystem(
                path="/boot/efi", device="/dev/md1", format="vfat", label="efi", createoptions=["-F", "32"]
            ),
            models.V1Filesystem(path="/", device="/dev/vg/root", format="ext4", mountoptions=["noatime"]),
        ],
        "constraints": models.V1FilesystemLayoutConstraints(sizes=["c1-disky"], images={"suse": ">= 15.0"}),
    }
    return request(id=name, name=f"Layout {name}", **{**fields, **more})


def _create(name, **more):
    return _layout(models.V1FilesystemLayoutCreateRequest, name, **more)


class FilesystemLayoutTest(unittest.TestCase):
    def setUp(self):
        self.fixture = fixture.shared()
        self.admin, self.view = self.fixture.admin, self.fixture.view

    def test_a_layout_is_created_read_updated_and_deleted(self):
        request = _create("disky")
        made = self.admin.call(201, FilesystemlayoutApi.create_filesystem_layout, request)
        check.equal(request.disks[1].to_dict(), made.disks[1].to_dict(), "disk")
        check.equal(request.raid[0].to_dict(), made.raid[0].to_dict(), "RAID")
        check.equal(request.volumegroups[0].to_dict(), made.volumegroups[0].to_dict(), "volume group")
        check.equal(request.logicalvolumes[0].to_dict(), made.logicalvolumes[0].to_dict(), "logical volume")
        check.equal(["-F", "32"], made.filesystems[0].createoptions, "options to create")
        check.equal(["noatime"], made.filesystems[1].mountoptions, "options to mount")
        check.equal(request.constraints.to_dict(), made.constraints.to_dict(), "constraints")
        got = self.view.call(200, FilesystemlayoutApi.get_filesystem_layout, "disky")
        check.equal(made.to_dict(), got.to_dict(), "the layout as it was made")

        wanted = models.V1FilesystemLayoutTryRequest(size="c1-disky", image="suse-15.6")
        fitting = self.admin.call(200, FilesystemlayoutApi.try_filesystem_layout, wanted)
        check.equal("disky", fitting.id, "the layout for that size and image")

        request = _layout(models.V1FilesystemLayoutUpdateRequest, "disky", description="smaller", raid=[])
        request.filesystems = request.filesystems[1:]
        updated = self.admin.call(200, FilesystemlayoutApi.update_filesystem_layout, request)
        check.equal(("smaller", 1), (updated.description, len(updated.filesystems)), "an update replaces all")

        deleted = self.admin.call(200, FilesystemlayoutApi.delete_filesystem_layout, "disky")
        check.equal("disky", deleted.id, "deleted layout")
        self._is_gone("disky")

    def test_layouts_are_listed(self):
        listed = self.view.call(200, FilesystemlayoutApi.list_filesystem_layouts)
        found = next(layout for layout in listed if layout.id == fixture.LAYOUT)
        check.equal("ef00", found.disks[0].partitions[0].gpttype, "type of the first partition")
        check.equal(["/boot/efi", "/", "/var/lib"], [one.path for one in found.filesystems], "filesystems")

    def test_a_layout_is_matched_with_a_machine(self):
        machine = "00000000-0000-0000-0000-000000000001"
        request = models.V1FilesystemLayoutMatchRequest(machine=machine, filesystemlayout=fixture.LAYOUT)
        check.equal(
            fixture.LAYOUT,
            self.admin.call(200, FilesystemlayoutApi.match_filesystem_layout, request).id,
            "the layout that fits",
        )
        free = models.V1FilesystemLayoutConstraints(images={}, sizes=[])
        self.admin.call(201, FilesystemlayoutApi.create_filesystem_layout, _create("large", constraints=free))
        request.filesystemlayout = "large"
        message = "device:/dev/sdb does not exist on given hardware"
        self.admin.refused(422, message, FilesystemlayoutApi.match_filesystem_layout, request)
        request.machine = fixture.NOBODY
        message = f'NotFound no machine with id "{fixture.NOBODY}" found'
        self.admin.refused(404, message, FilesystemlayoutApi.match_filesystem_layout, request)
        self.admin.call(200, FilesystemlayoutApi.delete_filesystem_layout, "large")

    def test_what_cannot_be_is_refused(self):
        create = FilesystemlayoutApi.create_filesystem_layout
        self.admin.refused(409, f"filesystemlayout:{fixture.LAYOUT} already exists", create, _create(fixture.LAYOUT))
        self.admin.refused(400, "id should not be empty", create, _create(""))
        message = "given GPTType:8301 is not supported, but:8300,8e00,ef00,fd00"
        self.admin.refused(422, message, create, _create("odd", disks=[_disk("/dev/sda", kind="8301")]))
        message = "device:/dev/sdb1 not provided by disk for raid:/dev/md1"
        self.admin.refused(400, message, create, _create("odd", disks=[_disk("/dev/sda")]))
        wanted = models.V1FilesystemLayoutTryRequest(size="c9-none", image="suse-15.6")
        message = "could not find a matching filesystemLayout for size:c9-none and image:suse-15.6"
        self.admin.refused(422, message, FilesystemlayoutApi.try_filesystem_layout, wanted)
        self._is_gone("odd")

    def _is_gone(self, name):
        message = f'NotFound no filesystemlayout with id "{name}" found'
        self.view.refused(404, message, FilesystemlayoutApi.get_filesystem_layout, name)
        self.admin.refused(404, message, FilesystemlayoutApi.delete_filesystem_layout, name)
        request = _layout(models.V1FilesystemLayoutUpdateRequest, name)
        self.admin.refused(404, message, FilesystemlayoutApi.update_filesystem_layout, request)
