package metalapi

import (
	"slices"
	"testing"

	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

// The machine controller knows its machines by tags only.
func TestTheMachineControllerFindsAgainWhatItMade(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 2)
	network := fx.ours(t, "shoot")
	before := fx.addresses(t)
	cluster, name := "kubernetes.io/cluster=shoot--a", "kubernetes.io/role=node-1"
	filter := &models.V1MachineFindRequest{
		Tags: []string{cluster, name}, AllocationProject: guard.Project, PartitionID: guard.Partition,
	}
	guard.Equal(t, 0, len(fx.findMachines(t, filter)), "machines with the tags before")

	request := machineRequest("node-1", *network.ID, cluster, name)
	request.SSHPubKeys = []string{sshKey}
	request.UserData = "I2Nsb3VkLWNvbmZpZw=="
	request.Description = "a worker"
	made := fx.allocate(t, request)
	checkWorker(t, made, request, *network.ID)

	found := fx.findMachines(t, filter)
	guard.Equal(t, []string{*made.ID}, machineIDs(found), "machines with both tags")
	guard.Equal(t, made.Allocation.Allocationuuid, found[0].Allocation.Allocationuuid, "allocation")
	filter.Tags = []string{cluster, "kubernetes.io/role=node-2"}
	guard.Equal(t, 0, len(fx.findMachines(t, filter)), "machines with another tag: all tags must match")
	checkWorker(t, fx.machine(t, *made.ID), request, *network.ID)

	fx.inState(t, *made.ID, "Phoned Home")
	freed := fx.free(t, *made.ID)
	guard.Equal(t, 0, len(freed.Tags), "tags of a free machine")
	guard.Equal(t, *made.ID, *fx.free(t, *made.ID).ID, "a second free is fine")
	guard.Within(t, guard.Patience, "its addresses are gone", func() bool {
		return slices.Equal(before, fx.addresses(t))
	})
	filter.Tags = []string{cluster}
	guard.Equal(t, 0, len(fx.findMachines(t, filter)), "machines with the tag after")
}

const sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0qmLCJDh7ZPoKXVZGjCWgZ3bCNr3X6YYyN9UTP0tWY controller"

func checkWorker(t *testing.T, m *models.V1MachineResponse, request *models.V1MachineAllocateRequest, network string) {
	t.Helper()
	allocation := m.Allocation
	guard.Equal(t, request.Name, *allocation.Name, "name")
	guard.Equal(t, request.Hostname, *allocation.Hostname, "host name")
	guard.Equal(t, request.Description, allocation.Description, "description")
	guard.Equal(t, request.UserData, allocation.UserData, "user data")
	guard.Equal(t, request.SSHPubKeys, allocation.SSHPubKeys, "keys")
	guard.Equal(t, guard.Project, *allocation.Project, "project")
	guard.Equal(t, guard.Image, *allocation.Image.ID, "image")
	guard.Equal(t, "machine", *allocation.Role, "role")
	guard.Equal(t, "metal-edit@metal-stack.io", *allocation.Creator, "creator")
	guard.Equal(t, "default", *allocation.Filesystemlayout.ID, "layout")
	guard.Equal(t, guard.Partition, *m.Partition.ID, "partition")
	guard.Equal(t, guard.Size, *m.Size.ID, "size")
	guard.Equal(t, "test-rack", m.Rackid, "rack")
	guard.Equal(t, "Alive", *m.Liveliness, "liveliness")
	for _, tag := range request.Tags {
		guard.True(t, slices.Contains(m.Tags, tag), "tag %s in %v", tag, m.Tags)
	}
	guard.True(t, slices.Contains(m.Tags, "machine.metal-stack.io/rack=test-rack"), "the rack's tag in %v", m.Tags)
	private := networkOf(t, allocation, network)
	guard.Equal(t, 1, len(allocation.Networks), "networks")
	guard.Equal(t, 2, len(private.Ips), "one address of each family in %v", private.Ips)
	guard.Equal(t, "privateprimaryunshared", *private.Networktype, "type of the network")
	guard.True(t, *private.Private && !*private.Underlay && !*private.Nat, "a private network")
	guard.True(t, *private.Asn > 4_210_000_000, "AS number %d", *private.Asn)
	guard.True(t, *private.Vrf > 0, "VRF %d", *private.Vrf)
}

func TestTheMachineControllerReadsWhyThereIsNoMachine(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 1)
	network := *fx.ours(t, "shoot").ID
	before := fx.addresses(t)
	only := fx.allocate(t, machineRequest("node-1", network, "node=1"))
	taken := fx.addresses(t)
	allocate := func(change func(*models.V1MachineAllocateRequest)) outcome[*models.V1MachineResponse] {
		request := machineRequest("node-2", network, "node=2")
		change(request)
		return call(fx.edit.Machine().AllocateMachine(machine.NewAllocateMachineParams().WithBody(request), nil))
	}
	allocate(func(*models.V1MachineAllocateRequest) {}).refused(t, 422, noMachine)
	allocate(func(r *models.V1MachineAllocateRequest) { r.UUID = *only.ID }).refused(t, 422, "machine is already allocated")
	allocate(func(r *models.V1MachineAllocateRequest) { r.Networks = nil }).refused(t, 400, "network ids cannot be nil")
	allocate(func(r *models.V1MachineAllocateRequest) { r.Imageid = ptr("nothing-1.0") }).
		refused(t, 400, "NotFound no image for id:nothing-1.0 found:no image for os:nothing version:1.0.0 found")
	allocate(func(r *models.V1MachineAllocateRequest) { r.Imageid = ptr(firewallImage) }).
		refused(t, 400, "given image is not usable for a machine, features: firewall")
	allocate(func(r *models.V1MachineAllocateRequest) { r.Partitionid = nil }).
		refused(t, 400, "when no machine id is given, a partition id must be specified")
	allocate(func(r *models.V1MachineAllocateRequest) { r.Projectid = nil }).
		refused(t, 422, "project id must be specified")
	guard.Equal(t, taken, fx.addresses(t), "refusals leave no address behind")

	missing := "00000000-0000-0000-0000-00000000dead"
	text := `NotFound no machine with id "` + missing + `" found`
	call(fx.view.Machine().FindMachine(machine.NewFindMachineParams().WithID(missing), nil)).refused(t, 404, text)
	call(fx.edit.Machine().FreeMachine(machine.NewFreeMachineParams().WithID(missing), nil)).refused(t, 404, text)
	fx.free(t, *only.ID)
	again := fx.allocate(t, machineRequest("node-2", network, "node=2"))
	guard.Equal(t, *only.ID, *again.ID, "the only machine is had again")
	guard.True(t, *again.Allocation.Allocationuuid != *only.Allocation.Allocationuuid, "by another allocation")
	fx.free(t, *again.ID)
	guard.Within(t, guard.Patience, "its addresses are gone", func() bool {
		return slices.Equal(before, fx.addresses(t))
	})
}
