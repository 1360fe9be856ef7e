package ipam

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"connectrpc.com/connect"
	v1 "github.com/metal-stack/go-ipam/api/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"metalmesh.test/clients/goipam/fresh"
	"metalmesh.test/clients/guard"
)

// One script of good and bad calls, told to a real go-ipam and to a node: both answer the same code, the same message and
// the same payload, except where the script or a rule says what is different on purpose.
func TestANodeAnswersAsGoIPAM(t *testing.T) {
	t.Parallel()
	fresh.Server(t)
	for _, protocol := range []protocol{protocols[0], protocols[2]} {
		t.Run(protocol.name, func(t *testing.T) {
			t.Parallel()
			node := guard.Dev(t, "--empty")
			both := &pair{
				real: clientOver(http2Only(), fresh.Service(t), protocol.options...),
				mesh: clientOver(http2Only(), node.GRPC, protocol.options...),
				used: map[string]int{},
			}
			for _, chapter := range script() {
				for _, call := range chapter.calls {
					both.tell(t, chapter.name, call)
				}
			}
			for _, rule := range rules {
				guard.True(t, both.used[rule.why] > 0, "the rule is needed: %s", rule.why)
			}
			for _, difference := range both.differences {
				t.Log(difference)
			}
			guard.Equal(t, 0, len(both.differences), "what differs without a reason, as listed above")
		})
	}
}

type pair struct {
	real, mesh  client
	used        map[string]int
	differences []string
}

// Differences are gathered, so that one does not hide the others.
func (p *pair) tell(t *testing.T, chapter string, call call) {
	t.Helper()
	real, mesh := settled(p.real.ask(t.Context(), call.request)), settled(p.mesh.ask(t.Context(), call.request))
	about := fmt.Sprintf("%s: %T %s", chapter, call.request, shown(call.request))
	if call.why != "" {
		guard.True(t, real != call.mesh, "the two differ (%s): %s", call.why, about)
		p.check(t, about, call.mesh, mesh)
		return
	}
	if real != mesh {
		for _, rule := range rules {
			if want, applies := rule.mesh(call.request, real); applies && want != real {
				p.used[rule.why]++
				p.check(t, about, want, mesh)
				return
			}
		}
	}
	p.check(t, about, real, mesh)
}

func (p *pair) check(t *testing.T, about string, want, got said) {
	t.Helper()
	if want != got {
		p.differences = append(p.differences, fmt.Sprintf("%s\n  want %v\n  got  %v", about, want, got))
		return
	}
	guard.Equal(t, want, got, "%s", about)
}

// What was said, without what the contract leaves open: the order of lists, and in dumps the order of prefixes, their
// versions, the namespace (always empty) and the children that were once handed out and are not any more.
func settled(told said) said {
	dump, list, names := new(v1.DumpResponse), new(v1.ListPrefixesResponse), new(v1.ListNamespacesResponse)
	switch payload := []byte(told.Payload); {
	case told.Code != "" || told.Payload == "{}":
	case protojson.Unmarshal(payload, dump) == nil:
		told.Payload = shown(&v1.DumpResponse{Dump: settledDump(dump.GetDump())})
	case protojson.Unmarshal(payload, list) == nil:
		slices.SortFunc(list.Prefixes, func(a, b *v1.Prefix) int { return cmp.Compare(a.GetCidr(), b.GetCidr()) })
		told.Payload = shown(list)
	case protojson.Unmarshal(payload, names) == nil:
		slices.Sort(names.Namespace)
		told.Payload = shown(names)
	}
	return told
}

func settledDump(text string) string {
	var documents []map[string]any
	if err := json.Unmarshal([]byte(text), &documents); err != nil || documents == nil {
		return text
	}
	for _, document := range documents {
		delete(document, "Version")
		if document["Namespace"] == "" {
			delete(document, "Namespace")
		}
		children, _ := document["AvailableChildPrefixes"].(map[string]any)
		for child, released := range children {
			if released == true {
				delete(children, child)
			}
		}
	}
	slices.SortFunc(documents, func(a, b map[string]any) int {
		return cmp.Compare(fmt.Sprint(a["Cidr"]), fmt.Sprint(b["Cidr"]))
	})
	sorted, err := json.Marshal(documents)
	if err != nil {
		return err.Error()
	}
	return string(sorted)
}

// A packing that the real service does not know is refused as it refuses it.
func TestAnUnknownPackingIsRefused(t *testing.T) {
	t.Parallel()
	fresh.Server(t)
	node := guard.Dev(t, "--empty")
	real := fresh.Service(t)
	for _, protocol := range protocols {
		options := append([]connect.ClientOption{}, protocol.options...)
		options = append(options, packings[3].options...)
		options = append(options, connect.WithSendCompression("zstd"))
		for _, address := range []string{real, node.GRPC} {
			_, err := clientOver(http2Only(), address, options...).call(t.Context(), root.create("10.0.0.0/8"))
			guard.Equal(t, connect.CodeUnimplemented, connect.CodeOf(err), "%s: %v", protocol.name, err)
		}
	}
	for _, address := range []string{real, node.GRPC} {
		told := newClient(address).ask(t.Context(), root.list())
		guard.Equal(t, done, told, "nothing was created")
	}
}
