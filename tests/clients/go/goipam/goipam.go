// Package goipam is the real go-ipam: its service, as its own server starts it, over PostgreSQL.
package goipam

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"

	ipam "github.com/metal-stack/go-ipam"
	"github.com/metal-stack/go-ipam/api/v1/apiv1connect"
	"github.com/metal-stack/go-ipam/pkg/service"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
)

// Serve answers on `listener` until it is closed. `database` is a PostgreSQL URL; a socket's folder stands in it as libpq
// has it, escaped as the host or as `?host=`.
func Serve(ctx context.Context, listener net.Listener, database string) error {
	return serve(ctx, listener, database, func(own apiv1connect.IpamServiceHandler, _ ipam.Ipamer) apiv1connect.IpamServiceHandler {
		return own
	})
}

func serve(
	ctx context.Context, listener net.Listener, database string,
	wrap func(apiv1connect.IpamServiceHandler, ipam.Ipamer) apiv1connect.IpamServiceHandler,
) error {
	storage, err := Open(database)
	if err != nil {
		return err
	}
	ipamer := ipam.NewWithStorage(storage)
	answers := service.New(slog.New(slog.NewTextHandler(io.Discard, nil)), ipamer)
	mux := http.NewServeMux()
	mux.Handle(apiv1connect.NewIpamServiceHandler(wrap(answers, ipamer)))
	server := &http.Server{
		Handler:     h2c.NewHandler(mux, &http2.Server{}),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	return server.Serve(listener)
}
