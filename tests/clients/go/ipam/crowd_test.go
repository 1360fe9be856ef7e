package ipam

import (
	"crypto/rand"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/metal-stack/go-ipam/api/v1"
	"metalmesh.test/clients/guard"
)

const crowd = 64

// Each of a crowd has a connection of its own.
func gather(node *guard.Node) []client {
	clients := make([]client, crowd)
	for at := range clients {
		clients[at] = newClient(node.GRPC)
	}
	return clients
}

func TestACrowdGetsDistinctAddresses(t *testing.T) {
	t.Parallel()
	const each = 6
	node := guard.Dev(t, "--empty")
	clients := gather(node)
	run(t, clients[0], []step{{root.create(pool), prefix(pool, "")}})
	var given [crowd][each]said
	together(func(at int) {
		for nth := range each {
			given[at][nth] = clients[at].ask(t.Context(), root.take(pool))
		}
	})
	seen := map[said]bool{}
	for _, each := range given {
		for _, one := range each {
			guard.True(t, !seen[one], "given once: %v", one)
			seen[one] = true
		}
	}
	// The lowest ones, without a hole.
	ip := netip.MustParsePrefix(pool).Addr()
	for range crowd * each {
		ip = ip.Next()
		guard.True(t, seen[address(ip.String(), pool)], "given: %s", ip)
	}
	guard.Equal(t, crowd*each+2, acquired(t, clients[0], pool), "usage")
	storm(t, clients)
	together(func(at int) {
		for nth := range each {
			own := netip.MustParseAddr(fmt.Sprintf("10.0.%d.%d", (at*each+nth+1)>>8, (at*each+nth+1)&255)).String()
			given[at][nth] = clients[at].ask(t.Context(), root.release(pool, own))
		}
	})
	for _, each := range given {
		for _, one := range each {
			guard.Equal(t, "", one.Code, "released: %v", one)
		}
	}
	guard.Equal(t, 3, acquired(t, clients[0], pool), "usage after all but one were released")
}

// All want the same address.
func storm(t *testing.T, clients []client) {
	t.Helper()
	var given [crowd]said
	together(func(at int) { given[at] = clients[at].ask(t.Context(), root.takeAt(pool, "10.0.200.1")) })
	count := map[said]int{}
	for _, one := range given {
		count[one]++
	}
	guard.Equal(t, 1, count[address("10.0.200.1", pool)], "who has it")
	taken := refused("already_exists", "AlreadyAllocatedError: given ip:10.0.200.1 is already allocated")
	guard.Equal(t, crowd-1, count[taken], "who has not")
}

func together(one func(at int)) {
	var all sync.WaitGroup
	for at := range crowd {
		all.Go(func() { one(at) })
	}
	all.Wait()
}

// Half of the crowd sends keys and asks again with the same one until it is answered: these have exactly what they asked
// for. The others ask again.
func TestWhatWasAcknowledgedSurvivesAKill(t *testing.T) {
	t.Parallel()
	const each = 8
	node := guard.Dev(t, "--empty")
	clients := gather(node)
	run(t, clients[0], []step{{root.create(pool), prefix(pool, "")}})
	var given [crowd][]string
	var acknowledged, unsure atomic.Int64
	killed, ended := make(chan struct{}), make(chan struct{})
	go func() {
		together(func(at int) {
			for nth := range each {
				given[at] = append(given[at], insist(t, clients[at], at%2 == 0, &unsure))
				acknowledged.Add(1)
				// The second half comes after the kill.
				if nth == each/2-1 {
					<-killed
				}
			}
		})
		close(ended)
	}()
	guard.Within(t, guard.Patience, "a third is acknowledged", func() bool { return acknowledged.Load() >= crowd*each/3 })
	node.Kill()
	close(killed)
	node.Start()
	<-ended
	kept := dumped(t, newClient(node.GRPC), root)[pool]
	seen := map[string]bool{}
	for _, own := range given {
		for _, ip := range own {
			guard.True(t, kept[ip], "%s is there", ip)
			guard.True(t, !seen[ip], "%s was given once", ip)
			seen[ip] = true
		}
	}
	guard.Equal(t, crowd*each, len(seen), "acknowledged addresses")
	more := len(kept) - 2 - len(seen)
	guard.True(t, 0 <= more && more <= int(unsure.Load()), "%d more, %d were asked for without answer", more, unsure.Load())
	guard.Equal(t, len(kept), acquired(t, newClient(node.GRPC), pool), "usage")
}

// Asks until there is an answer, and counts what may have been done without one.
func insist(t *testing.T, client client, keyed bool, unsure *atomic.Int64) string {
	var headers []string
	if keyed {
		headers = []string{"Idempotency-Key", newKey()}
	}
	for until := time.Now().Add(guard.Patience); ; time.Sleep(20 * time.Millisecond) {
		answer, err := client.call(t.Context(), root.take(pool), headers...)
		if err == nil {
			return answer.(*v1.AcquireIPResponse).GetIp().GetIp()
		}
		if time.Now().After(until) {
			return err.Error()
		}
		if !keyed {
			unsure.Add(1)
		}
	}
}

// A UUID of the fourth version.
func newKey() string {
	var bytes [16]byte
	_, _ = rand.Read(bytes[:])
	bytes[6], bytes[8] = bytes[6]&0x0f|0x40, bytes[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", bytes[:4], bytes[4:6], bytes[6:8], bytes[8:10], bytes[10:])
}
