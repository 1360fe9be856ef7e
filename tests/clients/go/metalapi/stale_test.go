package metalapi

import (
	"fmt"
	"sync"
	"testing"

	"github.com/metal-stack/metal-go/api/client/ip"
	"github.com/metal-stack/metal-go/api/client/project"
	"github.com/metal-stack/metal-go/api/client/size"
	"github.com/metal-stack/metal-go/api/client/tenant"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

// Projects and tenants carry a version; who updates an older one is refused.
func TestAStaleProjectOrTenantIsRefused(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	updateProject := func(version int64) outcome[*models.V1ProjectResponse] {
		body := &models.V1ProjectUpdateRequest{
			Meta: &models.V1Meta{ID: guard.Project, Version: version}, TenantID: "metal-stack", Name: fmt.Sprint("n", version),
		}
		return call(fx.admin.Project().UpdateProject(project.NewUpdateProjectParams().WithBody(body), nil))
	}
	guard.Equal(t, int64(1), updateProject(0).ok(t, "update of version 0").Meta.Version, "version")
	stale := func(kind, id string, stored, sent int) string {
		return fmt.Sprintf("rpc error: code = FailedPrecondition desc = optimistic lock error updating %s with id %s, "+
			"existing version %d mismatches entity version %d", kind, id, stored, sent)
	}
	updateProject(0).refused(t, 422, stale("project", guard.Project, 1, 0))
	guard.Equal(t, int64(2), updateProject(1).ok(t, "update of version 1").Meta.Version, "version")
	updateProject(1).refused(t, 422, stale("project", guard.Project, 2, 1))
	now := call(fx.view.Project().FindProject(project.NewFindProjectParams().WithID(guard.Project), nil)).ok(t, "get")
	guard.Equal(t, "n1", now.Name, "a refused update changes nothing")

	updateTenant := func(version int64) outcome[*models.V1TenantResponse] {
		body := &models.V1TenantUpdateRequest{Meta: &models.V1Meta{ID: "metal-stack", Version: version}, Name: "provider"}
		return call(fx.admin.Tenant().UpdateTenant(tenant.NewUpdateTenantParams().WithBody(body), nil))
	}
	guard.Equal(t, int64(1), updateTenant(0).ok(t, "update of version 0").Meta.Version, "version")
	updateTenant(0).refused(t, 422, stale("tenant", "metal-stack", 1, 0))
}

// Of many that read the same version, one may write.
func TestOneOfManyWritersOfAVersionWins(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	const writers = 16
	outcomes := make([]outcome[*models.V1ProjectResponse], writers)
	together(writers, func(index int) {
		body := &models.V1ProjectUpdateRequest{
			Meta: &models.V1Meta{ID: guard.Project}, TenantID: "metal-stack", Name: fmt.Sprint("writer-", index),
		}
		outcomes[index] = call(fx.admin.Project().UpdateProject(project.NewUpdateProjectParams().WithBody(body), nil))
	})
	winner := ""
	for index, one := range outcomes {
		if one.err == nil {
			guard.Equal(t, "", winner, "the only winner so far")
			winner = one.ok(t, "writer %d", index).Name
			continue
		}
		one.refused(t, 422, "rpc error: code = FailedPrecondition desc = optimistic lock error updating project with id "+
			guard.Project+", existing version 1 mismatches entity version 0")
	}
	now := call(fx.view.Project().FindProject(project.NewFindProjectParams().WithID(guard.Project), nil)).ok(t, "get")
	guard.Equal(t, winner, now.Name, "the winner's name is kept")
	guard.Equal(t, int64(1), now.Meta.Version, "version")
}

// All else has no version that a client could send: the last writer wins, and 409 tells a true race, after which
// clients read and write again.
func TestTheLastWriterOfAnythingElseWins(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	for _, name := range []string{"first", "second"} {
		body := &models.V1SizeUpdateRequest{ID: ptr(guard.Size), Name: name}
		updated := call(fx.admin.Size().UpdateSize(size.NewUpdateSizeParams().WithBody(body), nil)).ok(t, "update")
		guard.Equal(t, name, updated.Name, "name")
	}
	const writers = 16
	outcomes := make([]outcome[*models.V1IPResponse], writers)
	together(writers, func(index int) {
		body := &models.V1IPUpdateRequest{Ipaddress: ptr("203.0.113.142"), Tags: []string{fmt.Sprint("writer=", index)}}
		outcomes[index] = call(fx.edit.IP().UpdateIP(ip.NewUpdateIPParams().WithBody(body), nil))
	})
	written := map[string]bool{}
	for index, one := range outcomes {
		if one.err != nil {
			one.refused(t, 409, "Conflict cannot update ip (203.0.113.142): the entity was changed from another, please retry")
			continue
		}
		tag := fmt.Sprint("writer=", index)
		guard.Equal(t, []string{tag}, one.ok(t, "writer %d", index).Tags, "tags of the writer's answer")
		written[tag] = true
	}
	guard.True(t, len(written) > 0, "somebody wrote")
	now := call(fx.view.IP().FindIP(ip.NewFindIPParams().WithID("203.0.113.142"), nil)).ok(t, "get")
	guard.Equal(t, 1, len(now.Tags), "tags")
	guard.True(t, written[now.Tags[0]], "the tag %s is of an acknowledged write", now.Tags[0])
}

// together runs `work` in as many goroutines, all let go at once.
func together(count int, work func(index int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for index := range count {
		all.Go(func() {
			<-start
			work(index)
		})
	}
	close(start)
	all.Wait()
}
