package ipam

import (
	"encoding/json"
	"fmt"
	"testing"

	v1 "github.com/metal-stack/go-ipam/api/v1"
	"google.golang.org/protobuf/proto"
	"metalmesh.test/clients/guard"
)

// A call and what it has to be answered.
type step struct {
	request proto.Message
	want    said
}

func prefix(cidr, parent string) said {
	if parent == "" {
		return said{Payload: fmt.Sprintf(`{"prefix":{"cidr":%q}}`, cidr)}
	}
	return said{Payload: fmt.Sprintf(`{"prefix":{"cidr":%q,"parentCidr":%q}}`, cidr, parent)}
}

func address(ip, prefix string) said {
	return said{Payload: fmt.Sprintf(`{"ip":{"ip":%q,"parentPrefix":%q}}`, ip, prefix)}
}

func refused(code, message string) said { return said{Code: code, Message: message} }

var done = said{Payload: "{}"}

// Each wire lives the same life in a namespace of its own on one node, all at once.
func TestEveryProtocolServesTheWholeLife(t *testing.T) {
	t.Parallel()
	node := guard.Dev(t, "--empty")
	for at, wire := range wires() {
		t.Run(wire.name, func(t *testing.T) {
			t.Parallel()
			client, seen := wire.client(t, node)
			own := space(fmt.Sprintf("life-%d", at))
			checkVersion(t, client)
			run(t, client, firstHalf(own))
			checkUsage(t, client, own)
			moved := space(fmt.Sprintf("moved-%d", at))
			move(t, client, own, moved)
			run(t, client, secondHalf(own, moved))
			run(t, client, rootless(at))
			wire.check(t, seen)
		})
	}
}

func run(t *testing.T, client client, steps []step) {
	t.Helper()
	for _, step := range steps {
		got := client.ask(t.Context(), step.request)
		guard.Equal(t, step.want, got, "%T %s", step.request, shown(step.request))
	}
}

func checkVersion(t *testing.T, client client) {
	t.Helper()
	answer, err := client.call(t.Context(), version())
	guard.OK(t, err, "version")
	guard.True(t, answer.(*v1.VersionResponse).GetVersion() != "", "a node has a version")
}

func firstHalf(own space) []step {
	return []step{
		{own.create("10.0.0.0/16"), refused("invalid_argument", missing(own))},
		{begin(string(own)), done},
		{begin(string(own)), done},
		{own.list(), done},
		{own.create("10.0.7.9/16"), prefix("10.0.0.0/16", "")},
		{own.create("10.0.0.0/24"), refused("invalid_argument", "10.0.0.0/24 overlaps 10.0.0.0/16")},
		{own.create("2001:DB8::/64"), prefix("2001:db8::/64", "")},
		{own.get("10.0.255.255/16"), prefix("10.0.0.0/16", "")},
		{own.get("10.1.0.0/16"), refused("not_found", "NotFound: unable to find prefix for cidr:10.1.0.0/16")},
		{own.child("10.0.0.0/16", 24), prefix("10.0.0.0/24", "10.0.0.0/16")},
		{own.child("10.0.0.0/16", 16), refused("invalid_argument",
			"given length:16 must be greater than prefix length:16")},
		{own.childAt("10.0.0.0/16", "10.0.128.0/17"), prefix("10.0.128.0/17", "10.0.0.0/16")},
		{own.childAt("10.0.0.0/16", "10.0.129.0/24"), refused("invalid_argument",
			"specific prefix 10.0.129.0/24 is not available in prefix 10.0.0.0/16")},
		{own.child("10.0.0.0/16", 30), prefix("10.0.1.0/30", "10.0.0.0/16")},
		{own.get("10.0.1.0/30"), prefix("10.0.1.0/30", "10.0.0.0/16")},
		{own.take("10.0.0.0/16"), refused("invalid_argument",
			"prefix 10.0.0.0/16 has childprefixes, acquire ip not possible")},
		{own.take("10.0.1.0/30"), address("10.0.1.1", "10.0.1.0/30")},
		{own.takeAt("10.0.1.0/30", "10.0.1.1"), refused("already_exists",
			"AlreadyAllocatedError: given ip:10.0.1.1 is already allocated")},
		{own.takeAt("10.0.1.0/30", "10.0.1.2"), address("10.0.1.2", "10.0.1.0/30")},
		{own.take("10.0.1.0/30"), refused("not_found",
			"NoIPAvailableError: no more ips in prefix: 10.0.1.0/30 left, length of prefix.ips: 4")},
		{own.take("2001:db8::/64"), address("2001:db8::1", "2001:db8::/64")},
		{own.takeAt("2001:db8::/64", "2001:DB8:0::FFFF"), address("2001:db8::ffff", "2001:db8::/64")},
	}
}

func checkUsage(t *testing.T, client client, own space) {
	t.Helper()
	answer, err := client.call(t.Context(), own.usage("10.0.0.0/16"))
	guard.OK(t, err, "usage")
	free := []string{
		"10.0.1.4/30", "10.0.1.8/29", "10.0.1.16/28", "10.0.1.32/27", "10.0.1.64/26", "10.0.1.128/25",
		"10.0.2.0/23", "10.0.4.0/22", "10.0.8.0/21", "10.0.16.0/20", "10.0.32.0/19", "10.0.64.0/18",
	}
	usage := answer.(*v1.PrefixUsageResponse)
	guard.Equal(t, uint64(1<<16), usage.GetAvailableIps(), "addresses")
	guard.Equal(t, uint64(2), usage.GetAcquiredIps(), "reserved addresses")
	guard.Equal(t, uint64(3), usage.GetAcquiredPrefixes(), "children")
	guard.Equal(t, free, usage.GetAvailablePrefixes(), "free blocks")
	guard.Equal(t, uint64(1<<13-64-1), usage.GetAvailableSmallestPrefixes(), "free units of four")
	answer, err = client.call(t.Context(), own.usage("2001:db8::/64"))
	guard.OK(t, err, "usage of IPv6")
	usage = answer.(*v1.PrefixUsageResponse)
	guard.Equal(t, uint64(1<<31-1), usage.GetAvailableIps(), "addresses, capped")
	guard.Equal(t, uint64(3), usage.GetAcquiredIps(), "taken and reserved addresses")
}

// A namespace becomes another one.
func move(t *testing.T, client client, from, to space) {
	t.Helper()
	answer, err := client.call(t.Context(), from.dump())
	guard.OK(t, err, "dump")
	dump := answer.(*v1.DumpResponse).GetDump()
	var documents []struct{ Cidr, ParentCidr string }
	guard.OK(t, json.Unmarshal([]byte(dump), &documents), "the dump is JSON")
	guard.Equal(t, 5, len(documents), "prefixes in the dump")
	run(t, client, []step{
		{to.load(dump), refused("invalid_argument", missing(to))},
		{begin(string(to)), done},
		{to.load(dump), done},
		{to.load(dump), refused("invalid_argument", "prefixes exist, please drop existing data before loading")},
	})
	answer, err = client.call(t.Context(), to.dump())
	guard.OK(t, err, "dump of the other one")
	guard.Equal(t, dump, answer.(*v1.DumpResponse).GetDump(), "dump of the other one")
}

func secondHalf(own, moved space) []step {
	return []step{
		{moved.take("2001:db8::/64"), address("2001:db8::2", "2001:db8::/64")},
		{own.release("2001:db8::/64", "2001:db8::2"), refused("not_found",
			"NotFound: unable to release ip:2001:db8::2 because it is not allocated in prefix:2001:db8::/64")},
		{own.releaseChild("10.0.1.0/30"), refused("invalid_argument",
			"prefix 10.0.1.0/30 has ips, deletion not possible")},
		{own.release("10.0.1.0/30", "10.0.1.1"), address("10.0.1.1", "10.0.1.0/30")},
		{own.release("10.0.1.0/30", "10.0.1.2"), address("10.0.1.2", "10.0.1.0/30")},
		{own.releaseChild("10.0.1.0/30"), prefix("10.0.1.0/30", "10.0.0.0/16")},
		{own.releaseChild("10.0.128.0/17"), prefix("10.0.128.0/17", "10.0.0.0/16")},
		{own.releaseChild("10.0.0.0/24"), prefix("10.0.0.0/24", "10.0.0.0/16")},
		{own.delete("10.0.0.0/16"), prefix("10.0.0.0/16", "")},
		{own.delete("2001:db8::/64"), refused("invalid_argument",
			"prefix 2001:db8::/64 has ips, delete prefix not possible")},
		{own.release("2001:db8::/64", "2001:db8::1"), address("2001:db8::1", "2001:db8::/64")},
		{own.release("2001:db8::/64", "2001:db8:0:0::ffff"), address("2001:db8::ffff", "2001:db8::/64")},
		{own.delete("2001:db8::/64"), prefix("2001:db8::/64", "")},
		{own.dump(), said{Payload: `{"dump":"null"}`}},
		{end(string(own)), done},
		{end(string(own)), refused("unknown", missing(own))},
		{own.list(), refused("invalid_argument", missing(own))},
		{end(string(moved)), refused("unknown",
			fmt.Sprintf("namespace:%q has prefixes, delete namespace not possible", string(moved)))},
	}
}

// A client without a namespace uses the root, which is shared.
func rootless(at int) []step {
	cidr := fmt.Sprintf("10.%d.0.0/16", at)
	return []step{
		{root.create(cidr), prefix(cidr, "")},
		{space("root").get(cidr), prefix(cidr, "")},
		{root.delete(cidr), prefix(cidr, "")},
	}
}

func missing(name space) string {
	return fmt.Sprintf("NamespaceDoesNotExist: namespace:%q does not exist", string(name))
}
