package metalapi

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-openapi/runtime"
	metalgo "github.com/metal-stack/metal-go"
	"github.com/metal-stack/metal-go/api/client/audit"
	"github.com/metal-stack/metal-go/api/client/firmware"
	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/client/partition"
	"github.com/metal-stack/metal-go/api/client/size"
	"github.com/metal-stack/metal-go/api/client/sizeimageconstraint"
	"github.com/metal-stack/metal-go/api/client/vpn"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

// An operation of the contract that is not there yet, and what the refusal calls it.
type missing struct {
	what string
	call func(metalgo.Client) (answer any, err error)
}

// A generated call, without the type of its answer.
func loosely[A any](answer A, err error) (any, error) { return answer, err }

func TestWhatIsNotThereYetSaysSo(t *testing.T) {
	t.Parallel()
	site := newLab(t, 0)
	all := [][]missing{missingReservations(), missingConstraints(), missingFirmware(), missingOthers()}
	count := 0
	for _, group := range all {
		for _, one := range group {
			answer, err := one.call(site.admin)
			refused(t, answer, err, 501, "this server does not implement "+one.what+" yet")
			count++
		}
	}
	guard.Equal(t, 23, count, "operations that are not there yet")
	description, err := http.Get(site.URL() + "/apidocs.json")
	guard.OK(t, err, "the description of the API")
	description.Body.Close()
	guard.Equal(t, 501, description.StatusCode, "the description of the API")
}

// Who may not do it is told so, whether it is there or not.
func TestWhatIsNotThereYetIsNotForEverybody(t *testing.T) {
	t.Parallel()
	site := newLab(t, 0)
	for _, one := range append(missingFirmware(), missingConstraints()[2:]...) {
		answer, err := one.call(site.edit)
		refused(t, answer, err, 403, notAdmin)
	}
	for _, one := range missingReservations()[4:] {
		answer, err := one.call(site.view)
		refused(t, answer, err, 403, notEditor)
	}
}

func missingReservations() []missing {
	const what = "size reservations"
	list := &models.V1SizeReservationListRequest{Projectid: guard.Project}
	return []missing{
		{what, func(c metalgo.Client) (any, error) {
			return loosely(c.Size().ListSizeReservations(size.NewListSizeReservationsParams(), nil))
		}},
		{what, func(c metalgo.Client) (any, error) {
			return loosely(c.Size().GetSizeReservation(size.NewGetSizeReservationParams().WithID("r"), nil))
		}},
		{what, func(c metalgo.Client) (any, error) {
			return loosely(c.Size().FindSizeReservations(size.NewFindSizeReservationsParams().WithBody(list), nil))
		}},
		{what, func(c metalgo.Client) (any, error) {
			return loosely(c.Size().SizeReservationsUsage(size.NewSizeReservationsUsageParams().WithBody(list), nil))
		}},
		{what, func(c metalgo.Client) (any, error) {
			body := &models.V1SizeReservationCreateRequest{
				ID: ptr("r"), Sizeid: ptr(guard.Size), Projectid: ptr(guard.Project), Amount: ptr(int32(1)),
				Partitionids: []string{guard.Partition},
			}
			return loosely(c.Size().CreateSizeReservation(size.NewCreateSizeReservationParams().WithBody(body), nil))
		}},
		{what, func(c metalgo.Client) (any, error) {
			body := &models.V1SizeReservationUpdateRequest{ID: ptr("r"), Amount: ptr(int32(2))}
			return loosely(c.Size().UpdateSizeReservation(size.NewUpdateSizeReservationParams().WithBody(body), nil))
		}},
		{what, func(c metalgo.Client) (any, error) {
			return loosely(c.Size().DeleteSizeReservation(size.NewDeleteSizeReservationParams().WithID("r"), nil))
		}},
	}
}

func missingConstraints() []missing {
	const what = "size image constraints"
	return []missing{
		{what, func(c metalgo.Client) (any, error) {
			params := sizeimageconstraint.NewListSizeImageConstraintsParams()
			return loosely(c.Sizeimageconstraint().ListSizeImageConstraints(params, nil))
		}},
		{what, func(c metalgo.Client) (any, error) {
			params := sizeimageconstraint.NewFindSizeImageConstraintParams().WithID(guard.Size)
			return loosely(c.Sizeimageconstraint().FindSizeImageConstraint(params, nil))
		}},
		{what, func(c metalgo.Client) (any, error) {
			body := &models.V1SizeImageConstraintCreateRequest{ID: ptr(guard.Size)}
			params := sizeimageconstraint.NewCreateSizeImageConstraintParams().WithBody(body)
			return loosely(c.Sizeimageconstraint().CreateSizeImageConstraint(params, nil))
		}},
		{what, func(c metalgo.Client) (any, error) {
			body := &models.V1SizeImageConstraintUpdateRequest{ID: ptr(guard.Size)}
			params := sizeimageconstraint.NewUpdateSizeImageConstraintParams().WithBody(body)
			return loosely(c.Sizeimageconstraint().UpdateSizeImageConstraint(params, nil))
		}},
		{what, func(c metalgo.Client) (any, error) {
			params := sizeimageconstraint.NewDeleteSizeImageConstraintParams().WithID(guard.Size)
			return loosely(c.Sizeimageconstraint().DeleteSizeImageConstraint(params, nil))
		}},
		{what, func(c metalgo.Client) (any, error) {
			body := &models.V1SizeImageConstraintTryRequest{Size: ptr(guard.Size), Image: ptr(guard.Image)}
			params := sizeimageconstraint.NewTrySizeImageConstraintParams().WithBody(body)
			return loosely(c.Sizeimageconstraint().TrySizeImageConstraint(params, nil))
		}},
	}
}

func missingFirmware() []missing {
	const what = "firmware management"
	return []missing{
		{what, func(c metalgo.Client) (any, error) {
			return loosely(c.Firmware().ListFirmwares(firmware.NewListFirmwaresParams(), nil))
		}},
		{what, func(c metalgo.Client) (any, error) {
			params := firmware.NewUploadFirmwareParams().WithKind("bios").WithVendor("v").WithBoard("b").WithRevision("1")
			file := runtime.NamedReader("firmware", io.NopCloser(strings.NewReader("bytes")))
			return loosely(c.Firmware().UploadFirmware(params.WithFile(file), nil))
		}},
		{what, func(c metalgo.Client) (any, error) {
			params := firmware.NewRemoveFirmwareParams().WithKind("bios").WithVendor("v").WithBoard("b").WithRevision("1")
			return loosely(c.Firmware().RemoveFirmware(params, nil))
		}},
		{what, func(c metalgo.Client) (any, error) {
			body := &models.V1MachineUpdateFirmwareRequest{Kind: ptr("bios"), Revision: ptr("1")}
			params := machine.NewUpdateFirmwareParams().WithID("m").WithBody(body)
			return loosely(c.Machine().UpdateFirmware(params, nil))
		}},
	}
}

func missingOthers() []missing {
	return []missing{
		{"partition capacity", func(c metalgo.Client) (any, error) {
			body := &models.V1PartitionCapacityRequest{ID: guard.Partition}
			return loosely(c.Partition().PartitionCapacity(partition.NewPartitionCapacityParams().WithBody(body), nil))
		}},
		{"evaluating machine issues", func(c metalgo.Client) (any, error) {
			return loosely(c.Machine().ListIssues(machine.NewListIssuesParams(), nil))
		}},
		{"evaluating machine issues", func(c metalgo.Client) (any, error) {
			body := &models.V1MachineIssuesRequest{PartitionID: guard.Partition}
			return loosely(c.Machine().Issues(machine.NewIssuesParams().WithBody(body), nil))
		}},
		{"suggesting sizes", func(c metalgo.Client) (any, error) {
			body := &models.V1SizeSuggestRequest{MachineID: ptr("m")}
			return loosely(c.Size().Suggest(size.NewSuggestParams().WithBody(body), nil))
		}},
		{"auditing", func(c metalgo.Client) (any, error) {
			return loosely(c.Audit().FindAuditTraces(audit.NewFindAuditTracesParams().WithBody(&models.V1AuditFindRequest{}), nil))
		}},
		{"the VPN", func(c metalgo.Client) (any, error) {
			body := &models.V1VPNRequest{Pid: ptr(guard.Project), Ephemeral: ptr(true), Reason: ptr("")}
			return loosely(c.VPN().GetVPNAuthKey(vpn.NewGetVPNAuthKeyParams().WithBody(body), nil))
		}},
	}
}
