//! The one writer of a store: takes all transactions from its queue, executes them as one SQL transaction, answers all
//! callers, and starts the next batch after the commit. There is no timer: the duration of a commit sets the size of
//! the next batch.
//!
//! Owns the writing connection, retries, and the errors that callers get. [`Batch::attempt`] executes a batch.

use super::backoff::{Backoff, Jitter};
use super::batch::{Batch, Failure, Verdict};
use super::classify::{Class, Stage, classify, gave_up};
use super::commit_resolution::UnresolvedCommit;
use super::decode;
use super::epoch::Epoch;
use super::link::{Link, Target};
use super::metrics::StoreMetrics;
use super::plan::TransactionResult;
use super::sql::{self, Flavor};
use super::standing::{Held, Standing};
use actors::store::{Committed, Old, StoreError, Transaction};
use actors::time::Timestamp;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep};

/// Maximum of queued work. Beyond it callers wait before they are queued.
pub(super) const QUEUE_MAX: usize = 1024;

/// Maximum of transactions in one batch: more increase latency and hardly throughput. It does not bound a statement:
/// rows come in pieces ([`sql::ROWS_PER_STATEMENT`], [`sql::IDS_PER_STATEMENT`]), or a whole column of them is one
/// parameter ([`super::single_statement`]).
const TRANSACTIONS_PER_BATCH_MAX: usize = 512;

/// Maximum of steps in one batch, if it has more than one transaction.
const STEPS_PER_BATCH_MAX: usize = 4096;

/// Maximal bytes of one batch, if it has more than one transaction.
const BYTES_PER_BATCH_MAX: usize = 16 << 20;

/// How often a batch that is not full yields to callers that the last commit woke. Without this, batches would
/// alternate between a few transactions and all the others. A single caller does not wait for others.
const YIELDS_PER_BATCH: usize = 3;

/// Work for the writer, with a channel for the answer.
#[derive(Debug)]
pub(super) enum Job {
    Commit(Transaction, oneshot::Sender<Result<Committed, StoreError>>),
    Prune {
        old: Old,
        before: Timestamp,
        limit: usize,
        answer: oneshot::Sender<Result<usize, StoreError>>,
    },
    /// Renews the epoch, and updates the standing.
    Renew,
}

type Answer = oneshot::Sender<Result<Committed, StoreError>>;

/// The transactions of a batch, and in the same order their callers.
#[derive(Debug, Default)]
struct Gathered {
    transactions: Vec<Transaction>,
    answers: Vec<Answer>,
    steps: usize,
    bytes: usize,
}

impl Gathered {
    fn has_room_for(&self, steps: usize, bytes: usize) -> bool {
        self.transactions.is_empty()
            || (self.transactions.len() < TRANSACTIONS_PER_BATCH_MAX
                && self.steps + steps <= STEPS_PER_BATCH_MAX
                && self.bytes + bytes <= BYTES_PER_BATCH_MAX)
    }

    /// Adds the job, or returns it when it must wait for the next batch.
    fn take(&mut self, job: Job) -> Option<Job> {
        let Job::Commit(transaction, answer) = job else { return Some(job) };
        let steps = transaction.checks.len() + transaction.puts.len() + transaction.deletes.len();
        let reply = transaction.inbox.as_ref().map_or(0, |entry| entry.reply.len());
        let bytes = reply + transaction.puts.iter().map(|put| put.row.bytes()).sum::<usize>();
        if !self.has_room_for(steps, bytes) {
            return Some(Job::Commit(transaction, answer));
        }
        self.steps += steps;
        self.bytes += bytes;
        self.transactions.push(transaction);
        self.answers.push(answer);
        None
    }
}

/// Why the writer gave up on a batch.
#[derive(Debug)]
struct GaveUp {
    class: Class,
    error: Arc<sqlx::Error>,
    /// For each transaction whether it may have been applied anyway.
    unknown: Vec<bool>,
}

/// The writer's state.
#[derive(Debug)]
pub(super) struct Writer {
    target: Target,
    partition: String,
    epoch: Epoch,
    link: Option<Link>,
    jitter: Jitter,
    /// The last batch could not reach the database: the next one tries only once, so that the callers of a full queue
    /// are answered at once, instead of each after all retries.
    down: bool,
    metrics: StoreMetrics,
    /// Number of callers that the last batch answered.
    answered: usize,
    standing: watch::Sender<Standing>,
}

impl Writer {
    pub(super) fn new(
        target: Target,
        partition: String,
        epoch: Epoch,
        link: Link,
        seed: u64,
        metrics: StoreMetrics,
        standing: watch::Sender<Standing>,
    ) -> Self {
        Self {
            target,
            partition,
            epoch,
            link: Some(link),
            jitter: Jitter::new(seed),
            down: false,
            metrics,
            answered: 0,
            standing,
        }
    }

    /// Works until all senders are gone and the queue is empty.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut carried = None;
        loop {
            let next = match carried.take() {
                Some(job) => Some(job),
                None => queue.recv().await,
            };
            match next {
                None => break,
                Some(Job::Prune { old, before, limit, answer }) => {
                    // The caller may have stopped waiting; the work is done anyway.
                    answer.send(self.prune(old, before, limit).await).ok();
                }
                Some(Job::Renew) => self.renew().await,
                Some(job) => {
                    let mut gathered = Gathered::default();
                    carried = gathered.take(job);
                    if carried.is_none() {
                        carried = gather(&mut gathered, &mut queue, self.answered).await;
                    }
                    self.answered = gathered.answers.len();
                    self.serve(gathered).await;
                }
            }
        }
        self.finish().await;
    }

    async fn serve(&mut self, gathered: Gathered) {
        let Gathered { transactions, answers, .. } = gathered;
        let gave_up = match self.carry_out(&transactions).await {
            Ok(outcomes) => return answer_all(answers, outcomes),
            Err(gave_up) => gave_up,
        };
        tracing::warn!(error = %gave_up.error, class = ?gave_up.class, transactions = transactions.len(), "gave up on a batch");
        let alone = transactions.len() > 1 && gave_up.class == Class::Refused;
        if !alone || gave_up.unknown.contains(&true) {
            for (answer, unknown) in answers.into_iter().zip(&gave_up.unknown) {
                answer.send(Err(gave_up.answer(*unknown))).ok();
            }
            return;
        }
        // One of them is at fault; the others must not fail with it.
        for (transaction, answer) in transactions.into_iter().zip(answers) {
            let result = match self.carry_out(std::slice::from_ref(&transaction)).await {
                Ok(outcomes) => outcomes.into_iter().next().map_or_else(lost_outcome, answer_of),
                Err(gave_up) => Err(gave_up.answer(gave_up.unknown.contains(&true))),
            };
            answer.send(result).ok();
        }
    }

    async fn carry_out(&mut self, transactions: &[Transaction]) -> Result<Vec<TransactionResult>, GaveUp> {
        let partition = self.partition.clone();
        let batch =
            Batch { flavor: self.target.flavor(), partition: &partition, epoch: self.epoch, transactions };
        let mut unresolved = Vec::new();
        let mut backoff = Backoff::new();
        let began = Instant::now();
        loop {
            let Failure { class, error } = match self.attempt(batch, &mut unresolved).await {
                Ok(Verdict::Decided(outcomes)) => {
                    self.down = false;
                    self.stands(Standing::Writes);
                    self.metrics.committed(transactions.len(), began.elapsed());
                    return Ok(outcomes);
                }
                Ok(Verdict::Undecidable) => {
                    let error = sqlx::Error::Protocol("a commit got no response".to_owned());
                    return Err(give_up(Class::Ambiguous, error, &unresolved, transactions.len()));
                }
                Err(failure) => failure,
            };
            tracing::debug!(%error, ?class, "a batch failed");
            if class == Class::Deposed {
                self.taken_over().await;
            }
            let wait = backoff.next(class, &mut self.jitter);
            // After an ambiguous commit, all retries are worth it to find out its outcome.
            let hopeless = self.down && unresolved.is_empty();
            self.down = matches!(class, Class::Lost | Class::Unavailable);
            match wait {
                Some(wait) if !(hopeless && self.down) => sleep(wait).await,
                _ => {
                    if self.down {
                        self.stands(Standing::CannotWrite(error.to_string()));
                    }
                    return Err(give_up(class, error, &unresolved, transactions.len()));
                }
            }
        }
    }

    /// An overtaken store stays overtaken.
    fn stands(&self, now: Standing) {
        self.standing.send_if_modified(|standing| {
            let changes = *standing != now && !matches!(standing, Standing::TakenOver { .. });
            if changes {
                match &now {
                    Standing::Writes => tracing::info!("the store writes again"),
                    Standing::CannotWrite(error) => tracing::error!(error, "the store cannot write"),
                    Standing::TakenOver { by } => {
                        let by = by.as_deref().unwrap_or("another node");
                        tracing::error!(by, partition = self.partition, "the partition was taken over");
                    }
                }
                *standing = now;
            }
            changes
        });
    }

    async fn taken_over(&mut self) {
        if matches!(*self.standing.borrow(), Standing::TakenOver { .. }) {
            return;
        }
        let by = self.holder().await.unwrap_or_default();
        self.stands(Standing::TakenOver { by });
    }

    async fn holder(&mut self) -> Result<Option<String>, sqlx::Error> {
        let mut link = self.target.connect().await?;
        let records = link.fetch(&sql::epoch_held(&self.partition)).await?;
        link.close().await?;
        Ok(records.into_iter().next().map(decode::held).transpose()?.and_then(Held::into_holder))
    }

    /// Other processes do not read a SQLite file, so an idle node need not write.
    async fn renew(&mut self) {
        let writes = *self.standing.borrow() == Standing::Writes;
        if writes && self.target.flavor() == Flavor::Sqlite {
            return;
        }
        match self.renew_once().await {
            Ok(0) => self.taken_over().await,
            Ok(_) => self.stands(Standing::Writes),
            Err(error) => {
                let class = classify(&error, Stage::Before);
                if matches!(class, Class::Lost | Class::Unavailable) {
                    self.stands(Standing::CannotWrite(error.to_string()));
                }
            }
        }
    }

    async fn renew_once(&mut self) -> Result<u64, sqlx::Error> {
        let mut link = self.connected().await?;
        let count = link.run(&sql::epoch_renew(&self.partition, self.epoch.0)).await?;
        self.link = Some(link);
        Ok(count)
    }

    /// One try, on the open connection or a new one. Afterwards the connection is clean or closed.
    async fn attempt<'b>(
        &mut self,
        batch: Batch<'b>,
        unresolved: &mut Vec<UnresolvedCommit<'b>>,
    ) -> Result<Verdict, Failure> {
        let mut link = self.connected().await?;
        let result = batch.attempt(&mut link, unresolved).await;
        let clean = match &result {
            Ok(_) => true,
            Err(Failure { class: Class::Lost | Class::Ambiguous, .. }) => false,
            Err(_) => link.rollback().await.is_ok(),
        };
        if clean {
            self.link = Some(link);
        }
        result
    }

    async fn connected(&mut self) -> Result<Link, sqlx::Error> {
        match self.link.take() {
            Some(link) => Ok(link),
            None => self.target.connect().await,
        }
    }

    async fn prune(&mut self, old: Old, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let mut backoff = Backoff::new();
        loop {
            let error = match self.prune_once(old, before, limit).await {
                Ok(count) => return Ok(usize::try_from(count).unwrap_or(usize::MAX)),
                Err(error) => error,
            };
            // Repeating a prune is harmless.
            let class = classify(&error, Stage::Before);
            match backoff.next(class, &mut self.jitter) {
                Some(wait) => sleep(wait).await,
                None => return Err(gave_up(class, error.into())),
            }
        }
    }

    async fn prune_once(&mut self, old: Old, before: Timestamp, limit: usize) -> Result<u64, sqlx::Error> {
        let mut link = self.connected().await?;
        let count = link.run(&sql::prune(old, &self.partition, before, limit)).await?;
        self.link = Some(link);
        Ok(count)
    }

    async fn finish(mut self) {
        let Some(mut link) = self.link.take() else { return };
        if self.target.flavor() == Flavor::Sqlite {
            if let Err(error) = link.run(&sql::plain(super::sqlite::CHECKPOINT)).await {
                tracing::warn!(%error, "the last checkpoint failed; the next start repeats it");
            }
        } else if let Err(error) = link.run(&sql::epoch_release(&self.partition, self.epoch.0)).await {
            tracing::debug!(%error, "the epoch was not closed: the next node of the partition waits before it serves");
        }
        if let Err(error) = link.close().await {
            tracing::debug!(%error, "the writing connection did not close cleanly");
        }
    }
}

/// Adds waiting jobs; returns the job that did not fit. `answered`: by the last batch.
async fn gather(gathered: &mut Gathered, queue: &mut mpsc::Receiver<Job>, answered: usize) -> Option<Job> {
    for _ in 0..YIELDS_PER_BATCH {
        while let Ok(job) = queue.try_recv() {
            if let Some(job) = gathered.take(job) {
                return Some(job);
            }
        }
        if answered.max(gathered.transactions.len()) <= 1 {
            break;
        }
        tokio::task::yield_now().await;
    }
    None
}

fn answer_all(answers: Vec<Answer>, outcomes: Vec<TransactionResult>) {
    for (answer, outcome) in answers.into_iter().zip(outcomes) {
        // A caller that stopped waiting finds the answer in the inbox.
        answer.send(answer_of(outcome)).ok();
    }
}

fn answer_of(outcome: TransactionResult) -> Result<Committed, StoreError> {
    match outcome {
        TransactionResult::Applied => Ok(Committed::Applied),
        TransactionResult::Replayed { entry, .. } => Ok(Committed::Replayed(entry)),
        TransactionResult::Conflict(key) => Err(StoreError::Conflict { key }),
    }
}

fn lost_outcome() -> Result<Committed, StoreError> {
    Err(StoreError::Unknown("the writer lost the outcome of a commit".into()))
}

fn give_up(
    class: Class,
    error: sqlx::Error,
    unresolved: &[UnresolvedCommit<'_>],
    transactions: usize,
) -> GaveUp {
    let concerned = |index| unresolved.iter().any(|unresolved| unresolved.concerns(index));
    GaveUp { class, error: Arc::new(error), unknown: (0..transactions).map(concerned).collect() }
}

impl GaveUp {
    fn answer(&self, unknown: bool) -> StoreError {
        let source = Box::new(Arc::clone(&self.error));
        match (unknown, self.class) {
            (true, _) => StoreError::Unknown(source),
            // The commit was ambiguous, but this transaction was not part of it.
            (false, Class::Ambiguous) => StoreError::Unavailable(source),
            (false, class) => gave_up(class, source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actors::store::{Check, Generation, Key, Kind, Put, Row};

    fn job(transaction: Transaction) -> Job {
        Job::Commit(transaction, oneshot::channel().0)
    }

    /// How many of endlessly many copies are taken, and whether the next one is returned.
    fn taken(transaction: &Transaction) -> (usize, bool) {
        let mut gathered = Gathered::default();
        let given_back = (0..2 * QUEUE_MAX).find_map(|_| gathered.take(job(transaction.clone())));
        (
            gathered.transactions.len(),
            matches!(given_back, Some(Job::Commit(back, _)) if back == *transaction),
        )
    }

    #[test]
    fn a_batch_is_bounded_in_transactions_steps_and_bytes() {
        let checks = |count: usize| {
            let check = Check { key: Key::new(Kind::Network, "n"), expected: None };
            Transaction { checks: vec![check; count], ..Transaction::default() }
        };
        assert_eq!(taken(&checks(1)), (512, true));
        assert_eq!(taken(&checks(8)), (512, true));
        assert_eq!(taken(&checks(9)), (4096 / 9, true));
        assert_eq!(taken(&checks(4097)), (1, true), "one is always taken");
        let row = Row {
            key: Key::new(Kind::Network, "n"),
            generation: Generation(1),
            owner: String::new(),
            parent: String::new(),
            values: Vec::new(),
            body: "x".repeat(1 << 20).into(),
        };
        let put = Put { row, expected: None };
        let large = Transaction { puts: vec![put], ..Transaction::default() };
        assert_eq!(taken(&large), (16, true));
        let prune = Job::Prune {
            old: Old::Answers,
            before: Timestamp::from_millis(0),
            limit: 1,
            answer: oneshot::channel().0,
        };
        assert!(Gathered::default().take(prune).is_some(), "it comes by itself");
    }
}
