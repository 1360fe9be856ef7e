// Package boot is what hardware asks of a node: the boot and event services as an installer, a network boot server and
// a switch agent use them, through real grpc-go over good and bad wires.
package boot

import (
	"flag"
	"testing"

	"metalmesh.test/clients/guard"
)

// Most tests wait most of the time, so that more of them run at once than there are cores.
const atOnce = "4"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", atOnce); err != nil {
		panic(err)
	}
	guard.Main(m)
}
