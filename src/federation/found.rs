//! `federation init`: this partition becomes the first member of a federation, and holds the key of its root.

use super::control::{Line, failed};
use super::items::Membership;
use super::ledger::Changes;
use super::{Federation, root_key};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use transport::document::{Document, Member};
use transport::identity::authority::{PartitionAuthority, Root};

impl Federation {
    pub(super) async fn init(&self) -> Line {
        if let Some(member) = self.member() {
            return failed(format!(
                "this partition is already a member of federation {}: `metalmesh federation invite` lets others join it",
                member.document.federation
            ));
        }
        self.found().await.unwrap_or_else(|error| failed(format!("no federation was made: {error:#}")))
    }

    async fn found(&self) -> anyhow::Result<Line> {
        let partition = self.shared.gateway.partition().to_string();
        let addresses = self.addresses()?;
        self.can_listen()?;
        let now = (self.wall_clock())();
        let name = self.shared.gateway.local().env().uuid().to_string();
        let root = Root::create(&name, &partition, now)?;
        let (private, request) = PartitionAuthority::request(&partition)?;
        let intermediate = root.admit(&request, &partition, now)?;
        // A crash before the commit leaves keys that nothing uses.
        let key = format!("partition-{name}.key");
        self.shared.keys.write(&root_key(&name), root.key().secret_pkcs8_der())?;
        self.shared.keys.write(&key, private.secret_pkcs8_der())?;
        let now_ms = self.shared.clock.now().millis();
        let member = Member {
            epoch: 1,
            addresses,
            joined_at_ms: now_ms,
            features: BTreeSet::new(),
            intermediate: intermediate.clone(),
            is_root_holder: true,
        };
        let document = Document {
            federation: name.clone(),
            root_generation: 1,
            number: 1,
            members: BTreeMap::from([(partition.clone(), member)]),
            roots: vec![root.certificate().clone()],
            denied: BTreeSet::new(),
        };
        let membership = Membership {
            federation: name.clone(),
            document: root.sign(&document)?.encode(),
            key,
            intermediate: intermediate.to_vec(),
            root: root.certificate().to_vec(),
            holds_root: true,
            since_ms: now_ms,
            forked: false,
        };
        self.shared.ledger.write(Changes::default().create(&membership)).await?;
        self.enter_again().await?;
        let fingerprint = root.fingerprint();
        Ok(Line::Done {
            sentence: format!(
                "{partition} is the first member of federation {name} and holds its root; fingerprint: {fingerprint}"
            ),
            result: json!({"federation": name, "partition": partition, "root": fingerprint.to_string()}),
        })
    }
}
