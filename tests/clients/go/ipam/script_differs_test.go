package ipam

import (
	"fmt"
	"strings"
)

// Why the two differ where no rule for many calls says so.
const (
	whyOwnReader = "metalmesh's JSON reader has words of its own, and it reads a dump before it looks for prefixes"
	whyB2        = "the real one releases half of a child of IPv6 with one address, and hands it out twice"
	whyB5        = "the real one loses what lies below a prefix that goes, or the space of a child that is deleted"
	whyB6        = "the real one gives reserved addresses away once somebody has released them"
	whyB7        = "the real one notes a specific child with its host bits, and loses its space when it is released"
	whyB10       = "the real one forgets the namespace in lists, dumps and loads"
	whyB12       = "the real one pastes names into SQL, which knows some and cuts others"
	whyName      = "a namespace has a name that can be shown, and an empty one means the root"
)

func unreadableDumps() []call {
	table := []struct{ dump, words string }{
		{"", "EOF while parsing a value at line 1 column 0"},
		{"garbage", "expected value at line 1 column 1"},
		{"{}", "invalid type: map, expected a sequence at line 1 column 0"},
		{`[{"Cidr":7}]`, "invalid type: integer `7`, expected a string at line 1 column 10"},
		{"[1]", "invalid type: integer `1`, expected struct Document at line 1 column 2"},
	}
	var calls []call
	for _, row := range table {
		message := "the dump cannot be read: " + row.words
		calls = append(calls, but(root.load(row.dump), whyOwnReader, refused("invalid_argument", message)))
	}
	calls = append(calls, same(root.list(), root.create("10.0.0.0/24"))...)
	calls = append(calls, but(root.load("garbage"), whyOwnReader,
		refused("invalid_argument", "the dump cannot be read: expected value at line 1 column 1")))
	return append(calls, same(root.delete("10.0.0.0/24"), root.list())...)
}

func names() []call {
	long := strings.Repeat("x", 63)
	tooLong := "NameTooLong: a namespace's name has 63 bytes at most, not 64"
	return []call{
		but(begin(`a"b`), whyB12, done),
		but(space(`a"b`).create("10.0.0.0/8"), whyB12, prefix("10.0.0.0/8", "")),
		but(begin("a\nb"), whyName, refused("unknown", `a namespace's name has no control characters: "a\nb"`)),
		but(begin(""), whyName, refused("unknown", "a namespace's name must not be empty")),
		but(end(""), whyName, refused("unknown", "a namespace's name must not be empty")),
		{request: begin(long)},
		{request: space(long).create("10.0.0.0/8")},
		{request: begin(long[:55])},
		but(space(long[:55]).create("10.0.0.0/8"), whyB12, prefix("10.0.0.0/8", "")),
		but(end(long+"x"), whyName, refused("unknown", tooLong)),
	}
}

func unknownNamespace() []call {
	none := space("nowhere")
	calls := same(
		none.create("10.0.0.0/8"), none.delete("10.0.0.0/8"), none.get("10.0.0.0/8"), none.get("garbage"), none.list(),
		none.usage("10.0.0.0/8"), none.child("10.0.0.0/8", 24), none.childAt("10.0.0.0/8", "10.0.0.0/24"),
		none.releaseChild("10.0.0.0/8"), none.take("10.0.0.0/8"), none.takeAt("10.0.0.0/8", "10.0.0.1"),
		none.release("10.0.0.0/8", "10.0.0.1"), none.release("10.0.0.0/8", "garbage"), end("nowhere"),
	)
	return append(calls,
		but(none.dump(), whyB10, refused("invalid_argument", missing(none))),
		but(none.load("[]"), whyB10, refused("invalid_argument", missing(none))),
	)
}

func lossyReleases() []call {
	calls := same(
		root.create("2001:db8:61::/48"), root.child("2001:db8:61::/48", 64), root.take("2001:db8:61::/64"),
		root.create("10.52.0.0/16"), root.create("10.62.0.0/16"), root.child("10.62.0.0/16", 20),
		root.child("10.62.0.0/20", 24),
	)
	const host = "10.52.3.9/24"
	const whole = `{"availableIps":"65536","acquiredIps":"2","availableSmallestPrefixes":"16384",` +
		`"availablePrefixes":["10.52.0.0/16"]}`
	calls = append(calls,
		but(root.releaseChild("2001:db8:61::/64"), whyB2,
			refused("invalid_argument", "prefix 2001:db8:61::/64 has ips, deletion not possible")),
		but(root.child("2001:db8:61::/48", 64), whyB2, prefix("2001:db8:61:1::/64", "2001:db8:61::/48")),
	)
	calls = append(calls, same(root.childAt("10.52.0.0/16", host), root.get("10.52.3.0/24"), root.releaseChild(host))...)
	return append(calls,
		but(root.usage("10.52.0.0/16"), whyB7, said{Payload: whole}),
		but(root.releaseChild("10.62.0.0/20"), whyB5,
			refused("invalid_argument", "prefix 10.62.0.0/20 has childprefixes, deletion not possible")),
		but(root.get("10.62.0.0/20"), whyB5, prefix("10.62.0.0/20", "10.62.0.0/16")),
	)
}

func lossyDeletions() []call {
	calls := same(
		root.create("10.63.0.0/16"), root.child("10.63.0.0/16", 24), root.create("10.64.0.0/16"),
		root.child("10.64.0.0/16", 24),
	)
	return append(calls,
		but(root.delete("10.63.0.0/24"), whyB5, refused("invalid_argument",
			"prefix 10.63.0.0/24 is a child prefix of 10.63.0.0/16, release it instead")),
		but(root.releaseChild("10.63.0.0/24"), whyB5, prefix("10.63.0.0/24", "10.63.0.0/16")),
		but(root.child("10.63.0.0/16", 24), whyB5, prefix("10.63.0.0/24", "10.63.0.0/16")),
		but(root.delete("10.64.0.0/16"), whyB5,
			refused("invalid_argument", "prefix 10.64.0.0/16 has childprefixes, delete prefix not possible")),
		but(root.get("10.64.0.0/16"), whyB5, prefix("10.64.0.0/16", "")),
	)
}

func reserved() []call {
	const small, large = "10.92.0.0/24", "2001:db8:92::/64"
	keep := func(address, cidr string) said {
		message := fmt.Sprintf("given ip:%s is reserved in prefix:%s, release not possible", address, cidr)
		return refused("invalid_argument", message)
	}
	calls := same(root.create(small), root.create(large))
	return append(calls,
		but(root.release(small, "10.92.0.0"), whyB6, keep("10.92.0.0", small)),
		but(root.release(small, "10.92.0.255"), whyB6, keep("10.92.0.255", small)),
		but(root.take(small), whyB6, address("10.92.0.1", small)),
		but(root.release(large, "2001:db8:92::"), whyB6, keep("2001:db8:92::", large)),
		but(root.take(large), whyB6, address("2001:db8:92::1", large)),
	)
}

func namespacedLists() []call {
	own := space("lists")
	calls := same(begin("lists"), own.create("172.16.0.0/12"))
	return append(calls,
		but(own.list(), whyB10, said{Payload: `{"prefixes":[{"cidr":"172.16.0.0/12"}]}`}),
		call{request: own.load("[]")},
		call{request: own.delete("172.16.0.0/12")},
		but(own.dump(), whyB10, said{Payload: `{"dump":"null"}`}),
		but(own.load("[]"), whyB10, done),
	)
}

func sameRoot() []call {
	return []call{but(end("root"), whyName, refused("unknown", `namespace:"root" cannot be deleted`))}
}
