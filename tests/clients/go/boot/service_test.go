package boot

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"metalmesh.test/clients/guard"
)

// The client side of the two services. Messages are written and read as JSON with the names of the .proto files, which
// are compiled when the tests start.

const (
	dhcp              = "/api.v1.BootService/Dhcp"
	bootConfig        = "/api.v1.BootService/Boot"
	superUserPassword = "/api.v1.BootService/SuperUserPassword"
	register          = "/api.v1.BootService/Register"
	waitMethod        = "/api.v1.BootService/Wait"
	report            = "/api.v1.BootService/Report"
	abortReinstall    = "/api.v1.BootService/AbortReinstall"
	send              = "/api.v1.EventService/Send"
)

// An installer gives up a call after ten seconds. Here other tests run beside it.
const callLimit = guard.Patience

type answer = map[string]any

var described = sync.OnceValues(func() (linker.Resolver, error) {
	source := &protocompile.SourceResolver{ImportPaths: []string{"../../../../src/grpc/proto"}}
	compiler := protocompile.Compiler{Resolver: protocompile.WithStandardImports(source)}
	files, err := compiler.Compile(context.Background(), "api/v1/boot.proto", "api/v1/event.proto")
	if err != nil {
		return nil, err
	}
	return files.AsResolver(), nil
})

// messages are an empty request and an empty answer of a method like `/api.v1.BootService/Register`.
func messages(method string) (request, reply *dynamicpb.Message, err error) {
	resolver, err := described()
	if err != nil {
		return nil, nil, err
	}
	name := strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", ".")
	found, err := resolver.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	described := found.(protoreflect.MethodDescriptor)
	return dynamicpb.NewMessage(described.Input()), dynamicpb.NewMessage(described.Output()), nil
}

// dial opens a connection to a node, in plaintext without `config`. It is closed with the test.
func dial(t testing.TB, address string, config *tls.Config, options ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	way := insecure.NewCredentials()
	if config != nil {
		way = credentials.NewTLS(config)
	}
	options = append(options, grpc.WithTransportCredentials(way))
	conn, err := grpc.NewClient("passthrough:///"+address, options...)
	guard.OK(t, err, "a client of %s", address)
	t.Cleanup(func() { conn.Close() })
	return conn
}

// call is one unary call. A field that the .proto file does not know is an error, too.
func call(
	ctx context.Context, conn *grpc.ClientConn, method, request string, options ...grpc.CallOption,
) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	asked, reply, err := messages(method)
	if err != nil {
		return nil, err
	}
	if err := protojson.Unmarshal([]byte(request), asked); err != nil {
		return nil, err
	}
	if err := conn.Invoke(ctx, method, asked, reply, options...); err != nil {
		return nil, err
	}
	return read(reply)
}

func read(message *dynamicpb.Message) (answer, error) {
	if unknown := message.GetUnknown(); len(unknown) > 0 {
		return nil, fmt.Errorf("unknown fields: %x", unknown)
	}
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(message)
	if err != nil {
		return nil, err
	}
	var fields answer
	return fields, json.Unmarshal(text, &fields)
}

// patience is a wait stream that is open.
type patience struct {
	// ended gets one value: `nil` is the news that the machine was allocated.
	ended chan error

	cancel context.CancelFunc
	lock   sync.Mutex
	told   []time.Time
}

// wait asks for a machine to wait. It returns when the node has begun to stream, or has refused to.
func wait(conn *grpc.ClientConn, machine string) (*patience, error) {
	ctx, cancel := context.WithCancel(context.Background())
	stream, err := openWait(ctx, conn, machine)
	if err != nil {
		cancel()
		return nil, err
	}
	waiting := &patience{ended: make(chan error, 1), cancel: cancel}
	go func() {
		defer cancel()
		waiting.ended <- waiting.listen(stream)
	}()
	return waiting, nil
}

func openWait(ctx context.Context, conn *grpc.ClientConn, machine string) (grpc.ClientStream, error) {
	asked, _, err := messages(waitMethod)
	if err != nil {
		return nil, err
	}
	asked.Set(asked.Descriptor().Fields().ByName("machine_id"), protoreflect.ValueOfString(machine))
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, waitMethod)
	if err != nil {
		return nil, err
	}
	if err := stream.SendMsg(asked); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	// A stream that is refused has no header: its error comes with the first message.
	header, err := stream.Header()
	if err == nil && header == nil {
		_, reply, _ := messages(waitMethod)
		err = stream.RecvMsg(reply)
	}
	return stream, err
}

func (p *patience) listen(stream grpc.ClientStream) error {
	for {
		_, reply, err := messages(waitMethod)
		if err != nil {
			return err
		}
		if err := stream.RecvMsg(reply); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if fields, err := read(reply); err != nil || len(fields) > 0 {
			return fmt.Errorf("a message that says more than to be patient: %v, %w", fields, err)
		}
		p.lock.Lock()
		p.told = append(p.told, time.Now())
		p.lock.Unlock()
	}
}

// messages are the times of its keep-alives.
func (p *patience) messages() []time.Time {
	p.lock.Lock()
	defer p.lock.Unlock()
	return append([]time.Time{}, p.told...)
}

// end is how the stream ends, within [guard.Patience].
func (p *patience) end(t testing.TB) error {
	t.Helper()
	select {
	case err := <-p.ended:
		return err
	case <-time.After(guard.Patience):
		t.Fatal("the wait stream does not end")
		return nil
	}
}

// isOpen is one check: nothing ended the stream.
func (p *patience) isOpen(t testing.TB, when string) {
	t.Helper()
	select {
	case err := <-p.ended:
		t.Fatalf("the wait stream ended %s: %v", when, err)
	default:
		guard.True(t, true, "the wait stream is open %s", when)
	}
}

// failed is a call's error as grpc-go reads it: its code, and a part of its text unless that is left open.
func failed(t testing.TB, err error, code codes.Code, text string) {
	t.Helper()
	read, typed := status.FromError(err)
	guard.True(t, err != nil && typed, "an error of gRPC: %v", err)
	guard.Equal(t, code.String(), read.Code().String(), "code of %v", err)
	if text != "" {
		guard.True(t, strings.Contains(read.Message(), text), "%q says %q", read.Message(), text)
	}
}
