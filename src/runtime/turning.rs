//! The loop: waits, takes everything that is there, draws once.

use std::io;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use super::clock::Clock;
use super::input::Keyboard;
use super::screen::Screen;
use super::signals::{Ending, Order};
use super::{Console, Draw, Inbox, Outcome, Pump};
use crate::app::Msg;
use crate::config::keys::Chord;

/// How long the first frame waits for the first answer.
const FIRST_ANSWER: Duration = Duration::from_millis(20);
/// How long keys wait for the whole of what the first frame sketches.
const WHOLE_ANSWER: Duration = Duration::from_secs(1);
/// Messages typed ahead that are taken while keys wait; more wait in the terminal.
const AHEAD: usize = 64;

/// The loop: everything that comes in, and the pump.
pub(super) struct Turning<'a, C, D> {
    pub(super) pump: Pump<'a, C, Screen, D>,
    pub(super) clock: Clock,
    pub(super) orders: Receiver<Order>,
    pub(super) keyboard: Keyboard,
    /// What was typed while a sketch was on screen, and waits for the whole.
    pub(super) ahead: Vec<Msg>,
    pub(super) inbox: Inbox,
}

/// What woke the loop.
#[derive(Clone, Copy)]
enum Woken {
    Order(Order),
    Keyboard,
    Other,
}

/// An order; whoever gives them goes with the terminal.
fn told(order: Option<Order>) -> Woken {
    Woken::Order(order.unwrap_or(Order::End(Ending::TerminalGone)))
}

impl<C: Console, D: Draw<C>> Turning<'_, C, D> {
    /// Turns until the end: wait, take everything that is there, draw once.
    pub(super) async fn turn(&mut self) -> io::Result<Outcome> {
        // The first frame is one with something in it where that takes no longer than a blink.
        let first = tokio::time::timeout(FIRST_ANSWER, self.inbox.wait()).await;
        if first.is_ok()
            && let Some(ending) = self.drain(Woken::Other)?
        {
            return Ok(Outcome::Ended(ending));
        }
        self.pump.settle(self.clock.now())?;
        // A terminal that takes no bytes yet keeps nothing else waiting.
        self.pump.begin();
        // What does not come is told as any other answer that does not.
        let whole = tokio::time::timeout(WHOLE_ANSWER, self.until_whole()).await;
        if let Some(ending) = whole.unwrap_or(Ok(None))? {
            return Ok(Outcome::Ended(ending));
        }
        self.deliver_ahead()?;
        loop {
            let now = self.clock.now();
            self.pump.settle(now)?;
            if self.pump.has_quit() {
                return Ok(Outcome::Left);
            }
            let nap = self.pump.due().map(|at| at.saturating_sub(now.millis));
            let woken = self.wait(nap).await;
            if let Some(ending) = self.drain(woken)? {
                return Ok(Outcome::Ended(ending));
            }
        }
    }

    /// While a sketch is on screen keys wait for the whole of it, but for those that leave.
    async fn until_whole(&mut self) -> io::Result<Option<Ending>> {
        while self.pump.console().is_sketch() && !self.pump.has_quit() {
            let woken = tokio::select! {
                biased;
                order = self.orders.recv() => told(order),
                () = self.keyboard.wait(), if self.ahead.len() < AHEAD => Woken::Keyboard,
                () = self.inbox.wait() => Woken::Other,
            };
            let ending = match woken {
                Woken::Keyboard => self.hear_those_that_leave()?,
                Woken::Order(_) | Woken::Other => self.drain(woken)?,
            };
            if ending.is_some() {
                return Ok(ending);
            }
        }
        Ok(None)
    }

    /// Takes what was typed. Ctrl-C forgets what was typed before it; another key that leaves does so only where it is the
    /// first, for behind others it may be a letter of a text.
    fn hear_those_that_leave(&mut self) -> io::Result<Option<Ending>> {
        let now = self.clock.now();
        let Some(typed) = self.keyboard.take() else {
            return Ok(Some(Ending::TerminalGone));
        };
        for msg in typed {
            if matches!(&msg, Msg::Key(chord) if *chord == Chord::ctrl('c')) {
                self.ahead.clear();
            }
            if self.ahead.is_empty() && self.pump.console().leaves(&msg) {
                self.pump.deliver(msg, now)?;
                self.pump.settle(now)?;
            } else {
                self.ahead.push(msg);
            }
            if self.pump.has_quit() {
                break;
            }
        }
        Ok(None)
    }

    /// Hands over what was typed while a sketch was on screen.
    fn deliver_ahead(&mut self) -> io::Result<()> {
        let now = self.clock.now();
        for msg in std::mem::take(&mut self.ahead) {
            if self.pump.has_quit() {
                break;
            }
            self.pump.deliver(msg, now)?;
        }
        Ok(())
    }

    async fn wait(&mut self, nap: Option<u64>) -> Woken {
        let nap = async {
            match nap {
                Some(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            order = self.orders.recv() => told(order),
            () = self.keyboard.wait() => Woken::Keyboard,
            () = self.inbox.wait() => Woken::Other,
            () = nap => Woken::Other,
        }
    }

    /// Takes what woke the loop and whatever else is there; `Some` when an order ends it.
    fn drain(&mut self, woken: Woken) -> io::Result<Option<Ending>> {
        let now = self.clock.now();
        let (mut order, typed) = match woken {
            Woken::Order(order) => (Some(order), false),
            Woken::Keyboard => (None, true),
            Woken::Other => (None, false),
        };
        let mut resized = false;
        while let Some(this) = order.take().or_else(|| self.orders.try_recv().ok()) {
            match this {
                Order::End(ending) => return Ok(Some(ending)),
                // The last of a storm of sizes is the one that is read.
                Order::Resized => resized = true,
                Order::Suspend => self.pump.suspend(now)?,
                Order::Continued => self.pump.continued(now)?,
            }
        }
        if resized {
            self.pump.resized(now)?;
        }
        if typed {
            let Some(typed) = self.keyboard.take() else {
                return Ok(Some(Ending::TerminalGone));
            };
            for msg in typed {
                self.pump.deliver(msg, now)?;
                if self.pump.has_quit() {
                    return Ok(None);
                }
            }
        }
        for msg in self.inbox.take() {
            self.pump.deliver(msg, now)?;
        }
        Ok(None)
    }
}
