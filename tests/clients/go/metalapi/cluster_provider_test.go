package metalapi

import (
	"slices"
	"testing"

	"github.com/metal-stack/metal-go/api/client/ip"
	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

// The cluster API provider makes a network, a firewall, an address for the control plane, and machines; and takes all
// of it down again.
func TestTheClusterProviderBuildsAndRemovesACluster(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 2)
	before := fx.addresses(t)
	private := *fx.ours(t, "cluster").ID
	tag := "cluster.x-k8s.io/cluster-uid=42"
	endpoint := fx.address(t, internet, "static", tag)
	spare := fx.address(t, internet, "ephemeral", tag)
	wall := fx.allocateFirewall(t, firewallRequest("wall", private, tag))

	request := machineRequest("control-plane", private, tag)
	request.Networks = allocationNetworks(private, internet)
	request.Ips = []string{*endpoint.Ipaddress, *spare.Ipaddress}
	made := fx.allocate(t, request)
	guard.Equal(t, request.Ips, networkOf(t, made.Allocation, internet).Ips, "given addresses, and no other")
	guard.Equal(t, "external", *networkOf(t, made.Allocation, internet).Networktype, "type of the internet")
	attached := []string{tag, machineTag + *made.ID}
	slices.Sort(attached)
	for _, address := range request.Ips {
		found := call(fx.view.IP().FindIP(ip.NewFindIPParams().WithID(address), nil)).ok(t, "address")
		guard.Equal(t, attached, found.Tags, "tags of %s", address)
		call(fx.edit.IP().FreeIP(ip.NewFreeIPParams().WithID(address), nil)).
			refused(t, 400, "ip with machine scope can not be deleted")
	}
	both := fx.findMachines(t, &models.V1MachineFindRequest{Tags: []string{tag}})
	guard.Equal(t, 2, len(both), "machines of the cluster")
	carried := addressesOf(fx.findIPs(t, &models.V1IPFindRequest{Machineid: *made.ID}))
	guard.Equal(t, 4, len(carried), "two given addresses and one of each family: %v", carried)

	fx.free(t, *made.ID)
	fx.free(t, *wall.ID)
	guard.Within(t, guard.Patience, "what is left is the static address", func() bool {
		return len(fx.addresses(t)) == len(before)+1
	})
	left := call(fx.view.IP().FindIP(ip.NewFindIPParams().WithID(*endpoint.Ipaddress), nil)).ok(t, "static address")
	guard.Equal(t, []string{tag}, left.Tags, "the machine's tag is gone")
	guard.Equal(t, *endpoint.Allocationuuid, *left.Allocationuuid, "it is the same allocation")
	call(fx.edit.IP().FreeIP(ip.NewFreeIPParams().WithID(*endpoint.Ipaddress), nil)).ok(t, "free")
	call(fx.edit.Network().FreeNetwork(network.NewFreeNetworkParams().WithID(private), nil)).ok(t, "free of the network")
	guard.Equal(t, before, fx.addresses(t), "addresses as before")
	guard.Equal(t, int64(0), *fx.network(t, super).Usage.UsedPrefixes, "prefixes taken")
}

func (l *fixture) address(t testing.TB, network, kind, tag string) *models.V1IPResponse {
	t.Helper()
	request := &models.V1IPAllocateRequest{
		Networkid: ptr(network), Projectid: ptr(guard.Project), Type: ptr(kind), Tags: []string{tag},
	}
	return call(l.edit.IP().AllocateIP(ip.NewAllocateIPParams().WithBody(request), nil)).ok(t, "an address")
}

// Addresses that do not fit are refused before anything is allocated.
func TestAddressesThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 1)
	private := *fx.ours(t, "cluster").ID
	own := *fx.address(t, internet, "static", "mine").Ipaddress
	before := fx.addresses(t)
	allocate := func(change func(*models.V1MachineAllocateRequest)) outcome[*models.V1MachineResponse] {
		request := machineRequest("web", private)
		change(request)
		params := machine.NewAllocateMachineParams().WithBody(request)
		// The machine may still be on its way to being available.
		var last outcome[*models.V1MachineResponse]
		guard.Within(t, guard.Patience, "a machine is available", func() bool {
			last = call(fx.edit.Machine().AllocateMachine(params, nil))
			return !last.is(422, noMachine)
		})
		return last
	}
	prefix := "unable to gather networks:"
	allocate(func(r *models.V1MachineAllocateRequest) { r.Ips = []string{"x"} }).
		refused(t, 422, `"x" is not a valid IP address`)
	allocate(func(r *models.V1MachineAllocateRequest) { r.Ips = []string{"192.0.2.1"} }).
		refused(t, 404, prefix+`NotFound no ip with id "192.0.2.1" found`)
	allocate(func(r *models.V1MachineAllocateRequest) { r.Ips = []string{own} }).
		refused(t, 422, prefix+`given ip "`+own+`" is not in any of the given networks, which is required`)
	allocate(func(r *models.V1MachineAllocateRequest) {
		r.Ips, r.Networks = []string{"203.0.113.142"}, allocationNetworks(private, internet)
	}).refused(t, 422, prefix+`given ip "203.0.113.142" with project id "00000000-0000-0000-0000-000000000000" `+
		`does not belong to the project of this allocation: `+guard.Project)
	allocate(func(r *models.V1MachineAllocateRequest) { r.Networks[0].Autoacquire = ptr(false) }).
		refused(t, 422, "missing ip(s) for network(s) without automatic ip allocation")
	guard.Within(t, guard.Patience, "nothing is left behind", func() bool {
		return slices.Equal(before, fx.addresses(t))
	})
	guard.Equal(t, 0, len(fx.findMachines(t, &models.V1MachineFindRequest{AllocationProject: guard.Project})), "machines")
}
