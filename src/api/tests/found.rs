//! Every filter of api-machines 1.7, one row each for a hit and a miss.

use super::fixture::rack::{M1, M2, allocation, private_network, rack};
use serde_json::{Value, json};

#[actix_web::test]
async fn machine_filters() {
    let fixture = rack(&[M1, M2]).await;
    let network = private_network(&fixture).await;
    fixture.post("v1/machine/allocate", allocation(M1, &network, "ubuntu-24.04")).await.ok();
    let vrf = fixture.get(&format!("v1/network/{network}")).await.ok()["vrf"].clone();
    let one = [
        (json!({"id": M1}), M1),
        (json!({"allocation_name": "n"}), M1),
        (json!({"allocation_project": "p1"}), M1),
        (json!({"allocation_image_id": "ubuntu-24.04.20260101"}), M1),
        (json!({"allocation_hostname": "h"}), M1),
        (json!({"allocation_role": "machine"}), M1),
        (json!({"allocation_succeeded": false}), M1),
        (json!({"network_ids": [network]}), M1),
        (json!({"network_asns": [4_210_000_001_i64]}), M1),
        (json!({"network_vrfs": [vrf]}), M1),
        (json!({"network_prefixes": ["10.0.0.0/22"]}), M1),
        (json!({"network_ips": ["10.0.0.1"]}), M1),
        (json!({"tags": ["t"]}), M1),
        (json!({"nics_mac_addresses": ["00:00:00:00:01:01"]}), M2),
        (json!({"nics_neighbor_mac_addresses": ["Eth2"]}), M2),
        (json!({"nics_neighbor_mac_addresses": ["eTH2"]}), M2),
        (json!({"nics_neighbor_names": ["Ethernet0"]}), M1),
        (json!({"ipmi_address": "10.8.0.2:623"}), M2),
    ];
    let both = [
        json!({}),
        json!({"id": null, "tags": [], "network_ids": null, "disk_sizes": null}),
        json!({"name": ""}),
        json!({"partition_id": "mini-lab", "sizeid": "v1-small-x86", "rackid": "test-rack"}),
        json!({"hardware_memory": 2_147_483_648_u64}),
        json!({"nics_names": ["eth0", "eth1"]}),
        json!({"nics_vrfs": [""], "nics_neighbor_vrfs": [""]}),
        json!({"disk_names": ["/dev/sda"], "disk_sizes": [5_368_709_120_u64]}),
        json!({"state_value": ""}),
        json!({"ipmi_mac_address": "AA", "ipmi_user": "metal", "ipmi_interface": "lanplus"}),
        json!({"fru_board_mfg": "B"}),
    ];
    let none = [
        json!({"name": "n"}),
        json!({"fru_product_serial": ""}),
        json!({"partition_id": "x"}),
        json!({"sizeid": "x"}),
        json!({"rackid": ""}),
        json!({"tags": ["t", "x"]}),
        json!({"allocation_name": ""}),
        json!({"allocation_succeeded": true}),
        json!({"allocation_role": "firewall"}),
        json!({"network_ids": [network, "x"]}),
        json!({"network_destination_prefixes": ["0.0.0.0/0"]}),
        json!({"hardware_memory": 1}),
        json!({"nics_names": ["eth0", "eth2"]}),
        json!({"nics_vrfs": ["vrf1"]}),
        json!({"nics_neighbor_vrfs": ["vrf1"]}),
        json!({"disk_names": ["/dev/sdb"]}),
        json!({"disk_sizes": [1]}),
        json!({"state_value": "LOCKED"}),
        json!({"fru_chassis_part_number": "x"}),
        json!({"fru_chassis_part_serial": "x"}),
        json!({"fru_board_mfg": "b"}),
        json!({"fru_board_mfg_serial": "x"}),
        json!({"fru_board_part_number": "x"}),
        json!({"fru_product_manufacturer": "x"}),
        json!({"fru_product_part_number": "x"}),
        json!({"fru_product_serial": "x"}),
        json!({"ipmi_user": ""}),
    ];
    let wanted = one.into_iter().map(|(filter, id)| (filter, id.to_owned()));
    let wanted = wanted.chain(both.into_iter().map(|filter| (filter, format!("{M1} {M2}"))));
    for (filter, wanted) in wanted.chain(none.into_iter().map(|filter| (filter, String::new()))) {
        for path in ["v1/machine/find", "v1/machine/ipmi/find"] {
            let found = fixture.post(path, filter.clone()).await.ok();
            assert_eq!(ids(&found), wanted, "{path} {filter}");
        }
    }
    assert_eq!(fixture.post("v1/machine/find", json!({"tags": "t"})).await.refusal().0, 400);
}

fn ids(found: &Value) -> String {
    let rows = found.as_array().unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}
