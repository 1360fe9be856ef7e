package metalapi

import (
	"testing"

	"github.com/metal-stack/metal-go/api/client/ip"
	"github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

// Something that the Helm init job applies: created, or updated when it is there already.
type applied[P any] struct {
	kind                        string
	create, update, get, remove func() outcome[P]
	// How create says that it is there already, and get and remove that it is not.
	taken, gone string
	// How update says that it is not there.
	notUpdated       string
	notUpdatedStatus int
	// What is seen of it before and after the update.
	shown            func(P) string
	before, after    string
	nothingOnRemoval bool
}

// apply goes through the life of an entity: nothing, created, there already, updated, removed, nothing.
func apply[P any](t *testing.T, a applied[P]) {
	t.Helper()
	a.get().refused(t, 404, a.gone)
	a.update().refused(t, a.notUpdatedStatus, a.notUpdated)
	guard.Equal(t, a.before, a.shown(a.create().ok(t, "create %s", a.kind)), "created %s", a.kind)
	a.create().refused(t, 409, a.taken)
	guard.Equal(t, a.before, a.shown(a.get().ok(t, "get %s", a.kind)), "%s that is there", a.kind)
	guard.Equal(t, a.after, a.shown(a.update().ok(t, "update %s", a.kind)), "updated %s", a.kind)
	guard.Equal(t, a.after, a.shown(a.get().ok(t, "get %s", a.kind)), "%s that was updated", a.kind)
	a.create().refused(t, 409, a.taken)
	removed := a.shown(a.remove().ok(t, "remove %s", a.kind))
	if !a.nothingOnRemoval {
		guard.Equal(t, a.after, removed, "removed %s", a.kind)
	}
	a.get().refused(t, 404, a.gone)
	a.remove().refused(t, 404, a.gone)
}

func stored(entity, id string) (taken, gone string) {
	return "Conflict cannot create " + entity + " in database, entity already exists: " + id,
		"NotFound no " + entity + ` with id "` + id + `" found`
}

// A network that is applied again without what may be announced would lose it, and is refused unless forced.
func TestTheHelmInitJobAppliesTheSuperNetworkAgain(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	create := &models.V1NetworkCreateRequest{
		ID: ptr(super), Privatesuper: ptr(true), Partitionid: guard.Partition, Prefixes: []string{"10.0.0.0/16"},
		Defaultchildprefixlength: map[string]int64{"IPv4": 22},
	}
	call(fx.admin.Network().CreateNetwork(network.NewCreateNetworkParams().WithBody(create), nil)).
		refused(t, 409, "entity already exists")
	create.ID = ptr("another-super")
	call(fx.admin.Network().CreateNetwork(network.NewCreateNetworkParams().WithBody(create), nil)).
		refused(t, 422, "10.0.0.0/16 overlaps 10.0.0.0/16")
	create.Prefixes = []string{"10.64.0.0/16"}
	call(fx.admin.Network().CreateNetwork(network.NewCreateNetworkParams().WithBody(create), nil)).
		refused(t, 400, `partition with id "mini-lab" already has a private super network`)

	update := func(force *bool, announced ...string) outcome[*models.V1NetworkResponse] {
		body := &models.V1NetworkUpdateRequest{ID: ptr(super), Name: "super", AdditionalAnnouncableCIDRs: announced}
		return call(fx.admin.Network().UpdateNetwork(network.NewUpdateNetworkParams().WithBody(body).WithForce(force), nil))
	}
	refusal := `you cannot remove "10.240.0.0/12" from additionalannouncablecidrs without force flag set`
	update(nil).refused(t, 400, refusal)
	guard.Equal(t, "Project Super Network", fx.network(t, super).Name, "name after a refusal")
	same := update(nil, "10.240.0.0/12").ok(t, "apply again")
	guard.Equal(t, "super", same.Name, "name")
	guard.Equal(t, []string{"10.240.0.0/12"}, same.AdditionalAnnouncableCIDRs, "announced")
	guard.Equal(t, 0, len(update(ptr(true)).ok(t, "forced").AdditionalAnnouncableCIDRs), "announced when forced")

	fx.ours(t, "child")
	call(fx.admin.Network().DeleteNetwork(network.NewDeleteNetworkParams().WithID(super), nil)).
		refused(t, 422, "network cannot be deleted because there are children of this network")
}

// Reserved addresses are applied like all the rest.
func TestTheHelmInitJobAppliesAnAddressAgain(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	reserved := "203.0.113.142"
	request := &models.V1IPAllocateRequest{
		Name: "reserved", Networkid: ptr(internet), Projectid: ptr(guard.Project), Type: ptr("static"),
	}
	params := ip.NewAllocateSpecificIPParams().WithIP(reserved).WithBody(request)
	call(fx.admin.IP().AllocateSpecificIP(params, nil)).refused(t, 409, "Conflict ip already allocated")
	body := &models.V1IPUpdateRequest{Ipaddress: ptr(reserved), Name: "reserved", Type: ptr("static")}
	updated := call(fx.admin.IP().UpdateIP(ip.NewUpdateIPParams().WithBody(body), nil)).ok(t, "apply again")
	guard.Equal(t, "reserved Reserve IPv4 (for testing purposes)", updated.Name+" "+updated.Description, "what it is now")
	guard.Equal(t, "00000000-0000-0000-0000-000000000000", *updated.Projectid, "its project stays")
	call(fx.admin.IP().FreeIP(ip.NewFreeIPParams().WithID(reserved), nil)).ok(t, "free")
	call(fx.admin.IP().AllocateSpecificIP(params, nil)).ok(t, "apply again")
}
