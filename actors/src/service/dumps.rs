//! Loading a dump of go-ipam into a namespace of this partition.

use crate::decision::Principal;
use crate::gateway::Gateway;
use crate::ids::NamespaceId;
use crate::loading;
use crate::namespace::dump::DumpContent;
use crate::runtime::CallError;

/// Loads a dump into an empty namespace, completely or not at all. Takes many transactions; the namespace looks empty
/// until the last one.
pub async fn load(
    gateway: &Gateway,
    principal: &Principal,
    namespace: &NamespaceId,
    plan: &DumpContent,
) -> Result<(), CallError> {
    loading::load(gateway.local(), principal, namespace, plan).await
}
