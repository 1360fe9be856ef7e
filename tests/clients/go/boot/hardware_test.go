package boot

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/metal-stack/metal-go/api/client/switch_operations"
	"github.com/metal-stack/metal-go/api/models"
	"google.golang.org/grpc"
	"metalmesh.test/clients/guard"
)

// A rack: two switches with an agent each, and machines that hang between them.

const rack = "test-rack"

var leaves = []string{"leaf01", "leaf02"}

// port is the name and the identifier of the port that a machine hangs on, at both switches.
func port(number int) (name, identifier string) {
	return fmt.Sprintf("Ethernet%d", number-1), fmt.Sprintf("Eth%d(Port%d)", number, number)
}

// rackUp registers both switches with so many ports, as their agents do. Fields that an agent does not know are null.
func (a *api) rackUp(ports int) {
	a.t.Helper()
	for _, leaf := range leaves {
		request := &models.V1SwitchRegisterRequest{
			ID: text(leaf), Name: leaf, PartitionID: text(guard.Partition), RackID: text(rack),
			Os:           &models.V1SwitchOS{Vendor: "SONiC", Version: "2024", MetalCoreVersion: "v0.18.0"},
			ManagementIP: "127.0.0.1", ManagementUser: "admin",
		}
		for number := 1; number <= ports; number++ {
			name, identifier := port(number)
			request.Nics = append(request.Nics, &models.V1SwitchNic{Name: &name, Identifier: &identifier})
		}
		params := switch_operations.NewRegisterSwitchParams().WithBody(request)
		known, created, err := a.client.SwitchOperations().RegisterSwitch(params, a.signed())
		guard.OK(a.t, err, "register %s", leaf)
		guard.True(a.t, known == nil && created != nil, "201: %s is new", leaf)
		guard.Equal(a.t, ports, len(created.Payload.Nics), "ports of %s", leaf)
	}
}

func (a *api) leaf(id string) *models.V1SwitchResponse {
	a.t.Helper()
	found, err := a.client.SwitchOperations().FindSwitch(
		switch_operations.NewFindSwitchParams().WithID(id), a.signed())
	guard.OK(a.t, err, "switch %s", id)
	return found.Payload
}

// cabled is one check of both switches: the machine is connected to its port, once, and the port is in `vrf`.
func (a *api) cabled(m *hammer, vrf string) {
	a.t.Helper()
	name, _ := port(m.number)
	for _, id := range leaves {
		leaf, connected := a.leaf(id), []string{}
		for _, connection := range leaf.Connections {
			if connection.MachineID == m.id {
				connected = append(connected, *connection.Nic.Name)
			}
		}
		guard.Equal(a.t, []string{name}, connected, "ports of %s with machine %s", id, m.id)
		for _, nic := range leaf.Nics {
			if *nic.Name == name {
				guard.Equal(a.t, vrf, nic.Vrf, "VRF of %s at %s", name, id)
			}
		}
	}
}

// hammer is the installer that runs on a machine.
type hammer struct {
	t      testing.TB
	number int
	id     string
	conn   *grpc.ClientConn
}

func newHammer(t testing.TB, conn *grpc.ClientConn, number int) *hammer {
	return &hammer{t: t, number: number, id: fmt.Sprintf("00000000-0000-0000-0000-%012d", number), conn: conn}
}

// ask is a call that must be answered.
func (m *hammer) ask(method, request string) answer {
	m.t.Helper()
	told, err := call(context.Background(), m.conn, method, request)
	guard.OK(m.t, err, "%s %s", method, request)
	return told
}

// say sends one event, which must be stored.
func (m *hammer) say(event, message string) {
	m.t.Helper()
	guard.Equal(m.t, answer{"events": "1"}, m.ask(send, news(event, message, m.id)), "%s of %s", event, m.id)
}

// news is a request with the same event of some machines. Its time is years ago: the sender's clock says nothing.
func news(event, message string, machines ...string) string {
	events := map[string]any{}
	for _, machine := range machines {
		events[machine] = map[string]string{"event": event, "message": message, "time": "2001-01-01T00:00:00Z"}
	}
	text, _ := json.Marshal(map[string]any{"events": events})
	return string(text)
}

// registration is what an installer tells of its machine. The loopback interface is among the others.
func (m *hammer) registration() string {
	name, identifier := port(m.number)
	nics := []map[string]any{{"mac": "00:00:00:00:00:00", "name": "lo"}}
	for side, leaf := range leaves {
		neighbor := map[string]any{"mac": identifier, "name": name, "identifier": identifier, "hostname": leaf}
		mac := fmt.Sprintf("00:04:00:11:1%d:%02x", side+1, m.number)
		nics = append(nics, map[string]any{
			"mac": mac, "name": fmt.Sprintf("eth%d", side), "neighbors": []any{neighbor},
		})
	}
	text, _ := json.Marshal(map[string]any{
		"uuid": m.id, "partition_id": guard.Partition, "metal_hammer_version": "v0.13.16",
		"bios": map[string]string{"version": "1.0", "vendor": "Pretend", "date": "01/01/2026"},
		"hardware": map[string]any{
			"memory": "2147483648", "nics": nics,
			"disks": []any{map[string]any{"name": "/dev/sda", "size": "10000000000"}},
			"cpus":  []any{map[string]any{"vendor": "Pretend", "model": "P", "cores": 1, "threads": 1}},
		},
		"ipmi": map[string]any{
			"address": fmt.Sprintf("192.168.121.1:%d", 6230+m.number), "user": "vagrant", "password": "vagrant",
			"interface": "lanplus", "mac": "00:04:00:11:21:01", "fru": map[string]string{"board_mfg": "Pretend"},
		},
	})
	return string(text)
}

// boots is the way from power on to the point at which the machine asks to wait.
func (m *hammer) boots() {
	m.t.Helper()
	guard.Equal(m.t, answer{}, m.ask(dhcp, `{"uuid":"`+m.id+`"}`), "Dhcp")
	config := m.ask(bootConfig, `{"mac":"00:04:00:11:11:01","partition_id":"`+guard.Partition+`"}`)
	guard.Equal(m.t, answer{"kernel": kernel, "init_ram_disks": []any{initrd}, "cmdline": commandLine}, config, "Boot")
	m.say("Preparing", `starting metal-hammer version:"v0.13.16"`)
	// Without a password the installer leaves the BMC's root user alone.
	guard.Equal(m.t, answer{"feature_disabled": true}, m.ask(superUserPassword, `{}`), "SuperUserPassword")
	m.say("Registering", "start registering")
	registered := m.ask(register, m.registration())
	guard.Equal(m.t, answer{"uuid": m.id, "size": guard.Size, "partition_id": guard.Partition}, registered, "Register")
	m.say("Waiting", "waiting for allocation")
}

// waits opens the machine's wait stream.
func (m *hammer) waits() *patience {
	m.t.Helper()
	waiting, err := wait(m.conn, m.id)
	guard.OK(m.t, err, "%s waits", m.id)
	m.t.Cleanup(waiting.cancel)
	return waiting
}

// installs is the way from the end of the wait to the first words of the installed system.
func (m *hammer) installs() {
	m.t.Helper()
	m.say("Installing", "start installation")
	guard.Equal(m.t, answer{}, m.ask(report, m.result("root=/dev/sda1")), "Report")
	m.say("Booting New Kernel", "booting into distro kernel")
	m.say("Phoned Home", "provisioned since 2026-01-01T10:00:00Z")
}

// result is what an installer reports when the system is on the disk.
func (m *hammer) result(commandLine string) string {
	text, _ := json.Marshal(map[string]any{
		"uuid": m.id, "success": true, "console_password": "0123456789abcdef",
		"boot_info": map[string]string{
			"initrd": "/boot/initrd.img", "cmdline": commandLine, "kernel": "/boot/vmlinuz", "bootloader_id": "metal",
			"image_id": "not looked at", "primary_disk": "/dev/sda", "os_partition": "/dev/sda1",
		},
	})
	return string(text)
}
