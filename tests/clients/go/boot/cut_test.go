package boot

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"metalmesh.test/clients/guard"
)

// Calls whose connection breaks after every single HTTP/2 frame, in turn, in both directions. What was asked may have
// been done or not; the installer asks again, and in the end it was done once.

// No call needs that many frames in one direction.
const framesMax = 30

// eachCut makes a call over a wire whose first connection breaks after one frame, after two, and so on, until the call
// comes through a wire that did not break. After a break it is made again on a new connection. `prepare` returns the
// call, `verify` looks at what became of it.
func eachCut(
	t *testing.T, node *guard.Node,
	prepare func(round string) func(conn *grpc.ClientConn) error, verify func(round string),
) {
	t.Helper()
	for _, fromServer := range []bool{false, true} {
		broken := 0
		for frames := 1; ; frames++ {
			round := fmt.Sprintf("cut after frame %d, from server: %t", frames, fromServer)
			guard.True(t, frames <= framesMax, "the call comes through at last: %s", round)
			attempt := prepare(round)
			wasCut := cutOnce(t, node, fromServer, frames, attempt)
			verify(round)
			if !wasCut {
				break
			}
			broken++
		}
		guard.True(t, broken >= 3, "a call has at least three frames, from server: %t", fromServer)
	}
}

// cutOnce returns whether the wire had broken when the call was over.
func cutOnce(
	t *testing.T, node *guard.Node, fromServer bool, frames int, attempt func(conn *grpc.ClientConn) error,
) bool {
	t.Helper()
	var seen atomic.Int64
	var cut atomic.Bool
	wire := newProxy(t, node.GRPC, nil, func(f frame) verdict {
		if f.link == 1 && f.fromServer == fromServer && seen.Add(1) == int64(frames) {
			cut.Store(true)
			return breakAfter
		}
		return pass
	})
	for made := 1; ; made++ {
		conn := dial(t, wire.address, nil, hurry)
		err := attempt(conn)
		wasCut := cut.Load()
		conn.Close()
		if err == nil {
			return wasCut
		}
		guard.Equal(t, codes.Unavailable.String(), status.Code(err).String(), "error of a broken call: %v", err)
		guard.True(t, wasCut && made == 1, "only a break makes a call fail, and only once: %v", err)
	}
}

func TestCallsThatAreCutAtEveryMessageAreDoneOnceInTheEnd(t *testing.T) {
	t.Parallel()
	node := guard.Dev(t, "--empty")
	a := equip(t, node)
	a.rackUp(2 * framesMax)
	conn := dial(t, node.GRPC, nil)
	registerCut(t, a, conn)
	sendCut(t, a, conn)
	reportCut(t, a, conn)
	waitCut(t, a, conn)
	guard.Equal(t, answer{}, newHammer(t, conn, 1).ask(send, `{"events":{}}`), "the node goes on")
}

// Each round registers a new machine.
func registerCut(t *testing.T, a *api, conn *grpc.ClientConn) {
	number := len(a.machines())
	var m *hammer
	eachCut(t, a.node, func(round string) func(*grpc.ClientConn) error {
		number++
		m = newHammer(t, conn, number)
		return func(conn *grpc.ClientConn) error {
			told, err := call(context.Background(), conn, register, m.registration())
			if err == nil {
				expected := answer{"uuid": m.id, "size": guard.Size, "partition_id": guard.Partition}
				guard.Equal(t, expected, told, "Register, %s", round)
			}
			return err
		}
	}, func(round string) {
		guard.Equal(t, number, len(a.machines()), "machines, %s", round)
		known := a.machine(m.id)
		guard.Equal(t, guard.Size, *known.Size.ID, "size, %s", round)
		guard.Equal(t, rack, known.Rackid, "rack, %s", round)
		guard.True(t, known.Allocation == nil, "it has no allocation, %s", round)
		a.cabled(m, "")
	})
}

// Each round tells that two machines boot. The node knows of it once, however often it is told.
func sendCut(t *testing.T, a *api, conn *grpc.ClientConn) {
	first, second := newHammer(t, conn, 1), newHammer(t, conn, 2)
	eachCut(t, a.node, func(round string) func(*grpc.ClientConn) error {
		reset := answer{"events": "2"}
		guard.Equal(t, reset, first.ask(send, news("Planned Reboot", round, first.id, second.id)), "reboot, %s", round)
		return func(conn *grpc.ClientConn) error {
			told, err := call(context.Background(), conn, send, news("PXE Booting", round, first.id, second.id))
			if err == nil {
				guard.Equal(t, answer{"events": "2"}, told, "Send, %s", round)
			}
			return err
		}
	}, func(round string) {
		for _, m := range []*hammer{first, second} {
			log := a.log(m.id)
			guard.Equal(t, []string{"PXE Booting: " + round, "Planned Reboot: " + round}, log[:2], "log of %s", m.id)
			guard.True(t, !*a.machine(m.id).Events.CrashLoop, "nothing was unexpected, %s", round)
		}
	})
}

// Each round reports another kernel command line of the same machine.
func reportCut(t *testing.T, a *api, conn *grpc.ClientConn) {
	m := newHammer(t, conn, 1)
	m.boots()
	allocation := a.allocate(m.id)
	eachCut(t, a.node, func(round string) func(*grpc.ClientConn) error {
		return func(conn *grpc.ClientConn) error {
			told, err := call(context.Background(), conn, report, m.result(round))
			if err == nil {
				guard.Equal(t, answer{}, told, "Report, %s", round)
			}
			return err
		}
	}, func(round string) {
		known := a.machine(m.id).Allocation
		guard.Equal(t, allocation, *known.Allocationuuid, "allocation, %s", round)
		guard.Equal(t, round, *known.BootInfo.Cmdline, "what was installed")
		a.cabled(m, fmt.Sprintf("vrf%d", a.vrf))
	})
}

// Each round lets a new machine wait, and allocates it as soon as its stream is open or broken.
func waitCut(t *testing.T, a *api, conn *grpc.ClientConn) {
	number := len(a.machines())
	var m *hammer
	var allocations []string
	eachCut(t, a.node, func(round string) func(*grpc.ClientConn) error {
		number++
		m, allocations = newHammer(t, conn, number), nil
		m.boots()
		return func(conn *grpc.ClientConn) error {
			waiting, err := wait(conn, m.id)
			if len(allocations) == 0 {
				allocations = append(allocations, a.allocate(m.id))
			}
			if err != nil {
				return err
			}
			return waiting.end(t)
		}
	}, func(round string) {
		guard.Equal(t, number, len(a.machines()), "machines, %s", round)
		guard.Equal(t, 1, len(allocations), "allocations, %s", round)
		guard.Equal(t, allocations[0], *a.machine(m.id).Allocation.Allocationuuid, "allocation, %s", round)
		a.refuses(m.id, "machine is already allocated")
		guard.True(t, slices.Contains(a.log(m.id), "Waiting: waiting for allocation"), "the log is kept, %s", round)
	})
}
