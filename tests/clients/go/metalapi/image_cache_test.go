package metalapi

import (
	"testing"
	"time"

	"github.com/metal-stack/metal-go/api/client/image"
	"github.com/metal-stack/metal-go/api/client/partition"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

// The image cache mirrors all images that have not expired, and the kernel of each partition.
func TestTheImageCacheReadsWhatToMirror(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	urls := map[string]string{}
	for _, one := range call(fx.view.Image().ListImages(image.NewListImagesParams(), nil)).ok(t, "images") {
		urls[*one.ID] = one.URL
		days := time.Until(time.Time(*one.ExpirationDate)).Hours() / 24
		guard.True(t, days > 89 && days <= 90, "%s expires in 90 days, not %v", *one.ID, days)
	}
	from := "https://images.metal-stack.io/metal-os/stable/"
	guard.Equal(t, map[string]string{
		firewallImage: from + "firewall/3.0-ubuntu/img.tar.lz4", guard.Image: from + "ubuntu/26.04/img.tar.lz4",
		"debian-13.0": from + "debian/13/img.tar.lz4",
	}, urls, "images to mirror")
	partitions := call(fx.view.Partition().ListPartitions(partition.NewListPartitionsParams(), nil)).ok(t, "partitions")
	guard.Equal(t, 1, len(partitions), "partitions")
	boot := partitions[0].Bootconfig
	guard.Equal(t, guard.Partition, *partitions[0].ID, "partition")
	guard.Equal(t, "https://images.metal-stack.io/metal-kernel/stable/metal-kernel", boot.Kernelurl, "kernel")
	guard.Equal(t, "https://images.metal-stack.io/metal-hammer/stable/metal-hammer-initrd.img.lz4", boot.Imageurl, "image")
	guard.Equal(t, "console=ttyS0,115200n8 ip=dhcp carrier_timeout=10", boot.Commandline, "command line")
}

// Versions are resolved by the node: short ids, newest first.
func TestImagesAreResolvedByVersion(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	for _, id := range []string{"ubuntu-26.4.20260101", "ubuntu-26.4.20260301", "ubuntu-26.10.20261001"} {
		body := &models.V1ImageCreateRequest{ID: ptr(id), URL: ptr("http://images/" + id), Features: []string{"machine"}}
		call(fx.admin.Image().CreateImage(image.NewCreateImageParams().WithBody(body), nil)).ok(t, "image %s", id)
	}
	latest := func(id string) outcome[*models.V1ImageResponse] {
		return call(fx.view.Image().FindLatestImage(image.NewFindLatestImageParams().WithID(id), nil))
	}
	guard.Equal(t, "ubuntu-26.4.20260301", *latest("ubuntu-26.4").ok(t, "of a release").ID, "newest")
	guard.Equal(t, "ubuntu-26.4.20260301", *latest("ubuntu-26.04").ok(t, "of a padded release").ID, "newest")
	guard.Equal(t, "ubuntu-26.4.20260101", *latest("ubuntu-26.4.20260101").ok(t, "of a full id").ID, "exactly this")
	latest("ubuntu-9.9").refused(t, 404,
		"NotFound no image for id:ubuntu-9.9 found:no image for os:ubuntu version:9.9.0 found")
	get := image.NewFindImageParams().WithID("ubuntu-26.10")
	call(fx.view.Image().FindImage(get, nil)).refused(t, 404, `NotFound no image with id "ubuntu-26.10" found`)
	query := image.NewQueryImagesByIDParams().WithID("ubuntu-26.4")
	guard.Equal(t, 3, len(call(fx.view.Image().QueryImagesByID(query, nil)).ok(t, "of a release")), "images of the release")
	found := call(fx.view.Image().FindImages(image.NewFindImagesParams().
		WithBody(&models.V1ImageFindRequest{Os: "ubuntu", Version: "26.10.20261001"}), nil)).ok(t, "by OS and version")
	guard.Equal(t, 1, len(found), "images of the version")
	none := call(fx.view.Image().FindImages(image.NewFindImagesParams().
		WithBody(&models.V1ImageFindRequest{Os: "plan9"}), nil)).ok(t, "of no OS")
	guard.Equal(t, 0, len(none), "images of no OS")
}
