//! Names, keys and settings of two plants.

use super::Both;
use super::found::{Finding, Found, Severity, shown};
use crate::federation::key::RoleKeys;
use crate::ids::PartitionId;

/// Conflicts and remarks about the nodes' own configuration. Clients may turn to any plant, and expect the same of it.
pub(super) fn compare(both: &Both<'_>, member_name: &PartitionId, found: &mut Found) {
    let (joiner, member, name) = (both.joiner, both.member, &both.name);
    if joiner.partition == *member_name {
        found.conflict(|| {
            let subject = format!("partition {name}");
            let text = format!(
                "both plants serve a {subject}, and a federation knows its members by these names: set up one of them \
                 again under another name, or join each to a federation of its own"
            );
            Finding { severity: Severity::Conflict, subject, text }
        });
    }
    let settings = [
        ("http.base_path", &joiner.base_path, &member.base_path, "clients reach all plants under one path"),
        (
            "http.provider_tenant",
            &joiner.provider_tenant,
            &member.provider_tenant,
            "one tenant provides all plants",
        ),
    ];
    for (setting, own, its, why) in settings.into_iter().filter(|(_, own, its, _)| own != its) {
        found.conflict(|| {
            let text = format!(
                "{setting} is \"{}\" in the joiner and \"{}\" in {name}: {why}, so set the same in both",
                shown(own),
                shown(its)
            );
            Finding { severity: Severity::Conflict, subject: setting.to_owned(), text }
        });
    }
    let nothing = RoleKeys::default();
    for role in joiner.keys.keys().chain(member.keys.keys().filter(|role| !joiner.keys.contains_key(*role))) {
        let [own, its] = [joiner, member].map(|plant| plant.keys.get(role).unwrap_or(&nothing));
        keys(role, own, its, name, found);
    }
}

/// Requests that are signed with the current key of one plant must be accepted by the other.
fn keys(role: &str, own: &RoleKeys, its: &RoleKeys, name: &str, found: &mut Found) {
    let (Some(current), Some(other)) = (own.current, its.current) else {
        if own.current != its.current {
            found.remark(|| {
                let subject = format!("key of role {}", shown(role));
                let owner = if own.current.is_some() { "the joiner" } else { name };
                let text = format!("only {owner} has a {subject}: its requests work in that plant alone");
                Finding { severity: Severity::Remark, subject, text }
            });
        }
        return;
    };
    if current == other {
        return;
    }
    let missing = match (own.accepts(other), its.accepts(current)) {
        (true, true) => {
            found.remark(|| {
                let subject = format!("key of role {}", shown(role));
                let text = format!(
                    "the {subject} differs from that of {name}, and each plant accepts both: once all clients have \
                     changed over, remove the old key"
                );
                Finding { severity: Severity::Remark, subject, text }
            });
            return;
        }
        (false, true) => format!("the key of {name} is missing in the joiner"),
        (true, false) => format!("the joiner's key is missing in {name}"),
        (false, false) => "neither accepts the other".to_owned(),
    };
    found.conflict(|| {
        let subject = format!("key of role {}", shown(role));
        let text = format!(
            "the {subject} differs from that of {name}: {missing}. Add it as the second line of the file \
             http.hmac.{}_key_file, which is read again without a restart",
            shown(role)
        );
        Finding { severity: Severity::Conflict, subject, text }
    });
}
