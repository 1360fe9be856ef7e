package ipam

import (
	"strings"

	"google.golang.org/protobuf/proto"
)

// A chapter is a run of calls that both services are told, one after the other.
type chapter struct {
	name  string
	calls []call
}

// A call that both have to answer alike, unless it says why they do not, and what metalmesh says.
type call struct {
	request proto.Message
	why     string
	mesh    said
}

func same(requests ...proto.Message) []call {
	var calls []call
	for _, request := range requests {
		calls = append(calls, call{request: request})
	}
	return calls
}

func but(request proto.Message, why string, mesh said) call { return call{request, why, mesh} }

// The root has to be empty for a load, so dumps come first. What the two do differently on purpose leaves them with
// different prefixes, so that comes last, after both were looked at as a whole.
func script() []chapter {
	return []chapter{
		{"dumps", dumps()},
		{"unreadable dumps", unreadableDumps()},
		{"prefixes", same(prefixes()...)},
		{"unreadable prefixes", same(unreadable()...)},
		{"usage", same(usages()...)},
		{"children", same(children()...)},
		{"full parents", same(fullParents()...)},
		{"specific children", same(specificChildren()...)},
		{"released children", same(releasedChildren()...)},
		{"addresses", same(addresses()...)},
		{"addresses of IPv6", same(addressesOfIPv6()...)},
		{"released addresses", same(releasedAddresses()...)},
		{"everything", same(root.list(), root.dump())},
		{"namespaces", same(namespaces()...)},
		{"names of namespaces", names()},
		{"no namespace", unknownNamespace()},
		{"releases that lose something", lossyReleases()},
		{"deletions that lose something", lossyDeletions()},
		{"reserved addresses", reserved()},
		{"lists of namespaces", namespacedLists()},
		{"the root", sameRoot()},
	}
}

func dumps() []call {
	const one = `[{"Cidr":"10.0.0.0/24","ParentCidr":"","AvailableChildPrefixes":{},"ChildPrefixLength":0,` +
		`"IsParent":false,"IPs":{"10.0.0.0":true,"10.0.0.255":true,"10.0.0.1":true},"Version":4}]`
	return same(
		root.list(), root.dump(), root.load("null"), root.load("[]"), root.list(),
		root.load(one), root.load(one), root.load("[]"), root.list(), root.usage("10.0.0.0/24"), root.dump(),
		root.take("10.0.0.0/24"), root.dump(), root.release("10.0.0.0/24", "10.0.0.1"),
		root.release("10.0.0.0/24", "10.0.0.2"), root.delete("10.0.0.0/24"), root.dump(),
	)
}

func prefixes() []proto.Message {
	return []proto.Message{
		root.create("10.0.0.0/16"), root.create("10.0.0.0/16"), root.create("10.0.0.9/16"),
		root.create("10.0.0.0/8"), root.create("10.0.1.0/24"), root.create("10.0.0.1/32"), root.create("0.0.0.0/0"),
		root.create("10.1.2.3/16"), root.create("10.2.0.0/15"), root.create("10.4.0.1/32"),
		root.create("2001:db8::/48"), root.create("2001:DB8:0:1::/64"), root.create("2001:DB8:1::1/64"),
		root.create("2001:db8:2:0:0:0:0:0/64"), root.create("::/0"), root.create("::ffff:10.5.0.0/112"),
		root.list(),
		root.get("10.0.0.0/16"), root.get("10.0.77.1/16"), root.get("10.0.0.0/17"), root.get("10.0.0.1/32"),
		root.get("10.9.0.0/16"), root.get("2001:DB8::/48"), root.get("2001:db8:9::/48"), root.get("10.4.0.1/32"),
		root.delete("10.9.0.0/16"), root.delete("2001:db8:9::/48"), root.delete("10.1.99.99/16"),
		root.delete("10.1.0.0/16"), root.delete("10.2.0.0/15"), root.delete("10.0.0.0/16"), root.delete("10.4.0.1/32"),
		root.delete("2001:DB8::/48"), root.delete("2001:db8:1::/64"), root.delete("2001:db8:2::/64"),
		root.delete("::ffff:10.5.0.0/112"),
		root.list(), root.create("10.0.0.0/16"), root.delete("10.0.0.0/16"),
	}
}

var garbage = []string{
	"", "garbage", "10.0.0.0", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8 ",
	" 10.0.0.0/8", "10.0.0/8", "010.0.0.0/8", "10.0.0.256/24", "10.0.0.0.0/8", "10.0.0.0/8/8", "10.0.0.0/+8", "10..0.0/8",
	"::/129", "fe80::1%eth0/64", "2001:db8:::/48", "2001:db8/48", "12345::/16", "1:2:3:4:5:6:7:8:9/64", "g::/16",
	"2001:db8::/4 8", "10.0.0.0/\u0664", "\u00e4/8", "10.0.0.0/1000000000000",
}

func unreadable() []proto.Message {
	var all []proto.Message
	for _, text := range garbage {
		all = append(all,
			root.create(text), root.get(text), root.delete(text), root.usage(text), root.child(text, 24),
			root.childAt(text, "10.0.0.0/24"), root.releaseChild(text), root.take(text), root.takeAt(text, "10.0.0.1"),
			root.release(text, "10.0.0.1"),
		)
	}
	all = append(all, root.create("10.10.0.0/16"))
	for _, text := range garbage {
		if text != "" {
			all = append(all, root.childAt("10.10.0.0/16", text), root.takeAt("10.10.0.0/16", text))
		}
		all = append(all, root.release("10.10.0.0/16", text))
	}
	for _, text := range []string{"10.10.0", "10.10.0.01", "10.10.0.256", "fe80::1%eth0", "::1", "1.2.3.4.5", "10.10.0.1/16"} {
		all = append(all, root.takeAt("10.10.0.0/16", text), root.release("10.10.0.0/16", text))
	}
	return append(all, root.usage("10.10.0.0/16"), root.delete("10.10.0.0/16"))
}

func usages() []proto.Message {
	wide, wider := space("wide"), space("wider")
	all := []proto.Message{begin("wide"), begin("wider")}
	for _, cidr := range []string{
		"10.20.0.0/16", "10.21.0.0/24", "10.21.1.0/30", "10.21.1.4/31", "10.21.1.6/32", "2001:db8:20::/126",
		"2001:db8:20::4/127", "2001:db8:20::6/128", "2001:db8:21::/112", "2001:db8:22::/97", "2001:db8:23::/96",
		"2001:db8:24::/64", "2001:db8:28::/63", "2001:db8:30::/62", "2001:db8:40::/61",
	} {
		all = append(all, root.create(cidr), root.usage(cidr), root.delete(cidr))
	}
	for _, cidr := range []string{"0.0.0.0/1", "128.0.0.0/2", "::/1", "8000::/2"} {
		all = append(all, wide.create(cidr), wide.usage(cidr))
	}
	for _, cidr := range []string{"0.0.0.0/0", "::/0"} {
		all = append(all, wider.create(cidr), wider.usage(cidr))
	}
	for _, cidr := range []string{"0.0.0.0/1", "128.0.0.0/2", "::/1", "8000::/2"} {
		all = append(all, wide.delete(cidr))
	}
	all = append(all, wider.delete("0.0.0.0/0"), wider.delete("::/0"), end("wide"), end("wider"))
	return append(all, root.usage("10.29.0.0/16"), root.usage("2001:db8:29::/64"))
}

func children() []proto.Message {
	const parent = "192.168.0.0/20"
	all := []proto.Message{root.create(parent)}
	for _, length := range []uint32{0, 1, 19, 20, 33, 64, 127, 128, 129, 255, 256, 257, 1 << 31, 1<<32 - 1} {
		all = append(all, root.child(parent, length))
	}
	all = append(all, root.get("192.168.0.0/21"), root.usage(parent))
	// The smallest block that fits, then the lowest of these.
	all = append(all,
		root.child(parent, 21), root.child(parent, 22), root.releaseChild("192.168.8.0/22"), root.child(parent, 28),
		root.child(parent, 22), root.child(parent, 22), root.child("192.168.9.9/20", 24), root.usage(parent),
		root.child(parent, 32), root.child(parent, 31), root.child("192.168.0.0/21", 30),
		root.child("192.168.0.0/30", 31), root.usage("192.168.0.0/21"), root.get("192.168.0.0/31"), root.list(),
		root.child("10.99.0.0/16", 24), root.child("2001:db8:99::/48", 64),
		root.take(parent), root.takeAt(parent, "192.168.15.1"), root.take("192.168.0.0/30"), root.take("192.168.0.0/31"),
		root.create("192.168.0.0/24"), root.create("192.168.128.0/24"),
	)
	all = append(all,
		root.create("2001:db8:50::/48"), root.child("2001:db8:50::/48", 48), root.child("2001:db8:50::/48", 64),
		root.child("2001:db8:50::/48", 128), root.child("2001:db8:50::/48", 56), root.child("2001:DB8:50::1/48", 64),
		root.childAt("2001:db8:50::/48", "2001:DB8:50:FF00::/56"), root.usage("2001:db8:50::/48"),
		root.child("2001:db8:50::/48", 129), root.child("2001:db8:50::/64", 120), root.usage("2001:db8:50::/64"),
	)
	return append(all,
		root.create("10.30.0.0/24"), root.take("10.30.0.0/24"), root.child("10.30.0.0/24", 28),
		root.childAt("10.30.0.0/24", "10.30.0.128/25"), root.release("10.30.0.0/24", "10.30.0.1"),
		root.child("10.30.0.0/24", 28),
	)
}

func fullParents() []proto.Message {
	return []proto.Message{
		root.create("10.40.0.0/30"), root.child("10.40.0.0/30", 31), root.child("10.40.0.0/30", 31),
		root.child("10.40.0.0/30", 31), root.child("10.40.0.0/30", 32), root.usage("10.40.0.0/30"),
		root.childAt("10.40.0.0/30", "10.40.0.0/31"), root.releaseChild("10.40.0.0/31"), root.usage("10.40.0.0/30"),
		root.child("10.40.0.0/30", 32), root.child("10.40.0.0/30", 31), root.releaseChild("10.40.0.0/32"),
		root.child("10.40.0.0/30", 31),
		root.create("10.41.0.0/28"), root.child("10.41.0.0/28", 30), root.child("10.41.0.0/28", 30),
		root.child("10.41.0.0/28", 30), root.child("10.41.0.0/28", 30), root.releaseChild("10.41.0.0/30"),
		root.child("10.41.0.0/28", 29), root.releaseChild("10.41.0.8/30"), root.child("10.41.0.1/28", 29),
		root.childAt("10.41.0.0/28", "10.41.0.4/30"), root.usage("10.41.0.0/28"),
		root.create("2001:db8:60::/126"), root.child("2001:db8:60::/126", 127), root.child("2001:db8:60::/126", 127),
		root.child("2001:db8:60::/126", 127), root.child("2001:db8:60::/126", 128),
	}
}

func specificChildren() []proto.Message {
	const parent = "10.50.0.0/16"
	return []proto.Message{
		root.create(parent),
		root.childAt(parent, parent), root.childAt(parent, "10.50.0.0/15"), root.childAt(parent, "10.51.0.0/24"),
		root.childAt(parent, "2001:db8::/64"), root.childAt(parent, "0.0.0.0/0"),
		root.childAt(parent, "10.50.8.0/24"), root.childAt(parent, "10.50.8.0/24"), root.childAt(parent, "10.50.8.0/25"),
		root.childAt(parent, "10.50.0.0/20"), root.childAt(parent, "10.50.9.0/24"),
		root.childAt("10.50.7.7/16", "10.50.10.0/24"), root.childAt("10.50.7.7/16", "10.51.10.0/24"),
		root.childAt("10.59.0.0/16", "10.59.10.0/24"),
		root.child(parent, 20), root.child(parent, 21), root.usage(parent), root.list(),
	}
}

func releasedChildren() []proto.Message {
	return []proto.Message{
		root.create("10.60.0.0/16"), root.releaseChild("10.60.0.0/16"), root.releaseChild("10.60.1.0/24"),
		root.releaseChild("2001:db8:9::/64"), root.child("10.60.0.0/16", 24), root.releaseChild("10.60.0.77/24"),
		root.releaseChild("10.60.0.0/24"), root.take("10.60.0.0/16"), root.delete("10.60.0.0/16"),
		root.create("10.61.0.0/16"), root.child("10.61.0.0/16", 24), root.take("10.61.0.0/24"),
		root.releaseChild("10.61.0.0/24"), root.delete("10.61.0.0/24"), root.release("10.61.0.0/24", "10.61.0.1"),
		root.releaseChild("10.61.0.0/24"),
	}
}

func addresses() []proto.Message {
	const small = "10.70.0.0/30"
	return []proto.Message{
		root.create(small), root.takeAt(small, "10.70.0.0"), root.takeAt(small, "10.70.0.3"),
		root.takeAt(small, "10.70.0.4"), root.takeAt(small, "2001:db8::1"), root.takeAt(small, "::ffff:10.70.0.1"),
		root.take("10.70.0.3/30"), root.takeAt(small, "10.70.0.1"), root.takeAt("10.70.0.1/30", "10.70.0.2"),
		root.take(small), root.takeAt(small, "10.70.0.2"), root.take("10.70.0.1/30"), root.usage(small),
		root.takeAt("10.70.0.1/30", "10.70.9.9"), root.delete(small),
		root.release(small, "10.70.0.1"), root.take(small), root.release(small, "10.70.0.2"), root.usage(small),
		root.take("10.79.0.0/24"), root.takeAt("10.79.0.0/24", "10.79.0.1"),
		root.create("10.71.0.0/31"), root.take("10.71.0.0/31"), root.takeAt("10.71.0.0/31", "10.71.0.1"),
		root.create("10.72.0.0/32"), root.take("10.72.0.0/32"), root.takeAt("10.72.0.0/32", "10.72.0.0"),
		root.create("10.73.0.0/24"), root.takeAt("10.73.0.0/24", "10.73.0.3"), root.take("10.73.0.0/24"),
		root.take("10.73.0.0/24"), root.take("10.73.0.0/24"), root.release("10.73.0.0/24", "10.73.0.2"),
		root.release("10.73.0.0/24", "10.73.0.1"), root.take("10.73.0.0/24"), root.takeAt("10.73.0.0/24", "10.73.0.254"),
		root.usage("10.73.0.0/24"), root.dump(),
	}
}

func addressesOfIPv6() []proto.Message {
	const large = "2001:db8:80::/64"
	return []proto.Message{
		root.create(large), root.take(large), root.takeAt(large, "2001:db8:80::"), root.takeAt(large, "2001:DB8:80::2"),
		root.takeAt(large, "2001:db8:80:0:0:0:0:2"), root.take(large), root.takeAt(large, "2001:DB8:80:0:ffff:FFFF:ffff:ffff"),
		root.takeAt(large, "2001:db8:81::1"), root.takeAt(large, "10.0.0.1"), root.usage(large),
		root.release(large, "2001:DB8:80::2"), root.release(large, "2001:db8:80:0::3"), root.take(large),
		root.take("2001:DB8:80::77/64"), root.take("2001:db8:89::/64"), root.delete(large), root.dump(),
		root.create("2001:db8:81::/126"), root.take("2001:db8:81::/126"), root.take("2001:db8:81::/126"),
		root.take("2001:db8:81::/126"), root.take("2001:db8:81::/126"),
		root.create("2001:db8:82::/127"), root.take("2001:db8:82::/127"), root.take("2001:db8:82::/127"),
		root.create("2001:db8:83::/128"), root.take("2001:db8:83::/128"), root.takeAt("2001:db8:83::/128", "2001:db8:83::"),
		root.create("::ffff:10.84.0.0/120"), root.take("::ffff:10.84.0.0/120"), root.get("10.84.0.0/24"),
	}
}

func releasedAddresses() []proto.Message {
	const cidr = "10.90.0.0/24"
	return []proto.Message{
		root.create(cidr), root.release(cidr, "10.90.0.1"), root.take(cidr), root.release(cidr, "10.90.1.1"),
		root.release(cidr, "2001:db8::1"), root.release("10.99.0.0/24", "10.90.0.1"), root.release("10.90.0.9/24", "10.90.0.7"),
		root.release("10.90.0.9/24", "10.90.0.1"), root.release(cidr, "10.90.0.1"), root.release(cidr, ""),
		root.create("10.91.0.0/16"), root.child("10.91.0.0/16", 24), root.take("10.91.0.0/24"),
		root.release("10.91.0.0/16", "10.91.0.1"), root.release("10.91.0.0/24", "10.91.0.1"),
		root.create("2001:db8:91::/64"), root.release("2001:DB8:91::/64", "2001:DB8:91::9"),
	}
}

func namespaces() []proto.Message {
	blue, upper := space("blue"), space("Blue")
	return []proto.Message{
		spaces(), begin("blue"), begin("blue"), begin("root"), begin("Blue"), spaces(),
		blue.create("10.0.0.0/8"), upper.create("10.0.0.0/8"), blue.take("10.0.0.0/8"),
		blue.takeAt("10.0.0.0/8", "10.70.0.1"), upper.take("10.0.0.0/8"), blue.usage("10.0.0.0/8"), upper.usage("10.0.0.0/8"),
		upper.release("10.0.0.0/8", "10.70.0.1"), upper.release("10.0.0.0/8", "10.0.0.1"), upper.delete("10.0.0.0/8"),
		end("Blue"), end("Blue"), spaces(), upper.create("10.0.0.0/8"), end("blue"), blue.get("10.0.0.0/8"),
		begin("with space"), begin("with-dash_and.dot"), begin("gr\u00fcn"), begin("a;b"), begin("'"), spaces(),
		space("with space").create("10.0.0.0/8"), space("gr\u00fcn").create("10.0.0.0/8"), space("'").create("10.0.0.0/8"),
		space("gr\u00fcn").get("10.0.0.0/8"), space("with space").delete("10.0.0.0/8"), end("with space"),
		begin(strings.Repeat("n", 54)), space(strings.Repeat("n", 54)).create("10.0.0.0/8"),
		begin(strings.Repeat("x", 64)), begin(strings.Repeat("x", 1000)), end("nowhere"), spaces(),
	}
}
