package ipam

import (
	"net/http"
	"sync"
	"testing"

	"connectrpc.com/connect"
	compress "github.com/klauspost/connect-compress/v2"
	"metalmesh.test/clients/guard"
)

// A way to speak to a node: which protocol, packed how, over which HTTP, through which port.
type wire struct {
	name      string
	protocol  protocol
	packing   packing
	transport func() *http.Transport
	major     int
	port      func(*guard.Node) string
}

type protocol struct {
	name    string
	options []connect.ClientOption
	// The header that names a body's encoding.
	encoding string
}

var protocols = []protocol{
	{"Connect with JSON", []connect.ClientOption{connect.WithProtoJSON()}, "Content-Encoding"},
	{"Connect with protobuf", nil, "Content-Encoding"},
	{"gRPC", []connect.ClientOption{connect.WithGRPC()}, "Grpc-Encoding"},
	{"gRPC-Web", []connect.ClientOption{connect.WithGRPCWeb()}, "Grpc-Encoding"},
}

type packing struct {
	name    string
	options []connect.ClientOption
	// How requests are packed, and how answers may be.
	sent     string
	accepted []string
}

var packings = []packing{
	{"plain", []connect.ClientOption{connect.WithAcceptCompression("gzip", nil, nil)}, "", nil},
	{"gzip accepted", nil, "", []string{"gzip"}},
	{"gzip sent", []connect.ClientOption{connect.WithSendGzip()}, "gzip", []string{"gzip"}},
	// As go-ipam's CLI has it.
	{
		"as the CLI", []connect.ClientOption{compress.WithAll(compress.LevelBalanced)}, "",
		[]string{"gzip", "zstd", "snappy", "s2", "minlz"},
	},
}

// Every protocol, with every packing, over both HTTPs, through the gRPC port; and Connect over HTTP/1.1 through the HTTP
// port, which speaks nothing else.
func wires() []wire {
	var all []wire
	for _, protocol := range protocols {
		for _, packing := range packings {
			name := protocol.name + ", " + packing.name
			all = append(all,
				wire{name + ", HTTP 2", protocol, packing, http2Only, 2, grpcPort},
				wire{name + ", HTTP 1", protocol, packing, http1Only, 1, grpcPort},
			)
			if protocol.isConnect() {
				all = append(all, wire{name + ", the HTTP port", protocol, packing, http1Only, 1, httpPort})
			}
		}
	}
	return all
}

func grpcPort(node *guard.Node) string { return node.GRPC }

func httpPort(node *guard.Node) string { return node.HTTP }

func (p protocol) isConnect() bool { return p.encoding == "Content-Encoding" }

// A client of a node, and what is seen of it on the way.
func (w wire) client(t testing.TB, node *guard.Node, more ...connect.ClientOption) (client, *watch) {
	watched := &watch{transport: w.transport(), encoding: w.protocol.encoding}
	t.Cleanup(watched.transport.CloseIdleConnections)
	var options []connect.ClientOption
	options = append(options, w.protocol.options...)
	options = append(options, w.packing.options...)
	return clientOver(watched, w.port(node), append(options, more...)...), watched
}

// A watch notes how messages were packed and which HTTP was spoken.
type watch struct {
	transport *http.Transport
	encoding  string

	mutex          sync.Mutex
	sent, answered map[string]int
	majors         map[int]int
}

func (w *watch) RoundTrip(request *http.Request) (*http.Response, error) {
	sent := request.Header.Get(w.encoding)
	answer, err := w.transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.sent == nil {
		w.sent, w.answered, w.majors = map[string]int{}, map[string]int{}, map[int]int{}
	}
	w.sent[sent]++
	w.answered[answer.Header.Get(w.encoding)]++
	w.majors[answer.ProtoMajor]++
	return answer, nil
}

// Everything went the way the wire says.
func (w wire) check(t testing.TB, seen *watch) {
	t.Helper()
	seen.mutex.Lock()
	defer seen.mutex.Unlock()
	calls := seen.majors[w.major]
	guard.True(t, calls > 0, "something was called")
	guard.Equal(t, map[int]int{w.major: calls}, seen.majors, "HTTP that was spoken")
	guard.Equal(t, map[string]int{w.packing.sent: calls}, seen.sent, "how requests were packed")
	possible := map[string]bool{"": true, "identity": true}
	for _, name := range w.packing.accepted {
		possible[name] = true
	}
	for name := range seen.answered {
		guard.True(t, possible[name], "answers packed as %q are understood", name)
	}
}
