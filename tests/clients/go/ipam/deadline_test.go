package ipam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"
	v1 "github.com/metal-stack/go-ipam/api/v1"
	"google.golang.org/protobuf/proto"
	"metalmesh.test/clients/guard"
)

const pool = "10.0.0.0/16"

// One wire of each protocol and port: deadlines do not depend on packing.
func plainWires() []wire {
	var plain []wire
	for _, wire := range wires() {
		if wire.packing.name == packings[0].name {
			plain = append(plain, wire)
		}
	}
	return plain
}

func TestADeadlineThatHasPassedAsksForNothing(t *testing.T) {
	t.Parallel()
	node := guard.Dev(t, "--empty")
	run(t, newClient(node.GRPC), []step{{root.create(pool), prefix(pool, "")}})
	for _, wire := range plainWires() {
		client, _ := wire.client(t, node)
		late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		for _, request := range []proto.Message{root.take(pool), root.usage(pool), root.create("10.1.0.0/16"), root.dump()} {
			_, err := client.call(late, request)
			guard.Equal(t, connect.CodeDeadlineExceeded, connect.CodeOf(err), "%s: %T: %v", wire.name, request, err)
		}
	}
	checkPool(t, newClient(node.GRPC), 0, 0)
}

// The node itself gives up: the client has no deadline, so that it waits for the node's answer. What takes longer than
// any deadline here is a load.
func TestTheNodeKeepsDeadlines(t *testing.T) {
	t.Parallel()
	node := guard.Dev(t, "--empty")
	run(t, newClient(node.GRPC), []step{{root.create(pool), prefix(pool, "")}})
	large, wires := longDump(300_000), plainWires()
	for at, wire := range wires {
		t.Run(wire.name, func(t *testing.T) {
			client, _ := wire.client(t, node)
			header, little, plenty := "Grpc-Timeout", "50m", "60S"
			if wire.protocol.isConnect() {
				header, little, plenty = "Connect-Timeout-Ms", "50", "60000"
			}
			own := space(fmt.Sprintf("late-%d", at))
			run(t, client, []step{{begin(string(own)), done}})
			_, err := client.call(t.Context(), own.load(large), header, little)
			run(t, client, []step{{own.list(), done}, {own.dump(), said{Payload: `{"dump":"null"}`}}})
			answer, taking := client.call(t.Context(), root.take(pool), header, plenty)
			guard.OK(t, taking, "with time enough")
			guard.Equal(t, pool, answer.(*v1.AcquireIPResponse).GetIp().GetParentPrefix(), "its prefix")
			var typed *connect.Error
			guard.True(t, errors.As(err, &typed) && connect.IsWireError(typed), "the node said so: %v", err)
			guard.Equal(t, connect.CodeDeadlineExceeded, typed.Code(), "what the node said: %v", err)
		})
	}
	checkPool(t, newClient(node.GRPC), len(wires), len(wires))
}

// The node stands still, so that deadlines and cancellations come while it has the call.
func TestADeadlineInFlightLeavesTheNodeConsistent(t *testing.T) {
	t.Parallel()
	node := guard.Dev(t, "--empty")
	run(t, newClient(node.GRPC), []step{{root.create(pool), prefix(pool, "")}})
	wires := plainWires()
	var clients []client
	for _, wire := range wires {
		client, _ := wire.client(t, node)
		_, err := client.call(t.Context(), root.take(pool))
		guard.OK(t, err, "%s: before", wire.name)
		clients = append(clients, client)
	}
	node.Pause()
	errs := make([]error, 2*len(clients))
	var written atomic.Int64
	var all sync.WaitGroup
	for at, client := range clients {
		all.Go(func() {
			soon, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			_, errs[2*at] = client.call(onceWritten(soon, func() { written.Add(1) }), root.take(pool))
			stopped, stop := context.WithCancel(t.Context())
			defer stop()
			sent := onceWritten(stopped, func() {
				written.Add(1)
				stop()
			})
			_, errs[2*at+1] = client.call(sent, root.take(pool))
		})
	}
	all.Wait()
	node.Resume()
	for at, wire := range wires {
		guard.Equal(t, connect.CodeDeadlineExceeded, connect.CodeOf(errs[2*at]), "%s: %v", wire.name, errs[2*at])
		guard.Equal(t, connect.CodeCanceled, connect.CodeOf(errs[2*at+1]), "%s: %v", wire.name, errs[2*at+1])
	}
	guard.Equal(t, int64(len(errs)), written.Load(), "requests that were on their way")
	checkPool(t, newClient(node.GRPC), len(clients), 3*len(clients))
}

func onceWritten(ctx context.Context, then func()) context.Context {
	written := func(httptrace.WroteRequestInfo) { then() }
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: written})
}

// The pool has between so and so many addresses, those that it says it has, and gives another one than these. Calls that
// were given up may still be on their way, so it is asked until nothing comes between.
func checkPool(t *testing.T, client client, fewest, most int) {
	t.Helper()
	mine := 0
	guard.Within(t, guard.Patience, "usage and dump agree", func() bool {
		known := dumped(t, client, root)[pool]
		guard.True(t, known["10.0.0.0"] && known["10.0.255.255"], "reserved addresses are there")
		before := acquired(t, client, pool)
		answer, err := client.call(t.Context(), root.take(pool))
		guard.OK(t, err, "one more address")
		mine++
		guard.True(t, !known[answer.(*v1.AcquireIPResponse).GetIp().GetIp()], "it is a new one")
		return before == len(known) && acquired(t, client, pool) == len(known)+1
	})
	taken := acquired(t, client, pool) - 2 - mine
	guard.True(t, fewest <= taken && taken <= most, "%d addresses, %d to %d are possible", taken, fewest, most)
}

func acquired(t *testing.T, client client, cidr string) int {
	t.Helper()
	answer, err := client.call(t.Context(), root.usage(cidr))
	guard.OK(t, err, "usage of %s", cidr)
	return int(answer.(*v1.PrefixUsageResponse).GetAcquiredIps())
}

// The addresses of each prefix, as a dump has them.
func dumped(t *testing.T, client client, own space) map[string]map[string]bool {
	t.Helper()
	var documents []struct {
		Cidr string
		IPs  map[string]bool
	}
	guard.OK(t, json.Unmarshal([]byte(dumpOf(t, client, own)), &documents), "the dump is JSON")
	addresses := map[string]map[string]bool{}
	for _, document := range documents {
		addresses[document.Cidr] = document.IPs
	}
	return addresses
}

func dumpOf(t *testing.T, client client, own space) string {
	t.Helper()
	answer, err := client.call(t.Context(), own.dump())
	guard.OK(t, err, "dump")
	return answer.(*v1.DumpResponse).GetDump()
}

// The loader goes away in the middle: no client sees half of the dump, and other calls are not affected.
func TestALoadThatIsCutOffIsNotSeen(t *testing.T) {
	t.Parallel()
	node := guard.Dev(t, "--empty")
	client, own := newClient(node.GRPC), space("large")
	run(t, client, []step{{begin("large"), done}, {root.create(pool), prefix(pool, "")}})
	loading := refused("unavailable", `a dump is being loaded into namespace:"large"`)
	stopped, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := newClient(node.GRPC).call(stopped, own.load(longDump(300_000)))
		ended <- err
	}()
	guard.Within(t, guard.Patience, "the load has begun", func() bool {
		return client.ask(t.Context(), own.delete("10.0.0.0/8")) == loading
	})
	stop()
	guard.Equal(t, connect.CodeCanceled, connect.CodeOf(<-ended), "code of the load")
	nothing := []step{
		{own.list(), done}, {own.dump(), said{Payload: `{"dump":"null"}`}}, {own.load("[]"), loading},
		{own.create("172.16.0.0/12"), loading}, {end("large"), refused("unavailable", loading.Message)},
		{own.get("10.0.0.0/12"), refused("not_found", "NotFound: unable to find prefix for cidr:10.0.0.0/12")},
	}
	run(t, client, nothing)
	checkPool(t, client, 0, 0)
	node.Kill()
	node.Start()
	run(t, newClient(node.GRPC), nothing)
	checkPool(t, newClient(node.GRPC), 1, 1)
}
