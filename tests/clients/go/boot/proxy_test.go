package boot

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"sync"
	"testing"

	"golang.org/x/net/http2"
	"metalmesh.test/clients/guard"
)

// A wire between a client and a node that sees every HTTP/2 frame, and breaks when a test wants it to.

// frame is one that is about to be passed on.
type frame struct {
	http2.FrameHeader
	// From one, in the order in which connections were made.
	link       int
	fromServer bool
	payload    []byte
}

// verdict is what becomes of a frame.
type verdict int

const (
	pass verdict = iota
	// The wire itself acknowledges the ping, and the other side never sees it.
	answerPing
	// It is passed on, and is the last of its connection.
	breakAfter
)

type proxy struct {
	address string

	target func() (net.Conn, error)
	judge  func(frame) verdict

	lock  sync.Mutex
	links int
	open  map[net.Conn]bool
}

// end is one side of a connection. Both directions write to it.
type end struct {
	net.Conn
	writing sync.Mutex
}

func (e *end) write(bytes []byte) error {
	e.writing.Lock()
	defer e.writing.Unlock()
	_, err := e.Write(bytes)
	return err
}

// newProxy listens for clients in plaintext and connects each with `node`, over TLS if there is a `config`. `judge` is
// called for one frame at a time; `nil` passes all.
func newProxy(t testing.TB, node string, config *tls.Config, judge func(frame) verdict) *proxy {
	t.Helper()
	if judge == nil {
		judge = func(frame) verdict { return pass }
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	guard.OK(t, err, "the wire's end")
	p := &proxy{address: listener.Addr().String(), judge: judge, open: map[net.Conn]bool{}}
	p.target = func() (net.Conn, error) { return net.Dial("tcp", node) }
	if config != nil {
		config = config.Clone()
		config.NextProtos = []string{"h2"}
		p.target = func() (net.Conn, error) { return tls.Dial("tcp", node, config) }
	}
	t.Cleanup(func() {
		listener.Close()
		p.cut()
	})
	go p.accept(listener)
	return p
}

func (p *proxy) accept(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		server, err := p.target()
		if err != nil {
			client.Close()
			continue
		}
		p.lock.Lock()
		p.links++
		number := p.links
		p.open[client], p.open[server] = true, true
		p.lock.Unlock()
		ends := [2]*end{{Conn: client}, {Conn: server}}
		go p.carry(number, false, ends[0], ends[1])
		go p.carry(number, true, ends[1], ends[0])
	}
}

// carry is one direction of one connection, until either side or the wire ends it.
func (p *proxy) carry(number int, fromServer bool, from, to *end) {
	defer p.hangUp(from, to)
	if !fromServer {
		preface := make([]byte, len(http2.ClientPreface))
		if _, err := io.ReadFull(from, preface); err != nil || to.write(preface) != nil {
			return
		}
	}
	for {
		var raw bytes.Buffer
		header, err := http2.ReadFrameHeader(io.TeeReader(from, &raw))
		if err != nil {
			return
		}
		begin := raw.Len()
		if _, err := io.CopyN(&raw, from, int64(header.Length)); err != nil {
			return
		}
		seen := frame{FrameHeader: header, link: number, fromServer: fromServer, payload: raw.Bytes()[begin:]}
		p.lock.Lock()
		verdict := p.judge(seen)
		p.lock.Unlock()
		if verdict == answerPing {
			var answer bytes.Buffer
			_ = http2.NewFramer(&answer, nil).WritePing(true, [8]byte(seen.payload))
			if from.write(answer.Bytes()) != nil {
				return
			}
			continue
		}
		if to.write(raw.Bytes()) != nil || verdict == breakAfter {
			return
		}
	}
}

func (p *proxy) hangUp(ends ...*end) {
	p.lock.Lock()
	defer p.lock.Unlock()
	for _, end := range ends {
		end.Close()
		delete(p.open, end.Conn)
	}
}

// cut breaks all connections.
func (p *proxy) cut() {
	p.lock.Lock()
	defer p.lock.Unlock()
	for conn := range p.open {
		conn.Close()
	}
}

// made is how many connections there were.
func (p *proxy) made() int {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.links
}

// pingOf is what a ping carries, and whether it is an acknowledgement.
func (f frame) pingOf() (data [8]byte, isAck, isPing bool) {
	if f.Type != http2.FramePing || len(f.payload) != len(data) {
		return data, false, false
	}
	return [8]byte(f.payload), f.Flags.Has(http2.FlagPingAck), true
}
