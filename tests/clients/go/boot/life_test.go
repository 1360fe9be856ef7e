package boot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/client/switch_operations"
	"github.com/metal-stack/metal-go/api/models"
	"google.golang.org/grpc/codes"
	"metalmesh.test/clients/guard"
)

// A machine's life without accidents, over mutual TLS: boot, wait, installation, use, end, and boot again.

func TestAMachineLivesFromItsFirstBootToItsSecond(t *testing.T) {
	t.Parallel()
	node := guard.Serve(t)
	a := equip(t, node)
	a.rackUp(2)
	a.notifies()
	m := newHammer(t, dial(t, node.GRPC, node.TLS(false)), 1)

	guard.Equal(t, 0, len(a.machines()), "machines before the first boot")
	m.boots()
	a.registered(m)
	a.cabled(m, "")

	waiting := m.waits()
	// It gets a keep-alive every five seconds: two in twelve seconds.
	time.Sleep(12 * time.Second)
	waiting.isOpen(t, "before the allocation")
	guard.Equal(t, 2, len(waiting.messages()), "messages in twelve seconds")
	before := time.Now()
	allocation := a.allocate("")
	guard.OK(t, waiting.end(t), "an allocation ends the stream well")
	guard.True(t, time.Since(before) < 2500*time.Millisecond, "at once, not with the next look: %s", time.Since(before))
	guard.Equal(t, 2, len(waiting.messages()), "messages of the whole stream")
	a.readyToInstall(m, allocation)
	a.refuses("", "no machine available")
	a.refuses(m.id, "machine is already allocated")

	m.installs()
	a.installed(m, allocation)
	a.phonesHome(m)

	a.free(m.id)
	a.cabled(m, "")
	guard.True(t, a.machine(m.id).Allocation == nil, "a freed machine has no allocation")
	m.boots()
	guard.Equal(t, "Waiting: waiting for allocation", a.newest(m.id), "it waits again")
	again := m.waits()
	again.isOpen(t, "after the machine was freed")
	guard.True(t, a.allocate("") != allocation, "the second allocation is another one")
	guard.OK(t, again.end(t), "the second allocation is told, too")
}

// notifies is an agent's report of its switch.
func (a *api) notifies() {
	a.t.Helper()
	took := int64(123)
	request := &models.V1SwitchNotifyRequest{SyncDuration: &took, PortStates: map[string]string{"Ethernet0": "UP"}}
	for _, leaf := range leaves {
		_, err := a.client.SwitchOperations().NotifySwitch(
			switch_operations.NewNotifySwitchParams().WithID(leaf).WithBody(request), a.signed())
		guard.OK(a.t, err, "notify of %s", leaf)
		known := a.leaf(leaf)
		guard.Equal(a.t, took, *known.LastSync.Duration, "duration of the last sync of %s", leaf)
		guard.Equal(a.t, "Ethernet0", *known.Nics[0].Name, "first port of %s", leaf)
		guard.Equal(a.t, "UP", *known.Nics[0].Actual, "its state")
		guard.Equal(a.t, "UNKNOWN", *known.Nics[1].Actual, "state of a port that was not reported")
	}
}

// registered is what is known of a machine that waits for the first time.
func (a *api) registered(m *hammer) {
	a.t.Helper()
	known := a.machine(m.id)
	guard.Equal(a.t, 1, len(a.machines()), "machines")
	guard.Equal(a.t, guard.Partition, *known.Partition.ID, "partition")
	guard.Equal(a.t, guard.Size, *known.Size.ID, "size")
	guard.Equal(a.t, rack, known.Rackid, "rack")
	guard.Equal(a.t, "Alive", *known.Liveliness, "liveliness")
	guard.Equal(a.t, int64(2147483648), *known.Hardware.Memory, "memory")
	guard.Equal(a.t, int64(10000000000), *known.Hardware.Disks[0].Size, "size of the disk")
	guard.Equal(a.t, "v0.13.16", *known.State.MetalHammerVersion, "version of the installer")
	guard.Equal(a.t, 3, len(known.Hardware.Nics), "interfaces")
	guard.True(a.t, known.Allocation == nil, "it has no allocation")
	guard.Equal(a.t, []string{
		"Waiting: waiting for allocation",
		"Registering: start registering",
		`Preparing: starting metal-hammer version:"v0.13.16"`,
		"PXE Booting: machine sent extended dhcp request",
	}, a.log(m.id), "log")
	for _, entry := range known.Events.Log {
		age := time.Since(time.Time(entry.Time))
		guard.True(a.t, age > -time.Second && age < guard.Patience, "stamped by the node: %s ago", age)
	}
	ipmi, err := a.client.Machine().FindIPMIMachine(machine.NewFindIPMIMachineParams().WithID(m.id), nil)
	guard.OK(a.t, err, "the BMC")
	guard.Equal(a.t, fmt.Sprintf("192.168.121.1:%d", 6230+m.number), *ipmi.Payload.Ipmi.Address, "address of the BMC")
	guard.Equal(a.t, "Pretend", ipmi.Payload.Ipmi.Fru.BoardMfg, "who made the board")
}

// readyToInstall is what an installer reads right after its stream ended.
func (a *api) readyToInstall(m *hammer, allocation string) {
	a.t.Helper()
	known := a.machine(m.id).Allocation
	guard.True(a.t, known != nil, "the allocation is there when the stream ends")
	guard.Equal(a.t, allocation, *known.Allocationuuid, "id of the allocation")
	guard.Equal(a.t, "https://images.example.org/ubuntu.tar.lz4", known.Image.URL, "image")
	guard.Equal(a.t, "default", *known.Filesystemlayout.ID, "layout")
	guard.Equal(a.t, "web", *known.Hostname, "host name")
	guard.Equal(a.t, "machine", *known.Role, "role")
	guard.Equal(a.t, guard.Project, *known.Project, "project")
	guard.Equal(a.t, 1, len(known.Networks), "networks")
	guard.Equal(a.t, a.network, *known.Networks[0].Networkid, "network")
	guard.Equal(a.t, 1, len(known.Networks[0].Ips), "addresses")
	guard.True(a.t, known.BootInfo == nil, "nothing is installed yet")
}

// installed is what is known after the report and the first words of the system.
func (a *api) installed(m *hammer, allocation string) {
	a.t.Helper()
	known := a.machine(m.id)
	guard.Equal(a.t, allocation, *known.Allocation.Allocationuuid, "id of the allocation")
	guard.Equal(a.t, &models.V1BootInfo{
		ImageID: text(guard.Image), PrimaryDisk: text("/dev/sda"), OsPartition: text("/dev/sda1"),
		Initrd: text("/boot/initrd.img"), Cmdline: text("root=/dev/sda1"), Kernel: text("/boot/vmlinuz"),
		Bootloaderid: text("metal"),
	}, known.Allocation.BootInfo, "what was installed")
	guard.Equal(a.t, []string{
		"Phoned Home: provisioned since 2026-01-01T10:00:00Z",
		"Booting New Kernel: booting into distro kernel",
		"Installing: start installation",
		"Waiting: waiting for allocation",
	}, a.log(m.id)[:4], "log")
	guard.True(a.t, !*known.Events.CrashLoop && known.Events.LastErrorEvent == nil, "nothing was unexpected")
	reason := "test"
	body := &models.V1MachineConsolePasswordRequest{ID: text(m.id), Reason: &reason}
	console, err := a.client.Machine().GetMachineConsolePassword(
		machine.NewGetMachineConsolePasswordParams().WithBody(body), nil)
	guard.OK(a.t, err, "console password")
	guard.Equal(a.t, "0123456789abcdef", *console.Payload.ConsolePassword, "console password")
	a.cabled(m, fmt.Sprintf("vrf%d", a.vrf))
}

// phonesHome is what switch agents tell once a minute: both see the machine, and one may see none.
func (a *api) phonesHome(m *hammer) {
	a.t.Helper()
	before := len(a.log(m.id))
	for range leaves {
		m.say("Phoned Home", "provisioned since 2026-01-01T10:00:00Z")
	}
	guard.Equal(a.t, before, len(a.log(m.id)), "a repeated phone home is not logged")
	guard.Equal(a.t, "Alive", *a.machine(m.id).Liveliness, "liveliness")
	guard.Equal(a.t, answer{}, m.ask(send, `{"events":{}}`), "an agent that sees no machine")
}

func TestWhatHardwareAsksWronglyIsRefusedWithoutHarm(t *testing.T) {
	t.Parallel()
	node := guard.Serve(t)
	a := equip(t, node)
	m := newHammer(t, dial(t, node.GRPC, node.TLS(false)), 1)
	refused := func(method, request, text string) {
		t.Helper()
		_, err := call(context.Background(), m.conn, method, request)
		failed(t, err, codes.Unknown, text)
	}
	asked, reply, err := messages(dhcp)
	guard.OK(t, err, "a message")
	// Installers reboot when they read this code.
	err = m.conn.Invoke(context.Background(), "/api.v1.BootService/Dance", asked, reply)
	failed(t, err, codes.Unimplemented, "")
	refused(bootConfig, `{"partition_id":"nowhere"}`, `no partition with id:"nowhere" found`)
	refused(report, m.result(""), `NotFound no machine with id "`+m.id+`" found`)
	refused(register, `{}`, "uuid is empty")
	refused(register, `{"uuid":"`+m.id+`"}`, "hardware is nil")
	refused(register, `{"uuid":"`+m.id+`","hardware":{}}`, "bios is nil")
	_, err = wait(m.conn, m.id)
	failed(t, err, codes.Unknown, `NotFound no machine with id "`+m.id+`" found`)
	_, err = a.client.Machine().FindMachine(machine.NewFindMachineParams().WithID(m.id), nil)
	var missing *machine.FindMachineDefault
	guard.True(t, errors.As(err, &missing), "the client's own error: %v", err)
	guard.Equal(t, http.StatusNotFound, missing.Code(), "nothing of this made a machine")

	// Without switches a machine is known, but cannot register.
	refused(register, m.registration(),
		"machine "+m.id+" is not connected to exactly two switches, found connections to 0 switches")
	refused(report, m.result(""), `the machine "`+m.id+`" is not allocated`)
	told := m.ask(send, news("Dancing", "", m.id))
	guard.Equal(t, answer{"failed": []any{m.id}}, told, "an event that nobody knows")
	// The machine can register when its switches are there, whatever went wrong before.
	a.rackUp(1)
	m.boots()
	a.allocate(m.id)
	refused(report, `{"uuid":"`+m.id+`"}`, `the machine "`+m.id+`" bootinfo is nil`)
	m.installs()
	guard.Equal(t, 1, len(a.machines()), "machines")
}

func TestAReinstallationIsAbortedAsLongAsTheOldSystemIsWhole(t *testing.T) {
	t.Parallel()
	node := guard.Serve(t)
	a := equip(t, node)
	a.rackUp(1)
	m := newHammer(t, dial(t, node.GRPC, node.TLS(false)), 1)
	m.boots()
	allocation := a.allocate(m.id)
	m.installs()
	body := &models.V1MachineReinstallRequest{ID: text(m.id), Imageid: text(guard.Image)}
	params := machine.NewReinstallMachineParams().WithID(m.id).WithBody(body)
	asked, err := a.client.Machine().ReinstallMachine(params, nil)
	guard.OK(t, err, "reinstall")
	guard.True(t, *asked.Payload.Allocation.Reinstall, "the user wants it installed again")
	a.cabled(m, "")

	wiped := m.ask(abortReinstall, `{"uuid":"`+m.id+`","primary_disk_wiped":true}`)
	guard.Equal(t, answer{}, wiped, "there is nothing to go back to")
	guard.True(t, *a.machine(m.id).Allocation.Reinstall, "it is still to be installed again")
	whole := m.ask(abortReinstall, `{"uuid":"`+m.id+`"}`)
	guard.Equal(t, answer{"boot_info": answer{
		"image_id": guard.Image, "primary_disk": "/dev/sda", "os_partition": "/dev/sda1", "initrd": "/boot/initrd.img",
		"cmdline": "root=/dev/sda1", "kernel": "/boot/vmlinuz", "bootloader_id": "metal",
	}}, whole, "the old system")
	known := a.machine(m.id).Allocation
	guard.True(t, !*known.Reinstall, "the old system stays")
	guard.Equal(t, allocation, *known.Allocationuuid, "the allocation")
	_, err = call(context.Background(), m.conn, abortReinstall, `{"uuid":"nobody"}`)
	failed(t, err, codes.Unknown, `NotFound no machine with id "nobody" found`)
}
