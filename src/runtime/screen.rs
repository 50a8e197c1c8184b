//! The terminal taken and given back: modes on enter, the same list backwards on leave, whoever calls it.
//!
//! [`leave`] is what quit, suspend, the panic hook and the watchdog share. It can be called from any thread and any
//! number of times, and it does not stop at errors: a terminal half restored is worse than one asked twice.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ratatui::buffer::Buffer;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::termios::{
    OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetwinsize, tcsetattr,
};

use super::clipboard::Clipboard;
use super::painter::Painter;
use super::pump::Terminal;
use super::stopping;

/// A mode of the terminal and how to end it.
struct Mode {
    enter: &'static str,
    leave: &'static str,
    /// On from the start; otherwise only when it is asked for.
    always: bool,
}

/// Alternate screen, hidden cursor, bracketed paste; mouse clicks and wheel with SGR coordinates when switched on.
///
/// The mouse comes last, so that it is the first to be given back. No mode here makes the terminal answer.
const MODES: [Mode; 4] = [
    Mode {
        enter: "\x1b[?1049h",
        leave: "\x1b[?1049l",
        always: true,
    },
    Mode {
        enter: "\x1b[?25l",
        leave: "\x1b[?25h",
        always: true,
    },
    Mode {
        enter: "\x1b[?2004h",
        leave: "\x1b[?2004l",
        always: true,
    },
    Mode {
        enter: "\x1b[?1000h\x1b[?1006h",
        leave: "\x1b[?1006l\x1b[?1000l",
        always: false,
    },
];

/// Before the modes end: a frame cut short is closed, margins and colours are as they were.
const FIRST_OF_ALL: &str = "\x1b[?2026l\x1b[?69l\x1b[r\x1b[m";

/// Size taken when the terminal does not know its own.
const USUAL_SIZE: (u16, u16) = (80, 24);

/// Terminal settings found on entering; `Some` while we have the terminal.
static FOUND: Mutex<Option<Termios>> = Mutex::new(None);

fn found() -> MutexGuard<'static, Option<Termios>> {
    FOUND.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The bytes that enter the modes that are always on.
pub fn entering() -> String {
    MODES.iter().filter(|m| m.always).map(|m| m.enter).collect()
}

/// The bytes that leave every mode, in reverse.
pub fn leaving() -> String {
    let ends = MODES.iter().rev().map(|m| m.leave);
    std::iter::once(FIRST_OF_ALL).chain(ends).collect()
}

/// Gives the terminal back if we have it. Idempotent; ignores its own errors.
pub fn leave() {
    give_back(|| true);
}

/// As [`leave`], but never waits for a terminal that takes no bytes: then only its settings are restored.
pub fn leave_without_waiting() {
    give_back(|| takes_bytes(&io::stdout()));
}

fn give_back(may_write: impl Fn() -> bool) {
    let Some(settings) = found().take() else {
        return;
    };
    if may_write() {
        // Past the library's own buffer and lock: another thread may hold them.
        let _ = write_whole(&io::stdout(), leaving().as_bytes());
    }
    let _ = tcsetattr(io::stdin(), OptionalActions::Now, &settings);
}

/// Writes all bytes in as few calls as the terminal allows, also when someone made it non-blocking.
fn write_whole(out: &impl AsFd, bytes: &[u8]) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match rustix::io::write(out, rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => rest = rest.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let mut watched = [PollFd::new(out, PollFlags::OUT)];
                match poll(&mut watched, None) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(e) => return Err(e.into()),
                }
            }
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

/// The terminal would take bytes now.
fn takes_bytes(out: &impl AsFd) -> bool {
    let mut watched = [PollFd::new(out, PollFlags::OUT)];
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // A poll that fails or shows an error must not hold the write back: the write tells what is wrong.
    !matches!(poll(&mut watched, Some(&at_once)), Ok(0))
}

/// Columns and rows of a terminal; the usual ones where it does not know its own.
fn size_of(out: impl AsFd) -> io::Result<(u16, u16)> {
    let size = tcgetwinsize(out)?;
    if size.ws_col == 0 || size.ws_row == 0 {
        return Ok(USUAL_SIZE);
    }
    Ok((size.ws_col, size.ws_row))
}

/// The terminal while the console has it. Dropping it gives the terminal back.
pub struct Screen {
    painter: Painter,
    out: File,
    clipboard: Clipboard,
    mouse: bool,
}

impl Screen {
    /// Standard input and output are both a terminal.
    pub fn is_possible() -> bool {
        io::stdin().is_terminal() && io::stdout().is_terminal()
    }

    /// Columns and rows of the terminal; the usual ones where it does not know its own.
    pub fn size_now() -> (u16, u16) {
        size_of(io::stdout()).unwrap_or(USUAL_SIZE)
    }

    /// Takes the terminal, which this painter writes: raw mode, then the modes.
    pub fn enter(clipboard: Clipboard, painter: Painter) -> io::Result<Self> {
        let out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let mut screen = Self {
            painter,
            out,
            clipboard,
            mouse: false,
        };
        screen.take()?;
        Ok(screen)
    }

    fn take(&mut self) -> io::Result<()> {
        let stdin = io::stdin();
        {
            let mut found = found();
            let settings = match found.as_ref() {
                Some(settings) => settings.clone(),
                None => tcgetattr(&stdin)?,
            };
            let mut raw = settings.clone();
            raw.make_raw();
            // A read of nothing comes back at once: half a key sequence must not hold the loop up.
            raw.special_codes[SpecialCodeIndex::VMIN] = 0;
            *found = Some(settings);
            tcsetattr(&stdin, OptionalActions::Now, &raw)?;
        }
        self.painter.forget();
        let modes = MODES.iter().filter(|m| m.always || self.mouse);
        let bytes: String = modes.map(|m| m.enter).collect();
        write_whole(&self.out, bytes.as_bytes())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

impl Terminal for Screen {
    fn size(&mut self) -> io::Result<(u16, u16)> {
        size_of(&self.out)
    }

    fn is_ready(&mut self) -> bool {
        takes_bytes(&self.out)
    }

    fn show(
        &mut self,
        frame: &mut Buffer,
        lines: Option<&[u16]>,
        cursor: Option<(u16, u16)>,
    ) -> io::Result<()> {
        let bytes = self.painter.draw(frame, lines, cursor);
        if bytes.is_empty() {
            return Ok(());
        }
        write_whole(&self.out, bytes)
    }

    fn forget(&mut self) {
        self.painter.forget();
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        if on == self.mouse {
            return Ok(());
        }
        self.mouse = on;
        let asked = MODES.iter().filter(|m| !m.always);
        let bytes: String = asked.map(|m| if on { m.enter } else { m.leave }).collect();
        write_whole(&self.out, bytes.as_bytes())
    }

    fn copy(&mut self, text: &str) -> io::Result<Option<Result<&'static str, String>>> {
        self.clipboard.copy(text, &mut self.out)
    }

    fn suspend(&mut self) -> io::Result<()> {
        if !stopping::can_stop() {
            return Ok(());
        }
        leave();
        stopping::stop();
        self.take()
    }

    fn reassert(&mut self) -> io::Result<()> {
        self.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_that_is_entered_is_left_in_reverse() {
        let leave = leaving();
        let mut before = leave.len();
        for mode in &MODES {
            let at = leave.find(mode.leave).expect("left");
            assert!(at < before, "{:?} ends out of order", mode.enter);
            before = at;
            // `h` sets, `l` resets, the same number; only the cursor is shown by `h`.
            for set in mode.enter.split("\x1b[").filter(|s| !s.is_empty()) {
                let number = set.trim_end_matches(['h', 'l']);
                let ends = if set.ends_with('h') { 'l' } else { 'h' };
                assert!(mode.leave.contains(&format!("\x1b[{number}{ends}")));
            }
        }
        // A frame cut short may have margins on all four sides.
        assert!(leave.starts_with("\x1b[?2026l\x1b[?69l\x1b[r"));
        assert_eq!(entering(), "\x1b[?1049h\x1b[?25l\x1b[?2004h");
    }
}
