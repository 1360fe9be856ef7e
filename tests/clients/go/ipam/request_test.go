package ipam

import (
	v1 "github.com/metal-stack/go-ipam/api/v1"
	"google.golang.org/protobuf/proto"
)

// A space is a namespace's name; its methods are requests within it. The empty one names none, which is the root.
type space string

const root space = ""

func (s space) name() *string {
	if s == root {
		return nil
	}
	return proto.String(string(s))
}

func (s space) create(cidr string) proto.Message {
	return &v1.CreatePrefixRequest{Cidr: cidr, Namespace: s.name()}
}

func (s space) delete(cidr string) proto.Message {
	return &v1.DeletePrefixRequest{Cidr: cidr, Namespace: s.name()}
}

func (s space) get(cidr string) proto.Message {
	return &v1.GetPrefixRequest{Cidr: cidr, Namespace: s.name()}
}

func (s space) list() proto.Message { return &v1.ListPrefixesRequest{Namespace: s.name()} }

func (s space) usage(cidr string) proto.Message {
	return &v1.PrefixUsageRequest{Cidr: cidr, Namespace: s.name()}
}

func (s space) child(parent string, length uint32) proto.Message {
	return &v1.AcquireChildPrefixRequest{Cidr: parent, Length: length, Namespace: s.name()}
}

func (s space) childAt(parent, child string) proto.Message {
	return &v1.AcquireChildPrefixRequest{Cidr: parent, ChildCidr: &child, Namespace: s.name()}
}

func (s space) releaseChild(child string) proto.Message {
	return &v1.ReleaseChildPrefixRequest{Cidr: child, Namespace: s.name()}
}

func (s space) take(prefix string) proto.Message {
	return &v1.AcquireIPRequest{PrefixCidr: prefix, Namespace: s.name()}
}

func (s space) takeAt(prefix, address string) proto.Message {
	return &v1.AcquireIPRequest{PrefixCidr: prefix, Ip: &address, Namespace: s.name()}
}

func (s space) release(prefix, address string) proto.Message {
	return &v1.ReleaseIPRequest{PrefixCidr: prefix, Ip: address, Namespace: s.name()}
}

func (s space) dump() proto.Message { return &v1.DumpRequest{Namespace: s.name()} }

func (s space) load(dump string) proto.Message {
	return &v1.LoadRequest{Dump: dump, Namespace: s.name()}
}

func begin(name string) proto.Message { return &v1.CreateNamespaceRequest{Namespace: name} }

func end(name string) proto.Message { return &v1.DeleteNamespaceRequest{Namespace: name} }

func spaces() proto.Message { return &v1.ListNamespacesRequest{} }

func version() proto.Message { return &v1.VersionRequest{} }
