package goipam

import (
	"testing"

	"metalmesh.test/clients/guard"
)

func TestMain(m *testing.M) { guard.Main(m) }

func TestAURLIsReadInAllItsForms(t *testing.T) {
	t.Parallel()
	table := []struct{ url, host, port, user, password, name, parameters string }{
		{"postgres://me@db:6000/a", "db", "6000", "me", "", "a", "sslmode=disable"},
		{"postgresql://me:p%40ss@db/a", "db", "5432", "me", "p@ss", "a", "sslmode=disable"},
		{"postgres://me@[::1]:6000/a?sslmode=require", "::1", "6000", "me", "", "a", "sslmode=require"},
		{"postgres://me@%2Ftmp%2Fpg-abc/a", "", "5432", "me", "", "a", "host=%2Ftmp%2Fpg-abc&sslmode=disable"},
		{"postgres://me@%2ftmp%2fpg:6000/a?x=y", "", "6000", "me", "", "a", "host=%2Ftmp%2Fpg&sslmode=disable&x=y"},
		{"postgres://%2Ftmp/a", "", "5432", "", "", "a", "host=%2Ftmp&sslmode=disable"},
		{"postgres://me@/a?host=%2Ftmp%2Fpg", "", "5432", "me", "", "a", "host=%2Ftmp%2Fpg&sslmode=disable"},
	}
	for _, row := range table {
		at, err := parse(row.url)
		guard.OK(t, err, "%s", row.url)
		guard.Equal(t, row.host, at.host, "host of %s", row.url)
		guard.Equal(t, row.port, at.port, "port of %s", row.url)
		guard.Equal(t, row.user, at.user, "user of %s", row.url)
		guard.Equal(t, row.password, at.password, "password of %s", row.url)
		guard.Equal(t, row.name, at.name, "name of %s", row.url)
		guard.Equal(t, row.parameters, at.parameters.Encode(), "parameters of %s", row.url)
	}
	for _, url := range []string{"", "x", "mysql://me@db/a", "postgres://me@%zz/a", "host=db user=me"} {
		_, err := parse(url)
		guard.True(t, err != nil, "%q is refused", url)
		guard.Equal(t, "no URL of a PostgreSQL database: postgres://user@host:5432/database", err.Error(), "%q", url)
	}
}
