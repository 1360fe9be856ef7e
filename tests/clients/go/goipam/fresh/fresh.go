// Package fresh makes databases and real services for tests, each with a life as long as its test.
package fresh

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"metalmesh.test/clients/goipam"
	"metalmesh.test/clients/guard"
)

var databases atomic.Int64

// Server is the URL of the PostgreSQL server for tests. Without one the test is skipped, unless the environment says that
// it has to run.
func Server(t testing.TB) string {
	t.Helper()
	server := os.Getenv("METALMESH_TEST_POSTGRES")
	if server != "" {
		return server
	}
	const why = "METALMESH_TEST_POSTGRES names no PostgreSQL server"
	if os.Getenv("METALMESH_REQUIRE_POSTGRES") == "1" {
		t.Fatal(why + ", and METALMESH_REQUIRE_POSTGRES=1")
	}
	t.Skip(why)
	return ""
}

// Database is the URL of a new database.
func Database(t testing.TB) string {
	t.Helper()
	server := Server(t)
	admin, err := goipam.Connect(server)
	guard.OK(t, err, "connection to the server")
	name := fmt.Sprintf("goipam_%d_%d_%d", os.Getpid(), time.Now().UnixNano(), databases.Add(1))
	_, err = admin.Exec("CREATE DATABASE " + name)
	guard.OK(t, err, "creation of a database")
	t.Cleanup(func() {
		defer admin.Close()
		// The service keeps its connections.
		_, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		guard.OK(t, err, "end of a database")
	})
	database, err := goipam.Renamed(server, name)
	guard.OK(t, err, "URL of a database")
	return database
}

// Service is where a real go-ipam answers, over a new database: host:port.
func Service(t testing.TB) string {
	t.Helper()
	database := Database(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	guard.OK(t, err, "a port")
	ended := make(chan error, 1)
	go func() { ended <- goipam.Serve(t.Context(), listener, database) }()
	t.Cleanup(func() {
		listener.Close()
		<-ended
	})
	return listener.Addr().String()
}
