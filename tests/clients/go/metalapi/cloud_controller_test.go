package metalapi

import (
	"testing"

	"github.com/metal-stack/metal-go/api/client/health"
	"github.com/metal-stack/metal-go/api/client/ip"
	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

// The cloud controller tells a cluster about its nodes, and tags them.
func TestTheCloudControllerFindsAndTagsItsNodes(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 1)
	state := call(fx.edit.Health().Health(health.NewHealthParams(), nil)).ok(t, "health")
	guard.Equal(t, "healthy", *state.Status, "health")
	guard.Equal(t, "healthy", *state.Services["store"].Status, "health of the store")
	network := *fx.ours(t, "cluster").ID
	node := fx.allocate(t, machineRequest("worker", network, "cluster.metal-stack.io/id=c1"))

	filter := &models.V1MachineFindRequest{AllocationHostname: "worker", AllocationProject: guard.Project}
	guard.Equal(t, []string{*node.ID}, machineIDs(fx.findMachines(t, filter)), "by host name")
	filter.AllocationProject = "00000000-0000-0000-0000-000000000000"
	guard.Equal(t, 0, len(fx.findMachines(t, filter)), "of another project")
	address := networkOf(t, node.Allocation, network).Ips[0]
	byIP := fx.findMachines(t, &models.V1MachineFindRequest{NetworkIps: []string{address}})
	guard.Equal(t, []string{*node.ID}, machineIDs(byIP), "by address")

	update := &models.V1MachineUpdateRequest{
		ID: node.ID, Description: ptr("a node"), Tags: []string{"zone=a", "cluster.metal-stack.io/id=c2"},
	}
	params := machine.NewUpdateMachineParams().WithBody(update)
	updated := call(fx.admin.Machine().UpdateMachine(params, nil)).ok(t, "update of tags")
	guard.Equal(t, "a node", updated.Allocation.Description, "description")
	guard.Equal(t, node.Allocation.Allocationuuid, updated.Allocation.Allocationuuid, "allocation stays")
	byTag := func(tag string) []string {
		return machineIDs(fx.findMachines(t, &models.V1MachineFindRequest{Tags: []string{tag}}))
	}
	guard.Equal(t, []string{*node.ID}, byTag("cluster.metal-stack.io/id=c2"), "by the new tag")
	guard.Equal(t, []string{}, byTag("cluster.metal-stack.io/id=c1"), "by the old tag")
	guard.Equal(t, []string{*node.ID}, byTag("machine.metal-stack.io/rack=test-rack"), "system tags stay")

	fx.free(t, *node.ID)
	call(fx.admin.Machine().UpdateMachine(params, nil)).refused(t, 400, "only allocated machines can be updated")
	update.ID = ptr("nobody")
	call(fx.admin.Machine().UpdateMachine(params, nil)).
		refused(t, 404, `NotFound no machine with id "nobody" found`)
}

// An address per service: found by its tag, made when there is none, made static, and freed.
func TestTheCloudControllerHasAnAddressPerService(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	service := "cluster.metal-stack.io/id/namespace/service=c1/default/web"
	filter := &models.V1IPFindRequest{Projectid: guard.Project, Networkid: internet, Tags: []string{service}}
	guard.Equal(t, 0, len(fx.findIPs(t, filter)), "addresses of the service before")
	request := &models.V1IPAllocateRequest{
		Name: "web", Description: "of a service", Networkid: ptr(internet), Projectid: ptr(guard.Project),
		Type: ptr("ephemeral"), Tags: []string{service, "b", "a", "a"},
	}
	made := call(fx.edit.IP().AllocateIP(ip.NewAllocateIPParams().WithBody(request), nil)).ok(t, "an address")
	guard.Equal(t, "203.0.113.129", *made.Ipaddress, "the lowest free address")
	guard.Equal(t, []string{"a", "b", service}, made.Tags, "tags, sorted, each once")
	guard.Equal(t, "ephemeral", *made.Type, "type")
	guard.Equal(t, "web of a service", made.Name+" "+made.Description, "name and description")
	guard.Equal(t, guard.Project+" "+internet, *made.Projectid+" "+*made.Networkid, "project and network")
	found := fx.findIPs(t, filter)
	guard.Equal(t, []string{*made.Ipaddress}, addressesOf(found), "addresses of the service")
	guard.Equal(t, *made.Allocationuuid, *found[0].Allocationuuid, "its allocation")

	update := &models.V1IPUpdateRequest{Ipaddress: made.Ipaddress, Type: ptr("static"), Tags: []string{service, "kept"}}
	params := ip.NewUpdateIPParams().WithBody(update)
	updated := call(fx.edit.IP().UpdateIP(params, nil)).ok(t, "an address for good")
	guard.Equal(t, "static", *updated.Type, "type")
	guard.Equal(t, []string{service, "kept"}, updated.Tags, "tags")
	guard.Equal(t, "web", updated.Name, "what is not sent stays")
	update.Type = ptr("ephemeral")
	call(fx.edit.IP().UpdateIP(params, nil)).
		refused(t, 400, "cannot change type of ip address from static to ephemeral")

	free := func() outcome[*models.V1IPResponse] {
		return call(fx.edit.IP().FreeIP(ip.NewFreeIPParams().WithID(*made.Ipaddress), nil))
	}
	guard.Equal(t, *made.Allocationuuid, *free().ok(t, "free").Allocationuuid, "what was freed")
	gone := `NotFound no ip with id "203.0.113.129" found`
	free().refused(t, 404, gone)
	call(fx.edit.IP().UpdateIP(params, nil)).refused(t, 404, gone)
	call(fx.view.IP().FindIP(ip.NewFindIPParams().WithID(*made.Ipaddress), nil)).refused(t, 404, gone)
}

// An address that a machine carries is not freed until its tag is gone.
func TestAnAddressOfAMachineIsNotFreed(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	request := &models.V1IPAllocateRequest{
		Networkid: ptr(internet), Projectid: ptr(guard.Project), Machineid: "m1", Addressfamily: "IPv6",
	}
	made := call(fx.edit.IP().AllocateIP(ip.NewAllocateIPParams().WithBody(request), nil)).ok(t, "an address")
	guard.Equal(t, "2001:db8:0:113::1", *made.Ipaddress, "the lowest free address")
	guard.Equal(t, []string{machineTag + "m1"}, made.Tags, "tags")
	carried := fx.findIPs(t, &models.V1IPFindRequest{Machineid: "m1", Addressfamily: "IPv6"})
	guard.Equal(t, []string{*made.Ipaddress}, addressesOf(carried), "addresses of the machine")
	free := ip.NewFreeIPParams().WithID(*made.Ipaddress)
	call(fx.edit.IP().FreeIP(free, nil)).refused(t, 400, "ip with machine scope can not be deleted")
	update := &models.V1IPUpdateRequest{Ipaddress: made.Ipaddress, Tags: []string{}}
	updated := call(fx.edit.IP().UpdateIP(ip.NewUpdateIPParams().WithBody(update), nil)).ok(t, "tags cleared")
	guard.Equal(t, []string{}, updated.Tags, "tags")
	call(fx.edit.IP().FreeIP(free, nil)).ok(t, "free")
	guard.Equal(t, 2, len(fx.addresses(t)), "the sample addresses are left")
}

// Create, or take over what exists: an address that a user asked for by name.
func TestAnAddressThatIsTakenConflicts(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	request := &models.V1IPAllocateRequest{Networkid: ptr(internet), Projectid: ptr(guard.Project), Type: ptr("static")}
	specific := func(address string) outcome[*models.V1IPResponse] {
		params := ip.NewAllocateSpecificIPParams().WithIP(address).WithBody(request)
		return call(fx.edit.IP().AllocateSpecificIP(params, nil))
	}
	made := specific("203.0.113.200").ok(t, "an address")
	guard.Equal(t, "203.0.113.200 static", *made.Ipaddress+" "+*made.Type, "address and type")
	for _, taken := range []string{"203.0.113.200", "203.0.113.142", "203.0.113.128", "203.0.113.255"} {
		specific(taken).refused(t, 409, "Conflict ip already allocated")
	}
	specific("203.0.113.1").refused(t, 422, "specific ip not contained in any of the defined prefixes")
	specific("x").refused(t, 422, `unable to parse specific ip: ParseAddr("x"): unable to parse IP`)
	request.Addressfamily = "IPv4"
	specific("203.0.113.201").refused(t, 400, "it is not possible to specify specificIP and addressfamily")
	request.Addressfamily, request.Networkid = "", nil
	specific("203.0.113.201").refused(t, 400, "networkid should not be empty")
	request.Networkid, request.Projectid = ptr(internet), nil
	specific("203.0.113.201").refused(t, 400, "projectid should not be empty")
	request.Networkid, request.Projectid = ptr("nowhere"), ptr(guard.Project)
	specific("203.0.113.201").refused(t, 404, `NotFound no network with id "nowhere" found`)
}
