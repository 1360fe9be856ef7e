package metalapi

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/metal-stack/metal-go/api/client/filesystemlayout"
	"github.com/metal-stack/metal-go/api/client/image"
	"github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/client/partition"
	"github.com/metal-stack/metal-go/api/client/project"
	"github.com/metal-stack/metal-go/api/client/size"
	"github.com/metal-stack/metal-go/api/client/tenant"
	"github.com/metal-stack/metal-go/api/models"
)

func TestTheHelmInitJobAppliesEveryKind(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	apply(t, imageToApply(fx))
	apply(t, partitionToApply(fx))
	apply(t, sizeToApply(fx))
	apply(t, networkToApply(fx))
	apply(t, layoutToApply(fx))
	apply(t, tenantToApply(fx))
	apply(t, projectToApply(fx))
}

func imageToApply(fx *fixture) applied[*models.V1ImageResponse] {
	c, id := fx.admin.Image(), "debian-12.0.20260101"
	expires := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	body := &models.V1ImageCreateRequest{
		ID: ptr(id), Name: "Debian", Description: "stable", URL: ptr("http://images/debian"), Features: []string{"machine"},
		ExpirationDate: strfmt.DateTime(expires), Classification: "supported",
	}
	update := &models.V1ImageUpdateRequest{
		ID: ptr(id), Name: "Debian 12", Classification: "deprecated", ExpirationDate: ptr(strfmt.DateTime(expires.AddDate(1, 0, 0))),
	}
	a := applied[*models.V1ImageResponse]{
		kind: "image", notUpdatedStatus: 404,
		before: "Debian stable http://images/debian [machine] supported 2030", after: "Debian 12 stable http://images/debian [machine] deprecated 2031",
		shown: func(i *models.V1ImageResponse) string {
			year := time.Time(*i.ExpirationDate).Year()
			return fmt.Sprint(i.Name, " ", i.Description, " ", i.URL, " ", i.Features, " ", i.Classification, " ", year)
		},
		create: func() outcome[*models.V1ImageResponse] {
			return call(c.CreateImage(image.NewCreateImageParams().WithBody(body), nil))
		},
		update: func() outcome[*models.V1ImageResponse] {
			return call(c.UpdateImage(image.NewUpdateImageParams().WithBody(update), nil))
		},
		get: func() outcome[*models.V1ImageResponse] {
			return call(c.FindImage(image.NewFindImageParams().WithID(id), nil))
		},
		remove: func() outcome[*models.V1ImageResponse] {
			return call(c.DeleteImage(image.NewDeleteImageParams().WithID(id), nil))
		},
	}
	a.taken, a.gone = stored("image", id)
	a.notUpdated = a.gone
	return a
}

func partitionToApply(fx *fixture) applied[*models.V1PartitionResponse] {
	c, id := fx.admin.Partition(), "other-lab"
	body := &models.V1PartitionCreateRequest{
		ID: ptr(id), Name: "other", Description: "lab", Mgmtserviceaddress: "10.0.0.1:50051",
		Bootconfig: &models.V1PartitionBootConfiguration{Commandline: "a=b", Imageurl: "http://image", Kernelurl: "http://kernel"},
		DNSServers: []*models.V1DNSServer{{IP: ptr("1.1.1.1")}}, NtpServers: []*models.V1NTPServer{{Address: ptr("ntp.example")}},
		Labels: map[string]string{"a": "b"},
	}
	update := &models.V1PartitionUpdateRequest{
		ID: ptr(id), Description: "room", Bootconfig: &models.V1PartitionBootConfiguration{Kernelurl: "http://kernel2"},
	}
	a := applied[*models.V1PartitionResponse]{
		kind: "partition", notUpdatedStatus: 404,
		before: "other lab 10.0.0.1:50051 a=b http://image http://kernel 1.1.1.1 ntp.example map[a:b]",
		after:  "other room 10.0.0.1:50051 a=b http://image http://kernel2 1.1.1.1 ntp.example map[a:b]",
		shown: func(p *models.V1PartitionResponse) string {
			boot := p.Bootconfig
			return fmt.Sprint(p.Name, " ", p.Description, " ", p.Mgmtserviceaddress, " ", boot.Commandline, " ", boot.Imageurl,
				" ", boot.Kernelurl, " ", *p.DNSServers[0].IP, " ", *p.NtpServers[0].Address, " ", p.Labels)
		},
		create: func() outcome[*models.V1PartitionResponse] {
			return call(c.CreatePartition(partition.NewCreatePartitionParams().WithBody(body), nil))
		},
		update: func() outcome[*models.V1PartitionResponse] {
			return call(c.UpdatePartition(partition.NewUpdatePartitionParams().WithBody(update), nil))
		},
		get: func() outcome[*models.V1PartitionResponse] {
			return call(c.FindPartition(partition.NewFindPartitionParams().WithID(id), nil))
		},
		remove: func() outcome[*models.V1PartitionResponse] {
			return call(c.DeletePartition(partition.NewDeletePartitionParams().WithID(id), nil))
		},
	}
	a.taken, a.gone = stored("partition", id)
	a.notUpdated = a.gone
	return a
}

func sizeToApply(fx *fixture) applied[*models.V1SizeResponse] {
	c, id := fx.admin.Size(), "c1-large"
	body := &models.V1SizeCreateRequest{
		ID: ptr(id), Name: "large", Description: "one", Labels: map[string]string{"a": "b"},
		Constraints: []*models.V1SizeConstraint{{Type: ptr("cores"), Min: 16, Max: 32, Identifier: "*Xeon*"}},
	}
	update := &models.V1SizeUpdateRequest{
		ID: ptr(id), Description: "two", Constraints: []*models.V1SizeConstraint{{Type: ptr("memory"), Min: 1, Max: 9}},
	}
	a := applied[*models.V1SizeResponse]{
		kind: "size", notUpdatedStatus: 404,
		before: "large one map[a:b] 1 cores 16 32 *Xeon*", after: "large two map[a:b] 1 memory 1 9 ",
		shown: func(s *models.V1SizeResponse) string {
			first := s.Constraints[0]
			return fmt.Sprint(s.Name, " ", s.Description, " ", s.Labels, " ", len(s.Constraints), " ", *first.Type, " ",
				first.Min, " ", first.Max, " ", first.Identifier)
		},
		create: func() outcome[*models.V1SizeResponse] {
			return call(c.CreateSize(size.NewCreateSizeParams().WithBody(body), nil))
		},
		update: func() outcome[*models.V1SizeResponse] {
			return call(c.UpdateSize(size.NewUpdateSizeParams().WithBody(update), nil))
		},
		get: func() outcome[*models.V1SizeResponse] {
			return call(c.FindSize(size.NewFindSizeParams().WithID(id), nil))
		},
		remove: func() outcome[*models.V1SizeResponse] {
			return call(c.DeleteSize(size.NewDeleteSizeParams().WithID(id), nil))
		},
	}
	a.taken, a.gone = stored("size", id)
	a.notUpdated = a.gone
	return a
}

func networkToApply(fx *fixture) applied[*models.V1NetworkResponse] {
	c, id := fx.admin.Network(), "mpls"
	body := &models.V1NetworkCreateRequest{
		ID: ptr(id), Name: "MPLS", Description: "one", Partitionid: "mini-lab", Vrf: 4711, Nat: ptr(true),
		Prefixes: []string{"198.51.100.0/24"}, Destinationprefixes: []string{"100.64.0.0/10"}, Labels: map[string]string{"a": "b"},
	}
	update := &models.V1NetworkUpdateRequest{
		ID: ptr(id), Description: "two", Prefixes: []string{"198.51.100.0/24", "192.0.2.0/24"}, Labels: map[string]string{"c": "d"},
	}
	a := applied[*models.V1NetworkResponse]{
		kind: "network", taken: "entity already exists", notUpdatedStatus: 404, nothingOnRemoval: true,
		before: "MPLS one mini-lab 4711 true [198.51.100.0/24] [100.64.0.0/10] map[a:b] external ipv4-masq 256",
		after:  "MPLS two mini-lab 4711 true [198.51.100.0/24 192.0.2.0/24] [100.64.0.0/10] map[c:d] external ipv4-masq 512",
		shown: func(n *models.V1NetworkResponse) string {
			return fmt.Sprint(n.Name, " ", n.Description, " ", n.Partitionid, " ", n.Vrf, " ", *n.Nat, " ", n.Prefixes, " ",
				n.Destinationprefixes, " ", n.Labels, " ", *n.Networktype, " ", *n.Nattype, " ", *n.Usage.AvailableIps)
		},
		create: func() outcome[*models.V1NetworkResponse] {
			return call(c.CreateNetwork(network.NewCreateNetworkParams().WithBody(body), nil))
		},
		update: func() outcome[*models.V1NetworkResponse] {
			return call(c.UpdateNetwork(network.NewUpdateNetworkParams().WithBody(update), nil))
		},
		get: func() outcome[*models.V1NetworkResponse] {
			return call(c.FindNetwork(network.NewFindNetworkParams().WithID(id), nil))
		},
		remove: func() outcome[*models.V1NetworkResponse] {
			return call(c.DeleteNetwork(network.NewDeleteNetworkParams().WithID(id), nil))
		},
	}
	_, a.gone = stored("network", id)
	a.notUpdated = a.gone
	return a
}

func layoutToApply(fx *fixture) applied[*models.V1FilesystemLayoutResponse] {
	c, id := fx.admin.Filesystemlayout(), "large"
	disks := []*models.V1Disk{{Device: ptr("/dev/sda"), Wipeonreinstall: ptr(true), Partitions: []*models.V1DiskPartition{
		{Number: ptr(int64(1)), Label: "root", Size: ptr(int64(0)), Gpttype: ptr("8300")},
	}}}
	root := func(format string) []*models.V1Filesystem {
		return []*models.V1Filesystem{{Path: "/", Device: ptr("/dev/sda1"), Format: ptr(format), Label: "root"}}
	}
	constraints := &models.V1FilesystemLayoutConstraints{
		Sizes: []string{"c1-large"}, Images: map[string]string{"debian": ">= 12.0.20260101"},
	}
	body := &models.V1FilesystemLayoutCreateRequest{
		ID: ptr(id), Name: "Large", Description: "one", Disks: disks, Filesystems: root("ext4"), Constraints: constraints,
	}
	update := &models.V1FilesystemLayoutUpdateRequest{
		ID: ptr(id), Name: "Large", Description: "two", Disks: disks, Filesystems: root("ext3"), Constraints: constraints,
	}
	a := applied[*models.V1FilesystemLayoutResponse]{
		kind: "layout", taken: "filesystemlayout:large already exists", notUpdatedStatus: 404,
		before: "Large one /dev/sda true 1 root 0 8300 / /dev/sda1 ext4 [c1-large] map[debian:>= 12.0.20260101]",
		after:  "Large two /dev/sda true 1 root 0 8300 / /dev/sda1 ext3 [c1-large] map[debian:>= 12.0.20260101]",
		shown: func(l *models.V1FilesystemLayoutResponse) string {
			disk, part, files := l.Disks[0], l.Disks[0].Partitions[0], l.Filesystems[0]
			return fmt.Sprint(l.Name, " ", l.Description, " ", *disk.Device, " ", *disk.Wipeonreinstall, " ", *part.Number, " ",
				part.Label, " ", *part.Size, " ", *part.Gpttype, " ", files.Path, " ", *files.Device, " ", *files.Format, " ",
				l.Constraints.Sizes, " ", l.Constraints.Images)
		},
		create: func() outcome[*models.V1FilesystemLayoutResponse] {
			return call(c.CreateFilesystemLayout(filesystemlayout.NewCreateFilesystemLayoutParams().WithBody(body), nil))
		},
		update: func() outcome[*models.V1FilesystemLayoutResponse] {
			return call(c.UpdateFilesystemLayout(filesystemlayout.NewUpdateFilesystemLayoutParams().WithBody(update), nil))
		},
		get: func() outcome[*models.V1FilesystemLayoutResponse] {
			return call(c.GetFilesystemLayout(filesystemlayout.NewGetFilesystemLayoutParams().WithID(id), nil))
		},
		remove: func() outcome[*models.V1FilesystemLayoutResponse] {
			return call(c.DeleteFilesystemLayout(filesystemlayout.NewDeleteFilesystemLayoutParams().WithID(id), nil))
		},
	}
	_, a.gone = stored("filesystemlayout", id)
	a.notUpdated = a.gone
	return a
}

// Tenants and projects are kept by another service of a metal-stack, with texts of its own.
func masterdata(kind, id string) (taken, gone string) {
	return "rpc error: code = AlreadyExists desc = an entity of type:" + kind + " with the id:" + id + " already exists",
		"rpc error: code = NotFound desc = " + kind + " with id:" + id + " not found sql: no rows in result set"
}

func tenantToApply(fx *fixture) applied[*models.V1TenantResponse] {
	c, id := fx.admin.Tenant(), "t1"
	body := &models.V1TenantCreateRequest{Meta: &models.V1Meta{ID: id}, Name: "one", Description: "of two"}
	update := &models.V1TenantUpdateRequest{
		Meta: &models.V1Meta{ID: id, Annotations: map[string]string{"a": "b"}, Labels: []string{"l"}}, Name: "uno",
	}
	a := applied[*models.V1TenantResponse]{
		kind: "tenant", notUpdatedStatus: 422, nothingOnRemoval: true,
		notUpdated: "rpc error: code = Unknown desc = update - no entity of type:tenant with id:t1 found",
		before:     "t1 Tenant v1 0 one of two map[] []", after: "t1 Tenant v1 1 uno  map[a:b] [l]",
		shown: func(x *models.V1TenantResponse) string {
			return shownMeta(x.Meta) + " " + x.Name + " " + x.Description + fmt.Sprint(" ", x.Meta.Annotations, " ", x.Meta.Labels)
		},
		create: func() outcome[*models.V1TenantResponse] {
			return call(c.CreateTenant(tenant.NewCreateTenantParams().WithBody(body), nil))
		},
		update: func() outcome[*models.V1TenantResponse] {
			return call(c.UpdateTenant(tenant.NewUpdateTenantParams().WithBody(update), nil))
		},
		get: func() outcome[*models.V1TenantResponse] {
			return call(c.GetTenant(tenant.NewGetTenantParams().WithID(id), nil))
		},
		remove: func() outcome[*models.V1TenantResponse] {
			return call(c.DeleteTenant(tenant.NewDeleteTenantParams().WithID(id), nil))
		},
	}
	a.taken, a.gone = masterdata("tenant", id)
	return a
}

func shownMeta(m *models.V1Meta) string {
	return fmt.Sprint(m.ID, " ", m.Kind, " ", m.Apiversion, " ", m.Version)
}

func projectToApply(fx *fixture) applied[*models.V1ProjectResponse] {
	c, id := fx.admin.Project(), "p1"
	body := &models.V1ProjectCreateRequest{
		Meta: &models.V1Meta{ID: id, Kind: "Project", Apiversion: "v1"}, Name: "one", Description: "of two", TenantID: "metal-stack",
	}
	update := &models.V1ProjectUpdateRequest{
		Meta: &models.V1Meta{ID: id, Kind: "Project", Apiversion: "v1"}, Name: "uno", TenantID: "metal-stack",
		Quotas: &models.V1QuotaSet{Machine: &models.V1Quota{Quota: 7}},
	}
	a := applied[*models.V1ProjectResponse]{
		kind: "project", notUpdatedStatus: 404, nothingOnRemoval: true,
		before: "p1 Project v1 0 one of two metal-stack 0", after: "p1 Project v1 1 uno  metal-stack 7",
		shown: func(p *models.V1ProjectResponse) string {
			quota := int32(0)
			if p.Quotas != nil && p.Quotas.Machine != nil {
				quota = p.Quotas.Machine.Quota
			}
			return shownMeta(p.Meta) + " " + p.Name + " " + p.Description + " " + p.TenantID + " " + fmt.Sprint(quota)
		},
		create: func() outcome[*models.V1ProjectResponse] {
			return call(c.CreateProject(project.NewCreateProjectParams().WithBody(body), nil))
		},
		update: func() outcome[*models.V1ProjectResponse] {
			return call(c.UpdateProject(project.NewUpdateProjectParams().WithBody(update), nil))
		},
		get: func() outcome[*models.V1ProjectResponse] {
			return call(c.FindProject(project.NewFindProjectParams().WithID(id), nil))
		},
		remove: func() outcome[*models.V1ProjectResponse] {
			return call(c.DeleteProject(project.NewDeleteProjectParams().WithID(id), nil))
		},
	}
	a.taken, a.gone = masterdata("project", id)
	a.notUpdated = a.gone
	return a
}
