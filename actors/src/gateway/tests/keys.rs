//! Commands that belong to no single partition, sent again through another one.

use super::*;

fn tenant(id: &str) -> Body {
    wire::body_from_json(&format!(r#"{{"masterdata": {{"tenant_create": {{"meta": {{"id": "{id}"}}}}}}}}"#))
        .unwrap()
}

/// How many partitions have the tenant.
fn count(partitions: &TwoPartitions, id: &str) -> usize {
    [&partitions.a, &partitions.b].iter().filter(|end| end.here().tenants.contains(id)).count()
}

#[test]
fn a_key_gives_the_first_answer_through_any_partition() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        let key = Some(Uuid::from_u128(21));
        let network = r#"{"network": {"create": {"id": "n", "prefixes": ["10.9.0.0/16"], "vrf": 7}}}"#;
        let network = wire::body_from_json(network).unwrap();
        for (body, key) in [(tenant("t"), key), (network, Some(Uuid::from_u128(22)))] {
            let first = partitions.a.execute_any(&principal(), key, body.clone()).await;
            assert!(first.is_ok(), "{first:?}");
            assert_eq!(partitions.b.execute_any(&principal(), key, body.clone()).await, first);
            assert_eq!(partitions.a.execute_any(&principal(), key, body).await, first);
        }
        assert_eq!(count(&partitions, "t"), 1);
        assert!(!partitions.b.here().networks.contains("n"));
        let refused = partitions.b.execute_any(&principal(), key, tenant("u")).await;
        assert!(matches!(refused, Err(CallError::KeyReused { .. })), "{refused:?}");
        // Without a key, each request is one of its own.
        partitions.b.execute_any(&principal(), None, tenant("t")).await.unwrap();
        assert_eq!(count(&partitions, "t"), 2);
    });
}

#[test]
fn a_partition_that_does_not_answer_leaves_the_outcome_unknown() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        let (key, second) = (Uuid::from_u128(22), Uuid::from_u128(23));
        let first = partitions.a.execute_any(&principal(), Some(key), tenant("t")).await;
        for fault in [Fault::Silent, Fault::NotSent] {
            partitions.fault(fault);
            let asked = partitions.b.execute_any(&principal(), Some(key), tenant("t")).await;
            let Err(CallError::Unavailable { partition, reason }) = asked else { panic!("{asked:?}") };
            assert_eq!(partition.as_str(), "plant-a");
            let wanted = format!(
                "no answer from plant-a; the command was not executed, the outcome of an earlier request with key {key} \
                 is still unknown"
            );
            assert_eq!(reason, wanted);
        }
        // Its own inbox needs no other partition, and neither does a request without a key.
        assert_eq!(partitions.a.execute_any(&principal(), Some(key), tenant("t")).await, first);
        partitions.b.execute_any(&principal(), None, tenant("u")).await.unwrap();
        let new = partitions.b.execute_any(&principal(), Some(second), tenant("v")).await;
        assert!(matches!(new, Err(CallError::Unavailable { .. })), "{new:?}");
        assert_eq!((count(&partitions, "t"), count(&partitions, "v")), (1, 0));
    });
}

#[test]
fn two_partitions_that_get_one_key_at_the_same_time_execute_it_once() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        let principal = principal();
        for delay_ms in 0..60_u64 {
            let (key, id) = (Some(Uuid::from_u128(100 + u128::from(delay_ms))), format!("t{delay_ms}"));
            let later = async {
                tokio::time::sleep(Duration::from_millis(delay_ms)).await;
                partitions.b.execute_any(&principal, key, tenant(&id)).await
            };
            let first = partitions.a.execute_any(&principal, key, tenant(&id));
            let (first, second) = tokio::join!(first, later);
            let executed = usize::from(first.is_ok() || second.is_ok());
            assert_eq!(count(&partitions, &id), executed, "{delay_ms} ms: {first:?}, {second:?}");
            for failed in [first, second].into_iter().filter_map(Result::err) {
                let reason = failed.to_string();
                assert!(reason.contains("is being executed; try again"), "{failed:?}");
            }
            let again = partitions.b.execute_any(&principal, key, tenant(&id)).await;
            assert!(again.is_ok(), "{again:?}");
            assert_eq!(count(&partitions, &id), 1, "{delay_ms} ms");
        }
    });
}
