// Package metalapi is what programs do that use metal-api v1 through the published Go client.
package metalapi

import (
	"testing"

	"metalmesh.test/clients/guard"
)

func TestMain(m *testing.M) { guard.Main(m) }
