//! Drives a console without a terminal: script keys in, screen text out.
//!
//! The same pump and painter as in the real loop; the terminal is a vt100 screen in memory and time is a number, so a
//! test can say "300 ms later" without waiting:
//!
//! ```ignore
//! let mut headless = Headless::new(app, draw, &desk, (120, 40));
//! headless.keys("jj<Enter>");
//! headless.later(300);
//! assert!(headless.text().contains("张三"));
//! ```
#![allow(
    dead_code,
    missing_docs,
    reason = "shared by test binaries that use parts of it"
)]

use std::io;
use std::num::NonZero;

use caopan::app::{Msg, Now};
use caopan::config::keys::{Chord, Key};
use caopan::runtime::painter::Painter;
use caopan::runtime::{Console, Desk, Draw, Pump, Terminal};
use ratatui::buffer::Buffer;

/// A terminal in memory.
pub struct Memory {
    painter: Painter,
    screen: vt100::Parser,
    size: (u16, u16),
    /// Bytes written since [`Headless::bytes`] was last called.
    written: Vec<u8>,
    /// What was copied, in order.
    pub copied: Vec<String>,
    /// Mouse reporting.
    pub mouse: bool,
    /// How often the terminal was given away.
    pub suspensions: usize,
}

impl Memory {
    fn new(size: (u16, u16)) -> Self {
        Self {
            painter: Painter::new(),
            screen: blank(size),
            size,
            written: Vec::new(),
            copied: Vec::new(),
            mouse: false,
            suspensions: 0,
        }
    }
}

fn blank((columns, rows): (u16, u16)) -> vt100::Parser {
    let at_least_one = |n| NonZero::new(n).unwrap_or(NonZero::<u16>::MIN);
    vt100::Parser::new(at_least_one(rows), at_least_one(columns), 0)
}

impl Terminal for Memory {
    fn size(&mut self) -> io::Result<(u16, u16)> {
        Ok(self.size)
    }
    fn is_ready(&mut self) -> bool {
        true
    }
    fn show(
        &mut self,
        frame: &mut Buffer,
        lines: Option<&[u16]>,
        cursor: Option<(u16, u16)>,
    ) -> io::Result<()> {
        let bytes = self.painter.draw(frame, lines, cursor);
        self.written.extend_from_slice(bytes);
        self.screen.process(bytes);
        Ok(())
    }
    fn forget(&mut self) {
        self.painter.forget();
    }
    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        Ok(())
    }
    fn copy(&mut self, text: &str) -> io::Result<Option<Result<&'static str, String>>> {
        self.copied.push(text.to_owned());
        Ok(Some(Ok("memory")))
    }
    fn suspend(&mut self) -> io::Result<()> {
        self.suspensions += 1;
        Ok(())
    }
    fn reassert(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A console under test.
pub struct Headless<'a, C, D> {
    pump: Pump<'a, C, Memory, D>,
    now: Now,
}

impl<'a, C: Console, D: Draw<C>> Headless<'a, C, D> {
    /// Starts at monotonic 0, on 2026-03-18 10:00 in Shanghai, and draws the first frame.
    pub fn new(console: C, draw: D, desk: &'a dyn Desk, size: (u16, u16)) -> Self {
        let now = Now {
            millis: 0,
            unix: 1_773_799_200,
        };
        let pump = Pump::new(console, Memory::new(size), draw, desk, now).expect("memory");
        let mut headless = Self { pump, now };
        headless.settle();
        headless
    }

    /// Hands over a message and draws what follows.
    pub fn send(&mut self, msg: Msg) {
        self.pump.deliver(msg, self.now).expect("memory");
        self.settle();
    }

    /// Presses keys, a millisecond apart: characters as they are, others by name (`<Enter>`, `<C-p>`, `<A-x>`,
    /// `<S-Tab>`, `<F2>`).
    pub fn keys(&mut self, script: &str) {
        for chord in chords(script) {
            self.now.millis += 1;
            self.send(Msg::Key(chord));
        }
    }

    /// Lets time pass; deadlines and waiting frames happen at their moments.
    pub fn later(&mut self, millis: u64) {
        let end = self.now.millis + millis;
        let start = self.now;
        while let Some(due) = self.pump.due().filter(|due| *due <= end) {
            self.now.millis = due.max(self.now.millis + 1);
            self.pump.settle(self.now).expect("memory");
        }
        self.now.millis = end;
        self.now.unix = start.unix + i64::try_from(millis / 1000).expect("seconds");
        self.settle();
    }

    /// Resizes the terminal.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let terminal = self.pump.terminal();
        terminal.size = (columns, rows);
        terminal.screen = blank((columns, rows));
        terminal.painter.forget();
        self.pump.resized(self.now).expect("memory");
        self.settle();
    }

    /// What is on the screen, row by row, without trailing blanks.
    pub fn text(&mut self) -> String {
        // Frames that wait for their pace are drawn first: a test looks at the end of the story.
        if let Some(due) = self.pump.due().filter(|due| *due <= self.now.millis + 60) {
            self.now.millis = self.now.millis.max(due);
            self.settle();
        }
        self.pump.terminal().screen.screen().contents()
    }

    /// Bytes written since the last call.
    pub fn bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.pump.terminal().written)
    }

    /// The console.
    pub fn console(&self) -> &C {
        self.pump.console()
    }

    /// The terminal in memory.
    pub fn memory(&mut self) -> &mut Memory {
        self.pump.terminal()
    }

    /// The console asked to leave.
    pub fn has_quit(&self) -> bool {
        self.pump.has_quit()
    }

    fn settle(&mut self) {
        self.pump.settle(self.now).expect("memory");
    }
}

/// Reads a key script.
fn chords(script: &str) -> Vec<Chord> {
    let mut out = Vec::new();
    let mut rest = script;
    while let Some(c) = rest.chars().next() {
        let named = rest
            .strip_prefix('<')
            .and_then(|r| r.split_once('>'))
            .and_then(|(name, after)| Some((chord(name)?, after)));
        if let Some((chord, after)) = named {
            out.push(chord);
            rest = after;
        } else {
            out.push(plain(Key::Char(c)));
            rest = rest.strip_prefix(c).unwrap_or_default();
        }
    }
    out
}

fn plain(key: Key) -> Chord {
    Chord {
        key,
        ctrl: false,
        alt: false,
        shift: false,
    }
}

fn chord(name: &str) -> Option<Chord> {
    if let Some(rest) = name.strip_prefix("C-") {
        return chord(rest).map(|c| Chord { ctrl: true, ..c });
    }
    if let Some(rest) = name.strip_prefix("A-") {
        return chord(rest).map(|c| Chord { alt: true, ..c });
    }
    if let Some(rest) = name.strip_prefix("S-") {
        return chord(rest).map(|c| Chord { shift: true, ..c });
    }
    let key = match name {
        "Enter" => Key::Enter,
        "Esc" => Key::Esc,
        "Tab" => Key::Tab,
        "Backspace" => Key::Backspace,
        "Delete" => Key::Delete,
        "Up" => Key::Up,
        "Down" => Key::Down,
        "Left" => Key::Left,
        "Right" => Key::Right,
        "Home" => Key::Home,
        "End" => Key::End,
        "PageUp" => Key::PageUp,
        "PageDown" => Key::PageDown,
        "Space" => Key::Char(' '),
        other => {
            let mut chars = other.chars();
            match (chars.next(), chars.as_str()) {
                (Some('F'), digits) if !digits.is_empty() => Key::F(digits.parse().ok()?),
                (Some(c), "") => Key::Char(c),
                _ => return None,
            }
        }
    };
    Some(plain(key))
}
