//! Undoes loads of dumps that are not finished.

use super::principal;
use crate::namespace;
use crate::runtime::Site;
use std::time::Duration;

/// Between two looks for loads that are not finished.
const EVERY: Duration = Duration::from_secs(30);

pub(super) async fn run(site: Site) {
    let principal = principal();
    while !site.is_stopping() {
        for read in site.world().namespaces.all() {
            let is_dead = read.load.as_ref().is_some_and(|load| namespace::is_dead(load, site.now()));
            if is_dead && let Err(error) = namespace::undo_dead(&site, &principal, &read.name).await {
                tracing::debug!(namespace = %read.name, %error, "a dead load was not undone this time");
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}
