package metalapi

import (
	"testing"
	"time"

	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

// A report with the nulls that metal-bmc sends for what a board does not tell.
func sparse(address string) models.V1MachineIpmiReport {
	return models.V1MachineIpmiReport{
		BMCIP: ptr(address), BIOSVersion: ptr(""), BMCVersion: ptr(""), PowerState: ptr(""), IndicatorLEDState: ptr("LED-OFF"),
	}
}

func full(address string) models.V1MachineIpmiReport {
	return models.V1MachineIpmiReport{
		BMCIP: ptr(address), BIOSVersion: ptr("3.1"), BMCVersion: ptr("1.73"), PowerState: ptr("ON"), IndicatorLEDState: ptr("LED-ON"),
		FRU: &models.V1MachineFru{BoardMfg: "Supermicro", BoardPartNumber: "X11", ChassisPartSerial: "C1", ProductSerial: "S1"},
		PowerMetric: &models.V1PowerMetric{
			Averageconsumedwatts: ptr(float32(16.5)), Intervalinmin: ptr(float32(5)),
			Maxconsumedwatts: ptr(float32(20)), Minconsumedwatts: ptr(float32(12)),
		},
		PowerSupplies: []*models.V1PowerSupply{{Status: &models.V1PowerSupplyStatus{Health: ptr("OK"), State: ptr("Enabled")}}},
	}
}

func TestMetalBMCReportsBoards(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	report := func(partition string, boards map[string]models.V1MachineIpmiReport) outcome[*models.V1MachineIpmiReportResponse] {
		body := &models.V1MachineIpmiReports{Partitionid: partition, Reports: boards}
		return call(fx.edit.Machine().IpmiReport(machine.NewIpmiReportParams().WithBody(body), nil))
	}
	report("", nil).refused(t, 400, "partition id must not be empty")
	report("nowhere", nil).refused(t, 404, `NotFound no partition with id "nowhere" found`)
	before := time.Now().Add(-time.Second)
	first := report(guard.Partition, map[string]models.V1MachineIpmiReport{"m1": sparse("10.1.1.1"), "": sparse("10.1.1.2")}).
		ok(t, "a board of an unknown machine")
	guard.Equal(t, []string{"m1"}, first.Created, "created")
	guard.Equal(t, []string{}, first.Updated, "updated")
	second := report(guard.Partition, map[string]models.V1MachineIpmiReport{"m1": full("10.1.1.3")}).ok(t, "a known board")
	guard.Equal(t, []string{}, second.Created, "created")
	guard.Equal(t, []string{"m1"}, second.Updated, "updated")

	get := machine.NewFindIPMIMachineParams().WithID("m1")
	checkBoard(t, call(fx.edit.Machine().FindIPMIMachine(get, nil)).ok(t, "the machine with its board"), before)
	third := report(guard.Partition, map[string]models.V1MachineIpmiReport{"m1": sparse("10.1.1.3")}).ok(t, "a sparse report")
	guard.Equal(t, []string{"m1"}, third.Updated, "updated")
	kept := call(fx.edit.Machine().FindIPMIMachine(get, nil)).ok(t, "the machine after a sparse report")
	guard.Equal(t, "ON 1.73 X11", *kept.Ipmi.Powerstate+" "+*kept.Ipmi.Bmcversion+" "+kept.Ipmi.Fru.BoardPartNumber, "kept")
	guard.Equal(t, 0, len(kept.Ipmi.Powersupplies), "power supplies are always replaced")
	guard.Equal(t, "LED-OFF", *kept.Ledstate.Value, "LED")

	remove := machine.NewDeleteMachineParams().WithID("m1")
	guard.Equal(t, "m1", *call(fx.admin.Machine().DeleteMachine(remove, nil)).ok(t, "delete").ID, "deleted")
	gone := `NotFound no machine with id "m1" found`
	call(fx.admin.Machine().DeleteMachine(remove, nil)).refused(t, 404, gone)
	call(fx.edit.Machine().FindIPMIMachine(get, nil)).refused(t, 404, gone)
}

func checkBoard(t *testing.T, m *models.V1MachineIPMIResponse, after time.Time) {
	t.Helper()
	board := m.Ipmi
	guard.Equal(t, "10.1.1.3:623", *board.Address, "address")
	guard.Equal(t, "ON 1.73 3.1", *board.Powerstate+" "+*board.Bmcversion+" "+*m.Bios.Version, "power and versions")
	guard.Equal(t, "Supermicro X11 C1 S1", board.Fru.BoardMfg+" "+board.Fru.BoardPartNumber+" "+
		board.Fru.ChassisPartSerial+" "+board.Fru.ProductSerial, "what it is")
	metric := board.Powermetric
	guard.Equal(t, []float32{16.5, 5, 20, 12}, []float32{*metric.Averageconsumedwatts, *metric.Intervalinmin,
		*metric.Maxconsumedwatts, *metric.Minconsumedwatts}, "watts")
	guard.Equal(t, "OK Enabled", *board.Powersupplies[0].Status.Health+" "+*board.Powersupplies[0].Status.State, "supply")
	guard.Equal(t, "LED-ON", *m.Ledstate.Value, "LED")
	guard.Equal(t, guard.Partition, *m.Partition.ID, "partition")
	guard.True(t, time.Time(*board.LastUpdated).After(after), "time of the report")
}
