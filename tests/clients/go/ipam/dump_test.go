package ipam

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	v1 "github.com/metal-stack/go-ipam/api/v1"
	"google.golang.org/protobuf/proto"
	"metalmesh.test/clients/goipam/fresh"
	"metalmesh.test/clients/guard"
)

// A tree of a real go-ipam moves into a node, and from there into another real one. All three go on alike.
func TestADumpMovesBothWays(t *testing.T) {
	t.Parallel()
	first := newClient(fresh.Service(t))
	grow(t, first)
	original := dumpOf(t, first, root)
	node := guard.Dev(t, "--empty")
	mesh := newClient(node.GRPC)
	run(t, mesh, []step{{root.load(original), done}})
	moved := dumpOf(t, mesh, root)
	guard.Equal(t, settledDump(original), settledDump(moved), "a node's dump of a real one's dump")
	checkForm(t, original, moved)
	second := newClient(fresh.Service(t))
	run(t, second, []step{{root.load(moved), done}})
	all := []client{first, mesh, second}
	cidrs := slices.Sorted(maps.Keys(dumped(t, first, root)))
	checkAlike(t, all, root.list())
	for _, cidr := range cidrs {
		checkAlike(t, all, root.get(cidr))
		checkAlike(t, all, root.usage(cidr))
		checkAlike(t, all, root.take(cidr))
		for _, length := range lengthsBelow(cidr) {
			checkAlike(t, all, root.child(cidr, length))
		}
		checkAlike(t, all, root.take(cidr))
	}
	for _, client := range all[1:] {
		guard.Equal(t, settledDump(dumpOf(t, first, root)), settledDump(dumpOf(t, client, root)), "the end")
	}
	node.Kill()
	node.Start()
	guard.Equal(t, settledDump(dumpOf(t, first, root)), settledDump(dumpOf(t, newClient(node.GRPC), root)), "kept")
}

func checkAlike(t *testing.T, all []client, request proto.Message) {
	t.Helper()
	first := settled(all[0].ask(t.Context(), request))
	for _, client := range all[1:] {
		got := settled(client.ask(t.Context(), request))
		// Counters of large prefixes differ in a known way.
		if want, applies := counters(request, first); applies && client == all[1] {
			guard.Equal(t, want, got, "%T %s", request, shown(request))
			continue
		}
		guard.Equal(t, first, got, "%T %s", request, shown(request))
	}
}

func lengthsBelow(cidr string) []uint32 {
	prefix := netip.MustParsePrefix(cidr)
	var lengths []uint32
	for _, more := range []int{0, 1, 2, 3, 6, 8} {
		if length := prefix.Bits() + more; length <= prefix.Addr().BitLen() {
			lengths = append(lengths, uint32(length))
		}
	}
	return lengths
}

// A prefix's document has the same fields, except the namespace, which the real one leaves empty, and versions start from the beginning.
func checkForm(t *testing.T, original, moved string) {
	t.Helper()
	var theirs, ours []map[string]any
	guard.OK(t, json.Unmarshal([]byte(original), &theirs), "their dump")
	guard.OK(t, json.Unmarshal([]byte(moved), &ours), "our dump")
	fields := slices.Sorted(maps.Keys(theirs[0]))
	guard.Equal(t, []string{
		"AvailableChildPrefixes", "ChildPrefixLength", "Cidr", "IPs", "IsParent", "Namespace", "ParentCidr", "Version",
	}, fields, "their fields")
	parents, families := 0, map[bool]int{}
	for _, document := range ours {
		guard.Equal(t, slices.Delete(slices.Clone(fields), 5, 6), slices.Sorted(maps.Keys(document)), "our fields")
		guard.Equal(t, any(0.0), document["Version"], "version")
		families[netip.MustParsePrefix(document["Cidr"].(string)).Addr().Is4()]++
		if document["IsParent"] == true {
			parents++
		}
	}
	guard.True(t, parents > 5 && families[true] > 20 && families[false] > 20, "%d parents, %v", parents, families)
}

// A tree grows in the same way every time. It holds nothing that the real service is known to lose.
func grow(t *testing.T, client client) {
	t.Helper()
	for _, cidr := range []string{
		"10.0.0.0/16", "10.1.0.0/24", "10.2.0.0/30", "10.3.0.0/31", "10.4.0.0/32", "10.5.0.0/20",
		"2001:db8::/48", "2001:db8:1::/64", "2001:db8:2::/126", "2001:db8:3::/127", "2001:db8:4::/128", "2001:db8:5::/56",
	} {
		run(t, client, []step{{root.create(cidr), prefix(cidr, "")}})
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		sprout(t, client, random)
	}
	// All of its children have gone, and it stays a parent.
	run(t, client, []step{
		{root.create("10.6.0.0/24"), prefix("10.6.0.0/24", "")},
		{root.child("10.6.0.0/24", 26), prefix("10.6.0.0/26", "10.6.0.0/24")},
		{root.releaseChild("10.6.0.0/26"), prefix("10.6.0.0/26", "10.6.0.0/24")},
		{root.take("10.6.0.0/24"), refused("invalid_argument",
			"prefix 10.6.0.0/24 has childprefixes, acquire ip not possible")},
	})
}

// One change somewhere. Some are refused, which is no matter.
func sprout(t *testing.T, client client, random *rand.Rand) {
	t.Helper()
	known := dumped(t, client, root)
	cidrs := slices.Sorted(maps.Keys(known))
	cidr := cidrs[random.IntN(len(cidrs))]
	taken := slices.Sorted(maps.Keys(known[cidr]))
	at := netip.MustParsePrefix(cidr)
	inside := func(text string) bool { return at.Contains(netip.MustParsePrefix(text).Addr()) && text != cidr }
	// Long prefixes give addresses, short ones children, mostly.
	dice := random.IntN(20)
	isLong := at.Bits() >= map[bool]int{true: 24, false: 60}[at.Addr().Is4()]
	switch {
	case dice == 0 || dice < 14 && !isLong:
		more := 1 + random.IntN(6)
		if at.Bits()+more <= at.Addr().BitLen() {
			client.ask(t.Context(), root.child(cidr, uint32(at.Bits()+more)))
		}
	case dice < 10 && isLong:
		client.ask(t.Context(), root.take(cidr))
	case dice < 14:
		client.ask(t.Context(), root.takeAt(cidr, at.Addr().Next().Next().Next().String()))
	case dice < 17 && len(taken) > 2:
		// Reserved are the first, and the last of IPv4.
		victim := taken[random.IntN(len(taken))]
		if victim != at.Addr().String() && (at.Addr().Is6() || victim != last(at)) {
			client.ask(t.Context(), root.release(cidr, victim))
		}
	case len(taken) <= 2 && (at.Addr().Is4() || len(taken) == 1) && !slices.ContainsFunc(cidrs, inside):
		client.ask(t.Context(), root.releaseChild(cidr))
	}
}

func last(prefix netip.Prefix) string {
	bytes := prefix.Addr().As4()
	for bit := prefix.Bits(); bit < 32; bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(bytes).String()
}

// What does not fit together is refused as a whole, where the real service would load it.
func TestAnInconsistentDumpIsRefused(t *testing.T) {
	t.Parallel()
	client := newClient(guard.Dev(t, "--empty").GRPC)
	document := func(cidr, parent, more string) string {
		return fmt.Sprintf(`{"Cidr":%q,"ParentCidr":%q%s}`, cidr, parent, more)
	}
	good := document("192.168.0.0/24", "", "")
	table := []struct{ dump, message string }{
		{document("garbage", "", ""), `unable to parse cidr:garbage netip.ParsePrefix("garbage"): no '/'`},
		{document("192.168.0.0/24", "", ""), "prefix 192.168.0.0/24 is listed twice"},
		{document("192.168.0.0/25", "", ""), "192.168.0.0/25 overlaps 192.168.0.0/24"},
		{document("10.0.0.0/24", "10.0.0.0/16", ""), "prefix 10.0.0.0/24 has the parent 10.0.0.0/16, which is missing"},
		{document("10.0.0.0/24", "192.168.0.0/24", ""), "prefix 10.0.0.0/24 is not inside its parent 192.168.0.0/24"},
		{document("10.0.0.0/24", "", `,"IPs":{"10.0.1.1":true}`), "given ip:10.0.1.1 is not in 10.0.0.0/24"},
		{document("10.0.0.0/24", "", `,"IPs":{"x":true}`), "given ip:x in not valid"},
		{document("10.0.0.0/24", "", `,"IsParent":true,"IPs":{"10.0.0.1":true}`), "prefix 10.0.0.0/24 has ips and childprefixes"},
	}
	for _, row := range table {
		refusal := refused("invalid_argument", "the dump is not consistent: "+row.message)
		run(t, client, []step{{root.load("[" + good + "," + row.dump + "]"), refusal}, {root.list(), done}})
	}
	run(t, client, []step{{root.load("[" + good + "]"), done}, {root.get("192.168.0.0/24"), prefix("192.168.0.0/24", "")}})
	answer, err := client.call(t.Context(), root.usage("192.168.0.0/24"))
	guard.OK(t, err, "usage")
	guard.Equal(t, uint64(2), answer.(*v1.PrefixUsageResponse).GetAcquiredIps(), "reserved addresses that the dump left out")
}

// More bytes than a message of gRPC has by default go in, plain and packed, and more than one piece of an answer comes out.
func TestALargeDumpFitsThroughEveryProtocol(t *testing.T) {
	t.Parallel()
	node := guard.Dev(t, "--empty")
	const addresses, bytes = 5_000, 6 << 20
	run(t, newClient(node.GRPC), []step{{root.load(longDump(addresses)), done}})
	blanks := strings.Repeat(" ", bytes)
	for at, wire := range wires() {
		client, _ := wire.client(t, node)
		guard.Equal(t, addresses+1, len(dumped(t, client, root)["10.0.0.0/12"]), "%s: addresses", wire.name)
		own := space(fmt.Sprintf("large-%d", at))
		run(t, client, []step{{begin(string(own)), done}})
		told := client.ask(t.Context(), own.load("["+blanks+`{"Cidr":"10.0.0.0/24"}]`))
		guard.Equal(t, done, told, "%s: load", wire.name)
		run(t, client, []step{{own.get("10.0.0.0/24"), prefix("10.0.0.0/24", "")}})
	}
}

// A prefix with so many addresses from its first one on.
func longDump(addresses int) string {
	var text strings.Builder
	text.WriteString(`[{"Cidr":"10.0.0.0/12","IPs":{"10.15.255.255":true`)
	for at := range addresses {
		fmt.Fprintf(&text, `,"10.%d.%d.%d":true`, at>>16, at>>8&255, at&255)
	}
	text.WriteString("}}]")
	return text.String()
}
