//! The console's hands: one thread that exports, edits and takes back, one deed after the other, from the first deed on. It
//! borrows the workspace from the store thread between two answers and writes through a connection of its own, so that no key
//! waits.

mod exporting;
mod offering;
mod turns;

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::app::deed::{Came, Chosen, Deed, Edit, Editing, OWN_TAGS};
use crate::domain::{AsOf, CustomerId, GlyphSet, Lang, SafeText};
use crate::engine::request::{Question, Scope, Slot};
use crate::filter::print;
use crate::runtime::{Desk, Mailbox};
use crate::store::StoreError;
use crate::store::changes::Seq;
use crate::store::edit::{Order, Outcome};
use crate::store::undo::{Undone, Which};
use crate::store::write::Writer;
use crate::workspace::Workspace;
use crate::workspace::desk::LiveDesk;
use crate::workspace::errands::Lender;

use super::asking::Asking;
use super::edit::{Kind, ids_named, resolved};
use super::error::Failure;
use super::export::ExportFormat;
use super::how::How;
use super::person;
use super::setting::Setting;
use super::tag_new::fit;
use super::told::about;
use super::when;

/// The store thread and the hands beside it.
pub struct Hands {
    desk: LiveDesk,
    mailbox: Mailbox,
    /// Until the first deed.
    idle: RefCell<Option<Worker>>,
    /// From then on the thread at work, or why there is none.
    busy: RefCell<Option<Result<Busy, SafeText>>>,
    stop: Arc<AtomicBool>,
    /// Deeds sent so far.
    sent: Cell<u64>,
    /// Of these, so many were given up unless they were done before.
    given_up: Arc<AtomicU64>,
}

/// A deed and its place among all that were sent, from 1.
#[derive(Clone)]
struct Numbered {
    number: u64,
    deed: Deed,
}

/// The thread at work.
struct Busy {
    deeds: Sender<Numbered>,
    ended: Receiver<()>,
}

impl Desk for Hands {
    fn ask(&self, slot: Slot, generation: u64, question: Question) {
        self.desk.ask(slot, generation, question);
    }

    fn forget(&self, slot: Slot) {
        self.desk.forget(slot);
    }

    fn ahead(&self, scope: Scope) {
        self.desk.ahead(scope);
    }

    fn mask(&self, on: bool) {
        self.desk.mask(on);
    }

    fn asked(&self) {
        self.desk.asked();
    }

    fn begun(&self) {
        self.desk.begun();
    }

    fn cancel(&self) {
        self.given_up.store(self.sent.get(), Ordering::Relaxed);
    }

    fn act(&self, deed: Deed) {
        if let Some(worker) = self.idle.take() {
            let busy = worker.start(self.mailbox.clone());
            drop(self.busy.replace(Some(busy)));
        }
        let number = self.sent.get() + 1;
        self.sent.set(number);
        match &*self.busy.borrow() {
            // The thread ends with the console only.
            Some(Ok(busy)) => drop(busy.deeds.send(Numbered { number, deed })),
            Some(Err(why)) => self.mailbox.came(Came::Failed(why.clone())),
            None => {}
        }
    }
}

/// How long leaving waits for a deed to stop: what it writes goes, or is whole.
const PATIENCE: Duration = Duration::from_millis(400);

impl Drop for Hands {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(Ok(Busy { deeds, ended })) = self.busy.take() {
            drop(deeds);
            // It says so, or it is gone already.
            let _ = ended.recv_timeout(PATIENCE);
        }
    }
}

impl Hands {
    /// Hands that rest.
    pub fn new(setting: &Setting, desk: LiveDesk, mailbox: Mailbox) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let given_up = Arc::new(AtomicU64::new(0));
        let worker = Worker {
            lender: desk.lender(),
            path: setting.workspace(),
            exports: setting.exports(),
            lang: setting.lang(),
            glyphs: setting.glyphs(),
            read_only: setting.common.read_only,
            writer: None,
            stop: Arc::clone(&stop),
            at_work: 0,
            given_up: Arc::clone(&given_up),
            told_held: None,
        };
        Self {
            desk,
            mailbox,
            idle: RefCell::new(Some(worker)),
            busy: RefCell::new(None),
            stop,
            sent: Cell::new(0),
            given_up,
        }
    }
}

struct Worker {
    lender: Lender,
    path: PathBuf,
    exports: PathBuf,
    lang: Lang,
    glyphs: GlyphSet,
    read_only: bool,
    writer: Option<Writer>,
    stop: Arc<AtomicBool>,
    /// The place of the deed at hand.
    at_work: u64,
    given_up: Arc<AtomicU64>,
    /// The wait that was told last: which deed, seconds.
    told_held: Option<(u64, u64)>,
}

impl Worker {
    /// Starts the thread.
    fn start(mut self, mailbox: Mailbox) -> Result<Busy, SafeText> {
        let lang = self.lang;
        let (sender, deeds) = channel();
        let (end, ended) = channel();
        std::thread::Builder::new()
            .name("hands".into())
            .spawn(move || {
                self.serve(&deeds, &mailbox);
                // Closed before the store thread closes: the last one to do so empties the -wal.
                drop(self.writer.take());
                let _ = end.send(());
            })
            .map_err(|error| Failure::from(error).in_one_line(lang))?;
        Ok(Busy {
            deeds: sender,
            ended,
        })
    }

    fn perform(&mut self, deed: Deed) -> Result<Came, Failure> {
        match deed {
            Deed::Export(export) => self.export(*export),
            Deed::Edit(edit) => self.edit(*edit),
            Deed::NewTag(edit) => self.new_tag(*edit),
            Deed::Undo => self.undo(Which::Here),
            Deed::Redo => self.undo(Which::HereUndo),
            Deed::Names(edit) => self.names(&edit),
            Deed::Reveal => {
                super::reveal::note(self.writer()?, "console", "")?;
                Ok(Came::Revealed)
            }
        }
    }

    fn writer(&mut self) -> Result<&mut Writer, Failure> {
        if self.read_only {
            let doing = "writing to it";
            return Err(StoreError::ReadOnly { doing }.into());
        }
        let writer = match self.writer.take() {
            Some(writer) => writer,
            None => Writer::open(&self.path, &person::actor())?,
        };
        Ok(self.writer.insert(writer))
    }

    /// What is written now would not be seen in a past.
    fn sees_edits(&self) -> Result<(), Failure> {
        let look = |workspace: &mut Workspace, _| workspace.is_past();
        match self.lender.with(look) {
            Some(true) => Err(super::edit::in_the_past()),
            Some(false) | None => Ok(()),
        }
    }

    fn asking(&self, scope: Scope, format: ExportFormat) -> Asking {
        // Without a desk nothing can be asked either.
        let zone = self.lender.with(|workspace, _| workspace.zone());
        let zone = zone.unwrap_or_default();
        let how = How {
            format: format.output(),
            lang: self.lang,
            glyphs: self.glyphs,
            zone,
        };
        let as_of = AsOf {
            unix: when::now(),
            zone,
        };
        Asking::of_console(self.lender.clone(), as_of, scope, how)
    }

    fn edit(&mut self, edit: Edit) -> Result<Came, Failure> {
        self.sees_edits()?;
        let kind = kind_of(edit.editing);
        let alike = ids_named(self.writer()?, kind, &edit.name)?;
        if alike.len() > 1 {
            return Ok(Came::Several(Box::new(edit), alike));
        }
        let (stored, near) = resolved(self.writer()?, kind, &edit.name)?;
        let Some((what, _)) = stored else {
            return Ok(Came::NoSuch(Box::new(edit), near));
        };
        let (customers, seen) = self.customers(&edit)?;
        let order = Order {
            edit: &what,
            customers: &customers,
            seen,
            filter: &match edit.chosen {
                Chosen::These(_) => String::new(),
                Chosen::AllBut(_) => super::searched::filter(&print(&edit.scope.filter)),
            },
            at: when::now(),
        };
        Ok(match self.writer()?.edit(order)? {
            Outcome::Done(done) => {
                Came::Edited(edit.editing, done.name, done.changed, done.unchanged)
            }
            Outcome::Changed(whom) => Came::Changed(Box::new(edit), whom.len() as u64),
        })
    }

    /// A tag made, and customers tagged with it: two acts, taken back one after the other. Where one stands by now, or it is
    /// the id of one, that is meant.
    fn new_tag(&mut self, edit: Edit) -> Result<Came, Failure> {
        self.sees_edits()?;
        if !ids_named(self.writer()?, Kind::Tag, &edit.name)?.is_empty() {
            return self.edit(edit);
        }
        let name = fit(&edit.name)?.to_owned();
        let made = self.writer()?.make_tag(&name, OWN_TAGS, when::now())?;
        self.edit(Edit {
            name: made.id,
            ..edit
        })
    }

    /// Whom an edit is about, and the state they were chosen from.
    fn customers(&self, edit: &Edit) -> Result<(Vec<CustomerId>, Option<Seq>), Failure> {
        let gone = || super::asking::leaving();
        match &edit.chosen {
            Chosen::These(ids) => {
                let seen = match edit.seen {
                    None => None,
                    // A state nobody remembers is older than all that is known.
                    Some(revision) => Some(
                        self.lender
                            .with(move |workspace, _| workspace.seq_at(revision))
                            .ok_or_else(gone)?
                            .unwrap_or(Seq(0)),
                    ),
                };
                Ok((ids.clone(), seen))
            }
            Chosen::AllBut(_) => {
                let mut asking = self.asking(edit.scope.clone(), ExportFormat::Csv);
                asking.only(edit.chosen.clone());
                let listing = Arc::new(asking.listing(&[], u64::MAX)?);
                let seen = edit.seen.map(|_| listing.seq);
                Ok((asking.ids(&listing)?, seen))
            }
        }
    }

    fn undo(&mut self, which: Which) -> Result<Came, Failure> {
        self.sees_edits()?;
        let lang = self.lang;
        Ok(match self.writer()?.undo(which, when::now())? {
            Undone::Done(entry, _) => {
                let (name, customers) = about(&entry, lang);
                Came::Undone {
                    name,
                    customers,
                    again: entry.act.as_str() == "undo",
                }
            }
            Undone::Nothing if which == Which::HereUndo => Came::NothingToRedo,
            Undone::Nothing | Undone::Barred(..) => Came::NothingToUndo,
            Undone::Elsewhere(line) => Came::UndoElsewhere(line),
            Undone::Changed(_, count, some) => {
                let some = some.iter().map(|one| one.say(lang).clone()).collect();
                if which == Which::HereUndo {
                    Came::NotRedone(count, some)
                } else {
                    Came::NotUndone(count, some)
                }
            }
        })
    }
}

fn kind_of(editing: Editing) -> Kind {
    match editing {
        Editing::Tag => Kind::Tag,
        Editing::Untag => Kind::Untag,
        Editing::Stage => Kind::Stage,
        Editing::Owner => Kind::Owner,
    }
}
