//! Ids as of commit e7d8d3e, the last one before wire versions. Never edited.

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($($name:ident),+ $(,)?) => {$(
        #[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(pub(crate) String);
    )+};
}

impl TenantId {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

text_id! {
    MachineId, SwitchId, RackId, PartitionId, SizeId, ImageId, LayoutId, NetworkId, ProjectId, TenantId, NamespaceId,
}
