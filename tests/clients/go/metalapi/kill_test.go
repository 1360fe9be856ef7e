package metalapi

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	metalgo "github.com/metal-stack/metal-go"
	"github.com/metal-stack/metal-go/api/client/ip"
	"github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

func (l *fixture) again(t *testing.T) {
	t.Helper()
	l.Kill()
	l.Start()
	l.settle(t)
}

// What was acknowledged is there when the node is killed between two calls.
func TestANodeThatIsKilledBetweenCallsForgetsNothing(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 2)
	private := fx.ours(t, "ours")
	address := fx.address(t, internet, "static", "mine")
	made := fx.allocate(t, machineRequest("web", *private.ID, "node=1"))
	fx.again(t)

	guard.Equal(t, private.Prefixes, fx.network(t, *private.ID).Prefixes, "prefixes of the network")
	guard.Equal(t, private.Vrf, fx.network(t, *private.ID).Vrf, "VRF of the network")
	kept := call(fx.view.IP().FindIP(ip.NewFindIPParams().WithID(*address.Ipaddress), nil)).ok(t, "the address")
	guard.Equal(t, address, kept, "the address")
	found := fx.findMachines(t, &models.V1MachineFindRequest{Tags: []string{"node=1"}})
	guard.Equal(t, []string{*made.ID}, machineIDs(found), "machines with the tag")
	guard.Equal(t, *made.Allocation.Allocationuuid, *found[0].Allocation.Allocationuuid, "allocation")
	guard.Equal(t, networkOf(t, made.Allocation, *private.ID), networkOf(t, found[0].Allocation, *private.ID), "addresses")

	fx.free(t, *made.ID)
	fx.again(t)
	guard.True(t, fx.machine(t, *made.ID).Allocation == nil, "it is still free")
	guard.Within(t, guard.Patience, "its addresses are gone", func() bool {
		return len(fx.findIPs(t, &models.V1IPFindRequest{Machineid: *made.ID})) == 0
	})
	call(fx.edit.IP().FreeIP(ip.NewFreeIPParams().WithID(*address.Ipaddress), nil)).ok(t, "free")
	fx.again(t)
	call(fx.view.IP().FindIP(ip.NewFindIPParams().WithID(*address.Ipaddress), nil)).
		refused(t, 404, `NotFound no ip with id "`+*address.Ipaddress+`" found`)
	next := fx.allocate(t, machineRequest("web", *private.ID, "node=2"))
	guard.True(t, *next.Allocation.Allocationuuid != *made.Allocation.Allocationuuid, "another allocation")
}

// A crowd that goes on until the node is gone, and what was acknowledged to it by name.
type work struct {
	lock         sync.Mutex
	acknowledged map[string]*models.V1IPResponse
}

func (w *work) done() int {
	w.lock.Lock()
	defer w.lock.Unlock()
	return len(w.acknowledged)
}

// until runs a call per client again and again; the node is killed after `count` have been acknowledged. A client
// ends with its first call that is not answered, or when it has nothing left to do.
func (l *fixture) until(t *testing.T, clients []metalgo.Client, count int, next func(client, turn int) (string, func() outcome[*models.V1IPResponse])) *work {
	t.Helper()
	w := &work{acknowledged: map[string]*models.V1IPResponse{}}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		together(len(clients), func(client int) {
			for turn := 0; ; turn++ {
				name, run := next(client, turn)
				if run == nil {
					return
				}
				made := run()
				if made.err != nil {
					return
				}
				w.lock.Lock()
				w.acknowledged[name] = made.answer.GetPayload()
				w.lock.Unlock()
			}
		})
	}()
	guard.Within(t, guard.Patience, fmt.Sprint(count, " calls are acknowledged"), func() bool { return w.done() >= count })
	l.Kill()
	<-finished
	return w
}

// What was acknowledged is there when the node is killed in a crowd of calls, and of the others at most one per
// client.
func TestANodeThatIsKilledInACrowdForgetsNothing(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	private := *fx.ours(t, "ours").ID
	clients := fx.crowd(t)
	made := fx.until(t, clients, 150, func(client, turn int) (string, func() outcome[*models.V1IPResponse]) {
		name := fmt.Sprintf("%d/%d", client, turn)
		request := &models.V1IPAllocateRequest{Name: name, Networkid: ptr(private), Projectid: ptr(guard.Project)}
		return name, func() outcome[*models.V1IPResponse] {
			return call(clients[client].IP().AllocateIP(ip.NewAllocateIPParams().WithBody(request), nil))
		}
	})
	fx.Start()
	fx.settle(t)
	listed := fx.findIPs(t, &models.V1IPFindRequest{Networkid: private})
	byName := map[string]*models.V1IPResponse{}
	for _, one := range listed {
		guard.True(t, byName[one.Name] == nil, "%s was allocated once", one.Name)
		byName[one.Name] = one
	}
	for name, one := range made.acknowledged {
		guard.True(t, byName[name] != nil, "what was acknowledged is there: %s", name)
		guard.Equal(t, *one.Ipaddress+" "+*one.Allocationuuid, *byName[name].Ipaddress+" "+*byName[name].Allocationuuid, "%s", name)
	}
	open := len(listed) - len(made.acknowledged)
	guard.True(t, open <= crowd, "at most one open call per client: %d", open)
	guard.Equal(t, int64(2+len(listed)), *fx.network(t, private).Usage.UsedIps, "used addresses")
	t.Logf("%d acknowledged, %d open calls came to be", len(made.acknowledged), open)

	fx.freeUntilKilled(t, clients, addressesOf(listed))
	left := addressesOf(fx.findIPs(t, &models.V1IPFindRequest{Networkid: private}))
	guard.Equal(t, int64(2+len(left)), *fx.network(t, private).Usage.UsedIps, "used addresses")
	freeAll(t, clients, left)
	guard.Equal(t, int64(2), *fx.network(t, private).Usage.UsedIps, "used addresses")
	call(fx.edit.Network().FreeNetwork(network.NewFreeNetworkParams().WithID(private), nil)).ok(t, "free of the network")
	guard.Equal(t, int64(0), *fx.network(t, super).Usage.UsedPrefixes, "prefixes taken")
}

// freeUntilKilled frees addresses with a crowd, kills the node amid it, and starts it: what was freed stays free.
func (l *fixture) freeUntilKilled(t *testing.T, clients []metalgo.Client, addresses []string) {
	t.Helper()
	freed := l.until(t, clients, 50, func(client, turn int) (string, func() outcome[*models.V1IPResponse]) {
		at := client + turn*len(clients)
		if at >= len(addresses) {
			return "", nil
		}
		return addresses[at], func() outcome[*models.V1IPResponse] {
			return call(clients[client].IP().FreeIP(ip.NewFreeIPParams().WithID(addresses[at]), nil))
		}
	})
	l.Start()
	l.settle(t)
	now := l.addresses(t)
	for address := range freed.acknowledged {
		guard.True(t, !slices.Contains(now, address), "%s stays free", address)
	}
	t.Logf("%d of %d freed", len(freed.acknowledged), len(addresses))
}
