package goipam

import (
	"context"
	"net"

	"connectrpc.com/connect"
	ipam "github.com/metal-stack/go-ipam"
	v1 "github.com/metal-stack/go-ipam/api/v1"
	"github.com/metal-stack/go-ipam/api/v1/apiv1connect"
)

// ServeBench is [Serve], but a dump is loaded into the namespace that is named. The service itself loads into its root,
// whichever is named, and only while that is empty, so that nothing but the first run of a measurement could be
// prepared. Whatever is measured is the service's own.
func ServeBench(ctx context.Context, listener net.Listener, database string) error {
	return serve(ctx, listener, database, func(own apiv1connect.IpamServiceHandler, ipamer ipam.Ipamer) apiv1connect.IpamServiceHandler {
		return loader{own, ipamer.(namespaced)}
	})
}

// What the module's implementation can, and its interface does not say.
type namespaced interface {
	NamespacedLoad(ctx context.Context, namespace, dump string) error
}

type loader struct {
	apiv1connect.IpamServiceHandler
	into namespaced
}

func (l loader) Load(ctx context.Context, asked *connect.Request[v1.LoadRequest]) (*connect.Response[v1.LoadResponse], error) {
	if err := l.into.NamespacedLoad(ctx, asked.Msg.GetNamespace(), asked.Msg.GetDump()); err != nil {
		return nil, connect.NewError(connect.CodeInvalidArgument, err)
	}
	return connect.NewResponse(&v1.LoadResponse{}), nil
}
