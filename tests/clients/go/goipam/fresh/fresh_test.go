package fresh

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"connectrpc.com/connect"
	v1 "github.com/metal-stack/go-ipam/api/v1"
	"github.com/metal-stack/go-ipam/api/v1/apiv1connect"
	"metalmesh.test/clients/goipam"
	"metalmesh.test/clients/guard"
)

func TestMain(m *testing.M) { guard.Main(m) }

func TestARealServiceStartsEmpty(t *testing.T) {
	t.Parallel()
	service := apiv1connect.NewIpamServiceClient(http.DefaultClient, "http://"+Service(t))
	created, err := service.CreatePrefix(t.Context(), connect.NewRequest(&v1.CreatePrefixRequest{Cidr: "10.0.0.0/8"}))
	guard.OK(t, err, "a prefix")
	guard.Equal(t, "10.0.0.0/8", created.Msg.GetPrefix().GetCidr(), "the prefix")
	other := apiv1connect.NewIpamServiceClient(http.DefaultClient, "http://"+Service(t))
	listed, err := other.ListPrefixes(t.Context(), connect.NewRequest(&v1.ListPrefixesRequest{}))
	guard.OK(t, err, "prefixes of another one")
	guard.Equal(t, 0, len(listed.Msg.GetPrefixes()), "prefixes of another one")
}

// The server is reached through its socket's folder or over TCP, and through the other one too where it has both.
func TestADatabaseIsReachedOverASocketAndOverTCP(t *testing.T) {
	t.Parallel()
	database := Database(t)
	admin, err := goipam.Connect(database)
	guard.OK(t, err, "connection")
	t.Cleanup(func() { admin.Close() })
	var addresses, folders, port, user, name string
	settings := "SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories'), " +
		"current_setting('port'), current_user, current_database()"
	guard.OK(t, admin.QueryRow(settings).Scan(&addresses, &folders, &port, &user, &name), "where it listens")
	reached := 0
	for folder, forms := range map[string][]string{
		folders: {"postgres://%[2]s@%[1]s:%[3]s/%[4]s", "postgres://%[2]s@:%[3]s/%[4]s?host=%[1]s"},
		"":      {"postgres://%[2]s@127.0.0.1:%[3]s/%[4]s"},
	} {
		if folder == "" && addresses == "" {
			continue
		}
		for _, form := range forms {
			at := fmt.Sprintf(form, url.QueryEscape(folder), user, port, name)
			storage, err := goipam.Open(at)
			guard.OK(t, err, "%s", at)
			prefixes, err := storage.ReadAllPrefixCidrs(t.Context(), "root")
			guard.OK(t, err, "%s", at)
			guard.Equal(t, []string{}, prefixes, "prefixes of a new database")
			reached++
		}
	}
	guard.True(t, reached >= 2, "reached in both forms of a socket's URL")
}
