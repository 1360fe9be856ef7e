package boot

import (
	"encoding/json"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-openapi/runtime"
	"github.com/go-openapi/strfmt"
	metalgo "github.com/metal-stack/metal-go"
	"github.com/metal-stack/metal-go/api/client/filesystemlayout"
	"github.com/metal-stack/metal-go/api/client/image"
	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/client/partition"
	"github.com/metal-stack/metal-go/api/client/project"
	"github.com/metal-stack/metal-go/api/client/size"
	"github.com/metal-stack/metal-go/api/client/tenant"
	"github.com/metal-stack/metal-go/api/models"
	"github.com/metal-stack/security"
	"metalmesh.test/clients/guard"
)

// The operator's and the user's side of a node: metal-api v1 through the published client.

const (
	tenantDocument = `{"meta":{"id":"metal-stack","kind":"Tenant","apiversion":"v1"},"name":"metal-stack"}`

	projectDocument = `{"meta":{"id":"` + guard.Project + `","kind":"Project","apiversion":"v1"},"name":"sample",
		"tenant_id":"metal-stack"}`

	kernel      = "https://images.example.org/metal-kernel"
	initrd      = "https://images.example.org/metal-hammer-initrd.img.lz4"
	commandLine = "console=ttyS0,115200n8 ip=dhcp carrier_timeout=10"

	partitionDocument = `{"id":"` + guard.Partition + `","name":"mini-lab","bootconfig":{"kernelurl":"` + kernel + `",
		"imageurl":"` + initrd + `","commandline":"` + commandLine + `"}}`

	sizeDocument = `{"id":"` + guard.Size + `","constraints":[{"type":"cores","min":1,"max":4},
		{"type":"memory","min":500000000,"max":4000000000},{"type":"storage","min":1000000000,"max":100000000000}]}`

	imageDocument = `{"id":"` + guard.Image + `","name":"Ubuntu","url":"https://images.example.org/ubuntu.tar.lz4",
		"features":["machine"]}`

	layoutDocument = `{"id":"default","constraints":{"sizes":["` + guard.Size + `"],"images":{"ubuntu":"*"}},
		"filesystems":[{"path":"/","device":"/dev/sda1","format":"ext4","label":"root"}],
		"disks":[{"device":"/dev/sda","wipeonreinstall":true,
			"partitions":[{"number":1,"label":"root","size":5000,"gpttype":"8300"}]}]}`

	superNetworkDocument = `{"id":"super","name":"super","nat":false,"privatesuper":true,"underlay":false,
		"partitionid":"` + guard.Partition + `","prefixes":["10.0.0.0/16"],"destinationprefixes":[],
		"defaultchildprefixlength":{"IPv4":22}}`
)

// api talks to one node as an admin.
type api struct {
	t      testing.TB
	node   *guard.Node
	client metalgo.Client
	// How far the node's clock is ahead of ours. Requests are signed with its time.
	ahead atomic.Int64
	// The project's network and its VRF.
	network string
	vrf     int64
}

// equip creates what a plant must have before machines can be allocated.
func equip(t testing.TB, node *guard.Node) *api {
	t.Helper()
	client, err := metalgo.NewClient(node.URL(), metalgo.HMACAuth("metal-admin", "Metal-Admin"))
	guard.OK(t, err, "the client")
	a := &api{t: t, node: node, client: client}
	_, err = client.Tenant().CreateTenant(
		tenant.NewCreateTenantParams().WithBody(document[models.V1TenantCreateRequest](t, tenantDocument)), nil)
	guard.OK(t, err, "the tenant")
	_, err = client.Project().CreateProject(
		project.NewCreateProjectParams().WithBody(document[models.V1ProjectCreateRequest](t, projectDocument)), nil)
	guard.OK(t, err, "the project")
	_, err = client.Partition().CreatePartition(
		partition.NewCreatePartitionParams().WithBody(document[models.V1PartitionCreateRequest](t, partitionDocument)), nil)
	guard.OK(t, err, "the partition")
	_, err = client.Size().CreateSize(
		size.NewCreateSizeParams().WithBody(document[models.V1SizeCreateRequest](t, sizeDocument)), nil)
	guard.OK(t, err, "the size")
	_, err = client.Image().CreateImage(
		image.NewCreateImageParams().WithBody(document[models.V1ImageCreateRequest](t, imageDocument)), nil)
	guard.OK(t, err, "the image")
	layout := document[models.V1FilesystemLayoutCreateRequest](t, layoutDocument)
	_, err = client.Filesystemlayout().CreateFilesystemLayout(
		filesystemlayout.NewCreateFilesystemLayoutParams().WithBody(layout), nil)
	guard.OK(t, err, "the layout")
	_, err = client.Network().CreateNetwork(
		network.NewCreateNetworkParams().WithBody(document[models.V1NetworkCreateRequest](t, superNetworkDocument)), nil)
	guard.OK(t, err, "the super network")
	asked := &models.V1NetworkAllocateRequest{Name: "ours", Projectid: guard.Project, Partitionid: guard.Partition}
	ours, err := client.Network().AllocateNetwork(network.NewAllocateNetworkParams().WithBody(asked), nil)
	guard.OK(t, err, "the project's network")
	a.network, a.vrf = *ours.Payload.ID, ours.Payload.Vrf
	guard.True(t, a.network != "" && a.vrf > 0, "the network has an id and a VRF: %q, %d", a.network, a.vrf)
	return a
}

func document[T any](t testing.TB, text string) *T {
	t.Helper()
	value := new(T)
	guard.OK(t, json.Unmarshal([]byte(text), value), "%s", text)
	return value
}

// signed is `nil`, which leaves it to the client, as long as the clocks agree.
func (a *api) signed() runtime.ClientAuthInfoWriter {
	ahead := time.Duration(a.ahead.Load())
	if ahead == 0 {
		return nil
	}
	auth := security.NewHMACAuth("Metal-Admin", []byte("metal-admin"))
	return runtime.ClientAuthInfoWriterFunc(func(request runtime.ClientRequest, _ strfmt.Registry) error {
		auth.AddAuthToClientRequest(request, time.Now().Add(ahead))
		return nil
	})
}

func (a *api) machine(id string) *models.V1MachineResponse {
	a.t.Helper()
	found, err := a.client.Machine().FindMachine(machine.NewFindMachineParams().WithID(id), a.signed())
	guard.OK(a.t, err, "machine %s", id)
	guard.Equal(a.t, id, *found.Payload.ID, "id of the machine that was found")
	return found.Payload
}

func (a *api) machines() []*models.V1MachineResponse {
	a.t.Helper()
	listed, err := a.client.Machine().ListMachines(machine.NewListMachinesParams(), a.signed())
	guard.OK(a.t, err, "machines")
	return listed.Payload
}

// tryAllocate asks for a machine, for any if `id` is empty.
func (a *api) tryAllocate(id string) (*models.V1MachineResponse, error) {
	acquire := true
	request := &models.V1MachineAllocateRequest{
		UUID: id, Name: "web", Hostname: "web", Projectid: text(guard.Project), Partitionid: text(guard.Partition),
		Sizeid: text(guard.Size), Imageid: text(guard.Image), SSHPubKeys: []string{},
		Networks: []*models.V1MachineAllocationNetwork{{Networkid: &a.network, Autoacquire: &acquire}},
	}
	allocated, err := a.client.Machine().AllocateMachine(machine.NewAllocateMachineParams().WithBody(request), a.signed())
	if err != nil {
		return nil, err
	}
	return allocated.Payload, nil
}

// allocate returns the id of the new allocation.
func (a *api) allocate(id string) string {
	a.t.Helper()
	allocated, err := a.tryAllocate(id)
	guard.OK(a.t, err, "allocate %q", id)
	guard.True(a.t, id == "" || *allocated.ID == id, "%s was allocated, not %s", id, *allocated.ID)
	return *allocated.Allocation.Allocationuuid
}

// refuses is one refused allocation, as the client reads it.
func (a *api) refuses(id, message string) {
	a.t.Helper()
	_, err := a.tryAllocate(id)
	var refusal *machine.AllocateMachineDefault
	guard.True(a.t, errors.As(err, &refusal), "the client's own error: %v", err)
	guard.Equal(a.t, http.StatusUnprocessableEntity, refusal.Code(), "status of a refused allocation")
	guard.Equal(a.t, http.StatusUnprocessableEntity, refusal.Payload.StatusCode, "status in the envelope")
	guard.Equal(a.t, message, refusal.Payload.Message, "why the allocation is refused")
}

// free also waits for the note in the log, which comes after the answer.
func (a *api) free(id string) {
	a.t.Helper()
	freed, err := a.client.Machine().FreeMachine(machine.NewFreeMachineParams().WithID(id), a.signed())
	guard.OK(a.t, err, "free %s", id)
	guard.True(a.t, freed.Payload.Allocation == nil, "a freed machine has no allocation")
	guard.Within(a.t, guard.Patience, "the log tells of the reclaim", func() bool {
		return a.newest(id) == "Machine Reclaim: free machine called"
	})
}

// log is `event: message` of what happened to a machine, newest first.
func (a *api) log(id string) []string {
	a.t.Helper()
	lines := []string{}
	for _, entry := range a.machine(id).Events.Log {
		lines = append(lines, *entry.Event+": "+entry.Message)
	}
	return lines
}

func (a *api) newest(id string) string {
	a.t.Helper()
	if lines := a.log(id); len(lines) > 0 {
		return lines[0]
	}
	return ""
}

func text(value string) *string { return &value }
