// Package ipam checks that go-ipam's published client finds a metalmesh node where it expects a go-ipam, and that both
// answer alike.
package ipam

import (
	"testing"

	"metalmesh.test/clients/guard"
)

func TestMain(m *testing.M) { guard.Main(m) }
