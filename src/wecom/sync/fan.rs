//! A few threads fetch, one writes: pages come through a narrow channel, so that memory stays flat however many there are.
//! What is written comes in batches, because a commit costs the same for one page as for ten.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::error::SyncError;
use crate::wecom::clock::Clock;

/// Rows after which a batch is written.
const BATCH_ROWS: usize = 2_000;
/// Milliseconds after which a batch is written, however little has come: what a kill may cost, and how long a console waits.
const BATCH_MILLIS: u64 = 1_000;

/// Where a fetching thread puts its pages.
pub(super) struct Sink<'a, P> {
    pages: SyncSender<P>,
    over: &'a AtomicBool,
}

impl<P> Sink<'_, P> {
    /// Hands a page on; an error when nobody writes any more.
    pub(super) fn send(&self, page: P) -> Result<(), SyncError> {
        if self.over.load(Ordering::Relaxed) {
            return Err(SyncError::Closed);
        }
        self.pages.send(page).map_err(|_| SyncError::Closed)
    }
}

/// Who fetches and how much is written at once.
#[derive(Clone, Copy)]
pub(super) struct Fan<'c, P> {
    /// Threads that fetch.
    pub(super) threads: usize,
    /// Tells how long a batch has waited.
    pub(super) clock: &'c dyn Clock,
    /// Rows of a page.
    pub(super) rows: fn(&P) -> usize,
}

impl<P: Send> Fan<'_, P> {
    /// Fetches all units and writes their pages on this thread, a batch at a time. The first error ends it; what came
    /// before it is written.
    pub(super) fn run<U: Send>(
        self,
        units: Vec<U>,
        fetch: impl Fn(U, &Sink<'_, P>) -> Result<(), SyncError> + Sync,
        mut write: impl FnMut(Vec<P>) -> Result<(), SyncError>,
    ) -> Result<(), SyncError> {
        let threads = self.threads.min(units.len()).max(1);
        let queue = Mutex::new(units.into_iter());
        let over = AtomicBool::new(false);
        let (sender, pages) = sync_channel(threads * 2);
        thread::scope(|scope| {
            let (queue, over, fetch) = (&queue, &over, &fetch);
            let workers: Vec<_> = (0..threads)
                .map(|_| {
                    let sink = Sink {
                        pages: sender.clone(),
                        over,
                    };
                    scope.spawn(move || {
                        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                        while let Some(unit) = next() {
                            if let Err(error) = fetch(unit, &sink) {
                                over.store(true, Ordering::Relaxed);
                                return Err(error);
                            }
                            if over.load(Ordering::Relaxed) {
                                break;
                            }
                        }
                        Ok(())
                    })
                })
                .collect();
            drop(sender);
            let mut done = Ok(());
            while let Some(batch) = self.batch(&pages) {
                done = write(batch);
                if done.is_err() {
                    over.store(true, Ordering::Relaxed);
                    break;
                }
            }
            drop(pages);
            let ends: Vec<_> = workers
                .into_iter()
                .map(|worker| worker.join().unwrap_or(Err(SyncError::Closed)))
                .collect();
            done?;
            // The reason stands before its consequence.
            let (reasons, rest): (Vec<_>, Vec<_>) = ends
                .into_iter()
                .filter_map(Result::err)
                .partition(|error| !matches!(error, SyncError::Closed));
            reasons.into_iter().chain(rest).next().map_or(Ok(()), Err)
        })
    }

    /// The pages of the next batch: at least one; `None` after the last. No transaction is open while it waits.
    fn batch(&self, pages: &Receiver<P>) -> Option<Vec<P>> {
        let first = pages.recv().ok()?;
        let until = self.clock.millis() + BATCH_MILLIS;
        let mut rows = (self.rows)(&first);
        let mut batch = vec![first];
        while rows < BATCH_ROWS {
            let left = until.saturating_sub(self.clock.millis());
            let Ok(page) = pages.recv_timeout(Duration::from_millis(left)) else {
                break;
            };
            rows += (self.rows)(&page);
            batch.push(page);
        }
        Some(batch)
    }
}

/// Fetches all units with so many threads and hands on what comes, one by one. The first error ends it.
pub(super) fn fan<U: Send, P: Send>(
    threads: usize,
    clock: &dyn Clock,
    units: Vec<U>,
    fetch: impl Fn(U, &Sink<'_, P>) -> Result<(), SyncError> + Sync,
    mut take: impl FnMut(P) -> Result<(), SyncError>,
) -> Result<(), SyncError> {
    let fan = Fan {
        threads,
        clock,
        // What is not written need not wait.
        rows: |_: &P| BATCH_ROWS,
    };
    fan.run(units, fetch, |batch| {
        batch.into_iter().try_for_each(&mut take)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wecom::client::testing::Hands;

    #[test]
    fn every_page_of_every_unit_is_taken_once() {
        let mut sum = 0;
        let fetch =
            |unit: u64, sink: &Sink<'_, u64>| (0..10).try_for_each(|n| sink.send(unit * 10 + n));
        fan(4, &Hands::default(), (0..20).collect(), fetch, |page| {
            sum += page;
            Ok(())
        })
        .unwrap();
        assert_eq!(sum, (0..200).sum::<u64>());
    }

    #[test]
    fn pages_are_written_in_batches_of_about_so_many_rows_and_none_is_left() {
        let fetch = |unit: u64, sink: &Sink<'_, u64>| (0..60).try_for_each(|_| sink.send(unit));
        let mut batches = Vec::new();
        let fan = Fan {
            threads: 3,
            clock: &Hands::default(),
            rows: |_: &u64| 100,
        };
        fan.run((0..3).collect(), fetch, |batch| {
            batches.push(batch.len());
            Ok(())
        })
        .unwrap();
        assert_eq!(batches.iter().sum::<usize>(), 180);
        assert!(batches.iter().all(|pages| *pages <= 20), "{batches:?}");
        assert!(batches.len() <= 12, "{batches:?}");
    }

    #[test]
    fn what_came_before_an_error_is_written() {
        let fetch = |_: u64, sink: &Sink<'_, u64>| {
            (0..5).try_for_each(|n| sink.send(n))?;
            Err(SyncError::Circle { call: "x" })
        };
        let mut written = 0;
        let fan = Fan {
            threads: 1,
            clock: &Hands::default(),
            rows: |_: &u64| 1,
        };
        let done = fan.run(vec![0], fetch, |batch| {
            written += batch.len();
            Ok(())
        });
        assert!(matches!(done, Err(SyncError::Circle { .. })));
        assert_eq!(written, 5);
    }

    #[test]
    fn an_error_of_either_side_ends_it_with_its_reason() {
        let circle = || SyncError::Circle { call: "x" };
        let clock = Hands::default();
        let fetch = |unit: u64, sink: &Sink<'_, u64>| {
            if unit == 3 {
                Err(circle())
            } else {
                sink.send(unit)
            }
        };
        let error = fan(2, &clock, (0..100).collect(), fetch, |_| Ok(())).unwrap_err();
        assert!(matches!(error, SyncError::Circle { .. }));
        let fetch = |unit: u64, sink: &Sink<'_, u64>| (0..1000).try_for_each(|_| sink.send(unit));
        let error = fan(4, &clock, (0..100).collect(), fetch, |_| Err(circle())).unwrap_err();
        assert!(matches!(error, SyncError::Circle { .. }));
    }
}
