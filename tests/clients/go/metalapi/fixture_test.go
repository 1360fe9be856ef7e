package metalapi

import (
	"fmt"
	"slices"
	"sort"
	"testing"

	metalgo "github.com/metal-stack/metal-go"
	"github.com/metal-stack/metal-go/api/client/firewall"
	"github.com/metal-stack/metal-go/api/client/ip"
	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

// What `dev` has from the start, beside what guard names.
const (
	internet      = "internet-mini-lab"
	super         = "tenant-super-network-mini-lab"
	underlay      = "underlay-mini-lab"
	firewallImage = "firewall-ubuntu-3.0"
	machineTag    = "machine.metal-stack.io/id="
	noMachine     = "no machine available"
)

// A node with a rack, and a client of each role.
type fixture struct {
	*guard.Node
	view, edit, admin metalgo.Client
	machines          int
}

func newFixture(t testing.TB, machines int) *fixture {
	t.Helper()
	node := guard.Dev(t, "--machines", fmt.Sprint(machines), "--speed", "60")
	fx := &fixture{
		Node: node, machines: machines,
		view:  signingAs(t, node, viewKey, viewType),
		edit:  signingAs(t, node, editKey, editType),
		admin: signingAs(t, node, adminKey, adminType),
	}
	fx.settle(t)
	return fx
}

// settle waits until all machines without an allocation are waiting. The sample entities are there when a node answers; the
// addresses come last of them.
func (l *fixture) settle(t testing.TB) {
	t.Helper()
	last := ip.NewFindIPParams().WithID("2001:db8:0:113::142")
	call(l.view.IP().FindIP(last, nil)).ok(t, "the last of the sample entities")
	guard.Within(t, guard.Patience, "the machines wait", func() bool {
		found, err := l.view.Machine().ListMachines(machine.NewListMachinesParams(), nil)
		if err != nil || len(found.Payload) != l.machines {
			return false
		}
		return !slices.ContainsFunc(found.Payload, func(m *models.V1MachineResponse) bool {
			return m.Allocation == nil && lastEvent(m) != "Waiting"
		})
	})
}

func lastEvent(m *models.V1MachineResponse) string {
	if len(m.Events.Log) == 0 {
		return ""
	}
	return *m.Events.Log[0].Event
}

func (l *fixture) addresses(t testing.TB) []string {
	t.Helper()
	listed := call(l.view.IP().ListIPs(ip.NewListIPsParams(), nil)).ok(t, "list of addresses")
	return addressesOf(listed)
}

func addressesOf(ips []*models.V1IPResponse) []string {
	addresses := make([]string, 0, len(ips))
	for _, ip := range ips {
		addresses = append(addresses, *ip.Ipaddress)
	}
	sort.Strings(addresses)
	return addresses
}

func (l *fixture) network(t testing.TB, id string) *models.V1NetworkResponse {
	t.Helper()
	return call(l.view.Network().FindNetwork(network.NewFindNetworkParams().WithID(id), nil)).ok(t, "network %s", id)
}

func (l *fixture) machine(t testing.TB, id string) *models.V1MachineResponse {
	t.Helper()
	return call(l.view.Machine().FindMachine(machine.NewFindMachineParams().WithID(id), nil)).ok(t, "machine %s", id)
}

func (l *fixture) findMachines(t testing.TB, filter *models.V1MachineFindRequest) []*models.V1MachineResponse {
	t.Helper()
	params := machine.NewFindMachinesParams().WithBody(filter)
	return call(l.view.Machine().FindMachines(params, nil)).ok(t, "search for machines")
}

func (l *fixture) findIPs(t testing.TB, filter *models.V1IPFindRequest) []*models.V1IPResponse {
	t.Helper()
	return call(l.view.IP().FindIPs(ip.NewFindIPsParams().WithBody(filter), nil)).ok(t, "search for addresses")
}

// ours is a network of the sample project, below the partition's super network.
func (l *fixture) ours(t testing.TB, name string) *models.V1NetworkResponse {
	t.Helper()
	request := &models.V1NetworkAllocateRequest{Name: name, Projectid: guard.Project, Partitionid: guard.Partition}
	params := network.NewAllocateNetworkParams().WithBody(request)
	return call(l.edit.Network().AllocateNetwork(params, nil)).ok(t, "a network %s", name)
}

func allocationNetworks(ids ...string) []*models.V1MachineAllocationNetwork {
	var networks []*models.V1MachineAllocationNetwork
	for _, id := range ids {
		networks = append(networks, &models.V1MachineAllocationNetwork{Networkid: ptr(id), Autoacquire: ptr(true)})
	}
	return networks
}

func machineRequest(name, network string, tags ...string) *models.V1MachineAllocateRequest {
	return &models.V1MachineAllocateRequest{
		Name: name, Hostname: name, Projectid: ptr(guard.Project), Partitionid: ptr(guard.Partition),
		Sizeid: ptr(guard.Size), Imageid: ptr(guard.Image), Networks: allocationNetworks(network), Tags: tags,
	}
}

func (l *fixture) allocate(t testing.TB, request *models.V1MachineAllocateRequest) *models.V1MachineResponse {
	t.Helper()
	params := machine.NewAllocateMachineParams().WithBody(request)
	return whenAvailable(t, func() outcome[*models.V1MachineResponse] {
		return call(l.edit.Machine().AllocateMachine(params, nil))
	})
}

func firewallRequest(name, network string, tags ...string) *models.V1FirewallCreateRequest {
	return &models.V1FirewallCreateRequest{
		Name: name, Hostname: name, Projectid: ptr(guard.Project), Partitionid: ptr(guard.Partition),
		Sizeid: ptr(guard.Size), Imageid: ptr(firewallImage), Networks: allocationNetworks(network, internet), Tags: tags,
	}
}

func (l *fixture) allocateFirewall(t testing.TB, request *models.V1FirewallCreateRequest) *models.V1FirewallResponse {
	t.Helper()
	params := firewall.NewAllocateFirewallParams().WithBody(request)
	return whenAvailable(t, func() outcome[*models.V1FirewallResponse] {
		return call(l.edit.Firewall().AllocateFirewall(params, nil))
	})
}

// whenAvailable asks until a machine can be had: one says that it is waiting a moment before its installer asks to be
// told, and only then it can be had.
func whenAvailable[P any](t testing.TB, allocate func() outcome[P]) P {
	t.Helper()
	var last outcome[P]
	guard.Within(t, guard.Patience, "a machine is available", func() bool {
		last = allocate()
		return !last.is(422, noMachine)
	})
	return last.ok(t, "allocation")
}

func (l *fixture) free(t testing.TB, id string) *models.V1MachineResponse {
	t.Helper()
	freed := call(l.edit.Machine().FreeMachine(machine.NewFreeMachineParams().WithID(id), nil)).ok(t, "free of %s", id)
	guard.True(t, freed.Allocation == nil, "machine %s is free", id)
	return freed
}

// inState waits for a machine's newest event.
func (l *fixture) inState(t testing.TB, id, event string) {
	t.Helper()
	guard.Within(t, guard.Patience, "machine "+id+" is "+event, func() bool {
		found, err := l.view.Machine().FindMachine(machine.NewFindMachineParams().WithID(id), nil)
		return err == nil && lastEvent(found.Payload) == event
	})
}

func machineIDs(machines []*models.V1MachineResponse) []string {
	ids := []string{}
	for _, m := range machines {
		ids = append(ids, *m.ID)
	}
	sort.Strings(ids)
	return ids
}

// networkOf is the part of an allocation that lies in a network.
func networkOf(t testing.TB, allocation *models.V1MachineAllocation, id string) *models.V1MachineNetwork {
	t.Helper()
	index := slices.IndexFunc(allocation.Networks, func(n *models.V1MachineNetwork) bool { return *n.Networkid == id })
	guard.True(t, index >= 0, "the allocation has network %s", id)
	return allocation.Networks[index]
}
