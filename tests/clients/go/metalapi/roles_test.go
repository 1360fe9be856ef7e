package metalapi

import (
	"net/http"
	"testing"

	metalgo "github.com/metal-stack/metal-go"
	"github.com/metal-stack/metal-go/api/client/health"
	"github.com/metal-stack/metal-go/api/client/image"
	"github.com/metal-stack/metal-go/api/client/ip"
	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/client/partition"
	"github.com/metal-stack/metal-go/api/client/project"
	"github.com/metal-stack/metal-go/api/client/user"
	"github.com/metal-stack/metal-go/api/client/version"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

const (
	notEditor = "you are not member in one of [k8s_kaas-edit maas-all-all-edit k8s_kaas-admin maas-all-all-admin]"
	notAdmin  = "you are not member in one of [k8s_kaas-admin maas-all-all-admin]"
	nobody    = "endpoint did not return a json response:\ntenant  not allowed"
)

// Something to do at each level. None of it is complete: the kind of refusal shows who may do it.
func readMachines(c metalgo.Client) outcome[[]*models.V1MachineResponse] {
	return call(c.Machine().ListMachines(machine.NewListMachinesParams(), nil))
}

func readPartitions(c metalgo.Client) outcome[[]*models.V1PartitionResponse] {
	return call(c.Partition().ListPartitions(partition.NewListPartitionsParams(), nil))
}

func writeAddress(c metalgo.Client) outcome[*models.V1IPResponse] {
	return call(c.IP().AllocateIP(ip.NewAllocateIPParams().WithBody(&models.V1IPAllocateRequest{}), nil))
}

func writeNetwork(c metalgo.Client) outcome[*models.V1NetworkResponse] {
	return call(c.Network().AllocateNetwork(network.NewAllocateNetworkParams().WithBody(&models.V1NetworkAllocateRequest{}), nil))
}

func writeImage(c metalgo.Client) outcome[*models.V1ImageResponse] {
	return call(c.Image().CreateImage(image.NewCreateImageParams().WithBody(&models.V1ImageCreateRequest{}), nil))
}

func writeProject(c metalgo.Client) outcome[*models.V1ProjectResponse] {
	return call(c.Project().CreateProject(project.NewCreateProjectParams().WithBody(&models.V1ProjectCreateRequest{}), nil))
}

func TestEachRoleMayWhatItMay(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	roles := []struct {
		client       metalgo.Client
		name, mail   string
		groups       []string
		edits, rules bool
	}{
		{fx.view, viewType, "metal-view@metal-stack.io", []string{"k8s_kaas-view", "maas-all-all-view"}, false, false},
		{fx.edit, editType, "metal-edit@metal-stack.io", []string{"k8s_kaas-edit", "maas-all-all-edit"}, true, false},
		{fx.admin, adminType, "metal-admin@metal-stack.io", []string{"k8s_kaas-admin", "maas-all-all-admin"}, true, true},
	}
	for _, role := range roles {
		me := call(role.client.User().GetMe(user.NewGetMeParams(), nil)).ok(t, "who am I")
		guard.Equal(t, role.name+" "+role.mail+" metal-stack", *me.Name+" "+*me.EMail+" "+*me.Tenant, "who")
		guard.Equal(t, role.groups, me.Groups, "groups")
		guard.Equal(t, "", *me.Issuer+*me.Subject, "issuer and subject")
		guard.Equal(t, 0, len(readMachines(role.client).ok(t, "%s reads machines", role.name)), "machines")
		guard.Equal(t, 1, len(readPartitions(role.client).ok(t, "%s reads partitions", role.name)), "partitions")
		if role.edits {
			writeAddress(role.client).refused(t, 400, "networkid should not be empty")
			writeNetwork(role.client).refused(t, 400, "projectid should not be empty")
		} else {
			writeAddress(role.client).refused(t, 403, notEditor)
			writeNetwork(role.client).refused(t, 403, notEditor)
		}
		if role.rules {
			writeImage(role.client).refused(t, 400, "id should not be empty")
			writeProject(role.client).refused(t, 400, "no tenant given")
		} else {
			writeImage(role.client).refused(t, 403, notAdmin)
			writeProject(role.client).refused(t, 403, notAdmin)
		}
	}
}

// What is open is open to people without credentials, not to those with wrong ones.
func TestAWrongKeyIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	for _, authType := range []string{viewType, editType, adminType} {
		wrong := signingAs(t, fx.Node, "not the key", authType)
		text := "Wrong HMAC found"
		readMachines(wrong).refused(t, 403, text)
		readPartitions(wrong).refused(t, 403, text)
		writeAddress(wrong).refused(t, 403, text)
		writeImage(wrong).refused(t, 403, text)
		call(wrong.User().GetMe(user.NewGetMeParams(), nil)).refused(t, 403, text)
		call(wrong.Health().Health(health.NewHealthParams(), nil)).refused(t, 403, text)
		call(wrong.Version().Info(version.NewInfoParams(), nil)).refused(t, 403, text)
	}
	// The key of another role is a wrong key.
	readMachines(signingAs(t, fx.Node, viewKey, adminType)).refused(t, 403, "Wrong HMAC found")
	readMachines(signingAs(t, fx.Node, adminKey, viewType)).refused(t, 403, "Wrong HMAC found")
}

// A type that is no type makes a guest, whose refusal is a bare JSON string: the generated client cannot read it, and
// says the text.
func TestAGuestMaySeeHealthAndVersionOnly(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	anonymous, err := metalgo.NewClient(fx.URL())
	guard.OK(t, err, "client without credentials")
	guests := []metalgo.Client{
		anonymous,
		signingAs(t, fx.Node, adminKey, "Metal-Root"),
		signingAs(t, fx.Node, adminKey, "metal-admin"),
	}
	for _, guest := range guests {
		state := call(guest.Health().Health(health.NewHealthParams(), nil)).ok(t, "health")
		guard.Equal(t, "healthy", *state.Status, "health")
		info := call(guest.Version().Info(version.NewInfoParams(), nil)).ok(t, "version")
		guard.Equal(t, "metal-api v0.0.1", *info.Name+" "+*info.MinClientVersion, "what it is")
		guard.True(t, *info.Version != "", "it has a version")
		for what, err := range map[string]error{
			"machines": readMachines(guest).err, "partitions": readPartitions(guest).err,
			"address": writeAddress(guest).err, "image": writeImage(guest).err,
		} {
			guard.True(t, err != nil, "a guest and %s", what)
			guard.Equal(t, nobody, err.Error(), "a guest and %s", what)
		}
	}
	for path, status := range map[string]int{
		"/v1/machine": 403, "/v1/size": 403, "/v1/user/me": 403, "/v1/health": 200, "/v1/version": 200,
	} {
		answer, err := http.Get(fx.URL() + path)
		guard.OK(t, err, "%s", path)
		answer.Body.Close()
		guard.Equal(t, status, answer.StatusCode, "status of %s", path)
	}
}
