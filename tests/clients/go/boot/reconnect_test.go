package boot

import (
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"metalmesh.test/clients/guard"
)

// Waits that are broken and begun again: by the wire, by a second stream, by a node that ends. An allocation is never
// lost, and a stream never ends well without one.

// Installers pause for three seconds before they wait again; these are in a hurry.
var hurry = grpc.WithConnectParams(grpc.ConnectParams{
	Backoff: backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1, MaxDelay: 50 * time.Millisecond},
})

// story is what an installer lived through until it knew of its allocation.
type story struct {
	// How streams ended before the last one.
	errors []error
	// What the last one said before its good end.
	messages int
}

// insists waits again and again, as installers do, until a stream ends well.
func (m *hammer) insists() <-chan story {
	told := make(chan story, 1)
	go func() {
		var lived story
		for until := time.Now().Add(2 * guard.Patience); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
			waiting, err := wait(m.conn, m.id)
			if err == nil {
				err = <-waiting.ended
			}
			if err == nil {
				lived.messages = len(waiting.messages())
				told <- lived
				return
			}
			lived.errors = append(lived.errors, err)
		}
	}()
	return told
}

// learns is how an installer comes to know of its allocation: over streams that ended as unavailable, and a good one.
func learns(t testing.TB, told <-chan story) story {
	t.Helper()
	select {
	case lived := <-told:
		for _, err := range lived.errors {
			guard.Equal(t, codes.Unavailable.String(), status.Code(err).String(), "how a broken stream ends: %v", err)
		}
		return lived
	case <-time.After(guard.Patience):
		t.Fatal("the allocation was lost")
		return story{}
	}
}

// belongsTo is the end of each of these tests: the machine has this allocation, gets it at once in every new stream,
// and cannot be had twice.
func (a *api) belongsTo(m *hammer, allocation string) {
	a.t.Helper()
	known := a.machine(m.id).Allocation
	guard.True(a.t, known != nil, "%s is allocated", m.id)
	guard.Equal(a.t, allocation, *known.Allocationuuid, "allocation of %s", m.id)
	again := m.waits()
	guard.OK(a.t, again.end(a.t), "a wait of an allocated machine")
	guard.Equal(a.t, 0, len(again.messages()), "messages to an allocated machine")
	a.refuses(m.id, "machine is already allocated")
	a.refuses("", "no machine available")
}

// waitingWire is a proxy that counts the streams that the node has begun.
func waitingWire(t testing.TB, node *guard.Node) (wire *proxy, begun *atomic.Int64) {
	begun = &atomic.Int64{}
	wire = newProxy(t, node.GRPC, nil, func(f frame) verdict {
		if f.fromServer && f.Type == http2.FrameHeaders && !f.Flags.Has(http2.FlagHeadersEndStream) {
			begun.Add(1)
		}
		return pass
	})
	return wire, begun
}

func TestAWaitThatIsCutIsBegunAgainAndNothingIsLost(t *testing.T) {
	t.Parallel()
	node := guard.Dev(t, "--empty")
	a := equip(t, node)
	a.rackUp(1)
	wire, begun := waitingWire(t, node)
	reach := func(streams int64) {
		t.Helper()
		guard.Within(t, guard.Patience, "the machine waits again", func() bool { return begun.Load() >= streams })
	}
	m, shaky := newHammer(t, dial(t, node.GRPC, nil), 1), newHammer(t, dial(t, wire.address, nil, hurry), 1)

	m.boots()
	told := shaky.insists()
	for cuts := int64(1); cuts <= 5; cuts++ {
		reach(cuts)
		wire.cut()
	}
	reach(6)
	allocation := a.allocate("")
	guard.Equal(t, 5, len(learns(t, told).errors), "streams that were cut")
	a.belongsTo(m, allocation)

	// Cut a little before the allocation, during it, and a little after.
	for round := range 12 {
		a.free(m.id)
		m.boots()
		streams := begun.Load() + 1
		told := shaky.insists()
		reach(streams)
		moment := time.Duration(round-6) * time.Millisecond
		cut := time.AfterFunc(max(moment, 0), wire.cut)
		time.Sleep(max(-moment, 0))
		allocation := a.allocate(m.id)
		lived := learns(t, told)
		cut.Stop()
		guard.Equal(t, 0, lived.messages, "messages of a stream that lasted milliseconds, round %d", round)
		a.belongsTo(m, allocation)
	}
	guard.Equal(t, 1, len(a.machines()), "machines")
}

func TestAMachineIsAllocatedWhileItsInstallerIsCutOff(t *testing.T) {
	t.Parallel()
	node := guard.Dev(t, "--empty")
	a := equip(t, node)
	a.rackUp(1)
	wire := newProxy(t, node.GRPC, nil, nil)
	direct := dial(t, node.GRPC, nil)
	m := newHammer(t, dial(t, wire.address, nil, hurry), 1)
	m.boots()
	waiting := m.waits()
	wire.cut()
	failed(t, waiting.end(t), codes.Unavailable, "")
	// It stays marked as waiting: a request for any machine gets it.
	allocation := a.allocate("")
	a.belongsTo(newHammer(t, direct, 1), allocation)
}

func TestTheNewerOfTwoWaitsOfAMachineWins(t *testing.T) {
	t.Parallel()
	node := guard.Dev(t, "--empty")
	a := equip(t, node)
	a.rackUp(2)
	m := newHammer(t, dial(t, node.GRPC, nil), 1)
	other := newHammer(t, m.conn, 2)
	elsewhere := newHammer(t, dial(t, node.GRPC, nil), 1)
	m.boots()
	other.boots()
	bystander := other.waits()
	first, second := m.waits(), elsewhere.waits()
	failed(t, first.end(t), codes.Aborted, "the machine opened a newer wait stream")
	// On the same connection as well.
	third := elsewhere.waits()
	failed(t, second.end(t), codes.Aborted, "the machine opened a newer wait stream")
	third.isOpen(t, "as the newest")
	allocation := a.allocate(m.id)
	guard.OK(t, third.end(t), "the newest stream gets it")
	guard.Equal(t, allocation, *a.machine(m.id).Allocation.Allocationuuid, "the allocation")
	bystander.isOpen(t, "of a machine without an allocation")
	guard.True(t, a.allocate("") != "", "the bystander can be had")
	guard.OK(t, bystander.end(t), "the bystander gets its allocation")
	guard.True(t, a.machine(other.id).Allocation != nil, "the bystander is allocated")
}

func TestWaitsOutliveANodeThatIsKilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	node := guard.Serve(t)
	a := equip(t, node)
	a.rackUp(4)
	conn := dial(t, node.GRPC, node.TLS(false), hurry)
	machines := []*hammer{}
	for number := 1; number <= 4; number++ {
		m := newHammer(t, conn, number)
		m.boots()
		machines = append(machines, m)
	}
	before, during, after, stopped := machines[0], machines[1], machines[2], machines[3]

	// Allocated before the kill, with a message; allocated in between, without a node to send one; allocated after.
	early := before.waits()
	allocations := map[*hammer]string{before: a.allocate(before.id)}
	guard.OK(t, early.end(t), "before the kill")
	cutOff, insisting := during.waits(), after.insists()
	node.Kill()
	failed(t, cutOff.end(t), codes.Unavailable, "")
	node.Start()
	allocations[during] = a.allocate(during.id)
	guard.Equal(t, 0, learns(t, during.insists()).messages, "messages before the next stream gets the allocation")
	allocations[after] = a.allocate(after.id)
	guard.True(t, len(learns(t, insisting).errors) >= 1, "the kill ended a stream")

	// A stopping node ends streams with an error, too.
	ended := stopped.waits()
	node.Stop()
	failed(t, ended.end(t), codes.Unavailable, "")
	node.Start()
	// Only this machine is left, and it still counts as waiting.
	allocations[stopped] = a.allocate("")
	for _, m := range machines {
		a.belongsTo(m, allocations[m])
		guard.True(t, *a.machine(m.id).Liveliness == "Alive", "%s is alive", m.id)
	}
	guard.Equal(t, len(machines), len(a.machines()), "machines")
}
