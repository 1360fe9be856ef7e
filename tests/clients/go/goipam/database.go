package goipam

import (
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"strings"

	ipam "github.com/metal-stack/go-ipam"
)

// The driver, which the module registers.
const driver = "postgres"

// A database's address in parts: the module takes parts and puts a URL together again.
type address struct {
	host, port, user, password, name string
	// Parameters that stand behind the URL. The driver takes a socket's folder only as one of them.
	parameters url.Values
}

// Connect opens a database, for those who prepare one for [Serve].
func Connect(database string) (*sql.DB, error) {
	at, err := parse(database)
	if err != nil {
		return nil, err
	}
	return sql.Open(driver, at.url())
}

// Open is the storage over a database that [Serve] uses.
func Open(database string) (ipam.Storage, error) {
	at, err := parse(database)
	if err != nil {
		return nil, err
	}
	// The last part is pasted in behind `sslmode=`, so everything else follows it.
	mode := at.parameters.Get("sslmode")
	at.parameters.Del("sslmode")
	if others := at.parameters.Encode(); others != "" {
		mode += "&" + others
	}
	name := url.PathEscape(at.name)
	return ipam.NewPostgresStorage(at.host, at.port, at.user, at.password, name, ipam.SSLMode(mode))
}

func parse(database string) (address, error) {
	text, folder := withoutFolder(database)
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "postgres" && parsed.Scheme != "postgresql" {
		return address{}, fmt.Errorf("no URL of a PostgreSQL database: postgres://user@host:5432/database")
	}
	password, _ := parsed.User.Password()
	at := address{
		host: parsed.Hostname(), port: parsed.Port(), user: parsed.User.Username(), password: password,
		name: strings.TrimPrefix(parsed.Path, "/"), parameters: parsed.Query(),
	}
	if folder != "" {
		at.parameters.Set("host", folder)
	}
	if at.port == "" {
		at.port = "5432"
	}
	if !at.parameters.Has("sslmode") {
		at.parameters.Set("sslmode", "disable")
	}
	return at, nil
}

// Renamed is the URL of another database of the same server.
func Renamed(database, name string) (string, error) {
	at, err := parse(database)
	if err != nil {
		return "", err
	}
	at.name = name
	return at.url(), nil
}

func (a address) url() string {
	whole := url.URL{
		Scheme: "postgres", User: url.UserPassword(a.user, a.password), Host: net.JoinHostPort(a.host, a.port),
		Path: a.name, RawQuery: a.parameters.Encode(),
	}
	return whole.String()
}

// A socket's folder stands where the host does, escaped as libpq has it. Go refuses that, so it is taken out; a port stays.
func withoutFolder(database string) (text, folder string) {
	scheme, rest, _ := strings.Cut(database, "://")
	authority, file, _ := strings.Cut(rest, "/")
	user, place := "", authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, place = authority[:at+1], authority[at+1:]
	}
	host, port, hasPort := strings.Cut(place, ":")
	unescaped, err := url.PathUnescape(host)
	if err != nil || !strings.HasPrefix(unescaped, "/") {
		return database, ""
	}
	if hasPort {
		port = ":" + port
	}
	return scheme + "://" + user + port + "/" + file, unescaped
}
