package metalapi

import (
	"slices"
	"testing"

	"github.com/metal-stack/metal-go/api/client/firewall"
	"github.com/metal-stack/metal-go/api/client/image"
	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

// The firewall controller manager rolls firewalls by the newest image, and knows them by tags.
func TestTheFirewallControllerOwnsItsFirewall(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 2)
	latest := call(fx.view.Image().FindLatestImage(image.NewFindLatestImageParams().WithID("firewall-ubuntu-3"), nil)).
		ok(t, "newest image")
	guard.Equal(t, firewallImage, *latest.ID, "newest image")
	guard.Equal(t, []string{"firewall"}, latest.Features, "its features")
	network := fx.ours(t, "shoot")
	before := fx.addresses(t)
	request := firewallRequest("fw", *network.ID, "cluster=c1", "set=fw-1")
	request.FirewallRules = &models.V1FirewallRules{
		Egress:  []*models.V1FirewallEgressRule{{Protocol: "TCP", Ports: []int32{443}, To: []string{"0.0.0.0/0"}, Comment: "web"}},
		Ingress: []*models.V1FirewallIngressRule{{Protocol: "udp", Ports: []int32{53}, From: []string{"10.0.0.0/8"}, To: []string{}}},
	}
	made := fx.allocateFirewall(t, request)
	checkFirewall(t, made, *network.ID)
	find := func(tags ...string) []*models.V1FirewallResponse {
		filter := &models.V1FirewallFindRequest{Tags: tags, AllocationProject: guard.Project}
		return call(fx.view.Firewall().FindFirewalls(firewall.NewFindFirewallsParams().WithBody(filter), nil)).
			ok(t, "firewalls with %v", tags)
	}
	guard.Equal(t, 1, len(find("cluster=c1", "set=fw-1")), "firewalls with both tags")
	guard.Equal(t, 0, len(find("cluster=c1", "set=fw-2")), "firewalls of another set")
	get := func(id string) outcome[*models.V1FirewallResponse] {
		return call(fx.view.Firewall().FindFirewall(firewall.NewFindFirewallParams().WithID(id), nil))
	}
	checkFirewall(t, get(*made.ID).ok(t, "the firewall"), *network.ID)
	guard.Equal(t, *network.ID, *fx.network(t, *network.ID).ID, "its network")

	worker := fx.allocate(t, machineRequest("node", *network.ID, "cluster=c1"))
	guard.Equal(t, 1, len(find("cluster=c1")), "a machine with the tag is no firewall")
	get(*worker.ID).refused(t, 404, "machine is not a firewall")
	get("nobody").refused(t, 404, `NotFound no machine with id "nobody" found`)

	update := &models.V1MachineUpdateRequest{ID: made.ID, Tags: []string{"cluster=c1", "set=fw-2"}}
	call(fx.admin.Machine().UpdateMachine(machine.NewUpdateMachineParams().WithBody(update), nil)).ok(t, "update of tags")
	guard.Equal(t, 1, len(find("cluster=c1", "set=fw-2")), "firewalls of the other set now")
	fx.inState(t, *made.ID, "Phoned Home")
	fx.free(t, *made.ID)
	guard.Equal(t, 0, len(find("cluster=c1")), "firewalls afterwards")
	fx.free(t, *worker.ID)
	guard.Within(t, guard.Patience, "their addresses are gone", func() bool {
		return slices.Equal(before, fx.addresses(t))
	})
}

func checkFirewall(t *testing.T, m *models.V1FirewallResponse, private string) {
	t.Helper()
	allocation := m.Allocation
	guard.Equal(t, "firewall", *allocation.Role, "role")
	guard.Equal(t, firewallImage, *allocation.Image.ID, "image")
	guard.Equal(t, 3, len(allocation.Networks), "its own network, the internet, and the implicit underlay")
	own, outside, below := networkOf(t, allocation, private), networkOf(t, allocation, internet), networkOf(t, allocation, underlay)
	guard.Equal(t, "privateprimaryunshared", *own.Networktype, "type of its own")
	guard.Equal(t, "external", *outside.Networktype, "type of the internet")
	guard.Equal(t, []string{"0.0.0.0/0", "::/0"}, outside.Destinationprefixes, "where the internet leads")
	guard.Equal(t, int64(104009), *outside.Vrf, "VRF of the internet")
	guard.True(t, *outside.Nat, "the internet is behind NAT")
	guard.Equal(t, "underlay", *below.Networktype, "type of the underlay")
	guard.Equal(t, []string{"10.1.0.1"}, below.Ips, "address in the underlay")
	guard.Equal(t, *own.Asn, *below.Asn, "AS number")
	guard.Equal(t, *own.Asn, *outside.Asn, "AS number")
	egress, ingress := allocation.FirewallRules.Egress[0], allocation.FirewallRules.Ingress[0]
	guard.Equal(t, "tcp web", egress.Protocol+" "+egress.Comment, "egress rule")
	guard.Equal(t, []int32{443}, egress.Ports, "egress ports")
	guard.Equal(t, []string{"0.0.0.0/0"}, egress.To, "egress destination")
	guard.Equal(t, "udp", ingress.Protocol, "ingress rule")
	guard.Equal(t, []int32{53}, ingress.Ports, "ingress ports")
	guard.Equal(t, []string{"10.0.0.0/8"}, ingress.From, "ingress source")
}

func TestAWrongFirewallIsRefused(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 1)
	network := *fx.ours(t, "shoot").ID
	before := fx.addresses(t)
	allocate := func(change func(*models.V1FirewallCreateRequest)) outcome[*models.V1FirewallResponse] {
		request := firewallRequest("fw", network)
		change(request)
		return call(fx.edit.Firewall().AllocateFirewall(firewall.NewAllocateFirewallParams().WithBody(request), nil))
	}
	egress := func(rule models.V1FirewallEgressRule) func(*models.V1FirewallCreateRequest) {
		return func(r *models.V1FirewallCreateRequest) {
			r.FirewallRules = &models.V1FirewallRules{Egress: []*models.V1FirewallEgressRule{&rule}}
		}
	}
	allocate(func(r *models.V1FirewallCreateRequest) { r.Imageid = ptr(guard.Image) }).
		refused(t, 400, "given image is not usable for a firewall, features: machine")
	allocate(egress(models.V1FirewallEgressRule{Protocol: "icmp"})).refused(t, 400, "no such protocol: icmp")
	allocate(egress(models.V1FirewallEgressRule{Comment: "no 1"})).refused(t, 400,
		`egress rule with error:illegal character in comment found, only: "abcdefghijklmnopqrstuvwxyz_- " allowed`)
	allocate(func(r *models.V1FirewallCreateRequest) { r.Networks = allocationNetworks("nowhere") }).
		refused(t, 404, `unable to gather networks:NotFound no network with id "nowhere" found`)
	allocate(func(r *models.V1FirewallCreateRequest) { r.Networks = allocationNetworks(network, underlay) }).refused(t, 422,
		"unable to gather networks:underlay networks are not allowed to be set explicitly: "+underlay)
	allocate(func(r *models.V1FirewallCreateRequest) { r.Networks = allocationNetworks(internet) }).
		refused(t, 422, "unable to gather networks:no private network given")
	guard.Within(t, guard.Patience, "refusals leave no address behind", func() bool {
		return slices.Equal(before, fx.addresses(t))
	})
	fx.allocateFirewall(t, firewallRequest("fw", network))
}
