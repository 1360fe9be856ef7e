package metalapi

import (
	"testing"

	"github.com/metal-stack/metal-go/api/client/firewall"
	"github.com/metal-stack/metal-go/api/client/ip"
	"github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

func (l *fixture) findNetworks(t testing.TB, filter *models.V1NetworkFindRequest) []string {
	t.Helper()
	params := network.NewFindNetworksParams().WithBody(filter)
	ids := []string{}
	for _, found := range call(l.view.Network().FindNetworks(params, nil)).ok(t, "search for networks") {
		ids = append(ids, *found.ID)
	}
	return ids
}

// The gardener extension makes a network per cluster, and gives it back.
func TestTheGardenerExtensionHasANetworkPerCluster(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	external := map[string]string{"network.metal-stack.io/default-external": ""}
	guard.Equal(t, []string{internet}, fx.findNetworks(t, &models.V1NetworkFindRequest{Labels: external}), "the default")
	filter := &models.V1NetworkFindRequest{
		Projectid: guard.Project, Partitionid: guard.Partition, Labels: map[string]string{"cluster": "c1"},
	}
	guard.Equal(t, []string{}, fx.findNetworks(t, filter), "networks of the cluster before")
	request := &models.V1NetworkAllocateRequest{
		Name: "shoot", Description: "of a cluster", Projectid: guard.Project, Partitionid: guard.Partition,
		Labels: map[string]string{"cluster": "c1"},
	}
	params := network.NewAllocateNetworkParams().WithBody(request)
	made := call(fx.edit.Network().AllocateNetwork(params, nil)).ok(t, "a network")
	guard.Equal(t, "shoot of a cluster", made.Name+" "+made.Description, "name and description")
	guard.Equal(t, guard.Project+" "+guard.Partition, made.Projectid+" "+made.Partitionid, "project and partition")
	guard.Equal(t, super, made.Parentnetworkid, "parent")
	guard.Equal(t, request.Labels, made.Labels, "labels")
	guard.Equal(t, "child none", *made.Networktype+" "+*made.Nattype, "types")
	guard.True(t, made.Vrf >= 1 && made.Vrf <= 131_072, "VRF %d", made.Vrf)
	guard.Equal(t, 2, len(made.Prefixes), "a prefix of each family: %v", made.Prefixes)
	guard.Equal(t, int64(1024), *made.Consumption.IPV4.AvailableIps, "IPv4 addresses")
	guard.Equal(t, int64(2), *made.Usage.UsedIps, "used addresses")
	guard.Equal(t, int64(1), *made.Consumption.IPV6.UsedIps, "used IPv6 addresses")
	guard.Equal(t, []string{*made.ID}, fx.findNetworks(t, filter), "networks of the cluster")
	byPrefix := &models.V1NetworkFindRequest{Prefixes: []string{made.Prefixes[0]}}
	guard.Equal(t, []string{*made.ID}, fx.findNetworks(t, byPrefix), "networks with the prefix")
	guard.Equal(t, int64(1), *fx.network(t, super).Consumption.IPV4.UsedPrefixes, "prefixes taken from the super network")

	free := network.NewFreeNetworkParams().WithID(*made.ID)
	freed := call(fx.edit.Network().FreeNetwork(free, nil)).ok(t, "free")
	guard.Equal(t, *made.ID, *freed.ID, "what was freed")
	gone := `NotFound no network with id "` + *made.ID + `" found`
	call(fx.edit.Network().FreeNetwork(free, nil)).refused(t, 404, gone)
	call(fx.view.Network().FindNetwork(network.NewFindNetworkParams().WithID(*made.ID), nil)).refused(t, 404, gone)
	guard.Equal(t, int64(0), *fx.network(t, super).Consumption.IPV4.UsedPrefixes, "prefixes taken afterwards")
	guard.Equal(t, int64(0), *fx.network(t, super).Consumption.IPV6.UsedPrefixes, "IPv6 prefixes taken afterwards")
}

func TestANetworkThatIsNotToBeHadSaysWhy(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	allocate := func(change func(*models.V1NetworkAllocateRequest)) outcome[*models.V1NetworkResponse] {
		request := &models.V1NetworkAllocateRequest{Projectid: guard.Project, Partitionid: guard.Partition}
		change(request)
		return call(fx.edit.Network().AllocateNetwork(network.NewAllocateNetworkParams().WithBody(request), nil))
	}
	allocate(func(r *models.V1NetworkAllocateRequest) { r.Projectid = "" }).
		refused(t, 400, "projectid should not be empty")
	allocate(func(r *models.V1NetworkAllocateRequest) { r.Partitionid = "" }).
		refused(t, 400, "partitionid should not be empty")
	allocate(func(r *models.V1NetworkAllocateRequest) { r.Partitionid = "nowhere" }).
		refused(t, 404, `NotFound no partition with id "nowhere" found`)
	allocate(func(r *models.V1NetworkAllocateRequest) { r.Projectid = "nobody" }).refused(t, 404,
		"rpc error: code = NotFound desc = project with id:nobody not found sql: no rows in result set")
	allocate(func(r *models.V1NetworkAllocateRequest) { r.Addressfamily = "IPv5" }).
		refused(t, 400, `addressfamily is invalid given addressfamily:"IPv5" is invalid`)
	only := allocate(func(r *models.V1NetworkAllocateRequest) {
		r.Addressfamily, r.Length = "IPv4", map[string]int64{"IPv4": 28}
	}).ok(t, "a small network of one family")
	guard.Equal(t, []string{"10.0.0.0/28"}, only.Prefixes, "prefixes")
	guard.Equal(t, int64(16), *only.Usage.AvailableIps, "addresses")
	guard.True(t, only.Consumption.IPV6 == nil, "nothing of the other family")
}

// Addresses keep a network: it is freed when they are.
func TestANetworkWithAddressesIsNotFreed(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	made := fx.ours(t, "shoot")
	request := &models.V1IPAllocateRequest{Networkid: made.ID, Projectid: ptr(guard.Project), Name: "egress"}
	taken := call(fx.edit.IP().AllocateIP(ip.NewAllocateIPParams().WithBody(request), nil)).ok(t, "an address")
	guard.Equal(t, "10.0.0.1", *taken.Ipaddress, "the lowest address")
	guard.Equal(t, int64(3), *fx.network(t, *made.ID).Usage.UsedIps, "used addresses")
	free := network.NewFreeNetworkParams().WithID(*made.ID)
	call(fx.edit.Network().FreeNetwork(free, nil)).refused(t, 422,
		"error releasing child prefix in ipam: invalid_argument: prefix 10.0.0.0/22 has ips, deletion not possible")
	guard.Equal(t, *made.ID, *fx.network(t, *made.ID).ID, "it is still there")

	update := &models.V1IPUpdateRequest{Ipaddress: taken.Ipaddress, Tags: []string{"cluster.metal-stack.io/id/egress=c1"}}
	call(fx.edit.IP().UpdateIP(ip.NewUpdateIPParams().WithBody(update), nil)).ok(t, "update of tags")
	guard.Equal(t, []string{"10.0.0.1"}, addressesOf(fx.findIPs(t, &models.V1IPFindRequest{Tags: update.Tags})), "by tag")
	call(fx.edit.IP().FreeIP(ip.NewFreeIPParams().WithID("10.0.0.1"), nil)).ok(t, "free of the address")
	call(fx.edit.Network().FreeNetwork(free, nil)).ok(t, "free of the network")

	none := call(fx.view.Firewall().FindFirewalls(
		firewall.NewFindFirewallsParams().WithBody(&models.V1FirewallFindRequest{AllocationProject: guard.Project}), nil))
	guard.Equal(t, 0, len(none.ok(t, "firewalls of the project")), "firewalls of the project")
}

// A network of a project is for its project, unless it is shared.
func TestASharedNetworkServesOtherProjects(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	other := "00000000-0000-0000-0000-000000000000"
	own := fx.ours(t, "own")
	allocate := func(id string) outcome[*models.V1IPResponse] {
		request := &models.V1IPAllocateRequest{Networkid: ptr(id), Projectid: ptr(other)}
		return call(fx.edit.IP().AllocateIP(ip.NewAllocateIPParams().WithBody(request), nil))
	}
	allocate(*own.ID).refused(t, 422, `can not allocate ip for project "`+other+`" because network belongs to "`+
		guard.Project+`" and the network is not shared`)
	request := &models.V1NetworkAllocateRequest{
		Name: "storage", Projectid: guard.Project, Partitionid: guard.Partition, Shared: true,
	}
	params := network.NewAllocateNetworkParams().WithBody(request)
	shared := call(fx.edit.Network().AllocateNetwork(params, nil)).ok(t, "a shared network")
	guard.Equal(t, "child-shared", *shared.Networktype, "type")
	guard.True(t, shared.Shared, "shared")
	theirs := allocate(*shared.ID).ok(t, "an address for another project")
	guard.Equal(t, other, *theirs.Projectid, "project")
	call(fx.edit.IP().FreeIP(ip.NewFreeIPParams().WithID(*theirs.Ipaddress), nil)).ok(t, "free of the address")
	free := network.NewFreeNetworkParams().WithID(*shared.ID)
	guard.Equal(t, *shared.ID, *call(fx.edit.Network().FreeNetwork(free, nil)).ok(t, "free").ID, "what was freed")
}
