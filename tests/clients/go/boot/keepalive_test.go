package boot

import (
	"context"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/keepalive"
	"metalmesh.test/clients/guard"
)

// Connections on which nothing happens but pings. Both sides ping: the node after five seconds of silence, and a
// client after ten, so that a client's own pings are only seen when the wire keeps the node's from it.

const (
	// Three pings of a client, and a little.
	quietFor = 37 * time.Second

	// The node pings this often, and gives up a peer that does not acknowledge within a second.
	nodePings = 5 * time.Second
)

var connectionReady = connectivity.Ready.String()

var pinging = grpc.WithKeepaliveParams(keepalive.ClientParameters{
	Time: 10 * time.Second, Timeout: 20 * time.Second, PermitWithoutStream: true,
})

// pings counts what went over one wire. The wire's lock guards it.
type pings struct {
	hidesNodes                             bool
	ofNode, ofClient                       int
	nodesAcknowledged, clientsAcknowledged int
	goAways, resets                        int
}

func (p *pings) judge(f frame) verdict {
	if f.fromServer && f.Type == http2.FrameGoAway {
		p.goAways++
	}
	if f.Type == http2.FrameRSTStream {
		p.resets++
	}
	data, isAck, isPing := f.pingOf()
	switch {
	case !isPing:
	case f.fromServer && !isAck:
		p.ofNode++
		if p.hidesNodes {
			return answerPing
		}
	case !f.fromServer && isAck:
		p.nodesAcknowledged++
	// grpc-go also measures with pings; those of its keepalive are empty.
	case data != [8]byte{}:
	case f.fromServer:
		p.clientsAcknowledged++
	default:
		p.ofClient++
	}
	return pass
}

func TestConnectionsStayWhileNothingButPingsGoesOverThem(t *testing.T) {
	t.Parallel()
	node := guard.Serve(t)
	a := equip(t, node)
	a.rackUp(2)
	config := node.TLS(false)
	plain, hidden := &pings{}, &pings{hidesNodes: true}
	seen, blind := newProxy(t, node.GRPC, config, plain.judge), newProxy(t, node.GRPC, config, hidden.judge)
	idle, waitingConn := dial(t, node.GRPC, config, pinging), dial(t, node.GRPC, config, pinging)
	idleSeen, idleBlind := dial(t, seen.address, nil, pinging), dial(t, blind.address, nil, pinging)
	waitingBlind := dial(t, blind.address, nil, pinging)
	conns := map[string]*grpc.ClientConn{
		"idle": idle, "waiting": waitingConn, "idle, watched": idleSeen, "idle, without the node's pings": idleBlind,
		"waiting, without the node's pings": waitingBlind,
	}
	// One machine waits on each of the two connections.
	first, second := newHammer(t, waitingConn, 1), newHammer(t, waitingBlind, 2)
	first.boots()
	second.boots()
	began := time.Now()
	waits := []*patience{first.waits(), second.waits()}
	for name, conn := range conns {
		_, err := call(context.Background(), conn, superUserPassword, `{}`)
		guard.OK(t, err, "first call, %s", name)
		guard.Equal(t, connectionReady, conn.GetState().String(), "state at first, %s", name)
	}
	ctx, cancel := context.WithDeadline(context.Background(), began.Add(quietFor))
	defer cancel()
	changed := make(chan string, len(conns))
	for name, conn := range conns {
		go func() {
			if conn.WaitForStateChange(ctx, connectivity.Ready) {
				changed <- name
			}
		}()
	}
	<-ctx.Done()

	guard.Equal(t, 0, len(changed), "connections that were not ready all the time")
	for name, conn := range conns {
		guard.Equal(t, connectionReady, conn.GetState().String(), "state at the end, %s", name)
	}
	for index, waiting := range waits {
		waiting.isOpen(t, "after the silence")
		every(t, began, waiting.messages(), []string{first.id, second.id}[index])
	}
	plain.check(t, seen, 1)
	hidden.check(t, blind, 2)
	for index, m := range []*hammer{first, second} {
		a.allocate(m.id)
		guard.OK(t, waits[index].end(t), "after the silence the allocation arrives")
	}
	for name, conn := range conns {
		_, err := call(context.Background(), conn, superUserPassword, `{}`)
		guard.OK(t, err, "last call, %s", name)
	}
}

// every is a message each five seconds: seven so far.
func every(t *testing.T, began time.Time, messages []time.Time, machine string) {
	t.Helper()
	guard.Equal(t, 7, len(messages), "messages to %s in %s", machine, quietFor)
	last := began
	for _, told := range messages {
		gap := told.Sub(last)
		guard.True(t, gap > 4*time.Second && gap < 8*time.Second, "%s waited %s for a message", machine, gap)
		last = told
	}
}

// check is what must have gone over a wire with so many connections.
func (p *pings) check(t *testing.T, wire *proxy, links int) {
	t.Helper()
	guard.Equal(t, links, wire.made(), "connections")
	wire.lock.Lock()
	defer wire.lock.Unlock()
	guard.Equal(t, 0, p.goAways, "GOAWAY of the node")
	guard.Equal(t, 0, p.resets, "reset streams")
	if p.hidesNodes {
		guard.True(t, p.ofNode > 0, "the node pings: %+v", *p)
		guard.Equal(t, 0, p.nodesAcknowledged, "acknowledged pings of the node that the client never saw")
		guard.Equal(t, 3, p.ofClient, "pings of the idle client in %s", quietFor)
		guard.Equal(t, 3, p.clientsAcknowledged, "acknowledged pings of the idle client")
		return
	}
	expected := int(quietFor / nodePings)
	guard.True(t, p.ofNode >= expected-2 && p.ofNode <= expected, "the node pings in time: %+v", *p)
	guard.Equal(t, p.ofNode, p.nodesAcknowledged, "acknowledged pings of the node")
	guard.Equal(t, 0, p.ofClient, "pings of a client that hears from the node all the time")
}
