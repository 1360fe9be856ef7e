package metalapi

import (
	"slices"
	"testing"

	"github.com/metal-stack/metal-go/api/client/image"
	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/client/partition"
	"github.com/metal-stack/metal-go/api/client/project"
	"github.com/metal-stack/metal-go/api/client/switch_operations"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

// The metrics exporter reads every list, with the right to look only.
func TestTheMetricsExporterReadsEveryList(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 2)
	network := fx.ours(t, "ours")
	made := fx.allocate(t, machineRequest("web", *network.ID, "cluster=c1"))
	exportedNetworks(t, fx, network)
	exportedImages(t, fx, *made.ID)
	exportedProjects(t, fx)
	exportedSwitches(t, fx, *made.ID)
	exportedMachines(t, fx, *made.ID)
	view := fx.view
	capacity := partition.NewPartitionCapacityParams().WithBody(&models.V1PartitionCapacityRequest{})
	call(view.Partition().PartitionCapacity(capacity, nil)).
		refused(t, 501, "this server does not implement partition capacity yet")
	issues := "this server does not implement evaluating machine issues yet"
	call(view.Machine().ListIssues(machine.NewListIssuesParams(), nil)).refused(t, 501, issues)
	evaluate := machine.NewIssuesParams().WithBody(&models.V1MachineIssuesRequest{})
	call(view.Machine().Issues(evaluate, nil)).refused(t, 501, issues)
}

func exportedNetworks(t *testing.T, fx *fixture, ours *models.V1NetworkResponse) {
	t.Helper()
	networks := call(fx.view.Network().ListNetworks(network.NewListNetworksParams(), nil)).ok(t, "networks")
	guard.Equal(t, 4, len(networks), "networks")
	usage := map[string][4]int64{}
	for _, one := range networks {
		used := one.Usage
		usage[*one.ID] = [4]int64{*used.UsedIps, *used.AvailableIps, *used.UsedPrefixes, *used.AvailablePrefixes}
		guard.Equal(t, guard.Partition, one.Partitionid, "partition of %s", *one.ID)
		guard.Equal(t, *used.UsedIps, *one.Consumption.IPV4.UsedIps, "usage is the consumption of IPv4")
	}
	guard.Equal(t, map[string][4]int64{
		*ours.ID: {3, 1024, 0, 256}, internet: {3, 128, 0, 32}, super: {2, 65536, 1, 16128}, underlay: {2, 256, 0, 64},
	}, usage, "usage of all networks")
	index := slices.IndexFunc(networks, func(n *models.V1NetworkResponse) bool { return *n.ID == super })
	guard.True(t, *networks[index].Privatesuper && !*networks[index].Underlay && !*networks[index].Nat, "flags of the super network")
	guard.Equal(t, []string{"10.240.0.0/12"}, networks[index].AdditionalAnnouncableCIDRs, "what may be announced, too")
	guard.Equal(t, map[string]int64{"IPv4": 22, "IPv6": 96}, networks[index].Defaultchildprefixlength, "lengths")
	index = slices.IndexFunc(networks, func(n *models.V1NetworkResponse) bool { return *n.ID == internet })
	guard.Equal(t, "external ipv4-masq", *networks[index].Networktype+" "+*networks[index].Nattype, "types of the internet")
	guard.Equal(t, int64(104009), networks[index].Vrf, "VRF of the internet")
}

func exportedImages(t *testing.T, fx *fixture, user string) {
	t.Helper()
	params := image.NewListImagesParams().WithShowUsage(ptr(true))
	usedBy := map[string][]string{}
	for _, one := range call(fx.view.Image().ListImages(params, nil)).ok(t, "images with usage") {
		usedBy[*one.ID] = one.Usedby
		guard.Equal(t, "preview", one.Classification, "classification of %s", *one.ID)
		guard.True(t, one.Name != "" && one.URL != "" && len(one.Features) == 1, "%s has a name, a URL, and one feature", *one.ID)
	}
	guard.Equal(t, map[string][]string{guard.Image: {user}, "debian-13.0": nil, firewallImage: nil}, usedBy, "users")
	for _, one := range call(fx.view.Image().ListImages(image.NewListImagesParams(), nil)).ok(t, "images") {
		guard.Equal(t, 0, len(one.Usedby), "users of %s without the flag", *one.ID)
	}
}

func exportedProjects(t *testing.T, fx *fixture) {
	t.Helper()
	names := map[string]string{}
	for _, one := range call(fx.view.Project().ListProjects(project.NewListProjectsParams(), nil)).ok(t, "projects") {
		names[one.Meta.ID] = one.Name + " of " + one.TenantID
	}
	guard.Equal(t, map[string]string{
		guard.Project:                          "sample-project of metal-stack",
		"00000000-0000-0000-0000-000000000000": "provider-project of metal-stack",
	}, names, "projects")
}

func exportedSwitches(t *testing.T, fx *fixture, allocated string) {
	t.Helper()
	params := switch_operations.NewListSwitchesParams()
	guard.Within(t, guard.Patience, "both switches have synced", func() bool {
		switches, err := fx.view.SwitchOperations().ListSwitches(params, nil)
		return err == nil && !slices.ContainsFunc(switches.Payload, func(s *models.V1SwitchResponse) bool {
			return s.LastSync == nil || len(s.Connections) != 2
		})
	})
	switches := call(fx.view.SwitchOperations().ListSwitches(params, nil)).ok(t, "switches")
	guard.Equal(t, 2, len(switches), "switches")
	for index, one := range switches {
		guard.Equal(t, []string{"leaf01", "leaf02"}[index], *one.ID, "id")
		guard.Equal(t, guard.Partition+" test-rack", *one.Partition.ID+" "+*one.RackID, "partition and rack")
		guard.Equal(t, "SONiC pretend pretend-0.1.0", one.Os.Vendor+" "+one.Os.Version+" "+one.Os.MetalCoreVersion, "OS")
		guard.Equal(t, "127.0.0.1 admin", one.ManagementIP+" "+one.ManagementUser, "management")
		guard.True(t, *one.LastSync.Duration > 0 && one.LastSyncError == nil, "a sync that went well")
		guard.Equal(t, allocated, oneOf(one.Connections, allocated), "a connection of the machine")
	}
}

func oneOf(connections []*models.V1SwitchConnection, machine string) string {
	for _, connection := range connections {
		if connection.MachineID == machine {
			return connection.MachineID
		}
	}
	return ""
}

func exportedMachines(t *testing.T, fx *fixture, allocated string) {
	t.Helper()
	find := func(filter *models.V1MachineFindRequest) outcome[[]*models.V1MachineIPMIResponse] {
		return call(fx.view.Machine().FindIPMIMachines(machine.NewFindIPMIMachinesParams().WithBody(filter), nil))
	}
	// The first report of a board comes some seconds after its machine.
	guard.Within(t, guard.Patience, "both boards have reported", func() bool {
		found := find(&models.V1MachineFindRequest{})
		return found.err == nil && !slices.ContainsFunc(found.answer.GetPayload(), func(m *models.V1MachineIPMIResponse) bool {
			return m.Ipmi.Powermetric == nil || *m.Ipmi.Powerstate != "ON"
		})
	})
	machines := find(&models.V1MachineFindRequest{}).ok(t, "machines with boards")
	guard.Equal(t, 2, len(machines), "machines")
	for _, one := range machines {
		board := one.Ipmi
		guard.Equal(t, "Pretend PRETEND-1 Pretend P-1", board.Fru.BoardMfg+" "+board.Fru.BoardPartNumber+" "+
			board.Fru.ProductManufacturer+" "+board.Fru.ProductPartNumber, "what it is")
		guard.Equal(t, "ON 1.0 1.0", *board.Powerstate+" "+*board.Bmcversion+" "+*one.Bios.Version, "power and versions")
		guard.Equal(t, float32(180), *board.Powermetric.Averageconsumedwatts, "watts")
		guard.Equal(t, 2, len(board.Powersupplies), "power supplies")
		guard.Equal(t, "OK Enabled", *board.Powersupplies[0].Status.Health+" "+*board.Powersupplies[0].Status.State, "one of them")
		guard.Equal(t, *one.ID == allocated, one.Allocation != nil, "is %s allocated", *one.ID)
	}
	byBoard := find(&models.V1MachineFindRequest{IpmiAddress: *machines[0].Ipmi.Address}).ok(t, "by address of the board")
	guard.Equal(t, 1, len(byBoard), "machines with the address")
	guard.Equal(t, *machines[0].ID, *byBoard[0].ID, "its machine")
	guard.Equal(t, 0, len(find(&models.V1MachineFindRequest{FruBoardMfg: "Other"}).ok(t, "of no vendor")), "of no vendor")
}
