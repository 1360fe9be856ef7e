package guard

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Patience is how long anything may take here: other tests run beside this one.
const Patience = 60 * time.Second

// Project, Partition, Size and Image are what `metalmesh dev` has from the start.
const (
	Project   = "00000000-0000-0000-0000-000000000001"
	Partition = "mini-lab"
	Size      = "v1-small-x86"
	Image     = "ubuntu-26.4"
)

// Node is a process of the real binary with ports and a folder of its own.
type Node struct {
	t         testing.TB
	folder    string
	arguments []string
	environ   []string
	process   *exec.Cmd
	exited    chan struct{}
	// HTTP and GRPC are host:port.
	HTTP, GRPC string
}

// Dev starts `metalmesh dev` with more options, waits until it answers, and ends it with the test.
func Dev(t testing.TB, options ...string) *Node {
	t.Helper()
	node := &Node{t: t, folder: t.TempDir(), HTTP: freeAddress(t), GRPC: freeAddress(t)}
	node.arguments = append([]string{"dev", "--data-dir", "data", "--http", node.HTTP, "--grpc", node.GRPC}, options...)
	node.begin()
	return node
}

// Serve starts `metalmesh serve` as a plant has it, with mutual TLS on the gRPC port. Certificates lie below
// [Node.Path].
func Serve(t testing.TB, environ ...string) *Node {
	t.Helper()
	node := &Node{t: t, folder: t.TempDir(), HTTP: freeAddress(t), GRPC: freeAddress(t), environ: environ}
	node.arguments = []string{"serve", "--config", "node.toml"}
	node.writeKeys()
	node.writeCertificates()
	node.write("node.toml", fmt.Sprintf(configuration, node.HTTP, node.GRPC))
	node.begin()
	return node
}

// The keys are those of `dev`.
const configuration = `partition = "mini-lab"

[store]
kind = "sqlite"
path = "plant.db"

[http]
listen = "%s"
base_path = "/metal/"
check_urls = false

[http.hmac]
view_key_file = "keys/view"
edit_key_file = "keys/edit"
admin_key_file = "keys/admin"

[grpc]
listen = "%s"

[grpc.tls]
ca_file = "certs/ca.pem"
certificate_file = "certs/server.pem"
key_file = "certs/server-key.pem"
`

func (n *Node) begin() {
	n.t.Helper()
	n.t.Cleanup(func() {
		n.Kill()
		if n.t.Failed() {
			n.t.Logf("the node's log:\n%s", n.Log())
		}
	})
	n.Start()
}

// URL is where metal-api v1 begins.
func (n *Node) URL() string { return "http://" + n.HTTP + "/metal" }

// Path of a file in the node's folder.
func (n *Node) Path(name string) string { return filepath.Join(n.folder, name) }

// Log is what the process wrote so far.
func (n *Node) Log() string {
	text, _ := os.ReadFile(n.Path("node.log"))
	return string(text)
}

// Start starts it, after the first time or after [Node.Kill] or [Node.Stop], and waits until it answers.
func (n *Node) Start() {
	n.t.Helper()
	program := os.Getenv("METALMESH")
	if program == "" {
		n.t.Fatal("METALMESH must name the binary: cargo build && export METALMESH=$PWD/target/debug/metalmesh")
	}
	program, err := filepath.Abs(program)
	OK(n.t, err, "the binary's path")
	log, err := os.OpenFile(n.Path("node.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	OK(n.t, err, "the log")
	defer log.Close()
	n.process = exec.Command(program, n.arguments...)
	n.process.Dir, n.process.Stdout, n.process.Stderr = n.folder, log, log
	n.process.Env = append([]string{"PATH=" + os.Getenv("PATH"), "RUST_LOG=info"}, n.environ...)
	OK(n.t, n.process.Start(), "start of the node")
	n.exited = make(chan struct{})
	go func(process *exec.Cmd, exited chan struct{}) {
		_ = process.Wait()
		close(exited)
	}(n.process, n.exited)
	Within(n.t, Patience, "the node answers", func() bool {
		answer, err := http.Get(n.URL() + "/v1/health")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}

// Kill is `kill -9`.
func (n *Node) Kill() {
	if n.process != nil {
		_ = n.process.Process.Kill()
		<-n.exited
	}
}

// Stop is SIGTERM, and waits for a good end.
func (n *Node) Stop() {
	n.t.Helper()
	OK(n.t, n.process.Process.Signal(syscall.SIGTERM), "SIGTERM")
	<-n.exited
	Equal(n.t, 0, n.process.ProcessState.ExitCode(), "exit code")
}

// Run runs the binary with other arguments in the node's folder, to its end, and returns what it wrote.
func (n *Node) Run(arguments ...string) string {
	n.t.Helper()
	command := exec.Command(n.process.Path, arguments...)
	command.Dir = n.folder
	output, err := command.CombinedOutput()
	OK(n.t, err, "metalmesh %s: %s", strings.Join(arguments, " "), output)
	return string(output)
}

func (n *Node) write(name, text string) {
	n.t.Helper()
	OK(n.t, os.MkdirAll(filepath.Dir(n.Path(name)), 0o700), "folder of %s", name)
	OK(n.t, os.WriteFile(n.Path(name), []byte(text), 0o600), "%s", name)
}

func (n *Node) writeKeys() {
	for _, role := range []string{"view", "edit", "admin"} {
		n.write("keys/"+role, "metal-"+role+"\n")
	}
}

var ports atomic.Int64

// Below the ports that the kernel gives to outgoing connections: one of those could take a node's port while the node
// is down. METALMESH_TEST_PORTS says where this process looks, so that others that run beside it take no port between the
// look and the node's start.
func freeAddress(t testing.TB) string {
	first, count := int64(20_000), int64(12_000)
	_, _ = fmt.Sscanf(os.Getenv("METALMESH_TEST_PORTS"), "%d+%d", &first, &count)
	for range count {
		port := first + (int64(os.Getpid())*97+ports.Add(1))%count
		address := fmt.Sprintf("127.0.0.1:%d", port)
		if listener, err := net.Listen("tcp", address); err == nil {
			listener.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}
