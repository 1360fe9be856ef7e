package metalapi

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/metal-stack/metal-go/api/client/ip"
	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

const (
	// A controller that was interrupted looks again after a while; what it had sent has come to its end by then.
	settled = 2 * time.Second
	// The most that a deadline grows to.
	longest = 4 * time.Second
)

// A deadline that ends in the middle of an allocation leaves it open whether there is a machine. A client that searches by tags
// and allocates again when there is none has exactly one, and nothing is left behind.
func TestAnInterruptedAllocationIsRepeatedSafely(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 2)
	network := *fx.ours(t, "ours").ID
	before := fx.addresses(t)
	interrupted, takenOver, inTime := 0, 0, 0
	for deadline := time.Millisecond; inTime < 2; deadline = deadline * 3 / 2 {
		guard.True(t, deadline < longest, "an allocation comes to its end within %s", longest)
		tag := "node=" + deadline.String()
		made, ended := fx.allocateWithin(t, deadline, machineRequest("node", network, tag))
		if ended {
			interrupted++
			var was bool
			made, was = fx.takeOrAllocate(t, machineRequest("node", network, tag))
			if was {
				takenOver++
			}
		} else {
			inTime++
		}
		filter := &models.V1MachineFindRequest{Tags: []string{tag}}
		guard.Equal(t, []string{made}, machineIDs(fx.findMachines(t, filter)), "machines after %s", deadline)
		guard.Within(t, guard.Patience, "there are its addresses, and no other", func() bool {
			return len(fx.addresses(t)) == len(before)+2
		})
		guard.Equal(t, 2, len(fx.findIPs(t, &models.V1IPFindRequest{Machineid: made})), "addresses after %s", deadline)
		fx.free(t, made)
		guard.Within(t, guard.Patience, "its addresses are gone", func() bool {
			return slices.Equal(before, fx.addresses(t))
		})
		guard.Equal(t, 0, len(fx.findMachines(t, filter)), "machines after the free")
	}
	guard.True(t, interrupted > 0, "a deadline ended before its answer: %d", interrupted)
	t.Logf("%d interrupted, of which %d had been made; %d in time", interrupted, takenOver, inTime)
	// No machine is held by an allocation that did not come to be.
	first := fx.allocate(t, machineRequest("first", network))
	second := fx.allocate(t, machineRequest("second", network))
	guard.True(t, *first.ID != *second.ID, "both machines can be had")
	guard.Equal(t, int64(2+2), *fx.network(t, network).Usage.UsedIps, "used addresses")
}

// allocateWithin tells the machine's id, or that the deadline ended before the answer.
func (l *fixture) allocateWithin(t *testing.T, deadline time.Duration, request *models.V1MachineAllocateRequest) (id string, ended bool) {
	t.Helper()
	guard.Within(t, guard.Patience, "a machine is available", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), deadline)
		defer cancel()
		params := machine.NewAllocateMachineParams().WithBody(request).WithContext(ctx)
		made := call(l.edit.Machine().AllocateMachine(params, nil))
		if errors.Is(made.err, context.DeadlineExceeded) {
			ended = true
			return true
		}
		if made.is(422, noMachine) {
			return false
		}
		id = *made.ok(t, "allocation within %s", deadline).ID
		return true
	})
	return id, ended
}

// takeOrAllocate is the repetition; it tells, too, whether the machine had been made.
func (l *fixture) takeOrAllocate(t *testing.T, request *models.V1MachineAllocateRequest) (id string, was bool) {
	t.Helper()
	for until := time.Now().Add(settled); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		found := l.findMachines(t, &models.V1MachineFindRequest{Tags: request.Tags})
		if len(found) > 0 {
			return *found[0].ID, true
		}
	}
	return *l.allocate(t, request).ID, false
}

// The same for an address.
func TestAnInterruptedAddressIsRepeatedSafely(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	before := fx.addresses(t)
	interrupted, inTime := 0, 0
	for deadline := 500 * time.Microsecond; inTime < 3; deadline = deadline * 3 / 2 {
		guard.True(t, deadline < longest, "an allocation comes to its end within %s", longest)
		tag := "service=" + deadline.String()
		request := &models.V1IPAllocateRequest{Networkid: ptr(internet), Projectid: ptr(guard.Project), Tags: []string{tag}}
		ctx, cancel := context.WithTimeout(t.Context(), deadline)
		made := call(fx.edit.IP().AllocateIP(ip.NewAllocateIPParams().WithBody(request).WithContext(ctx), nil))
		cancel()
		var address string
		if errors.Is(made.err, context.DeadlineExceeded) {
			interrupted++
			address = fx.takeOrAllocateAddress(t, tag)
		} else {
			inTime++
			address = *made.ok(t, "an address within %s", deadline).Ipaddress
		}
		found := addressesOf(fx.findIPs(t, &models.V1IPFindRequest{Tags: []string{tag}}))
		guard.Equal(t, []string{address}, found, "addresses after %s", deadline)
		guard.Equal(t, len(before)+1, len(fx.addresses(t)), "all addresses after %s", deadline)
		call(fx.edit.IP().FreeIP(ip.NewFreeIPParams().WithID(address), nil)).ok(t, "free")
		guard.Equal(t, before, fx.addresses(t), "addresses after the free")
	}
	guard.True(t, interrupted > 0, "a deadline ended before its answer: %d", interrupted)
	t.Logf("%d interrupted, %d in time", interrupted, inTime)
	guard.Equal(t, int64(3), *fx.network(t, internet).Usage.UsedIps, "used addresses")
}

func (l *fixture) takeOrAllocateAddress(t *testing.T, tag string) string {
	t.Helper()
	for until := time.Now().Add(settled); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if found := l.findIPs(t, &models.V1IPFindRequest{Tags: []string{tag}}); len(found) > 0 {
			return *found[0].Ipaddress
		}
	}
	return *l.address(t, internet, "ephemeral", tag).Ipaddress
}
