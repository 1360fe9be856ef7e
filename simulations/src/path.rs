//! The path between a node and its clients, hardware and users. A write may reach the node a second time, or long after
//! its sender gave up; those answers are dropped.

use crate::link::Link;
use crate::node::{Inside, Node};
use crate::sometimes::{DELIVERED_LATE, DELIVERED_TWICE};
use std::sync::Arc;
use std::time::Duration;

/// Why a caller has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// The process does not run, or died before it answered.
    Closed,
    /// No answer came in time.
    Silence,
}

/// A caller's connection to a node.
#[derive(Clone, Debug)]
pub struct Path {
    pub node: Arc<Node>,
    pub there: Arc<Link>,
    pub back: Arc<Link>,
}

impl Path {
    /// Sends a read, of which only one answer counts. `bytes`: of each message. The work ends with the timeout, like a
    /// closed connection.
    pub async fn ask<T, F, W>(&self, patience: Duration, bytes: u64, work: F) -> Result<T, Unanswered>
    where
        T: Send + 'static,
        F: FnOnce(Inside) -> W + Send + 'static,
        W: Future<Output = T> + 'static,
    {
        let exchange = async {
            self.there.carry(bytes).await;
            self.answered(bytes, work).await
        };
        tokio::time::timeout(patience, exchange).await.unwrap_or(Err(Unanswered::Silence))
    }

    /// Sends a write. The link decides how often and when it reaches the node, even if the caller has given up.
    pub async fn tell<T, F, W>(&self, patience: Duration, bytes: u64, work: F) -> Result<T, Unanswered>
    where
        T: Send + 'static,
        F: FnOnce(Inside) -> W + Clone + Send + 'static,
        W: Future<Output = T> + 'static,
    {
        let passage = self.there.send(bytes);
        if let Some(under_way) = passage.second {
            self.deliver_later(under_way, DELIVERED_TWICE, work.clone());
        }
        let exchange = async {
            match passage.first {
                Some(under_way) if under_way < patience => {
                    tokio::time::sleep(under_way).await;
                    self.answered(bytes, work).await
                }
                Some(under_way) => {
                    self.deliver_later(under_way, DELIVERED_LATE, work);
                    std::future::pending().await
                }
                None => std::future::pending().await,
            }
        };
        tokio::time::timeout(patience, exchange).await.unwrap_or(Err(Unanswered::Silence))
    }

    async fn answered<T, F, W>(&self, bytes: u64, work: F) -> Result<T, Unanswered>
    where
        T: Send + 'static,
        F: FnOnce(Inside) -> W + Send + 'static,
        W: Future<Output = T> + 'static,
    {
        let done = self.node.call(work).await;
        self.back.carry(bytes).await;
        done.map_err(|_| Unanswered::Closed)
    }

    /// Delivers a message whose sender has given up. A process that does not run does not get it.
    fn deliver_later<T, F, W>(&self, under_way: Duration, what: &'static str, work: F)
    where
        T: Send + 'static,
        F: FnOnce(Inside) -> W + Send + 'static,
        W: Future<Output = T> + 'static,
    {
        let (node, link) = (Arc::clone(&self.node), Arc::clone(&self.there));
        tokio::spawn(async move {
            tokio::time::sleep(under_way).await;
            link.delivers(what);
            node.call(work).await.ok();
        });
    }
}

#[cfg(test)]
mod tests;
