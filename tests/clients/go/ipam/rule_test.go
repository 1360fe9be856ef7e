package ipam

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	v1 "github.com/metal-stack/go-ipam/api/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// A rule tells what metalmesh says, on purpose, where the real service says something else. It makes the one out of the
// other, so that nothing else slips through.
type rule struct {
	why  string
	mesh func(request proto.Message, real said) (said, bool)
}

var rules = []rule{
	{"a missing prefix is named without the words of a storage", missingPrefix},
	{"an address has no zone", zoned},
	{"a released address is shown with its prefix, not with the parent of that", releasedFrom},
	{"counters are capped alike, and none wraps around", counters},
	{"a missing namespace is a mistake in every call, and is named", missingNamespace},
	{"the refusal of a long name has the maximal length", longName},
	{"a namespace that cannot be deleted is named", fullNamespace},
	{"no prefix is found with a length that the family has not", longChild},
}

// The prefix of a request as it was sent.
func cidrOf(request proto.Message) string {
	switch told := request.(type) {
	case interface{ GetCidr() string }:
		return told.GetCidr()
	case interface{ GetPrefixCidr() string }:
		return told.GetPrefixCidr()
	}
	return ""
}

func masked(cidr string) string {
	prefix, err := netip.ParsePrefix(cidr)
	if err != nil {
		return cidr
	}
	return prefix.Masked().String()
}

var noRows = regexp.MustCompile(`^(NotFound: unable to find prefix for cidr:\S+ error:)?` +
	`NotFound prefix:\S+ not found:sql: no rows in result set$`)

func missingPrefix(request proto.Message, real said) (said, bool) {
	message := "NotFound: unable to find prefix for cidr:" + cidrOf(request)
	return refused(real.Code, message), noRows.MatchString(real.Message)
}

func zoned(request proto.Message, _ said) (said, bool) {
	told, ok := request.(interface{ GetIp() string })
	if !ok || !strings.Contains(told.GetIp(), "%") {
		return said{}, false
	}
	return refused("invalid_argument", fmt.Sprintf("given ip:%s in not valid", told.GetIp())), true
}

func releasedFrom(request proto.Message, real said) (said, bool) {
	told, ok := request.(*v1.ReleaseIPRequest)
	if !ok || real.Code != "" {
		return said{}, false
	}
	ip, err := netip.ParseAddr(told.GetIp())
	return address(ip.String(), masked(told.GetPrefixCidr())), err == nil
}

func counters(request proto.Message, real said) (said, bool) {
	usage := new(v1.PrefixUsageResponse)
	if _, ok := request.(*v1.PrefixUsageRequest); !ok || protojson.Unmarshal([]byte(real.Payload), usage) != nil {
		return said{}, false
	}
	const most = 1<<31 - 1
	usage.AvailableIps = min(usage.AvailableIps, most)
	// Of a prefix of IPv6 that is all free, and so large that its units fit into no 64 bits.
	if usage.AvailableSmallestPrefixes == 0 && len(usage.AvailablePrefixes) > 0 {
		usage.AvailableSmallestPrefixes = most
	}
	return said{Payload: shown(usage)}, true
}

func missingNamespace(request proto.Message, real said) (said, bool) {
	told, ok := request.(interface{ GetNamespace() string })
	if !ok || !strings.HasSuffix(real.Message, "NamespaceDoesNotExist") {
		return said{}, false
	}
	code := "invalid_argument"
	if _, ok := request.(*v1.DeleteNamespaceRequest); ok {
		code = "unknown"
	}
	return refused(code, missing(space(told.GetNamespace()))), true
}

func longName(request proto.Message, real said) (said, bool) {
	told, ok := request.(*v1.CreateNamespaceRequest)
	message := fmt.Sprintf("NameTooLong: a namespace's name has 63 bytes at most, not %d", len(told.GetNamespace()))
	return refused("unknown", message), ok && real.Message == "NameTooLong"
}

func fullNamespace(request proto.Message, real said) (said, bool) {
	told, ok := request.(*v1.DeleteNamespaceRequest)
	message := fmt.Sprintf("namespace:%q has prefixes, delete namespace not possible", told.GetNamespace())
	return refused("unknown", message), ok && real.Message == "cannot delete namespace with allocated prefixes"
}

func longChild(request proto.Message, real said) (said, bool) {
	told, ok := request.(*v1.AcquireChildPrefixRequest)
	message := fmt.Sprintf("no prefix found in %[1]s with length:%[2]d, but %[1]s is available", told.GetCidr(), told.GetLength())
	return refused("invalid_argument", message), ok && real.Message == "acquired child prefix:invalid Prefix is not valid"
}
