package ipam

import (
	"fmt"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"metalmesh.test/clients/guard"
)

// Every call says what is wrong with the same code and the same words over each protocol, and nothing comes of it.
func TestEveryRefusalHasItsCodeAndItsWords(t *testing.T) {
	t.Parallel()
	node := guard.Dev(t, "--empty")
	for at, wire := range plainWires() {
		t.Run(wire.name, func(t *testing.T) {
			t.Parallel()
			client, _ := wire.client(t, node)
			own := space(fmt.Sprintf("refusals-%d", at))
			run(t, client, ground(own))
			before := dumpOf(t, client, own)
			run(t, client, refusedPrefixes(own))
			run(t, client, refusedChildren(own))
			run(t, client, refusedAddresses(own))
			run(t, client, refusedNamespaces(own))
			run(t, client, nowhere("nowhere"))
			guard.Equal(t, before, dumpOf(t, client, own), "nothing came of it")
		})
	}
}

// A root with a child and a grandchild, one that is full, and one with children only.
func ground(own space) []step {
	return []step{
		{begin(string(own)), done},
		{own.create("10.0.0.0/16"), prefix("10.0.0.0/16", "")},
		{own.child("10.0.0.0/16", 24), prefix("10.0.0.0/24", "10.0.0.0/16")},
		{own.child("10.0.0.0/24", 28), prefix("10.0.0.0/28", "10.0.0.0/24")},
		{own.take("10.0.0.0/28"), address("10.0.0.1", "10.0.0.0/28")},
		{own.create("10.1.0.0/30"), prefix("10.1.0.0/30", "")},
		{own.take("10.1.0.0/30"), address("10.1.0.1", "10.1.0.0/30")},
		{own.take("10.1.0.0/30"), address("10.1.0.2", "10.1.0.0/30")},
		{own.create("10.2.0.0/29"), prefix("10.2.0.0/29", "")},
		{own.childAt("10.2.0.0/29", "10.2.0.2/31"), prefix("10.2.0.2/31", "10.2.0.0/29")},
		{own.childAt("10.2.0.0/29", "10.2.0.6/31"), prefix("10.2.0.6/31", "10.2.0.0/29")},
		{own.create("10.3.0.0/31"), prefix("10.3.0.0/31", "")},
		{own.childAt("10.3.0.0/31", "10.3.0.0/32"), prefix("10.3.0.0/32", "10.3.0.0/31")},
		{own.childAt("10.3.0.0/31", "10.3.0.1/32"), prefix("10.3.0.1/32", "10.3.0.0/31")},
	}
}

func wrong(message string) said { return refused("invalid_argument", message) }

const (
	readersText    = `netip.ParsePrefix("10.0.0.0/33"): prefix length out of range`
	unreadableText = "unable to parse cidr:10.0.0.0/33 " + readersText
	lostText       = "NotFound: unable to find prefix for cidr:10.0.0.0/33 error:" + readersText
	missingText    = "NotFound: unable to find prefix for cidr:10.9.0.0/16"
)

func refusedPrefixes(own space) []step {
	long := strings.Repeat("1", 300)
	return []step{
		{own.create("10.0.0.0/33"), wrong(unreadableText)},
		{own.create(long), wrong("cidr has 300 bytes, at most 256 are allowed")},
		{own.create("10.0.4.0/24"), wrong("10.0.4.0/24 overlaps 10.0.0.0/16")},
		{own.create("10.0.0.0/28"), wrong("10.0.0.0/28 overlaps 10.0.0.0/16")},
		{own.delete("10.0.0.0/33"), refused("not_found", lostText)},
		{own.delete("10.9.0.0/16"), refused("not_found", missingText)},
		{own.delete("10.1.0.0/30"), wrong("prefix 10.1.0.0/30 has ips, delete prefix not possible")},
		{own.delete("10.0.0.0/16"), wrong("prefix 10.0.0.0/16 has childprefixes, delete prefix not possible")},
		{own.delete("10.2.0.2/31"), wrong("prefix 10.2.0.2/31 is a child prefix of 10.2.0.0/29, release it instead")},
		{own.get("10.0.0.0/33"), wrong(readersText)},
		{own.get("10.9.0.0/16"), refused("not_found", missingText)},
		{own.usage("10.0.0.0/33"), wrong(readersText)},
		{own.usage("10.9.0.0/16"), refused("not_found", missingText)},
	}
}

func refusedChildren(own space) []step {
	return []step{
		{own.child("10.0.0.0/33", 24), wrong(lostText)},
		{own.child("10.9.0.0/16", 24), wrong(missingText)},
		{own.child("10.0.0.0/16", 0), wrong("given length:0 must be greater than prefix length:16")},
		{own.child("10.0.0.0/16", 16), wrong("given length:16 must be greater than prefix length:16")},
		{own.child("10.2.0.0/29", 30), wrong(
			"no prefix found in 10.2.0.0/29 with length:30, but 10.2.0.0/31,10.2.0.4/31 are available")},
		{own.child("10.3.0.0/31", 32), wrong("no prefix found in 10.3.0.0/31 with length:32")},
		{own.child("10.0.0.0/16", 33), wrong("no prefix found in 10.0.0.0/16 with length:33, but " +
			"10.0.1.0/24,10.0.2.0/23,10.0.4.0/22,10.0.8.0/21,10.0.16.0/20,10.0.32.0/19,10.0.64.0/18,10.0.128.0/17 are available")},
		{own.child("10.0.0.0/28", 29), wrong("prefix 10.0.0.0/28 has ips, acquire child prefix not possible")},
		{own.childAt("10.0.0.0/16", "10.0.0.0/33"), wrong("unable to parse childCidr:10.0.0.0/33 " + readersText)},
		{own.childAt("10.0.0.0/16", "10.0.0.0/8"), wrong("given length:8 must be greater than prefix length:16")},
		{own.childAt("10.0.0.0/16", "10.1.0.0/24"), wrong(
			"specific prefix 10.1.0.0/24 is not available in prefix 10.0.0.0/16")},
		{own.childAt("10.0.0.0/16", "10.0.0.128/25"), wrong(
			"specific prefix 10.0.0.128/25 is not available in prefix 10.0.0.0/16")},
		{own.releaseChild("10.0.0.0/33"), wrong(readersText)},
		{own.releaseChild("10.9.0.0/16"), refused("not_found", missingText)},
		{own.releaseChild("10.1.0.0/30"), wrong(`NotFound: unable to find prefix for cidr:"" error:netip.ParsePrefix(""): no '/'`)},
		{own.releaseChild("10.0.0.0/28"), wrong("prefix 10.0.0.0/28 has ips, deletion not possible")},
		{own.releaseChild("10.0.0.0/24"), wrong("prefix 10.0.0.0/24 has childprefixes, deletion not possible")},
	}
}

func refusedAddresses(own space) []step {
	const taken = "AlreadyAllocatedError: given ip:%s is already allocated"
	return []step{
		{own.take("10.0.0.0/33"), wrong(lostText)},
		{own.take("10.9.0.0/16"), wrong(missingText)},
		{own.take("10.0.0.0/16"), wrong("prefix 10.0.0.0/16 has childprefixes, acquire ip not possible")},
		{own.take("10.1.0.0/30"), refused("not_found",
			"NoIPAvailableError: no more ips in prefix: 10.1.0.0/30 left, length of prefix.ips: 4")},
		{own.takeAt("10.1.0.0/30", "10.1.0"), wrong("given ip:10.1.0 in not valid")},
		{own.takeAt("10.1.0.0/30", "10.1.0.4"), wrong("given ip:10.1.0.4 is not in 10.1.0.0/30")},
		{own.takeAt("10.1.0.0/30", "::1"), wrong("given ip:::1 is not in 10.1.0.0/30")},
		{own.takeAt("10.1.0.0/30", "10.1.0.1"), refused("already_exists", fmt.Sprintf(taken, "10.1.0.1"))},
		{own.takeAt("10.1.0.0/30", "10.1.0.0"), refused("already_exists", fmt.Sprintf(taken, "10.1.0.0"))},
		{own.takeAt("10.1.0.0/30", "10.1.0.3"), refused("already_exists", fmt.Sprintf(taken, "10.1.0.3"))},
		{own.takeAt("10.9.0.0/16", "10.9.0.1"), wrong(missingText)},
		{own.release("10.0.0.0/33", "10.0.0.1"), refused("not_found", lostText)},
		{own.release("10.9.0.0/16", "10.9.0.1"), refused("not_found", missingText)},
		{own.release("10.0.0.0/28", ""), wrong(`ParseAddr(""): unable to parse IP`)},
		{own.release("10.0.0.0/28", "x"), wrong(`ParseAddr("x"): unable to parse IP`)},
		{own.release("10.0.0.0/28", "10.0.0.2"), refused("not_found",
			"NotFound: unable to release ip:10.0.0.2 because it is not allocated in prefix:10.0.0.0/28")},
		{own.release("10.0.0.0/28", "10.1.0.1"), refused("not_found",
			"NotFound: unable to release ip:10.1.0.1 because it is not allocated in prefix:10.0.0.0/28")},
		{own.release("10.0.0.0/28", "10.0.0.0"), wrong(
			"given ip:10.0.0.0 is reserved in prefix:10.0.0.0/28, release not possible")},
		{own.release("10.0.0.0/28", "10.0.0.15"), wrong(
			"given ip:10.0.0.15 is reserved in prefix:10.0.0.0/28, release not possible")},
	}
}

func refusedNamespaces(own space) []step {
	return []step{
		{own.load("["), wrong("the dump cannot be read: EOF while parsing a list at line 1 column 1")},
		{own.load("[]"), wrong("prefixes exist, please drop existing data before loading")},
		{begin(""), refused("unknown", "a namespace's name must not be empty")},
		{begin("a\tb"), refused("unknown", `a namespace's name has no control characters: "a\tb"`)},
		{begin(strings.Repeat("x", 64)), refused("unknown",
			"NameTooLong: a namespace's name has 63 bytes at most, not 64")},
		{end(""), refused("unknown", "a namespace's name must not be empty")},
		{end("root"), refused("unknown", `namespace:"root" cannot be deleted`)},
		{end("nowhere"), refused("unknown", missing("nowhere"))},
		{end(string(own)), refused("unknown",
			fmt.Sprintf("namespace:%q has prefixes, delete namespace not possible", string(own)))},
	}
}

func nowhere(none space) []step {
	lost := wrong(missing(none))
	return []step{
		{none.create("10.0.0.0/16"), lost}, {none.delete("10.0.0.0/16"), lost}, {none.get("10.0.0.0/16"), lost},
		{none.list(), lost}, {none.usage("10.0.0.0/16"), lost}, {none.child("10.0.0.0/16", 24), lost},
		{none.childAt("10.0.0.0/16", "10.0.0.0/24"), lost}, {none.releaseChild("10.0.0.0/24"), lost},
		{none.take("10.0.0.0/16"), lost}, {none.takeAt("10.0.0.0/16", "10.0.0.1"), lost},
		{none.release("10.0.0.0/16", "10.0.0.1"), lost}, {none.dump(), lost}, {none.load("[]"), lost},
	}
}

// The same texts mean something else in every namespace.
func TestNamespacesIsolate(t *testing.T) {
	t.Parallel()
	node := guard.Dev(t, "--empty")
	for _, wire := range plainWires() {
		client, _ := wire.client(t, node)
		run(t, client, []step{
			{begin("blue"), done}, {begin("green"), done},
			{spaces(), said{Payload: `{"namespace":["blue","green","root"]}`}},
			{space("blue").create("10.0.0.0/24"), prefix("10.0.0.0/24", "")},
			{space("green").create("10.0.0.0/16"), prefix("10.0.0.0/16", "")},
			{space("green").child("10.0.0.0/16", 24), prefix("10.0.0.0/24", "10.0.0.0/16")},
			{root.list(), done},
			{root.take("10.0.0.0/24"), wrong("NotFound: unable to find prefix for cidr:10.0.0.0/24")},
			{space("blue").take("10.0.0.0/24"), address("10.0.0.1", "10.0.0.0/24")},
			{space("blue").take("10.0.0.0/24"), address("10.0.0.2", "10.0.0.0/24")},
			{space("green").take("10.0.0.0/24"), address("10.0.0.1", "10.0.0.0/24")},
			{space("green").release("10.0.0.0/24", "10.0.0.2"), refused("not_found",
				"NotFound: unable to release ip:10.0.0.2 because it is not allocated in prefix:10.0.0.0/24")},
			{space("blue").get("10.0.0.0/24"), prefix("10.0.0.0/24", "")},
			{space("green").get("10.0.0.0/24"), prefix("10.0.0.0/24", "10.0.0.0/16")},
			{space("blue").list(), said{Payload: `{"prefixes":[{"cidr":"10.0.0.0/24"}]}`}},
		})
		guard.Equal(t, map[string]map[string]bool{
			"10.0.0.0/24": {"10.0.0.0": true, "10.0.0.1": true, "10.0.0.2": true, "10.0.0.255": true},
		}, dumped(t, client, "blue"), "what is blue")
		run(t, client, []step{
			{space("green").release("10.0.0.0/24", "10.0.0.1"), address("10.0.0.1", "10.0.0.0/24")},
			{space("green").releaseChild("10.0.0.0/24"), prefix("10.0.0.0/24", "10.0.0.0/16")},
			{space("green").delete("10.0.0.0/16"), prefix("10.0.0.0/16", "")}, {end("green"), done},
			{space("blue").release("10.0.0.0/24", "10.0.0.1"), address("10.0.0.1", "10.0.0.0/24")},
			{space("blue").release("10.0.0.0/24", "10.0.0.2"), address("10.0.0.2", "10.0.0.0/24")},
			{space("blue").delete("10.0.0.0/24"), prefix("10.0.0.0/24", "")}, {end("blue"), done},
			{spaces(), said{Payload: `{"namespace":["root"]}`}},
		})
	}
}

// A gRPC call to the HTTP port gets a status and has no effect.
func TestTheHTTPPortSpeaksConnectOnly(t *testing.T) {
	t.Parallel()
	node := guard.Dev(t, "--empty")
	for _, protocol := range protocols[2:] {
		told := clientOver(http1Only(), node.HTTP, protocol.options...).ask(t.Context(), root.create("10.0.0.0/8"))
		guard.Equal(t, refused("unknown", "HTTP status 415 Unsupported Media Type"), told, "%s", protocol.name)
	}
	_, err := clientOver(http2Only(), node.HTTP).call(t.Context(), root.create("10.0.0.0/8"))
	guard.Equal(t, connect.CodeUnavailable, connect.CodeOf(err), "HTTP 2: %v", err)
	run(t, clientOver(http1Only(), node.HTTP), []step{{root.list(), done}})
}
