package metalapi

import (
	"testing"

	metalgo "github.com/metal-stack/metal-go"
	"github.com/metal-stack/metal-go/api/client/image"
	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/client/size"
	"github.com/metal-stack/metal-go/api/client/sizeimageconstraint"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

const (
	providerProject = "00000000-0000-0000-0000-000000000000"
	noReservation   = `NotFound no sizereservation with id "r" found`
	noConstraint    = `NotFound no sizeimageconstraint with id "` + guard.Size + `" found`
)

func reserve(c metalgo.Client, id, project string, amount int32) outcome[*models.V1SizeReservationResponse] {
	body := &models.V1SizeReservationCreateRequest{
		ID: ptr(id), Sizeid: ptr(guard.Size), Projectid: ptr(project), Amount: ptr(amount),
		Partitionids: []string{guard.Partition}, Description: "for a test", Labels: map[string]string{"a": "b"},
	}
	return call(c.Size().CreateSizeReservation(size.NewCreateSizeReservationParams().WithBody(body), nil))
}

func reservation(c metalgo.Client) outcome[*models.V1SizeReservationResponse] {
	return call(c.Size().GetSizeReservation(size.NewGetSizeReservationParams().WithID("r"), nil))
}

func updateReservation(c metalgo.Client, amount int32) outcome[*models.V1SizeReservationResponse] {
	body := &models.V1SizeReservationUpdateRequest{ID: ptr("r"), Amount: ptr(amount)}
	return call(c.Size().UpdateSizeReservation(size.NewUpdateSizeReservationParams().WithBody(body), nil))
}

func unreserve(c metalgo.Client) outcome[*models.V1SizeReservationResponse] {
	return call(c.Size().DeleteSizeReservation(size.NewDeleteSizeReservationParams().WithID("r"), nil))
}

func usage(t *testing.T, c metalgo.Client, wanted *models.V1SizeReservationListRequest) []*models.V1SizeReservationUsageResponse {
	t.Helper()
	params := size.NewSizeReservationsUsageParams().WithBody(wanted)
	return call(c.Size().SizeReservationsUsage(params, nil)).ok(t, "usage")
}

func TestAReservationIsKeptAndShown(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	list := func() []*models.V1SizeReservationResponse {
		return call(fx.view.Size().ListSizeReservations(size.NewListSizeReservationsParams(), nil)).ok(t, "list")
	}
	guard.Equal(t, 0, len(list()), "reservations of a new node")
	reservation(fx.view).refused(t, 404, noReservation)
	reserve(fx.view, "r", guard.Project, 1).refused(t, 403, notEditor)
	made := reserve(fx.edit, "r", guard.Project, 1).ok(t, "a reservation")
	guard.Equal(t, "r", *made.ID, "id")
	guard.Equal(t, "b", made.Labels["a"], "label")
	reserve(fx.edit, "r", guard.Project, 1).
		refused(t, 409, "Conflict cannot create sizereservation in database, entity already exists: r")
	reserve(fx.edit, "s", guard.Project, 0).refused(t, 400, "amount must be a positive integer")
	reserve(fx.edit, "s", "nobody", 1).
		refused(t, 404, "rpc error: code = NotFound desc = project with id:nobody not found sql: no rows in result set")
	updateReservation(fx.view, 2).refused(t, 403, notEditor)
	updated := updateReservation(fx.edit, 2).ok(t, "update")
	guard.Equal(t, int32(2), *updated.Amount, "amount")
	guard.Equal(t, guard.Partition, updated.Partitionids[0], "the partition stays")
	guard.Equal(t, int32(2), *reservation(fx.view).ok(t, "by id").Amount, "amount as it is read")
	find := func(wanted *models.V1SizeReservationListRequest) int {
		params := size.NewFindSizeReservationsParams().WithBody(wanted)
		return len(call(fx.view.Size().FindSizeReservations(params, nil)).ok(t, "find"))
	}
	guard.Equal(t, 1, find(&models.V1SizeReservationListRequest{Projectid: guard.Project, Partitionid: guard.Partition}), "found")
	guard.Equal(t, 0, find(&models.V1SizeReservationListRequest{Sizeid: "another"}), "not found")
	call(fx.admin.Size().DeleteSize(size.NewDeleteSizeParams().WithID(guard.Size), nil)).
		refused(t, 422, "cannot delete size before all size reservations were removed")
	unreserve(fx.view).refused(t, 403, notEditor)
	unreserve(fx.edit).ok(t, "delete")
	unreserve(fx.edit).refused(t, 404, noReservation)
	guard.Equal(t, 0, len(list()), "what is left")
}

func TestWhatIsReservedIsNotGivenToOthers(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 1)
	network := *fx.ours(t, "reserved").ID
	reserve(fx.edit, "r", providerProject, 1).ok(t, "a reservation for another project")
	rows := usage(t, fx.view, &models.V1SizeReservationListRequest{Projectid: providerProject})
	guard.Equal(t, 1, len(rows), "rows")
	guard.Equal(t, [2]int32{0, 0}, [2]int32{*rows[0].Usedamount, *rows[0].Projectallocations}, "used and allocated")
	guard.True(t, usage(t, fx.view, &models.V1SizeReservationListRequest{Projectid: guard.Project}) == nil, "nothing is null")
	params := machine.NewAllocateMachineParams().WithBody(machineRequest("m", network))
	call(fx.edit.Machine().AllocateMachine(params, nil)).refused(t, 422, noMachine)
	unreserve(fx.edit).ok(t, "delete")
	reserve(fx.edit, "r", guard.Project, 2).ok(t, "a reservation of his own")
	fx.allocate(t, machineRequest("m", network))
	rows = usage(t, fx.view, &models.V1SizeReservationListRequest{Partitionid: guard.Partition})
	guard.Equal(t, [2]int32{1, 1}, [2]int32{*rows[0].Usedamount, *rows[0].Projectallocations}, "used and allocated")
}

func constrain(c metalgo.Client, constraint string) outcome[*models.V1SizeImageConstraintResponse] {
	images := &models.V1SizeImageConstraintBase{Images: map[string]string{"ubuntu": constraint}}
	body := &models.V1SizeImageConstraintCreateRequest{ID: ptr(guard.Size), Name: "n", Constraints: images}
	params := sizeimageconstraint.NewCreateSizeImageConstraintParams().WithBody(body)
	return call(c.Sizeimageconstraint().CreateSizeImageConstraint(params, nil))
}

func updateConstraint(c metalgo.Client, constraint string) outcome[*models.V1SizeImageConstraintResponse] {
	images := &models.V1SizeImageConstraintBase{Images: map[string]string{"ubuntu": constraint}}
	body := &models.V1SizeImageConstraintUpdateRequest{ID: ptr(guard.Size), Constraints: images}
	params := sizeimageconstraint.NewUpdateSizeImageConstraintParams().WithBody(body)
	return call(c.Sizeimageconstraint().UpdateSizeImageConstraint(params, nil))
}

func constraint(c metalgo.Client) outcome[*models.V1SizeImageConstraintResponse] {
	params := sizeimageconstraint.NewFindSizeImageConstraintParams().WithID(guard.Size)
	return call(c.Sizeimageconstraint().FindSizeImageConstraint(params, nil))
}

func deleteConstraint(c metalgo.Client) outcome[*models.V1SizeImageConstraintResponse] {
	params := sizeimageconstraint.NewDeleteSizeImageConstraintParams().WithID(guard.Size)
	return call(c.Sizeimageconstraint().DeleteSizeImageConstraint(params, nil))
}

func try(c metalgo.Client) (*sizeimageconstraint.TrySizeImageConstraintOK, error) {
	body := &models.V1SizeImageConstraintTryRequest{Size: ptr(guard.Size), Image: ptr(guard.Image)}
	return c.Sizeimageconstraint().TrySizeImageConstraint(sizeimageconstraint.NewTrySizeImageConstraintParams().WithBody(body), nil)
}

func TestAConstraintKeepsAnImageOffASize(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 1)
	network := *fx.ours(t, "constrained").ID
	constraint(fx.view).refused(t, 404, noConstraint)
	constrain(fx.edit, ">= 99.1.1").refused(t, 403, notAdmin)
	constrain(fx.admin, ">=99").refused(t, 400,
		"given imageconstraint:>=99 is not valid, missing space between op and version? invalid semantic version")
	_, err := try(fx.admin)
	guard.OK(t, err, "nothing is constrained")
	constrain(fx.admin, "> 99.1.1").ok(t, "a constraint")
	constrain(fx.admin, "> 99.1.1").
		refused(t, 409, "Conflict cannot create sizeimageconstraint in database, entity already exists: "+guard.Size)
	listed := call(fx.view.Sizeimageconstraint().
		ListSizeImageConstraints(sizeimageconstraint.NewListSizeImageConstraintsParams(), nil)).ok(t, "list")
	guard.Equal(t, "> 99.1.1", listed[0].Constraints.Images["ubuntu"], "constraint")
	violated := "given size:" + guard.Size + " with image:ubuntu-26.4.20260901 does violate image constraint:ubuntu >99.1.1"
	answer, err := try(fx.admin)
	refused(t, answer, err, 422, "no patch version given")
	newer := &models.V1ImageCreateRequest{ID: ptr("ubuntu-26.4.20260901"), URL: ptr("http://images/u"), Features: []string{"machine"}}
	call(fx.admin.Image().CreateImage(image.NewCreateImageParams().WithBody(newer), nil)).ok(t, "an image with a patch version")
	answer, err = try(fx.admin)
	refused(t, answer, err, 422, violated)
	answer, err = try(fx.edit)
	refused(t, answer, err, 403, notAdmin)
	params := machine.NewAllocateMachineParams().WithBody(machineRequest("m", network))
	call(fx.edit.Machine().AllocateMachine(params, nil)).refused(t, 422, violated)
	updateConstraint(fx.edit, "*").refused(t, 403, notAdmin)
	updated := updateConstraint(fx.admin, "*").ok(t, "update")
	guard.Equal(t, "n", updated.Name, "the name stays")
	_, err = try(fx.admin)
	guard.OK(t, err, "every version is admitted")
	fx.allocate(t, machineRequest("m", network))
	deleteConstraint(fx.edit).refused(t, 403, notAdmin)
	deleteConstraint(fx.admin).ok(t, "delete")
	constraint(fx.view).refused(t, 404, noConstraint)
}
