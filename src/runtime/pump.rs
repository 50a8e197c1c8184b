//! One turn of the loop, without waiting, threads or clocks: messages go in, effects are done, frames come out.
//!
//! The real loop ([`super::run`]) and the headless one in the tests are both a few lines around this.

use std::collections::VecDeque;
use std::io;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::hits::Hits;
use crate::app::{App, Effect, Msg, Now};

use super::desk::Desk;

/// Milliseconds between frames in the long run: 60 a second.
const FRAME: u64 = 17;
/// The same on a slow link: 20 a second.
const SLOW_FRAME: u64 = 50;
/// Frames that may follow each other at once after a pause: a key's own frame, then the answers it asked for.
const BURST: u64 = 4;
/// How long a terminal that takes no bytes is left alone, in milliseconds.
const STALLED: u64 = 50;
/// A console whose deadline does not move on is asked no more often than this (milliseconds).
const DEADLINE_REST: u64 = 16;

/// What is run: the state of the console and the one function that changes it.
pub trait Console {
    /// Takes a cause, gives the consequences.
    fn update(&mut self, msg: Msg, now: Now) -> Vec<Effect>;
    /// Monotonic milliseconds of the next moment anything on screen will differ by itself.
    fn next_deadline(&self) -> Option<u64>;
    /// Something visible changed since [`Console::drawn`].
    fn is_dirty(&self) -> bool;
    /// A frame was drawn.
    fn drawn(&mut self);
    /// What is on screen is a sketch of an answer that follows at once; keys wait for the whole.
    fn is_sketch(&self) -> bool {
        false
    }
    /// This message leaves the console, or is on the way to it: it does not wait for the whole of a sketch.
    fn leaves(&self, msg: &Msg) -> bool {
        let _ = msg;
        false
    }
}

impl Console for App {
    fn update(&mut self, msg: Msg, now: Now) -> Vec<Effect> {
        Self::update(self, msg, now)
    }
    fn next_deadline(&self) -> Option<u64> {
        Self::next_deadline(self)
    }
    fn is_dirty(&self) -> bool {
        self.dirty || self.moved.is_some()
    }
    fn drawn(&mut self) {
        (self.dirty, self.moved) = (false, None);
    }
    fn is_sketch(&self) -> bool {
        let page = self.panes.customers.page.value.as_ref();
        page.is_some_and(|page| page.sketch)
    }
    fn leaves(&self, msg: &Msg) -> bool {
        matches!(msg, Msg::Key(chord) if Self::leaves(self, *chord))
    }
}

/// How soon the private state must be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// Before long: the next frame does not wait for a disk.
    Soon,
    /// Before anything else: the process is about to stop or to end.
    Now,
}

/// Keeps the private state of a console.
pub type Save<'a, C> = Box<dyn FnMut(&C, Keeping) + 'a>;

/// Where frames go. Every error ends the program.
pub trait Terminal {
    /// Columns and rows.
    fn size(&mut self) -> io::Result<(u16, u16)>;
    /// It takes bytes now; if not, the frame waits, and newer ones take its place.
    fn is_ready(&mut self) -> bool;
    /// Shows a frame with the text cursor at a cell or hidden. Nothing but `lines` differs from the frame shown before.
    /// The frame may be worked in and comes back as it was.
    fn show(
        &mut self,
        frame: &mut Buffer,
        lines: Option<&[u16]>,
        cursor: Option<(u16, u16)>,
    ) -> io::Result<()>;
    /// Whatever the terminal shows, the next frame is written in full.
    fn forget(&mut self);
    /// Mouse reporting on or off.
    fn mouse(&mut self, on: bool) -> io::Result<()>;
    /// Text to the clipboard: the way it went, or why not; `None` if that is told later through the mailbox.
    fn copy(&mut self, text: &str) -> io::Result<Option<Result<&'static str, String>>>;
    /// Gives the terminal back, stops the process until it is continued, takes the terminal again.
    fn suspend(&mut self) -> io::Result<()>;
    /// Takes the terminal again after someone else had it.
    fn reassert(&mut self) -> io::Result<()>;
}

/// Draws the console.
pub trait Draw<C> {
    /// Draws all of it into an empty frame; says where things went.
    fn whole(&mut self, console: &C, now: Now, frame: &mut Buffer) -> Hits;

    /// Draws over the frame before, which shows the console as it was when it was last drawn, where only lines of it have
    /// changed since, and says which ones. `None`, and the frame is as it was: all of it is to be drawn.
    fn lines(&mut self, _console: &C, _frame: &mut Buffer) -> Option<Vec<u16>> {
        None
    }
}

impl<C, F: FnMut(&C, Now, &mut Buffer) -> Hits> Draw<C> for F {
    fn whole(&mut self, console: &C, now: Now, frame: &mut Buffer) -> Hits {
        self(console, now, frame)
    }
}

/// Console, terminal and desk, joined.
pub struct Pump<'a, C, T, D> {
    console: C,
    terminal: T,
    draw: D,
    desk: &'a dyn Desk,
    save: Save<'a, C>,
    frame: Buffer,
    size: (u16, u16),
    hits: Option<Hits>,
    forced: bool,
    interval: u64,
    /// When the next frame is due at an even pace (monotonic milliseconds).
    paced: u64,
    stalled_until: u64,
    deadline_done: Option<u64>,
    /// The desk was told of the first frame.
    begun: bool,
    quit: bool,
}

impl<'a, C: Console, T: Terminal, D: Draw<C>> Pump<'a, C, T, D> {
    /// Joins them; the console hears its size first.
    pub fn new(console: C, terminal: T, draw: D, desk: &'a dyn Desk, now: Now) -> io::Result<Self> {
        let mut pump = Self {
            console,
            terminal,
            draw,
            desk,
            save: Box::new(|_, _| ()),
            frame: Buffer::empty(Rect::ZERO),
            size: (0, 0),
            hits: None,
            forced: true,
            interval: FRAME,
            paced: 0,
            stalled_until: 0,
            deadline_done: None,
            begun: false,
            quit: false,
        };
        pump.resized(now)?;
        Ok(pump)
    }

    /// What [`Effect::Save`] does.
    #[must_use]
    pub fn saving(mut self, save: Save<'a, C>) -> Self {
        self.save = save;
        self
    }

    /// Draws into this frame, if it has the size of the terminal.
    #[must_use]
    pub fn on(self, frame: Buffer) -> Self {
        Self { frame, ..self }
    }

    /// Fewer frames, for a slow link.
    #[must_use]
    pub fn slow(mut self, slow: bool) -> Self {
        self.interval = if slow { SLOW_FRAME } else { FRAME };
        self
    }

    /// The console.
    pub fn console(&self) -> &C {
        &self.console
    }

    /// The terminal.
    pub fn terminal(&mut self) -> &mut T {
        &mut self.terminal
    }

    /// The console asked to leave.
    pub fn has_quit(&self) -> bool {
        self.quit
    }

    /// Saves the private state; it is kept when this returns.
    pub fn save(&mut self) {
        (self.save)(&self.console, Keeping::Now);
    }

    /// Hands a message to the console and does what follows from it.
    pub fn deliver(&mut self, msg: Msg, now: Now) -> io::Result<()> {
        let mut waiting = VecDeque::from([msg]);
        while let Some(msg) = waiting.pop_front() {
            for effect in self.console.update(msg, now) {
                self.perform(effect, &mut waiting)?;
            }
        }
        Ok(())
    }

    /// Gives the terminal back and stops, as for [`Effect::Suspend`].
    pub fn suspend(&mut self, now: Now) -> io::Result<()> {
        for msg in self.stop()? {
            self.deliver(msg, now)?;
        }
        Ok(())
    }

    /// Stops and comes back; says what the console must hear after that.
    fn stop(&mut self) -> io::Result<Vec<Msg>> {
        self.save();
        self.terminal.suspend()?;
        self.terminal.forget();
        self.forced = true;
        self.size = self.terminal.size()?;
        self.hits = None;
        Ok(vec![Msg::Resize(self.size.0, self.size.1), Msg::Resumed])
    }

    /// Reads the terminal's size; the next frame is of that size.
    pub fn resized(&mut self, now: Now) -> io::Result<()> {
        let size = self.terminal.size()?;
        if size != self.size {
            self.size = size;
            self.forced = true;
            // A console forgets where things were with their size: it is told again even if they come back.
            self.hits = None;
            self.deliver(Msg::Resize(size.0, size.1), now)?;
        }
        Ok(())
    }

    /// The process was continued after someone else had the terminal.
    pub fn continued(&mut self, now: Now) -> io::Result<()> {
        self.terminal.reassert()?;
        self.terminal.forget();
        self.forced = true;
        self.resized(now)?;
        self.deliver(Msg::Resumed, now)
    }

    /// Does what the time asks for: a passed deadline, and one frame if anything changed and the pace allows it.
    pub fn settle(&mut self, now: Now) -> io::Result<()> {
        if self.deadline().is_some_and(|at| at <= now.millis) {
            self.deadline_done = Some(now.millis);
            self.deliver(Msg::Deadline, now)?;
        }
        if !self.quit && self.frame_at().is_some_and(|at| at <= now.millis) {
            if self.terminal.is_ready() {
                self.show(now)?;
            } else {
                self.stalled_until = now.millis + STALLED;
            }
        }
        Ok(())
    }

    /// When [`Pump::settle`] has something to do next, in monotonic milliseconds; `None`: not before a message comes.
    pub fn due(&self) -> Option<u64> {
        [self.deadline(), self.frame_at()]
            .into_iter()
            .flatten()
            .min()
    }

    fn deadline(&self) -> Option<u64> {
        let rest = self.deadline_done.map_or(0, |at| at + DEADLINE_REST);
        self.console.next_deadline().map(|at| at.max(rest))
    }

    fn frame_at(&self) -> Option<u64> {
        let wanted = self.forced || self.console.is_dirty();
        let by_pace = self.paced.saturating_sub((BURST - 1) * self.interval);
        wanted.then(|| by_pace.max(self.stalled_until))
    }

    /// The desk may begin with what would have taken time from the first frame; said once.
    pub fn begin(&mut self) {
        if !std::mem::replace(&mut self.begun, true) {
            self.desk.begun();
        }
    }

    fn show(&mut self, now: Now) -> io::Result<()> {
        let hits = if self.show_lines()? {
            None
        } else {
            Some(self.show_whole(now)?)
        };
        self.begin();
        self.paced = self.paced.max(now.millis) + self.interval;
        self.forced = false;
        self.console.drawn();
        if let Some(hits) = hits
            && self.hits.as_ref() != Some(&hits)
        {
            self.hits = Some(hits.clone());
            self.deliver(Msg::Drawn(hits), now)?;
        }
        Ok(())
    }

    /// Draws and shows only lines of the frame before, where that is all that has changed; things are where they were.
    fn show_lines(&mut self) -> io::Result<bool> {
        let Some(hits) = self.hits.as_ref().filter(|_| !self.forced) else {
            return Ok(false);
        };
        let Some(lines) = self.draw.lines(&self.console, &mut self.frame) else {
            return Ok(false);
        };
        self.terminal
            .show(&mut self.frame, Some(&lines), hits.cursor)?;
        Ok(true)
    }

    fn show_whole(&mut self, now: Now) -> io::Result<Hits> {
        let area = Rect::new(0, 0, self.size.0, self.size.1);
        if self.frame.area == area {
            self.frame.reset();
        } else {
            self.frame = Buffer::empty(area);
        }
        let hits = self.draw.whole(&self.console, now, &mut self.frame);
        self.terminal.show(&mut self.frame, None, hits.cursor)?;
        Ok(hits)
    }

    fn perform(&mut self, effect: Effect, waiting: &mut VecDeque<Msg>) -> io::Result<()> {
        match effect {
            Effect::Ask(slot, generation, question) => self.desk.ask(slot, generation, question),
            Effect::Forget(slot) => self.desk.forget(slot),
            Effect::Ahead(scope) => self.desk.ahead(scope),
            Effect::Mask(on) => self.desk.mask(on),
            Effect::Do(deed) => self.desk.act(deed),
            Effect::Cancel => self.desk.cancel(),
            Effect::Copy(text) => {
                waiting.extend(self.terminal.copy(&text)?.map(Msg::Copied));
            }
            Effect::Mouse(on) => self.terminal.mouse(on)?,
            Effect::Redraw => {
                self.terminal.forget();
                self.forced = true;
            }
            Effect::Suspend => waiting.extend(self.stop()?),
            Effect::Save => (self.save)(&self.console, Keeping::Soon),
            Effect::Quit => self.quit = true,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
