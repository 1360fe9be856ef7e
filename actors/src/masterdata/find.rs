//! Filters of images, projects and tenants (api-resources 8.3 and 8.5). Absent fields do not restrict; all given fields
//! must match; texts are compared exactly.

use crate::record::masterdata::{Image, Project, Tenant};
use crate::world::{Versioned, World};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Default number of tenants on a page.
pub const PAGE_COUNT: u64 = 100;

/// The wire's shape (api-resources 8.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageFind {
    pub id: Option<String>,
    pub name: Option<String>,
    pub os: Option<String>,
    /// Compared with the normalised version: `24.4.20260101`.
    pub version: Option<String>,
    pub classification: Option<String>,
    /// The image must have all of them.
    pub features: Option<Vec<String>>,
}

/// The wire's shape (api-resources 8.5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProjectFind {
    pub id: Option<String>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub tenant_id: Option<String>,
}

/// The wire's shape (api-resources 8.5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TenantFind {
    pub id: Option<String>,
    pub name: Option<String>,
    /// Every key with exactly this value.
    pub annotations: Option<BTreeMap<String, String>>,
    pub paging: Option<Paging>,
}

/// A part of the list: `count` rows after `page` times `count` rows (api-resources 9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Paging {
    /// From 0.
    pub page: Option<u64>,
    /// Absent or 0: [`PAGE_COUNT`].
    pub count: Option<u64>,
}

/// Ascending by id.
pub fn images(world: &World, find: &ImageFind) -> Vec<Arc<Versioned<Image>>> {
    let features = find.features.as_deref().unwrap_or_default();
    world.images.filter(|image| {
        is(find.id.as_ref(), image.id.as_str())
            && is(find.name.as_ref(), &image.name)
            && is(find.os.as_ref(), &image.os)
            && is(find.version.as_ref(), &image.version)
            && is(find.classification.as_ref(), image.classification.as_str())
            && features.iter().all(|wanted| image.features.iter().any(|has| has.as_str() == wanted))
    })
}

/// Ascending by id.
pub fn projects(world: &World, find: &ProjectFind) -> Vec<Arc<Versioned<Project>>> {
    world.projects.filter(|project| {
        let id = project.meta.as_ref().map(|meta| meta.id.as_str()).unwrap_or_default();
        is(find.id.as_ref(), id)
            && is(find.name.as_ref(), &project.name)
            && is(find.description.as_ref(), &project.description)
            && is(find.tenant_id.as_ref(), project.tenant_id.as_str())
    })
}

/// Ascending by id; all of them without `paging`.
pub fn tenants(world: &World, find: &TenantFind) -> Vec<Arc<Versioned<Tenant>>> {
    let found = world.tenants.filter(|tenant| {
        let meta = tenant.meta.clone().unwrap_or_default();
        is(find.id.as_ref(), &meta.id)
            && is(find.name.as_ref(), &tenant.name)
            && find.annotations.iter().flatten().all(|(key, value)| meta.annotations.get(key) == Some(value))
    });
    match find.paging {
        Some(paging) => paging.cut(found),
        None => found,
    }
}

impl Paging {
    fn cut<T>(self, rows: Vec<T>) -> Vec<T> {
        let count = self.count.filter(|count| *count > 0).unwrap_or(PAGE_COUNT);
        let skip = self.page.unwrap_or(0).saturating_mul(count);
        let bounded = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        rows.into_iter().skip(bounded(skip)).take(bounded(count)).collect()
    }
}

fn is(wanted: Option<&String>, value: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == value)
}

#[cfg(test)]
mod tests;
