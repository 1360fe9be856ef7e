//! Every check of api-machines 3.2, 3.3 and 3.4.2 by its row, with class and text.

use super::*;
use crate::ipam::{NUMBER_MAX, Pool};
use crate::masterdata::{ImageFeature, Quota, QuotaSet, SizeImageConstraint};
use crate::record::masterdata::ImageConstraints;
use crate::refusal::RefusalKind;

struct Case {
    row: &'static str,
    role: Role,
    prepare: fn(&mut Fixture, &mut AllocateRequest),
    text: &'static str,
}

const fn machine(
    row: &'static str,
    prepare: fn(&mut Fixture, &mut AllocateRequest),
    text: &'static str,
) -> Case {
    Case { row, role: Role::Machine, prepare, text }
}

const fn firewall(
    row: &'static str,
    prepare: fn(&mut Fixture, &mut AllocateRequest),
    text: &'static str,
) -> Case {
    Case { row, role: Role::Firewall, prepare, text }
}

fn refused(case: &Case) -> Refusal {
    let mut fixture = fixture();
    let mut asked = match case.role {
        Role::Machine => request(),
        Role::Firewall => firewall_request(),
    };
    (case.prepare)(&mut fixture, &mut asked);
    let before = fixture.world.addresses.len();
    let refusal = fixture.allocate(case.role, &asked).expect_err(case.row);
    assert!(fixture.machine(&M1.into()).allocation.is_none_or(|held| held.name == "other"), "{}", case.row);
    assert_eq!(fixture.world.addresses.len(), before, "row {} leaves nothing behind", case.row);
    refusal
}

fn check(cases: &[Case], kind: RefusalKind) {
    for case in cases {
        let refusal = refused(case);
        assert_eq!((refusal.kind, refusal.message.as_str()), (kind, case.text), "row {}", case.row);
    }
}

fn many(what: &str, count: usize) -> Vec<String> {
    vec![what.to_owned(); count]
}

fn dns(servers: Vec<String>) -> Vec<DnsServer> {
    servers.into_iter().map(|ip| DnsServer { ip }).collect()
}

fn ntp(servers: Vec<String>) -> Vec<NtpServer> {
    servers.into_iter().map(|address| NtpServer { address }).collect()
}

fn choices(all: &[(&str, bool)]) -> Option<Vec<NetworkChoice>> {
    let choice =
        |(id, auto): &(&str, bool)| NetworkChoice { networkid: (*id).to_owned(), autoacquire: Some(*auto) };
    Some(all.iter().map(choice).collect())
}

/// A machine of another allocation with this name.
fn occupy(fixture: &mut Fixture, role: Role) {
    let mut other = if role == Role::Firewall { firewall_request() } else { request() };
    other.name = "other".into();
    fixture.allocate(role, &other).unwrap();
}

fn quota(fixture: &Fixture, quota: Option<i64>) {
    let machine = Some(Quota { used: None, quota });
    let mut project = fixture::project(PROJECT, "sample-project");
    project.quotas = Some(QuotaSet { machine, ..QuotaSet::default() });
    fixture.put(project);
}

/// Images of debian on machines of the size that all have.
fn constrain(fixture: &Fixture, constraint: &str) {
    let images = Some([("debian".to_owned(), constraint.to_owned())].into());
    fixture.put(SizeImageConstraint {
        id: request().sizeid.into(),
        constraints: ImageConstraints { images },
        ..SizeImageConstraint::default()
    });
}

const PHASE_1: &[Case] = &[
    machine("3.2/1", |_, r| r.networks = None, "network ids cannot be nil"),
    machine("3.2/2", |_, r| r.networks = Some(Vec::new()), "network ids cannot be empty"),
    machine(
        "3.2/2, bound",
        |_, r| r.ips = many("10.0.0.1", 256),
        "a machine can have at most 256 networks and ips together",
    ),
    machine(
        "3.2/3",
        |_, r| r.imageid = "debian-12.0".into(),
        "NotFound no image for id:debian-12.0 found:no image for os:debian version:12.0.0 found",
    ),
    machine(
        "3.2/3, grammar",
        |_, r| r.imageid = "debian".into(),
        "NotFound no image for id:debian found:invalid format for os image, \
             expected <os>-<major>.<minor>[.<patch>]: debian",
    ),
    firewall(
        "3.2/4",
        |_, r| {
            let rule = RuleRequest { protocol: "icmp".into(), ..RuleRequest::default() };
            r.firewall_rules = Some(RuleRequests { egress: vec![rule], ingress: Vec::new() });
        },
        "no such protocol: icmp",
    ),
    machine(
        "3.2/5",
        |_, r| r.imageid = FIREWALL_IMAGE.into(),
        "given image is not usable for a machine, features: firewall",
    ),
    firewall(
        "3.2/5",
        |_, r| r.imageid = IMAGE.into(),
        "given image is not usable for a firewall, features: machine",
    ),
    machine(
        "3.2/6",
        |_, r| r.partitionid.clear(),
        "when no machine id is given, a partition id must be specified",
    ),
    machine("3.2/7", |_, r| r.sizeid.clear(), "when no machine id is given, a size id must be specified"),
    machine(
        "3.2/8",
        |_, r| r.uuid = "m9".into(),
        "uuid given but no machine found with uuid:m9 err:NotFound no machine with id \"m9\" found",
    ),
    machine(
        "3.2/9",
        |_, r| r.sizeid = "s9".into(),
        "size:s9 not found err:NotFound no size with id \"s9\" found",
    ),
    machine(
        "3.2/9, of the machine",
        |fixture, r| {
            fixture.edit_machine(&M1.into(), |machine| machine.size = "unknown".into());
            r.uuid = M1.into();
        },
        "size:unknown not found err:NotFound no size with id \"unknown\" found",
    ),
    machine(
        "3.2/10",
        |_, r| r.partitionid = "p9".into(),
        "partition:p9 not found err:NotFound no partition with id \"p9\" found",
    ),
    machine(
        "3.2/11",
        |_, r| r.dns_servers = dns(many("1.1.1.1", 4)),
        "please specify a maximum of three dns servers",
    ),
    machine(
        "3.2/11, each",
        |_, r| r.dns_servers = dns(many("one", 1)),
        "ip: {one} for dns server not correct err: ParseAddr(\"one\"): unable to parse IP",
    ),
    machine(
        "3.2/12",
        |_, r| r.ntp_servers = ntp(many("1.1.1.1", 6)),
        "please specify a maximum of five ntp servers",
    ),
    machine(
        "3.2/12, each",
        |_, r| r.ntp_servers = ntp(many("a b", 1)),
        "dns name: {a b} for ntp server not correct",
    ),
];

#[test]
fn phase_1_is_always_a_bad_request() {
    check(PHASE_1, RefusalKind::BadRequest);
}

const PHASE_2: &[Case] = &[
    machine("3.3/1", |_, r| r.projectid.clear(), "project id must be specified"),
    machine("3.3/2", |fixture, _| fixture.principal.email.clear(), "creator should be specified"),
    machine("3.3/3", |_, r| r.ips = many("10.0.0", 1), "\"10.0.0\" is not a valid IP address"),
    machine(
        "3.3/4",
        |_, r| r.ssh_pub_keys = many("ssh-rsa AAAA", 1),
        "invalid public SSH key: ssh-rsa AAAA error:ssh: no key found",
    ),
    firewall(
        "3.3/5",
        |_, r| r.networks = choices(&[(PRIVATE, false)]),
        "when no ip is given at least one auto acquire network must be specified",
    ),
    machine(
        "3.3/6",
        |_, r| r.networks = choices(&[(PRIVATE, false)]),
        "missing ip(s) for network(s) without automatic ip allocation",
    ),
    machine(
        "3.3/7, before 8",
        |fixture, r| {
            constrain(fixture, ">= 14");
            fixture.put(fixture::image("debian-13.0.7", "debian", "13.0.7", ImageFeature::Machine));
            r.imageid = "debian-13.0.7".into();
            r.projectid = "p9".into();
        },
        "given size:v1-small-x86 with image:debian-13.0.7 does violate image constraint:debian >=14",
    ),
    machine("3.3/7, no patch", |fixture, _| constrain(fixture, "*"), "no patch version given"),
    machine(
        "3.3/9",
        |fixture, _| {
            occupy(fixture, Role::Machine);
            fixture.add_machine("m2");
            quota(fixture, Some(1));
        },
        "project quota for machines reached max:1",
    ),
    machine(
        "3.3/10",
        |fixture, r| {
            fixture.put(fixture::image("arch-1.0", "arch", "1.0.0", ImageFeature::Machine));
            r.imageid = "arch-1.0".into();
        },
        "could not find a matching filesystemLayout for size:v1-small-x86 and image:arch-1.0",
    ),
    machine("3.3/11", |fixture, _| occupy(fixture, Role::Machine), "no machine available"),
    machine(
        "3.3/11, named",
        |fixture, r| {
            occupy(fixture, Role::Machine);
            r.uuid = M1.into();
        },
        "machine is already allocated",
    ),
    machine(
        "named, its last registration was refused",
        |fixture, r| {
            fixture.edit_machine(&M1.into(), |machine| {
                machine.refused = Some(crate::machine::Refused::new(machine.created, "no cable"));
            });
            r.uuid = M1.into();
        },
        "machine \"00000000-0000-0000-0000-00000000000a\" cannot be allocated, its last registration was refused: no cable",
    ),
    machine(
        "3.3/12, missing",
        |fixture, _| fixture.edit_machine(&M1.into(), |m| m.hardware.disks[0].name = "/dev/nvme0n1".into()),
        "unable to check for fsl match:device:/dev/sda does not exist on given hardware",
    ),
    machine(
        "3.3/12, small",
        |fixture, _| fixture.edit_machine(&M1.into(), |m| m.hardware.disks[0].size_bytes = 1 << 30),
        "unable to check for fsl match:device:/dev/sda is not big enough required:5500MiB, existing:1024MiB",
    ),
    machine(
        "3.3/14, no prefixes",
        |fixture, _| fixture.edit_network(PRIVATE, |network| network.prefixes.clear()),
        "unable to make networks:given network private-0 does not have prefixes configured",
    ),
    machine(
        "3.3/15, allocated",
        |fixture, r| {
            occupy(fixture, Role::Machine);
            fixture.again = true;
            r.uuid = M1.into();
        },
        "machine \"00000000-0000-0000-0000-00000000000a\" already allocated",
    ),
];

#[test]
fn phase_2_is_mostly_unprocessable() {
    check(PHASE_2, RefusalKind::Unprocessable);
}

#[test]
fn phase_2_knows_what_is_missing_and_what_is_exhausted() {
    let missing = [
        machine(
            "3.3/8",
            |_, r| r.projectid = "p9".into(),
            "rpc error: code = NotFound desc = project with id:p9 not found sql: no rows in result set",
        ),
        machine(
            "3.3/10, given",
            |_, r| r.filesystemlayoutid = Some("l9".into()),
            "NotFound no filesystemlayout with id \"l9\" found",
        ),
        machine(
            "3.4.2, network",
            |_, r| r.networks = networks(&["n9"]),
            "unable to gather networks:NotFound no network with id \"n9\" found",
        ),
        machine(
            "3.4.2, ip",
            |_, r| r.ips = many("10.0.0.9", 1),
            "unable to gather networks:NotFound no ip with id \"10.0.0.9\" found",
        ),
        machine(
            "3.3/15, gone",
            |fixture, r| {
                fixture.again = true;
                r.uuid = "m9".into();
            },
            "unable to find machine:NotFound no machine with id \"m9\" found",
        ),
    ];
    check(&missing, RefusalKind::NotFound);
    let exhausted = [
        machine(
            "3.3/14, IP",
            |fixture, _| {
                fixture
                    .edit_network(PRIVATE, |network| network.prefixes = vec!["10.0.0.0/32".parse().unwrap()]);
            },
            "unable to make networks:unable to allocate an ip in network: private-0 \
             Internal cannot allocate free ip in ipam, no ips left",
        ),
        machine(
            "3.3/14, ASN",
            |fixture, _| {
                fixture
                    .world
                    .numbers_change(|used| (1..=NUMBER_MAX).for_each(|asn| used.insert(Pool::Asn, asn)))
            },
            "unable to make networks:Internal acquisition of a value failed for exhausted pool",
        ),
    ];
    check(&exhausted, RefusalKind::Internal);
}

/// A quota of zero is none.
#[test]
fn a_quota_that_is_not_reached_does_not_matter() {
    for free in [None, Some(0), Some(-1), Some(1)] {
        let mut fixture = fixture();
        quota(&fixture, free);
        fixture.allocate(Role::Machine, &request()).unwrap();
    }
}

const NETWORKS: &[Case] = &[
    machine(
        "super",
        |fixture, _| fixture.edit_network(fixture::SUPER, |network| network.partition = "p9".into()),
        "partition mini-lab does not have a private super network",
    ),
    machine(
        "underlay",
        |_, r| r.networks = networks(&[UNDERLAY, "n9"]),
        "underlay networks are not allowed to be set explicitly: underlay-mini-lab",
    ),
    machine(
        "private super",
        |_, r| r.networks = networks(&[fixture::SUPER]),
        "private super networks are not allowed to be set explicitly: tenant-super-network-mini-lab",
    ),
    machine(
        "one unshared private",
        |fixture, r| {
            fixture.add_private(1);
            r.networks = networks(&[PRIVATE, "private-1"]);
        },
        "multiple private networks are specified but there must be only one primary private network that \
             must not be shared",
    ),
    machine(
        "unique",
        |_, r| r.networks = networks(&[PRIVATE, INTERNET, INTERNET]),
        "given network ids are not unique",
    ),
    machine("some private", |_, r| r.networks = networks(&[INTERNET]), "no private network given"),
    firewall(
        "only shared privates",
        |fixture, r| {
            fixture.add_shared(1, PROJECT);
            fixture.add_shared(2, PROJECT);
            r.networks = networks(&["private-1", "private-2"]);
        },
        "machines and firewalls are not allowed to be placed into multiple private, shared networks (firewall \
             needs an unshared private network and machines may only reside in one private network)",
    ),
    machine(
        "machine with two privates",
        |fixture, r| {
            fixture.add_shared(1, PROJECT);
            r.networks = networks(&[PRIVATE, "private-1"]);
        },
        "machines are not allowed to be placed into multiple private networks",
    ),
    machine(
        "primary of another project",
        |fixture, r| {
            fixture.add_shared(1, fixture::PROVIDER);
            r.networks = networks(&["private-1"]);
        },
        "the given private network does not belong to the project, which is not allowed",
    ),
    machine(
        "private elsewhere",
        |fixture, _| fixture.edit_network(PRIVATE, |network| network.partition = "p9".into()),
        "private network \"private-0\" must be located in the partition where the machine is going to be placed",
    ),
    firewall(
        "no underlay",
        |fixture, _| fixture.edit_network(UNDERLAY, |network| network.partition = "p9".into()),
        "no underlay found in the given partition:mini-lab",
    ),
    firewall(
        "two underlays",
        |fixture, _| fixture.edit_network(INTERNET, |network| network.underlay = true),
        "underlay networks are not allowed to be set explicitly: internet-mini-lab",
    ),
    firewall(
        "two underlays",
        |fixture, r| {
            fixture.edit_network(INTERNET, |network| network.underlay = true);
            r.networks = networks(&[PRIVATE]);
        },
        "more than one underlay network in partition mini-lab in the database, which should not be the case",
    ),
];

#[test]
fn networks_are_checked_by_the_rows_of_the_contract() {
    check_gathering(NETWORKS);
}

#[test]
fn given_addresses_are_checked_by_the_rows_of_the_contract() {
    let cases = [
        machine(
            "ip of another project",
            |fixture, r| {
                fixture.add_address(&PRIVATE.into(), "10.0.0.9", AddressType::Static);
                fixture.put(crate::ipam::Address {
                    project: "p9".into(),
                    ..fixture.address("10.0.0.9").unwrap()
                });
                r.ips = many("10.0.0.9", 1);
            },
            "given ip \"10.0.0.9\" with project id \"p9\" does not belong to the project of this allocation: \
             00000000-0000-0000-0000-000000000001",
        ),
        machine(
            "ip of no given network",
            |fixture, r| {
                fixture.add_address(&INTERNET.into(), "203.0.113.200", AddressType::Static);
                r.ips = many("203.0.113.200", 1);
            },
            "given ip \"203.0.113.200\" is not in any of the given networks, which is required",
        ),
        machine(
            "private without address",
            |fixture, r| {
                fixture.add_address(&INTERNET.into(), "203.0.113.200", AddressType::Static);
                r.ips = many("203.0.113.200", 1);
                r.networks = choices(&[(PRIVATE, false), (INTERNET, true)]);
            },
            "the private network \"private-0\" has no auto ip acquisition, but no suitable IPs were provided, \
             which would lead into a machine having no ip address",
        ),
    ];
    check_gathering(&cases);
}

fn check_gathering(cases: &[Case]) {
    for case in cases {
        let refusal = refused(case);
        let text = format!("unable to gather networks:{}", case.text);
        let row = format!("3.3/13, {}", case.row);
        assert_eq!((refusal.kind, refusal.message), (RefusalKind::Unprocessable, text), "row {row}");
    }
}

/// Consequence of the order of api-machines 3.3: without a machine, mistakes in the networks are not reported.
#[test]
fn the_candidate_comes_before_the_networks() {
    let case = machine(
        "3.3/11 before 13",
        |fixture, r| {
            fixture.set_liveliness(&M1.into(), crate::machine::Liveliness::Unknown);
            r.networks = networks(&["n9"]);
        },
        "no machine available",
    );
    check(&[case], RefusalKind::Unprocessable);
}
