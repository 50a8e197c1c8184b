//! A few threads fetch, one writes: pages come through a narrow channel, so that memory stays flat however many there are.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::error::SyncError;

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

/// Fetches all units with so many threads and writes each page on this one. The first error ends it; what was written
/// before stays written.
pub(super) fn fan<U: Send, P: Send>(
    threads: usize,
    units: Vec<U>,
    fetch: impl Fn(U, &Sink<'_, P>) -> Result<(), SyncError> + Sync,
    mut write: impl FnMut(P) -> Result<(), SyncError>,
) -> Result<(), SyncError> {
    let threads = threads.min(units.len()).max(1);
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
        for page in &pages {
            done = write(page);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_of_every_unit_is_written_once() {
        let mut sum = 0;
        let fetch =
            |unit: u64, sink: &Sink<'_, u64>| (0..10).try_for_each(|n| sink.send(unit * 10 + n));
        fan(4, (0..20).collect(), fetch, |page| {
            sum += page;
            Ok(())
        })
        .unwrap();
        assert_eq!(sum, (0..200).sum::<u64>());
    }

    #[test]
    fn an_error_of_either_side_ends_it_with_its_reason() {
        let circle = || SyncError::Circle { call: "x" };
        let fetch = |unit: u64, sink: &Sink<'_, u64>| {
            if unit == 3 {
                Err(circle())
            } else {
                sink.send(unit)
            }
        };
        let error = fan(2, (0..100).collect(), fetch, |_| Ok(())).unwrap_err();
        assert!(matches!(error, SyncError::Circle { .. }));
        let fetch = |unit: u64, sink: &Sink<'_, u64>| (0..1000).try_for_each(|_| sink.send(unit));
        let error = fan(4, (0..100).collect(), fetch, |_| Err(circle())).unwrap_err();
        assert!(matches!(error, SyncError::Circle { .. }));
    }
}
