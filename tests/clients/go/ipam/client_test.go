package ipam

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"connectrpc.com/connect"
	v1 "github.com/metal-stack/go-ipam/api/v1"
	"github.com/metal-stack/go-ipam/api/v1/apiv1connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// A client calls the procedure that a request is of.
type client struct{ apiv1connect.IpamServiceClient }

// What a call was answered: a payload as JSON, or an error's code and message.
type said struct{ Payload, Code, Message string }

// newClient speaks gRPC over HTTP/2 without TLS to a host:port, unless options say otherwise.
func newClient(address string, options ...connect.ClientOption) client {
	options = append([]connect.ClientOption{connect.WithGRPC()}, options...)
	return clientOver(http2Only(), address, options...)
}

func clientOver(transport http.RoundTripper, address string, options ...connect.ClientOption) client {
	return client{apiv1connect.NewIpamServiceClient(
		&http.Client{Transport: transport}, "http://"+address, options...,
	)}
}

func http2Only() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Transport{Protocols: protocols}
}

func http1Only() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{Protocols: protocols, MaxIdleConnsPerHost: 64}
}

// call sends a request and returns its answer, whatever procedure it is of.
func (c client) call(ctx context.Context, request proto.Message, headers ...string) (proto.Message, error) {
	switch told := request.(type) {
	case *v1.VersionRequest:
		return unary(ctx, c.Version, told, headers)
	case *v1.CreatePrefixRequest:
		return unary(ctx, c.CreatePrefix, told, headers)
	case *v1.DeletePrefixRequest:
		return unary(ctx, c.DeletePrefix, told, headers)
	case *v1.GetPrefixRequest:
		return unary(ctx, c.GetPrefix, told, headers)
	case *v1.ListPrefixesRequest:
		return unary(ctx, c.ListPrefixes, told, headers)
	case *v1.PrefixUsageRequest:
		return unary(ctx, c.PrefixUsage, told, headers)
	case *v1.AcquireChildPrefixRequest:
		return unary(ctx, c.AcquireChildPrefix, told, headers)
	case *v1.ReleaseChildPrefixRequest:
		return unary(ctx, c.ReleaseChildPrefix, told, headers)
	case *v1.AcquireIPRequest:
		return unary(ctx, c.AcquireIP, told, headers)
	case *v1.ReleaseIPRequest:
		return unary(ctx, c.ReleaseIP, told, headers)
	case *v1.DumpRequest:
		return unary(ctx, c.Dump, told, headers)
	case *v1.LoadRequest:
		return unary(ctx, c.Load, told, headers)
	case *v1.CreateNamespaceRequest:
		return unary(ctx, c.CreateNamespace, told, headers)
	case *v1.ListNamespacesRequest:
		return unary(ctx, c.ListNamespaces, told, headers)
	case *v1.DeleteNamespaceRequest:
		return unary(ctx, c.DeleteNamespace, told, headers)
	}
	panic(fmt.Sprintf("%T is no request of this service", request))
}

// A procedure of the generated client.
type procedure[Q, A any] func(context.Context, *connect.Request[Q]) (*connect.Response[A], error)

func unary[Q, A any](ctx context.Context, ask procedure[Q, A], told *Q, headers []string) (proto.Message, error) {
	request := connect.NewRequest(told)
	for at := 0; at < len(headers); at += 2 {
		request.Header().Set(headers[at], headers[at+1])
	}
	answer, err := ask(ctx, request)
	if err != nil {
		return nil, err
	}
	return any(answer.Msg).(proto.Message), nil
}

// ask sends a request and returns what was said. Errors that are not the client's own type stand out by their code.
func (c client) ask(ctx context.Context, request proto.Message, headers ...string) said {
	answer, err := c.call(ctx, request, headers...)
	if err == nil {
		return said{Payload: shown(answer)}
	}
	return refusal(err)
}

func refusal(err error) said {
	var typed *connect.Error
	if !errors.As(err, &typed) {
		return said{Code: "no connect.Error", Message: err.Error()}
	}
	return said{Code: typed.Code().String(), Message: typed.Message()}
}

// The JSON of a message. Its library varies blanks on purpose, so they go.
func shown(message proto.Message) string {
	text, err := protojson.Marshal(message)
	if err != nil {
		return err.Error()
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return err.Error()
	}
	return compact.String()
}
