package boot

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/metal-stack/security"
	"metalmesh.test/clients/guard"
)

// A node whose clock is moved by hours under it, as a broken time source or an operator does. Only the time of day moves:
// intervals go on as before.

// Everything is looked at every five seconds. After three looks whatever the jump may do was done.
const looks = 15 * time.Second

// moved is a node with a clock that a test sets.
type moved struct {
	*api
	file string
}

// movable starts a node under libfaketime, or skips the test where that is not installed.
func movable(t testing.TB) *moved {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/*/faketime/libfaketime.so.1")
	if len(found) == 0 {
		const missing = "libfaketime is not installed: apt-get install libfaketime"
		if os.Getenv("METALMESH_REQUIRE_CLIENTS") == "1" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	file := filepath.Join(t.TempDir(), "clock")
	clock := &moved{file: file}
	clock.write(t, 0)
	node := guard.Serve(t, "LD_PRELOAD="+found[0], "FAKETIME_TIMESTAMP_FILE="+file, "FAKETIME_NO_CACHE=1",
		"FAKETIME_DONT_FAKE_MONOTONIC=1", "DONT_FAKE_MONOTONIC=1")
	clock.api = equip(t, node)
	return clock
}

// write replaces the file as a whole: the node reads it all the time.
func (c *moved) write(t testing.TB, ahead time.Duration) {
	t.Helper()
	seconds := strconv.FormatInt(int64(ahead/time.Second), 10)
	if ahead >= 0 {
		seconds = "+" + seconds
	}
	guard.OK(t, os.WriteFile(c.file+".new", []byte(seconds+"s\n"), 0o600), "the offset")
	guard.OK(t, os.Rename(c.file+".new", c.file), "the offset in its place")
}

// set moves the node's clock, and makes sure by an event that the node has it.
func (c *moved) set(ahead time.Duration, witness *hammer) {
	c.t.Helper()
	c.write(c.t, ahead)
	c.ahead.Store(int64(ahead))
	witness.say("Alive", "still alive")
	c.isNow(time.Time(c.machine(witness.id).Events.LastEventTime), "the last event of "+witness.id)
}

// isNow is one check: that was a moment ago by the node's clock.
func (c *moved) isNow(at time.Time, what string) {
	c.t.Helper()
	age := time.Now().Add(time.Duration(c.ahead.Load())).Sub(at)
	guard.True(c.t, age > -5*time.Second && age < guard.Patience, "%s was just now: %s ago", what, age)
}

// TestAClockThatIsMovedAheadByHoursHarmsNobody: silence seems to have lasted for hours. Nothing is wiped for it.
func TestAClockThatIsMovedAheadByHoursHarmsNobody(t *testing.T) {
	t.Parallel()
	c := movable(t)
	c.rackUp(4)
	conn := dial(t, c.node.GRPC, c.node.TLS(false))
	installed, talking, silent := newHammer(t, conn, 1), newHammer(t, conn, 2), newHammer(t, conn, 3)
	own := c.install(installed)
	talking.boots()
	silent.boots()
	told, silence := talking.waits(), silent.waits()

	c.set(5*time.Hour, talking)
	c.becomes(silent, "Dead")
	c.becomes(installed, "Unknown")
	time.Sleep(looks)
	told.isOpen(t, "hours later by the clock")
	silence.isOpen(t, "though the machine seems dead")
	guard.Equal(t, []string{}, c.orders(), "no machine was ordered to boot or to wipe")
	c.keeps(installed, own)

	// Only the one that talks can be had.
	allocation := c.allocate("")
	guard.OK(t, told.end(t), "the allocation arrives hours later")
	known := c.machine(talking.id).Allocation
	guard.Equal(t, allocation, *known.Allocationuuid, "the allocation")
	c.isNow(time.Time(*known.Created), "the allocation")
	talking.installs()
	c.obeys("DISK")
	for _, entry := range c.machine(talking.id).Events.Log[:3] {
		c.isNow(time.Time(entry.Time), *entry.Event)
	}
	c.refuses("", "no machine available")
	silent.say("Alive", "still alive")
	installed.say("Phoned Home", "provisioned since 2026-01-01T10:00:00Z")
	c.becomes(silent, "Alive")
	c.becomes(installed, "Alive")
	c.isNow(time.Time(c.machine(installed.id).Events.LastEventTime), "the last word of the installed system")
	second := c.allocate("")
	guard.OK(t, silence.end(t), "who speaks again can be had again")
	c.keeps(silent, second)
	c.keeps(installed, own)
	fresh := newHammer(t, conn, 4)
	fresh.boots()
	for _, entry := range c.machine(fresh.id).Events.Log {
		c.isNow(time.Time(entry.Time), *entry.Event)
	}
	c.endsWell(4)
}

// TestAClockThatIsMovedBackHarmsNobody: what was said before lies in the future.
func TestAClockThatIsMovedBackHarmsNobody(t *testing.T) {
	t.Parallel()
	c := movable(t)
	c.rackUp(4)
	conn := dial(t, c.node.GRPC, c.node.TLS(false))
	machines := []*hammer{}
	for number := 1; number <= 4; number++ {
		machines = append(machines, newHammer(t, conn, number))
	}
	installed, first, second, fresh := machines[0], machines[1], machines[2], machines[3]
	own := c.install(installed)
	first.boots()
	second.boots()
	firstWait, secondWait := first.waits(), second.waits()

	c.set(-5*time.Hour, first)
	time.Sleep(looks)
	firstWait.isOpen(t, "hours earlier by the clock")
	second.say("Alive", "still alive")
	c.becomes(second, "Alive")
	guard.Equal(t, []string{}, c.orders(), "no machine was ordered to boot or to wipe")
	allocation := c.allocate(first.id)
	guard.OK(t, firstWait.end(t), "the allocation arrives hours earlier")
	c.isNow(time.Time(*c.machine(first.id).Allocation.Created), "the allocation")
	c.keeps(installed, own)
	fresh.boots()
	for _, entry := range c.machine(fresh.id).Events.Log {
		c.isNow(time.Time(entry.Time), *entry.Event)
	}

	c.set(-29*time.Hour, fresh)
	secondWait.isOpen(t, "a day earlier by the clock")
	later := c.allocate(second.id)
	guard.OK(t, secondWait.end(t), "the allocation arrives a day earlier")
	installed.say("Phoned Home", "provisioned since 2026-01-01T10:00:00Z")
	c.becomes(installed, "Alive")
	c.isNow(time.Time(c.machine(installed.id).Events.LastEventTime), "the last word of the installed system")
	c.keeps(installed, own)
	c.keeps(first, allocation)
	c.keeps(second, later)
	c.set(0, fresh)
	c.keeps(installed, own)
	c.endsWell(4)
}

// TestAMachineGoesOnWithItsLifeAfterTheClockWasMovedBack: its log ends in the future.
func TestAMachineGoesOnWithItsLifeAfterTheClockWasMovedBack(t *testing.T) {
	t.Parallel()
	c := movable(t)
	c.rackUp(2)
	conn := dial(t, c.node.GRPC, c.node.TLS(false))
	m, witness := newHammer(t, conn, 1), newHammer(t, conn, 2)
	witness.boots()
	m.boots()
	waiting := m.waits()
	c.set(-5*time.Hour, witness)
	allocation := c.allocate(m.id)
	guard.OK(t, waiting.end(t), "the allocation arrives")
	m.installs()
	c.obeys("DISK")
	guard.Equal(t, []string{
		"Phoned Home: provisioned since 2026-01-01T10:00:00Z",
		"Booting New Kernel: booting into distro kernel",
		"Installing: start installation",
		"Waiting: waiting for allocation",
	}, c.log(m.id)[:4], "the log is in the order in which things happened")
	c.keeps(m, allocation)
	c.set(-29*time.Hour, witness)
	c.free(m.id)
	m.boots()
	again := m.waits()
	c.allocate(m.id)
	guard.OK(t, again.end(t), "the second allocation arrives")
	c.endsWell(2)
}

// TestNoEventIsLostWhileTheClockIsMoved: calls are under way when it jumps.
func TestNoEventIsLostWhileTheClockIsMoved(t *testing.T) {
	t.Parallel()
	c := movable(t)
	c.rackUp(1)
	m := newHammer(t, dial(t, c.node.GRPC, c.node.TLS(false)), 1)
	m.boots()
	waiting := m.waits()
	// So many that there is always one under way.
	flowing := []func() (int, error){}
	for range 8 {
		flowing = append(flowing, m.talks())
	}
	for range 20 {
		for _, ahead := range []time.Duration{5 * time.Hour, 0, -5 * time.Hour, -29 * time.Hour} {
			c.write(t, ahead)
			time.Sleep(25 * time.Millisecond)
		}
	}
	c.write(t, 0)
	for _, stop := range flowing {
		stored, err := stop()
		guard.OK(t, err, "events while the clock goes back and forth")
		guard.True(t, stored > 20, "events flow: %d", stored)
	}
	waiting.isOpen(t, "after all the jumps")
	c.set(0, m)
	allocation := c.allocate("")
	guard.OK(t, waiting.end(t), "the allocation arrives after all the jumps")
	c.keeps(m, allocation)
	c.endsWell(1)
}

// install is a machine's way into somebody's hands, with nothing left to do for its BMC.
func (c *moved) install(m *hammer) (allocation string) {
	c.t.Helper()
	m.boots()
	allocation = c.allocate(m.id)
	m.installs()
	c.obeys("DISK")
	return allocation
}

// talks sends events without a pause until the returned function is called, which says how many were stored.
func (m *hammer) talks() (stop func() (stored int, err error)) {
	done, ended := make(chan struct{}), make(chan error, 1)
	stored := 0
	go func() {
		for {
			select {
			case <-done:
				ended <- nil
				return
			default:
			}
			told, err := call(context.Background(), m.conn, send, news("Alive", "still alive", m.id))
			if err != nil || told["events"] != "1" {
				ended <- fmt.Errorf("event %d: %v, %w", stored+1, told, err)
				return
			}
			stored++
		}
	}()
	return func() (int, error) {
		close(done)
		err := <-ended
		return stored, err
	}
}

// becomes waits for a machine's liveliness.
func (c *moved) becomes(m *hammer, liveliness string) {
	c.t.Helper()
	guard.Within(c.t, guard.Patience, m.id+" becomes "+liveliness, func() bool {
		return *c.machine(m.id).Liveliness == liveliness
	})
}

// keeps is one check: the machine is in the same hands, and nothing was reclaimed.
func (c *moved) keeps(m *hammer, allocation string) {
	c.t.Helper()
	known := c.machine(m.id)
	guard.True(c.t, known.Allocation != nil, "%s is allocated", m.id)
	guard.Equal(c.t, allocation, *known.Allocation.Allocationuuid, "allocation of %s", m.id)
	guard.True(c.t, !*known.Allocation.Reinstall, "%s is not installed again", m.id)
	guard.True(c.t, !slices.Contains(c.log(m.id), "Machine Reclaim: free machine called"), "%s is kept", m.id)
}

// endsWell is the end of each test: no unexpected stream broke.
func (c *moved) endsWell(machines int) {
	c.t.Helper()
	guard.Equal(c.t, machines, len(c.machines()), "machines")
	guard.True(c.t, !strings.Contains(c.node.Log(), "panicked"), "the node does not panic")
	c.node.Stop()
}

// order is what a BMC has to do.
type order struct {
	Machine, Order, Cmd string
}

// bmc is a request of a BMC agent. It has no published client.
func (c *moved) bmc(method, path, body string, answer any) {
	c.t.Helper()
	request, err := http.NewRequest(method, c.node.URL()+"/mesh/v1/bmc/"+path, strings.NewReader(body))
	guard.OK(c.t, err, "%s", path)
	request.Header.Set("Content-Type", "application/json")
	auth := security.NewHMACAuth("Metal-Edit", []byte("metal-edit"))
	auth.AddAuth(request, time.Now().Add(time.Duration(c.ahead.Load())), nil)
	response, err := http.DefaultClient.Do(request)
	guard.OK(c.t, err, "%s", path)
	defer response.Body.Close()
	guard.Equal(c.t, http.StatusOK, response.StatusCode, "status of %s", path)
	guard.OK(c.t, json.NewDecoder(response.Body).Decode(answer), "%s", path)
}

// pending are the orders that BMCs have not carried out yet.
func (c *moved) pending() (orders []order) {
	c.t.Helper()
	c.bmc(http.MethodGet, guard.Partition+"/orders", "", &orders)
	return orders
}

// orders is the same as `command of machine`.
func (c *moved) orders() []string {
	c.t.Helper()
	told := []string{}
	for _, order := range c.pending() {
		told = append(told, order.Cmd+" of "+order.Machine)
	}
	return told
}

// obeys does what the only pending order says, which must be this.
func (c *moved) obeys(command string) {
	c.t.Helper()
	pending := c.pending()
	guard.Equal(c.t, 1, len(pending), "pending orders: %v", pending)
	guard.Equal(c.t, command, pending[0].Cmd, "the order")
	c.bmc(http.MethodPost, pending[0].Machine+"/orders/done", `{"orders":["`+pending[0].Order+`"]}`, &map[string]any{})
	guard.Equal(c.t, []string{}, c.orders(), "orders when it was done")
}
