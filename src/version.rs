//! The version that a node reports on every port.

/// The server's version; clients compare their own with `min_client_version`, which must be a semantic version
/// (metalctl 5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionInfo {
    pub version: String,
    pub build_date: String,
    pub revision: String,
    pub git_sha: String,
    pub min_client_version: String,
    pub release_version: Option<String>,
}
