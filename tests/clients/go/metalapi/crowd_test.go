package metalapi

import (
	"fmt"
	"net/netip"
	"testing"

	metalgo "github.com/metal-stack/metal-go"
	"github.com/metal-stack/metal-go/api/client/ip"
	"github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/models"
	"metalmesh.test/clients/guard"
)

const crowd = 64

func (l *fixture) crowd(t testing.TB) []metalgo.Client {
	t.Helper()
	var clients []metalgo.Client
	for range crowd {
		clients = append(clients, signingAs(t, l.Node, editKey, editType))
	}
	return clients
}

func freeAll(t *testing.T, clients []metalgo.Client, addresses []string) {
	t.Helper()
	outcomes := make([]outcome[*models.V1IPResponse], len(addresses))
	together(len(clients), func(index int) {
		for at := index; at < len(addresses); at += len(clients) {
			outcomes[at] = call(clients[index].IP().FreeIP(ip.NewFreeIPParams().WithID(addresses[at]), nil))
		}
	})
	for at, one := range outcomes {
		guard.Equal(t, addresses[at], *one.ok(t, "free of %s", addresses[at]).Ipaddress, "what was freed")
	}
}

// 64 clients ask for more addresses than there are: each address is allocated once, and the other requests are refused.
func TestACrowdGetsEveryAddressOnce(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	const each, room = 2, 125
	before := fx.addresses(t)
	usage := fx.network(t, internet).Usage
	clients := fx.crowd(t)
	outcomes := make([]outcome[*models.V1IPResponse], crowd*each)
	together(crowd, func(index int) {
		for turn := range each {
			name := fmt.Sprintf("client %d, turn %d", index, turn)
			request := &models.V1IPAllocateRequest{Name: name, Networkid: ptr(internet), Projectid: ptr(guard.Project)}
			params := ip.NewAllocateIPParams().WithBody(request)
			outcomes[index*each+turn] = call(clients[index].IP().AllocateIP(params, nil))
		}
	})
	given, names, refusals := map[string]string{}, map[string]bool{}, 0
	for _, one := range outcomes {
		if one.err != nil {
			one.refused(t, 500, "Internal cannot allocate free ip in ipam, no ips left")
			refusals++
			continue
		}
		made := one.ok(t, "an address")
		guard.Equal(t, "", given[*made.Ipaddress], "who had %s before", *made.Ipaddress)
		given[*made.Ipaddress] = *made.Allocationuuid
		guard.True(t, !names[made.Name], "%s got one of its own", made.Name)
		names[made.Name] = true
	}
	guard.Equal(t, room, len(given), "addresses given")
	guard.Equal(t, crowd*each-room, refusals, "refusals")
	var mine []string
	for _, listed := range fx.findIPs(t, &models.V1IPFindRequest{Projectid: guard.Project}) {
		guard.Equal(t, given[*listed.Ipaddress], *listed.Allocationuuid, "allocation of %s", *listed.Ipaddress)
		mine = append(mine, *listed.Ipaddress)
	}
	guard.Equal(t, room, len(mine), "addresses of the project")
	guard.Equal(t, int64(128), *fx.network(t, internet).Usage.UsedIps, "used addresses")
	freeAll(t, clients, mine)
	guard.Equal(t, before, fx.addresses(t), "addresses afterwards")
	guard.Equal(t, usage, fx.network(t, internet).Usage, "usage afterwards")
}

// The super network has room for exactly one child per client.
func TestACrowdGetsNetworksThatDoNotOverlap(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	usage := fx.network(t, super).Consumption
	clients := fx.crowd(t)
	outcomes := make([]outcome[*models.V1NetworkResponse], crowd)
	allocate := func(client metalgo.Client) outcome[*models.V1NetworkResponse] {
		request := &models.V1NetworkAllocateRequest{Projectid: guard.Project, Partitionid: guard.Partition}
		return call(client.Network().AllocateNetwork(network.NewAllocateNetworkParams().WithBody(request), nil))
	}
	together(crowd, func(index int) { outcomes[index] = allocate(clients[index]) })
	var ids []string
	vrfs, all := map[int64]bool{}, []netip.Prefix{}
	for _, one := range outcomes {
		made := one.ok(t, "a network")
		guard.True(t, !vrfs[made.Vrf], "VRF %d is given once", made.Vrf)
		vrfs[made.Vrf] = true
		for _, text := range made.Prefixes {
			prefix, err := netip.ParsePrefix(text)
			guard.OK(t, err, "prefix %s", text)
			for _, other := range all {
				guard.True(t, !prefix.Overlaps(other), "%s and %s", prefix, other)
			}
			all = append(all, prefix)
		}
		ids = append(ids, *made.ID)
	}
	guard.Equal(t, 2*crowd, len(all), "prefixes")
	full := fx.network(t, super).Consumption
	guard.Equal(t, []int64{crowd, 0}, []int64{*full.IPV4.UsedPrefixes, *full.IPV4.AvailablePrefixes}, "used and free prefixes")
	allocate(clients[0]).refused(t, 422,
		"cannot allocate free child prefix in ipam: invalid_argument: no prefix found in 10.0.0.0/16 with length:22")
	guard.Equal(t, full, fx.network(t, super).Consumption, "a refusal takes nothing, of no family")

	freed := make([]outcome[*models.V1NetworkResponse], crowd)
	together(crowd, func(index int) {
		params := network.NewFreeNetworkParams().WithID(ids[index])
		freed[index] = call(clients[index].Network().FreeNetwork(params, nil))
	})
	for index, one := range freed {
		guard.Equal(t, ids[index], *one.ok(t, "free of a network").ID, "what was freed")
	}
	guard.Equal(t, usage, fx.network(t, super).Consumption, "usage afterwards")
}

// Everybody frees the same address: it is freed once.
func TestACrowdFreesAnAddressOnce(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, 0)
	clients := fx.crowd(t)
	address := *fx.address(t, internet, "static", "one").Ipaddress
	outcomes := make([]outcome[*models.V1IPResponse], crowd)
	together(crowd, func(index int) {
		outcomes[index] = call(clients[index].IP().FreeIP(ip.NewFreeIPParams().WithID(address), nil))
	})
	freed := 0
	for _, one := range outcomes {
		switch {
		case one.err == nil:
			one.ok(t, "free")
			freed++
		case one.is(409, "Conflict cannot update ip ("+address+"): the entity was changed from another, please retry"):
		default:
			one.refused(t, 404, `NotFound no ip with id "`+address+`" found`)
		}
	}
	guard.Equal(t, 1, freed, "who freed it")
	guard.Equal(t, int64(3), *fx.network(t, internet).Usage.UsedIps, "used addresses")
}
