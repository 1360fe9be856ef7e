package metalapi

import (
	"slices"
	"testing"

	metalgo "github.com/metal-stack/metal-go"
	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

func reinstall(c metalgo.Client, id, image string) outcome[*models.V1MachineResponse] {
	body := &models.V1MachineReinstallRequest{ID: ptr(id), Imageid: ptr(image)}
	return call(c.Machine().ReinstallMachine(machine.NewReinstallMachineParams().WithID(id).WithBody(body), nil))
}

func setState(c metalgo.Client, id, value, description string) outcome[*models.V1MachineResponse] {
	body := &models.V1MachineState{Value: ptr(value), Description: ptr(description)}
	return call(c.Machine().SetMachineState(machine.NewSetMachineStateParams().WithID(id).WithBody(body), nil))
}

func consolePassword(c metalgo.Client, id string) outcome[*models.V1MachineConsolePasswordResponse] {
	body := &models.V1MachineConsolePasswordRequest{ID: ptr(id), Reason: ptr("a test")}
	return call(c.Machine().GetMachineConsolePassword(machine.NewGetMachineConsolePasswordParams().WithBody(body), nil))
}

func free(c metalgo.Client, id string) outcome[*models.V1MachineResponse] {
	return call(c.Machine().FreeMachine(machine.NewFreeMachineParams().WithID(id), nil))
}

func remove(c metalgo.Client, id string) outcome[*models.V1MachineResponse] {
	return call(c.Machine().DeleteMachine(machine.NewDeleteMachineParams().WithID(id), nil))
}

const notReinstalled = "machine either locked, not allocated yet or invalid image ID specified"

func TestAMachineIsReinstalledOrNot(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 1)
	network := *fx.ours(t, "ours").ID
	idle := *call(fx.view.Machine().ListMachines(machine.NewListMachinesParams(), nil)).ok(t, "machines")[0].ID
	reinstall(fx.edit, idle, guard.Image).refused(t, 400, notReinstalled)
	consolePassword(fx.edit, idle).refused(t, 422, "machine is not allocated, no consolepassword present")
	remove(fx.admin, idle).
		refused(t, 422, "can only delete dead machines, if you power off this machine it will reach dead state.")

	made := fx.allocate(t, machineRequest("web", network))
	fx.inState(t, idle, "Phoned Home")
	guard.True(t, *consolePassword(fx.edit, idle).ok(t, "console password").ConsolePassword != "", "a console password")
	consolePassword(fx.view, idle).refused(t, 403, notEditor)
	remove(fx.admin, idle).refused(t, 422, "cannot delete machine that is allocated")
	reinstall(fx.edit, idle, "").refused(t, 400, notReinstalled)
	reinstall(fx.edit, idle, "debian-1.0").refused(t, 404,
		`error finding image "debian-1.0" for machine "`+idle+`": NotFound no image with id "debian-1.0" found`)
	ordered := reinstall(fx.edit, idle, "debian-13.0").ok(t, "reinstall")
	guard.True(t, *ordered.Allocation.Reinstall, "it is marked")
	guard.Equal(t, "debian-13.0", *ordered.Allocation.Image.ID, "new image")
	guard.Within(t, guard.Patience, "it is reinstalled", func() bool {
		now := fx.machine(t, idle)
		return !*now.Allocation.Reinstall && lastEvent(now) == "Phoned Home"
	})
	after := fx.machine(t, idle)
	guard.Equal(t, made.Allocation.Allocationuuid, after.Allocation.Allocationuuid, "the allocation stays")
	guard.Equal(t, "debian-13.0", *after.Allocation.Image.ID, "image")
	guard.Equal(t, networkOf(t, made.Allocation, network), networkOf(t, after.Allocation, network), "addresses")
}

func TestALockedMachineIsLeftAlone(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 1)
	network := *fx.ours(t, "ours").ID
	made := *fx.allocate(t, machineRequest("web", network)).ID
	setState(fx.edit, made, "LOCKED", "").refused(t, 400, "you must supply a description")
	setState(fx.edit, made, "BROKEN", "d").refused(t, 400, "unknown MachineState:BROKEN")
	locked := setState(fx.edit, made, "LOCKED", "do not touch").ok(t, "lock")
	guard.Equal(t, "LOCKED do not touch metal-edit@metal-stack.io",
		*locked.State.Value+" "+*locked.State.Description+" "+locked.State.Issuer, "state")
	free(fx.edit, made).refused(t, 422, "machine is locked")
	reinstall(fx.edit, made, guard.Image).refused(t, 400, notReinstalled)
	guard.Equal(t, []string{made}, machineIDs(fx.findMachines(t, &models.V1MachineFindRequest{StateValue: "LOCKED"})), "locked")
	guard.True(t, fx.machine(t, made).Allocation != nil, "it is still allocated")

	reserved := setState(fx.edit, made, "RESERVED", "for tests").ok(t, "reserve")
	guard.Equal(t, "RESERVED", *reserved.State.Value, "state")
	fx.free(t, made)
	fx.inState(t, made, "Waiting")
	request := machineRequest("web", network)
	params := machine.NewAllocateMachineParams().WithBody(request)
	call(fx.edit.Machine().AllocateMachine(params, nil)).refused(t, 422, noMachine)
	request.UUID = made
	guard.Equal(t, made, *call(fx.edit.Machine().AllocateMachine(params, nil)).ok(t, "by id").ID, "by its id it is had")
	fx.free(t, made)
	open := setState(fx.edit, made, "", "").ok(t, "nothing special")
	guard.Equal(t, "", *open.State.Value+*open.State.Description+open.State.Issuer, "state")
	guard.Equal(t, made, *fx.allocate(t, machineRequest("web", network)).ID, "it is allocated again without naming it")
}

// What operators order of a machine's board.
func TestAMachineTakesOrders(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 1)
	network := *fx.ours(t, "ours").ID
	id := *fx.allocate(t, machineRequest("web", network)).ID
	fx.inState(t, id, "Phoned Home")
	why := ptr("find me")
	on := machine.NewChassisIdentifyLEDOnParams().WithID(id).WithDescription(why).WithBody(nothing)
	lit := call(fx.edit.Machine().ChassisIdentifyLEDOn(on, nil)).ok(t, "LED on")
	guard.Equal(t, "LED-ON find me", *lit.Ledstate.Value+" "+*lit.Ledstate.Description, "LED")
	off := machine.NewChassisIdentifyLEDOffParams().WithID(id).WithDescription(ptr("found")).WithBody(nothing)
	dark := call(fx.edit.Machine().ChassisIdentifyLEDOff(off, nil)).ok(t, "LED off")
	guard.Equal(t, "LED-OFF found", *dark.Ledstate.Value+" "+*dark.Ledstate.Description, "LED")

	for name, order := range orders(fx.edit) {
		ordered := order(id).ok(t, "order %s", name)
		guard.Equal(t, id, *ordered.ID, "machine of the order")
		told := slices.ContainsFunc(ordered.Events.Log, func(e *models.V1MachineProvisioningEvent) bool {
			return *e.Event == "Planned Reboot" && e.Message == name
		})
		guard.Equal(t, name == "OFF" || name == "RESET" || name == "CYCLE", told, "%s is told as a planned reboot", name)
		order("nobody").refused(t, 404, `NotFound no machine with id "nobody" found`)
	}
	orders(fx.view)["OFF"](id).refused(t, 403, notEditor)
	call(fx.edit.Machine().MachineOff(machine.NewMachineOffParams().WithID(id), nil)).
		refused(t, 415, "415: Unsupported Media Type\n\nAvailable representations: ")
	guard.True(t, fx.machine(t, id).Allocation != nil, "it is still allocated")
}

// A generated order must have a body, which the node ignores.
var nothing = []string{}

type order func(id string) outcome[*models.V1MachineResponse]

// By the words of the message to the board.
func orders(c metalgo.Client) map[string]order {
	type ordered = outcome[*models.V1MachineResponse]
	m := c.Machine()
	return map[string]order{
		"ON": func(id string) ordered {
			return call(m.MachineOn(machine.NewMachineOnParams().WithID(id).WithBody(nothing), nil))
		},
		"OFF": func(id string) ordered {
			return call(m.MachineOff(machine.NewMachineOffParams().WithID(id).WithBody(nothing), nil))
		},
		"RESET": func(id string) ordered {
			return call(m.MachineReset(machine.NewMachineResetParams().WithID(id).WithBody(nothing), nil))
		},
		"CYCLE": func(id string) ordered {
			return call(m.MachineCycle(machine.NewMachineCycleParams().WithID(id).WithBody(nothing), nil))
		},
		"BIOS": func(id string) ordered {
			return call(m.MachineBios(machine.NewMachineBiosParams().WithID(id).WithBody(nothing), nil))
		},
		"DISK": func(id string) ordered {
			return call(m.MachineDisk(machine.NewMachineDiskParams().WithID(id).WithBody(nothing), nil))
		},
		"PXE": func(id string) ordered {
			return call(m.MachinePxe(machine.NewMachinePxeParams().WithID(id).WithBody(nothing), nil))
		},
	}
}

// Power that is off is reported by the board, and so is power that is on again.
func TestAMachineIsSwitchedOffAndOn(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 1)
	id := *call(fx.view.Machine().ListMachines(machine.NewListMachinesParams(), nil)).ok(t, "machines")[0].ID
	get := machine.NewFindIPMIMachineParams().WithID(id)
	orders(fx.edit)["OFF"](id).ok(t, "order OFF")
	guard.Within(t, guard.Patience, "the board reports OFF", func() bool {
		found, err := fx.view.Machine().FindIPMIMachine(get, nil)
		return err == nil && *found.Payload.Ipmi.Powerstate == "OFF"
	})
	guard.Equal(t, "Planned Reboot", lastEvent(fx.machine(t, id)), "newest event of a machine without power")
	orders(fx.edit)["ON"](id).ok(t, "order ON")
	fx.inState(t, id, "Waiting")
}
