//! The two sides of the store thread as the runtime sees it: [`Desk`] takes questions, [`Mailbox`] brings what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::app::Msg;
use crate::app::deed::{Came, Deed};
use crate::app::job::Job;
use crate::config::state::KeptView;
use crate::domain::CustomerId;
use crate::engine::request::{Answer, Notice, Question, Scope, Slot, Turned};

/// Rows listed in one [`Notice::Changed`].
const LISTED: usize = 1000;
/// Notices kept for a console that does not look.
const KEPT: usize = 64;

/// Takes questions. Called on the UI thread: every method returns at once.
pub trait Desk {
    /// Puts a question into a slot, in the place of the one before; replies carry the generation.
    fn ask(&self, slot: Slot, generation: u64, question: Question);
    /// Nobody looks at the slot any more.
    fn forget(&self, slot: Slot);
    /// This scope is one key away: who is under it may be found out before the key comes. No answer comes of it.
    fn ahead(&self, scope: Scope) {
        drop(scope);
    }
    /// Masking where rows leave the store, on or off.
    fn mask(&self, on: bool);
    /// What the first frame shows has been asked, all of it.
    fn asked(&self) {}
    /// The first frame is on screen, or cannot be shown yet: what would have taken time from it may begin.
    fn begun(&self) {}
    /// Gives up the deeds that have not begun.
    fn cancel(&self) {}
    /// Does something to files or customers, elsewhere; what came of it is told through the mailbox. A desk without hands
    /// does nothing.
    fn act(&self, deed: Deed) {
        drop(deed);
    }
}

/// What waits for the console: of each slot the newest answer, notices folded together, so that it cannot grow.
#[derive(Debug, Default)]
struct Waiting {
    answers: BTreeMap<Slot, (u64, Box<Answer>)>,
    notices: Vec<Notice>,
    copied: Vec<Result<&'static str, String>>,
    came: Vec<Came>,
    held: Option<u64>,
    jobs: Option<Vec<Job>>,
    /// The saved views a console had, and those that are kept now.
    views: Option<(Vec<KeptView>, Vec<KeptView>)>,
}

#[derive(Debug, Default)]
struct Letters {
    waiting: Mutex<Waiting>,
    bell: Notify,
}

impl Letters {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // A panic while the lock was held leaves whole values behind: nothing is half done between two statements.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sending half, for the store thread and other workers. Cheap to clone; never waits for the console.
#[derive(Clone, Debug)]
pub struct Mailbox(Arc<Letters>);

/// The receiving half, for the loop.
#[derive(Debug)]
pub struct Inbox(Arc<Letters>);

/// A mailbox and its inbox.
pub fn mailbox() -> (Mailbox, Inbox) {
    let letters = Arc::new(Letters::default());
    (Mailbox(Arc::clone(&letters)), Inbox(letters))
}

impl Mailbox {
    /// Answers a slot's question of this generation. An answer that still waits is replaced, unless it is newer.
    pub fn answer(&self, slot: Slot, generation: u64, answer: Answer) {
        let mut waiting = self.0.waiting();
        let newer_waits = waiting
            .answers
            .get(&slot)
            .is_some_and(|(g, _)| *g > generation);
        if !newer_waits {
            waiting.answers.insert(slot, (generation, Box::new(answer)));
        }
        drop(waiting);
        self.0.bell.notify_one();
    }

    /// Says something unasked. Notices that still wait are folded together: the last loading figure, one list of changes.
    pub fn notice(&self, notice: Notice) {
        let mut waiting = self.0.waiting();
        fold(&mut waiting.notices, notice);
        drop(waiting);
        self.0.bell.notify_one();
    }

    /// What came of a deed.
    pub fn came(&self, came: Came) {
        self.0.waiting().came.push(came);
        self.0.bell.notify_one();
    }

    /// Another process has kept the first deed waiting for so many seconds; only the last word counts.
    pub fn held(&self, seconds: u64) {
        self.0.waiting().held = Some(seconds);
        self.0.bell.notify_one();
    }

    /// How the detached imports stand; only the last word counts.
    pub fn jobs(&self, jobs: Vec<Job>) {
        self.0.waiting().jobs = Some(jobs);
        self.0.bell.notify_one();
    }

    /// The saved views were those, and are these with what other consoles did; only the last word counts.
    pub fn views(&self, was: Vec<KeptView>, now: Vec<KeptView>) {
        self.0.waiting().views = Some((was, now));
        self.0.bell.notify_one();
    }

    /// A copy that ran aside worked or not.
    pub(super) fn copied(&self, result: Result<&'static str, String>) {
        self.0.waiting().copied.push(result);
        self.0.bell.notify_one();
    }
}

/// Adds a notice to those that wait.
fn fold(notices: &mut Vec<Notice>, notice: Notice) {
    let notice = match notice {
        Notice::Changed {
            customers,
            groups,
            staff,
            turned,
            gone,
            more,
        } => {
            for waiting in notices.iter_mut() {
                if let Notice::Changed {
                    customers: c,
                    groups: g,
                    staff: s,
                    turned: t,
                    gone: left,
                    more: m,
                } = waiting
                {
                    let cut = [
                        join(c, customers, LISTED),
                        join(g, groups, LISTED),
                        join(s, staff, LISTED),
                        join_turned(t, turned),
                        more,
                    ];
                    *m |= cut.contains(&true);
                    // Whoever is marked is to be let go of, however many went.
                    join(left, gone, usize::MAX);
                    return;
                }
            }
            Notice::Changed {
                customers,
                groups,
                staff,
                turned,
                gone,
                more,
            }
        }
        other @ (Notice::Loading(..)
        | Notice::Ready
        | Notice::Busy(_)
        | Notice::Trouble(_)
        | Notice::Recovered
        | Notice::Past
        | Notice::Waiting(_)
        | Notice::Zone(_)) => {
            // A newer word of the same kind stands for the older one; its place is the newest.
            let kind = std::mem::discriminant(&other);
            notices.retain(|n| std::mem::discriminant(n) != kind);
            other
        }
    };
    notices.push(notice);
    if notices.len() > KEPT {
        notices.remove(0);
    }
}

/// Appends what is not listed yet, up to `most`; true if something had to be left out.
fn join<T: Ord + Clone>(list: &mut Vec<T>, more: Vec<T>, most: usize) -> bool {
    let listed: BTreeSet<T> = list.iter().cloned().collect();
    for id in more {
        if listed.contains(&id) {
            continue;
        }
        if list.len() >= most {
            return true;
        }
        list.push(id);
    }
    false
}

/// The same of what differs of customers: of whom it is told already, from what was first to what is now.
fn join_turned(
    told: &mut Vec<(CustomerId, Vec<Turned>)>,
    more: Vec<(CustomerId, Vec<Turned>)>,
) -> bool {
    let places = told.iter().enumerate();
    let places: BTreeMap<CustomerId, usize> =
        places.map(|(at, (id, _))| (id.clone(), at)).collect();
    let mut cut = false;
    for (id, fields) in more {
        if let Some((_, known)) = places.get(&id).and_then(|at| told.get_mut(*at)) {
            turn_on(known, fields);
        } else if told.len() < LISTED {
            told.push((id, fields));
        } else {
            cut = true;
        }
    }
    cut
}

/// Fields that turned again say what they were before the first time.
fn turn_on(known: &mut Vec<Turned>, again: Vec<Turned>) {
    for one in again {
        match known.iter_mut().find(|was| was.field == one.field) {
            Some(was) => was.is = one.is,
            None => known.push(one),
        }
    }
}

impl Inbox {
    /// Everything that waits: notices first, in the order they came, then one answer a slot.
    pub fn take(&self) -> Vec<Msg> {
        let Waiting {
            answers,
            notices,
            copied,
            came,
            held,
            jobs,
            views,
        } = std::mem::take(&mut *self.0.waiting());
        let notices = notices.into_iter().map(Msg::Notice);
        let answers = answers
            .into_iter()
            .map(|(slot, (generation, answer))| Msg::Answer(slot, generation, answer));
        let copied = copied.into_iter().map(Msg::Copied);
        let came = came.into_iter().map(Msg::Came);
        // Said of the deed that came back since, or of the one behind it: that one says so again.
        let came = held.into_iter().map(Msg::Held).chain(came);
        let jobs = jobs.into_iter().map(Msg::Jobs);
        let views = views.into_iter().map(|(was, now)| Msg::Views(was, now));
        let own = copied.chain(came).chain(jobs).chain(views);
        notices.chain(answers).chain(own).collect()
    }

    /// Waits until something has come since the last wait.
    pub async fn wait(&self) {
        self.0.bell.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{SafeText, Sentence};
    use crate::engine::request::{FileTrouble, Trouble};
    use crate::filter::Field;

    #[test]
    fn the_newest_answer_of_a_slot_waits_alone() {
        let (mailbox, inbox) = mailbox();
        for generation in [4, 6, 5] {
            mailbox.answer(
                Slot::Tags,
                generation,
                Answer::Failed(Box::new(Sentence::new("", &generation.to_string()))),
            );
        }
        mailbox.answer(Slot::Org, 7, Answer::Org(Vec::new()));
        let taken = inbox.take();
        assert_eq!(
            taken,
            [
                Msg::Answer(
                    Slot::Tags,
                    6,
                    Box::new(Answer::Failed(Box::new(Sentence::new("", "6"))))
                ),
                Msg::Answer(Slot::Org, 7, Box::new(Answer::Org(Vec::new()))),
            ]
        );
        assert!(inbox.take().is_empty());
    }

    fn changed(ids: std::ops::Range<u32>) -> Notice {
        Notice::Changed {
            customers: ids
                .map(|i| CustomerId::from(format!("wm{i}").as_str()))
                .collect(),
            groups: Vec::new(),
            staff: Vec::new(),
            turned: Vec::new(),
            gone: Vec::new(),
            more: false,
        }
    }

    #[test]
    fn changes_are_joined_without_repeats_and_capped() {
        let (mailbox, inbox) = mailbox();
        mailbox.notice(Notice::Loading(1, 9));
        mailbox.notice(changed(0..600));
        mailbox.notice(Notice::Loading(5, 9));
        mailbox.notice(changed(500..700));
        let taken = inbox.take();
        let [
            Msg::Notice(Notice::Changed {
                customers, more, ..
            }),
            Msg::Notice(loading),
        ] = taken.as_slice()
        else {
            panic!("{taken:?}")
        };
        assert_eq!((customers.len(), *more), (700, false));
        assert_eq!(*loading, Notice::Loading(5, 9));
        for start in 0..100 {
            mailbox.notice(changed(start * 50..start * 50 + 50));
        }
        let taken = inbox.take();
        let [
            Msg::Notice(Notice::Changed {
                customers, more, ..
            }),
        ] = taken.as_slice()
        else {
            panic!("{taken:?}")
        };
        assert_eq!((customers.len(), *more), (1000, true));
    }

    /// What a customer spent, in words, was and is.
    fn spent(id: u32, was: u32, is: u32) -> (CustomerId, Vec<Turned>) {
        let said = |n: u32| vec![SafeText::new(&n.to_string())];
        let turned = Turned {
            field: Field::Spend,
            was: said(was),
            is: said(is),
        };
        (CustomerId::from(format!("wm{id}").as_str()), vec![turned])
    }

    #[test]
    fn what_differs_is_told_from_the_first_to_the_last_and_cannot_grow() {
        let (mailbox, inbox) = mailbox();
        let told = |turned, left: &[u32]| {
            let gone = left.iter().map(|id| spent(*id, 0, 0).0).collect();
            let Notice::Changed { customers, .. } = changed(0..1) else {
                unreachable!()
            };
            mailbox.notice(Notice::Changed {
                customers,
                groups: Vec::new(),
                staff: Vec::new(),
                turned,
                gone,
                more: false,
            });
        };
        told(vec![spent(1, 100, 200)], &[7]);
        told(vec![spent(2, 5, 6), spent(1, 200, 300)], &[7, 8]);
        let taken = inbox.take();
        let [Msg::Notice(Notice::Changed { turned, gone, .. })] = taken.as_slice() else {
            panic!("{taken:?}")
        };
        assert_eq!(*turned, [spent(1, 100, 300), spent(2, 5, 6)]);
        assert_eq!(gone.len(), 2);
        for start in 0..30 {
            told(
                (start * 50..start * 50 + 50)
                    .map(|id| spent(id, 0, 1))
                    .collect(),
                &[7],
            );
        }
        let taken = inbox.take();
        let [
            Msg::Notice(Notice::Changed {
                turned, gone, more, ..
            }),
        ] = taken.as_slice()
        else {
            panic!("{taken:?}")
        };
        assert_eq!((turned.len(), gone.len(), *more), (1000, 1, true));
    }

    #[test]
    fn the_last_word_about_the_file_stands() {
        let (mailbox, inbox) = mailbox();
        mailbox.notice(Notice::Trouble(Trouble::File(FileTrouble::Replaced)));
        mailbox.notice(Notice::Recovered);
        mailbox.notice(Notice::Trouble(Trouble::Rows(SafeText::new("deleted"))));
        assert_eq!(
            inbox.take(),
            [
                Msg::Notice(Notice::Recovered),
                Msg::Notice(Notice::Trouble(Trouble::Rows(SafeText::new("deleted"))))
            ]
        );
    }
}
