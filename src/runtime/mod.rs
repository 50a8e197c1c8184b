//! The one reader of clocks, keys and signals, and the one writer to the terminal.
//!
//! ```text
//! tty ─────────────────┐
//! signals, hang-up ────┤                                        ┌→ Screen: one write a frame, none if nothing differs
//! store ─ mailbox ─────┼→ run: drain → Console::update(msg, now) ┤
//! next deadline ───────┘                                        └→ effects: desk, clipboard, mouse, suspend, save
//! ```
//!
//! Invariants: only the thread of [`run`] draws and restores; nothing here grows without bound (keys push back, answers
//! and notices fold together, frames replace each other); nothing wakes without cause; an error of the terminal ends
//! the program, every other error is a message.

pub mod clipboard;
pub mod clock;
pub mod desk;
pub mod folder;
pub mod input;
pub mod margins;
pub mod painter;
pub mod panic;
pub mod pump;
pub mod screen;
pub mod signals;
mod stopping;
mod turning;

use crate::domain::{Sentence, sentence};

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::mpsc::{self, Receiver};

use clipboard::Clipboard;
use clock::Clock;
pub use desk::{Desk, Inbox, Mailbox, mailbox};
use input::Keyboard;
use margins::Margins;
use painter::Painter;
pub use pump::{Console, Draw, Keeping, Pump, Save, Terminal};
use screen::Screen;
pub use signals::Ending;
use signals::{Order, Restored};
use turning::Turning;

/// Orders that wait at most; more of the same say nothing new.
const ORDERS: usize = 16;

/// How the console is run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Slow link: 20 frames a second.
    pub slow: bool,
    /// Mouse reporting from the start.
    pub mouse: bool,
    /// The terminal is a tmux pane: copy through tmux.
    pub tmux: bool,
    /// The margins the terminal has.
    pub margins: Margins,
    /// Where reports of panics go.
    pub reports: Option<PathBuf>,
    /// "Now" for every figure (unix seconds), for `--as-of`.
    pub as_of: Option<i64>,
}

impl Options {
    /// What the environment says about the line: slow over ssh and mosh, copying through tmux inside tmux.
    ///
    /// `var` gives an environment variable's value.
    pub fn of_environment(var: impl Fn(&str) -> Option<OsString>) -> Self {
        let is_set = |name: &str| var(name).is_some_and(|value| !value.is_empty());
        Self {
            slow: ["SSH_TTY", "SSH_CONNECTION", "MOSH"]
                .into_iter()
                .any(is_set),
            tmux: is_set("TMUX"),
            ..Self::default()
        }
    }
}

/// What is run: the console, how it is drawn, who answers it.
pub struct Parts<'a, C, D> {
    /// The state.
    pub console: C,
    /// Draws a frame.
    pub draw: D,
    /// Answers questions.
    pub desk: &'a dyn Desk,
    /// Brings the answers; its mailbox is with the store thread.
    pub inbox: Inbox,
    /// A mailbox of the same inbox, for what the runtime itself has to say.
    pub mailbox: Mailbox,
    /// Keeps the private state; called for [`Effect::Save`](crate::app::Effect::Save), before a suspension and at the end.
    pub save: Save<'a, C>,
}

/// How it ended, when it ended well enough to say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The operator left.
    Left,
    /// A signal, or the terminal went.
    Ended(Ending),
}

impl Outcome {
    /// Exit code of the program.
    pub fn code(self) -> u8 {
        match self {
            Self::Left => 0,
            Self::Ended(ending) => ending.code(),
        }
    }
}

/// Why the console could not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Standard input or output is not a terminal.
    NotATerminal,
    /// The terminal or the system refused something before the first frame.
    Terminal(#[source] io::Error),
    /// A panic; the operator has been told on standard error.
    Panicked,
}

impl RunError {
    /// Exit code of the program.
    pub fn code(&self) -> u8 {
        match self {
            Self::NotATerminal => 2,
            Self::Terminal(_) | Self::Panicked => 1,
        }
    }

    /// What happened.
    pub fn what(&self) -> Sentence {
        match self {
            Self::NotATerminal => sentence!(
                "标准输入与输出都必须是终端",
                "standard input and output must be a terminal",
            ),
            Self::Terminal(error) => sentence!(
                "终端不能用: {why}",
                "the terminal cannot be used: {why}",
                why = Sentence::of_system(error),
            ),
            Self::Panicked => sentence!("程序内部出错", "internal error"),
        }
    }

    /// What to do.
    pub fn help(&self) -> Sentence {
        match self {
            Self::NotATerminal => sentence!(
                "请在终端里运行, 或用会打印的命令, 如 `caopan list customers`",
                "run it in a terminal, or use a command that prints, such as `caopan list customers`",
            ),
            Self::Terminal(_) => sentence!(
                "换个终端, 或用 `caopan list customers`",
                "try another terminal, or `caopan list customers`",
            ),
            Self::Panicked => sentence!("请重新启动", "start it again"),
        }
    }
}

impl std::fmt::Display for RunError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.what().fmt(f)
    }
}

/// Runs the console on the terminal until it ends. The terminal is restored when this returns.
///
/// On a signal the program must return from `main` within a second of this function's return.
pub fn run<C: Console, D: Draw<C>>(
    parts: Parts<'_, C, D>,
    options: &Options,
) -> Result<Outcome, RunError> {
    run_on(Stage::set()?, parts, options)
}

/// What the loop runs on. Setting it takes time and knows nothing of what will be run: another thread may do it while the
/// workspace is opened. The terminal is not touched yet.
#[derive(Debug)]
pub struct Stage {
    waiting: tokio::runtime::Runtime,
    orders: Receiver<Order>,
    restored: Restored,
    painter: Painter,
    frame: Buffer,
}

impl Stage {
    /// Sets it: signals are heard from here on.
    pub fn set() -> Result<Self, RunError> {
        if !Screen::is_possible() {
            return Err(RunError::NotATerminal);
        }
        let waiting = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .enable_io()
            .build()
            .map_err(RunError::Terminal)?;
        let (order_sender, orders) = mpsc::channel(ORDERS);
        let restored = Restored::default();
        signals::listen(&order_sender, &restored).map_err(RunError::Terminal)?;
        let (columns, rows) = Screen::size_now();
        let area = Rect::new(0, 0, columns, rows);
        Ok(Self {
            waiting,
            orders,
            restored,
            painter: Painter::new().sized(area),
            frame: Buffer::empty(area),
        })
    }
}

/// [`run`] on a stage that stands.
pub fn run_on<C: Console, D: Draw<C>>(
    stage: Stage,
    parts: Parts<'_, C, D>,
    options: &Options,
) -> Result<Outcome, RunError> {
    panic::install(options.reports.clone(), parts.mailbox.clone());
    let clock = Clock::start(options.as_of);
    let Stage {
        waiting,
        orders,
        restored,
        painter,
        frame,
    } = stage;
    let inbox = parts.inbox;
    let ended = panic::caught(|| {
        let clipboard = Clipboard::new(options.tmux, parts.mailbox);
        let painter = painter.with(options.margins);
        let mut screen = Screen::enter(clipboard, painter).map_err(RunError::Terminal)?;
        screen.mouse(options.mouse).map_err(RunError::Terminal)?;
        let keyboard = {
            let _inside = waiting.enter();
            Keyboard::listen().map_err(RunError::Terminal)?
        };
        let pump = Pump::new(parts.console, screen, parts.draw, parts.desk, clock.now())
            .map_err(RunError::Terminal)?
            .on(frame)
            .saving(parts.save)
            .slow(options.slow);
        parts.desk.asked();
        let mut turning = Turning {
            pump,
            clock,
            orders,
            keyboard,
            ahead: Vec::new(),
            inbox,
        };
        // From the first frame on, an error of the terminal means that it is gone.
        let gone = Outcome::Ended(Ending::TerminalGone);
        let outcome = waiting.block_on(turning.turn()).unwrap_or(gone);
        // The terminal first: saving may take its time.
        screen::leave();
        restored.tell();
        turning.pump.save();
        Ok(outcome)
    });
    screen::leave();
    restored.tell();
    ended.unwrap_or(Err(RunError::Panicked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_over_ssh_is_slow_and_a_pane_of_tmux_copies_through_it() {
        let only = |name: &'static str| {
            Options::of_environment(move |asked| (asked == name).then(|| "x".into()))
        };
        assert!(only("SSH_TTY").slow && !only("SSH_TTY").tmux);
        assert!(only("TMUX").tmux && !only("TMUX").slow);
        assert!(!Options::of_environment(|_| Some(OsString::new())).slow);
    }
}
