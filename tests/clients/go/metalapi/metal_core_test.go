package metalapi

import (
	"fmt"
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/metal-stack/metal-go/api/client/switch_operations"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

func (l *fixture) leaf(t testing.TB, id string) *models.V1SwitchResponse {
	t.Helper()
	params := switch_operations.NewFindSwitchParams().WithID(id)
	return call(l.edit.SwitchOperations().FindSwitch(params, nil)).ok(t, "switch %s", id)
}

// register tells whether the switch was new, beside what is there now.
func (l *fixture) register(t testing.TB, body *models.V1SwitchRegisterRequest) (bool, *models.V1SwitchResponse) {
	t.Helper()
	params := switch_operations.NewRegisterSwitchParams().WithBody(body)
	known, created, err := l.edit.SwitchOperations().RegisterSwitch(params, nil)
	guard.OK(t, err, "registration")
	if created != nil {
		return true, call[*models.V1SwitchResponse](created, nil).ok(t, "a new switch")
	}
	return false, call[*models.V1SwitchResponse](known, nil).ok(t, "a known switch")
}

// As metal-core sends it: no MAC address and no state of a port.
func leafRequest(id string, ports int) *models.V1SwitchRegisterRequest {
	body := &models.V1SwitchRegisterRequest{
		ID: ptr(id), Name: id, PartitionID: ptr(guard.Partition), RackID: ptr("rack-9"), ManagementIP: "10.9.9.9",
		ManagementUser: "admin", ConsoleCommand: "ssh leaf",
		Os: &models.V1SwitchOS{Vendor: "SONiC", Version: "202305", MetalCoreVersion: "v0.17.0"},
	}
	for port := range ports {
		body.Nics = append(body.Nics, &models.V1SwitchNic{
			Name: ptr(fmt.Sprint("Ethernet", port)), Identifier: ptr(fmt.Sprintf("Eth%d", port+1)), Vrf: "",
		})
	}
	return body
}

func portNames(s *models.V1SwitchResponse) []string {
	names := []string{}
	for _, nic := range s.Nics {
		names = append(names, *nic.Name)
	}
	return names
}

func TestMetalCoreRegistersItsSwitch(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	get := switch_operations.NewFindSwitchParams().WithID("leaf09")
	gone := `NotFound no switch with id "leaf09" found`
	call(fx.edit.SwitchOperations().FindSwitch(get, nil)).refused(t, 404, gone)
	isNew, made := fx.register(t, leafRequest("leaf09", 2))
	guard.True(t, isNew, "201 for a new one")
	guard.Equal(t, "leaf09 mini-lab rack-9 10.9.9.9 admin ssh leaf", made.Name+" "+*made.Partition.ID+" "+*made.RackID+" "+
		made.ManagementIP+" "+made.ManagementUser+" "+made.ConsoleCommand, "what it is")
	guard.Equal(t, "SONiC 202305 v0.17.0", made.Os.Vendor+" "+made.Os.Version+" "+made.Os.MetalCoreVersion, "OS")
	guard.Equal(t, []string{"Ethernet0", "Ethernet1"}, portNames(made), "ports")
	guard.Equal(t, "UNKNOWN", *made.Nics[0].Actual, "state of a port that was never reported")
	isNew, again := fx.register(t, leafRequest("leaf09", 3))
	guard.True(t, !isNew, "200 for a known one")
	guard.Equal(t, []string{"Ethernet0", "Ethernet1", "Ethernet2"}, portNames(again), "ports now")

	refuse := func(change func(*models.V1SwitchRegisterRequest), status int, message string) {
		t.Helper()
		body := leafRequest("leaf08", 1)
		change(body)
		params := switch_operations.NewRegisterSwitchParams().WithBody(body)
		answer, _, err := fx.edit.SwitchOperations().RegisterSwitch(params, nil)
		refused(t, answer, err, status, message)
	}
	refuse(func(b *models.V1SwitchRegisterRequest) { b.ID = ptr("") }, 400, "uuid cannot be empty")
	refuse(func(b *models.V1SwitchRegisterRequest) { b.PartitionID = ptr("x") }, 404, `NotFound no partition with id "x" found`)
	refuse(func(b *models.V1SwitchRegisterRequest) { b.Os.Vendor = "x" }, 422, "unknown switch os vendor x")
	refuse(func(b *models.V1SwitchRegisterRequest) { b.Nics = append(b.Nics, b.Nics[0]) }, 400,
		"duplicate identifier found in nics")
	find := switch_operations.NewFindSwitchesParams().WithBody(&models.V1SwitchFindRequest{Rackid: "rack-9", Osvendor: "SONiC"})
	found := call(fx.view.SwitchOperations().FindSwitches(find, nil)).ok(t, "switches of the rack")
	guard.Equal(t, 1, len(found), "switches of the rack")
	update := &models.V1SwitchUpdateRequest{ID: ptr("leaf09"), Description: "spare", ConsoleCommand: "c", Mode: "replace"}
	replaced := call(fx.admin.SwitchOperations().UpdateSwitch(switch_operations.NewUpdateSwitchParams().WithBody(update), nil))
	guard.Equal(t, "replace", replaced.ok(t, "mode").Mode, "mode")
	guard.Equal(t, "spare c", fx.leaf(t, "leaf09").Description+" "+fx.leaf(t, "leaf09").ConsoleCommand, "what it is now")
	remove := switch_operations.NewDeleteSwitchParams().WithID("leaf09")
	call(fx.edit.SwitchOperations().DeleteSwitch(remove, nil)).ok(t, "delete")
	call(fx.edit.SwitchOperations().DeleteSwitch(remove, nil)).refused(t, 404, gone)
}

// Every ten seconds metal-core reads its switch and tells how it went.
func TestMetalCoreTellsHowItsSwitchIs(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	fx.register(t, leafRequest("leaf09", 2))
	notify := func(id string, body *models.V1SwitchNotifyRequest) outcome[*models.V1SwitchNotifyResponse] {
		params := switch_operations.NewNotifySwitchParams().WithID(id).WithBody(body)
		return call(fx.edit.SwitchOperations().NotifySwitch(params, nil))
	}
	before := time.Now().Add(-time.Second)
	bgp := models.V1SwitchBGPPortState{
		Neighbor: ptr("leaf"), PeerGroup: ptr("FABRIC"), VrfName: ptr("default"), BgpState: ptr("Established"),
		BgpTimerUpEstablished: ptr(int64(1_700_000_000)), SentPrefixCounter: ptr(int64(7)), AcceptedPrefixCounter: ptr(int64(8)),
	}
	good := notify("leaf09", &models.V1SwitchNotifyRequest{
		SyncDuration: ptr(int64(1234)), PortStates: map[string]string{"Ethernet0": "UP", "Ethernet9": "UP"},
		BgpPortStates: map[string]models.V1SwitchBGPPortState{"Ethernet0": bgp},
	}).ok(t, "a good sync")
	guard.Equal(t, "leaf09", *good.ID, "whose sync")
	guard.Equal(t, int64(1234), *good.LastSync.Duration, "how long it took")
	guard.True(t, time.Time(*good.LastSync.Time).After(before), "when it was")
	guard.True(t, good.LastSyncError == nil, "no error so far")
	leaf := fx.leaf(t, "leaf09")
	guard.Equal(t, "UP UNKNOWN", *leaf.Nics[0].Actual+" "+*leaf.Nics[1].Actual, "states of the ports")
	state := leaf.Nics[0].BgpPortState
	guard.Equal(t, "leaf FABRIC default Established", *state.Neighbor+" "+*state.PeerGroup+" "+*state.VrfName+" "+*state.BgpState, "BGP")
	guard.Equal(t, []int64{1_700_000_000, 7, 8},
		[]int64{*state.BgpTimerUpEstablished, *state.SentPrefixCounter, *state.AcceptedPrefixCounter}, "BGP counters")
	bad := notify("leaf09", &models.V1SwitchNotifyRequest{
		SyncDuration: ptr(int64(5)), Error: ptr("no"), PortStates: map[string]string{"Ethernet0": "DOWN"},
	}).ok(t, "a bad sync")
	guard.Equal(t, "no", bad.LastSyncError.Error, "error")
	guard.Equal(t, int64(5), *bad.LastSyncError.Duration, "how long that took")
	guard.Equal(t, int64(1234), *bad.LastSync.Duration, "the last good one is kept")
	leaf = fx.leaf(t, "leaf09")
	guard.Equal(t, "DOWN", *leaf.Nics[0].Actual, "state of the port")
	guard.True(t, leaf.Nics[0].BgpPortState != nil, "BGP states that are not sent stay")
	guard.Equal(t, "no", leaf.LastSyncError.Error, "error as read")
	notify("nowhere", &models.V1SwitchNotifyRequest{SyncDuration: ptr(int64(1))}).
		refused(t, 404, `NotFound no switch with id "nowhere" found`)
}

// What metal-core configures comes from the machine at the port.
func TestMetalCoreReadsWhatItsPortsCarry(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 1)
	network := fx.ours(t, "ours")
	made := fx.allocate(t, machineRequest("web", *network.ID))
	fx.inState(t, *made.ID, "Phoned Home")
	vrf := fmt.Sprint("vrf", network.Vrf)
	cidrs := append([]string{"10.240.0.0/12"}, network.Prefixes...)
	sort.Strings(cidrs)
	for _, id := range []string{"leaf01", "leaf02"} {
		leaf := fx.leaf(t, id)
		index := slices.IndexFunc(leaf.Nics, func(n *models.V1SwitchNic) bool { return *n.Name == *leaf.Connections[0].Nic.Name })
		nic := leaf.Nics[index]
		guard.Equal(t, *made.ID, leaf.Connections[0].MachineID, "machine at the port")
		guard.Equal(t, vrf, nic.Vrf, "VRF")
		guard.Equal(t, cidrs, nic.Filter.Cidrs, "prefixes that the port may announce")
		guard.Equal(t, 0, len(nic.Filter.Vnis), "VNIs")
	}
	toggle := func(nic, status string) outcome[*models.V1SwitchResponse] {
		body := &models.V1SwitchPortToggleRequest{Nic: ptr(nic), Status: ptr(status)}
		params := switch_operations.NewToggleSwitchPortParams().WithID("leaf01").WithBody(body)
		return call(fx.admin.SwitchOperations().ToggleSwitchPort(params, nil))
	}
	guard.Equal(t, "DOWN", *toggle("ethernet0", "DOWN").ok(t, "port down").Nics[0].Actual, "wanted state")
	guard.Equal(t, "UP", *toggle("Ethernet0", "UP").ok(t, "port up").Nics[0].Actual, "wanted state")
	toggle("Ethernet0", "UNKNOWN").refused(t, 400, `the status "UNKNOWN" must be concrete`)
	toggle("Ethernet7", "UP").refused(t, 404, `the nic "Ethernet7" does not exist in this switch`)
	remove := switch_operations.NewDeleteSwitchParams().WithID("leaf01")
	call(fx.edit.SwitchOperations().DeleteSwitch(remove, nil)).
		refused(t, 400, "cannot delete switch leaf01 while it still has machines connected to it")
	fx.free(t, *made.ID)
	leaf := fx.leaf(t, "leaf01")
	guard.Equal(t, "", leaf.Nics[0].Vrf, "VRF of a free machine")
	guard.True(t, leaf.Nics[0].Filter == nil, "no filter of a free machine")
}
