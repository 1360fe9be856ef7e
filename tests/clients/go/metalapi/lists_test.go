package metalapi

import (
	"testing"

	"github.com/metal-stack/metal-go/api/client/filesystemlayout"
	"github.com/metal-stack/metal-go/api/client/firewall"
	"github.com/metal-stack/metal-go/api/client/image"
	"github.com/metal-stack/metal-go/api/client/ip"
	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/client/partition"
	"github.com/metal-stack/metal-go/api/client/project"
	"github.com/metal-stack/metal-go/api/client/size"
	"github.com/metal-stack/metal-go/api/client/switch_operations"
	"github.com/metal-stack/metal-go/api/client/tenant"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

// isEmpty is the check of a list that nothing is in: whether it is sent as `null` or as `[]`, clients read it as empty.
func isEmpty[P any](t *testing.T, listed outcome[[]P], asNull bool) {
	t.Helper()
	payload := listed.ok(t, "an empty list")
	guard.Equal(t, 0, len(payload), "what is in it")
	guard.Equal(t, asNull, payload == nil, "is it sent as null: %T", payload)
}

// A new node has nothing, and says so to programs that begin with a look.
func TestListsOfANewNodeAreEmpty(t *testing.T) {
	t.Parallel()
	node := guard.Dev(t, "--empty")
	c := signingAs(t, node, viewKey, viewType)
	isEmpty(t, call(c.Machine().ListMachines(machine.NewListMachinesParams(), nil)), false)
	machines := machine.NewFindMachinesParams().WithBody(&models.V1MachineFindRequest{})
	isEmpty(t, call(c.Machine().FindMachines(machines, nil)), false)
	boards := machine.NewFindIPMIMachinesParams().WithBody(&models.V1MachineFindRequest{})
	isEmpty(t, call(c.Machine().FindIPMIMachines(boards, nil)), false)
	isEmpty(t, call(c.Firewall().ListFirewalls(firewall.NewListFirewallsParams(), nil)), false)
	isEmpty(t, call(c.IP().ListIPs(ip.NewListIPsParams(), nil)), false)
	isEmpty(t, call(c.IP().FindIPs(ip.NewFindIPsParams().WithBody(&models.V1IPFindRequest{}), nil)), false)
	isEmpty(t, call(c.Image().ListImages(image.NewListImagesParams(), nil)), false)
	isEmpty(t, call(c.Size().ListSizes(size.NewListSizesParams(), nil)), false)
	isEmpty(t, call(c.Partition().ListPartitions(partition.NewListPartitionsParams(), nil)), false)
	layouts := filesystemlayout.NewListFilesystemLayoutsParams()
	isEmpty(t, call(c.Filesystemlayout().ListFilesystemLayouts(layouts, nil)), false)
	isEmpty(t, call(c.SwitchOperations().ListSwitches(switch_operations.NewListSwitchesParams(), nil)), false)
	networks := network.NewFindNetworksParams().WithBody(&models.V1NetworkFindRequest{})
	isEmpty(t, call(c.Network().FindNetworks(networks, nil)), false)

	isEmpty(t, call(c.Network().ListNetworks(network.NewListNetworksParams(), nil)), true)
	isEmpty(t, call(c.Project().ListProjects(project.NewListProjectsParams(), nil)), true)
	projects := project.NewFindProjectsParams().WithBody(&models.V1ProjectFindRequest{})
	isEmpty(t, call(c.Project().FindProjects(projects, nil)), true)
	isEmpty(t, call(c.Tenant().ListTenants(tenant.NewListTenantsParams(), nil)), true)
	tenants := tenant.NewFindTenantsParams().WithBody(&models.V1TenantFindRequest{})
	isEmpty(t, call(c.Tenant().FindTenants(tenants, nil)), true)
}

func TestProjectsAndTenantsAreFound(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	projects := project.NewFindProjectsParams().WithBody(&models.V1ProjectFindRequest{Name: "sample-project"})
	found := call(fx.view.Project().FindProjects(projects, nil)).ok(t, "by name")
	guard.Equal(t, 1, len(found), "projects of the name")
	guard.Equal(t, guard.Project, found[0].Meta.ID, "id")
	fx.address(t, internet, "static", "mine")
	got := call(fx.view.Project().FindProject(project.NewFindProjectParams().WithID(guard.Project), nil)).ok(t, "by id")
	guard.Equal(t, int32(1), got.Quotas.IP.Used, "addresses of the project")
	call(fx.admin.Project().DeleteProject(project.NewDeleteProjectParams().WithID(guard.Project), nil)).
		refused(t, 400, "there are still ips allocated by this project")
	call(fx.admin.Tenant().DeleteTenant(tenant.NewDeleteTenantParams().WithID("metal-stack"), nil)).
		refused(t, 422, "there are still projects allocated by this tenant")
	tenants := tenant.NewFindTenantsParams().WithBody(&models.V1TenantFindRequest{ID: "metal-stack"})
	guard.Equal(t, 1, len(call(fx.view.Tenant().FindTenants(tenants, nil)).ok(t, "by id")), "tenants of the id")
	tenants.Body.ID = "nobody"
	isEmpty(t, call(fx.view.Tenant().FindTenants(tenants, nil)), true)
}

func TestALayoutIsTriedAndMatched(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 1)
	try := func(image string) outcome[*models.V1FilesystemLayoutResponse] {
		body := &models.V1FilesystemLayoutTryRequest{Size: ptr(guard.Size), Image: ptr(image)}
		params := filesystemlayout.NewTryFilesystemLayoutParams().WithBody(body)
		return call(fx.admin.Filesystemlayout().TryFilesystemLayout(params, nil))
	}
	guard.Equal(t, "default", *try(guard.Image).ok(t, "a layout for the image").ID, "layout")
	try("plan9-4.0").refused(t, 422, "could not find a matching filesystemLayout for size:v1-small-x86 and image:plan9-4.0")
	match := func(machine, layout string) outcome[*models.V1FilesystemLayoutResponse] {
		body := &models.V1FilesystemLayoutMatchRequest{Machine: ptr(machine), Filesystemlayout: ptr(layout)}
		params := filesystemlayout.NewMatchFilesystemLayoutParams().WithBody(body)
		return call(fx.admin.Filesystemlayout().MatchFilesystemLayout(params, nil))
	}
	id := *call(fx.view.Machine().ListMachines(machine.NewListMachinesParams(), nil)).ok(t, "machines")[0].ID
	guard.Equal(t, "default", *match(id, "default").ok(t, "the layout and the machine").ID, "layout")
	match("nobody", "default").refused(t, 404, `NotFound no machine with id "nobody" found`)
	match(id, "none").refused(t, 404, `NotFound no filesystemlayout with id "none" found`)
}
