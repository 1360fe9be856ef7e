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
	fx := newFixture(t, 0)
	all := [][]missing{missingFirmware(), missingOthers()}
	count := 0
	for _, group := range all {
		for _, one := range group {
			answer, err := one.call(fx.admin)
			refused(t, answer, err, 501, "this server does not implement "+one.what+" yet")
			count++
		}
	}
	guard.Equal(t, 10, count, "operations that are not there yet")
	description, err := http.Get(fx.URL() + "/apidocs.json")
	guard.OK(t, err, "the description of the API")
	description.Body.Close()
	guard.Equal(t, 501, description.StatusCode, "the description of the API")
}

// A caller without permission gets 403, implemented or not.
func TestWhatIsNotThereYetIsNotForEverybody(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	for _, one := range missingFirmware() {
		answer, err := one.call(fx.edit)
		refused(t, answer, err, 403, notAdmin)
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
