//! A program in a pseudo-terminal, with the moment of every byte it sends.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::vt420::Vt420;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a bar waits for something that must come, unless told to wait longer.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Silence that ends a measured reaction.
const QUIET: Duration = Duration::from_millis(40);

/// A running program and its screen.
pub struct Session {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    chunks: Receiver<(Instant, Vec<u8>)>,
    screen: vt100::Parser,
    /// Reads along where the program was told of left and right margins, which the other screen does not know.
    split: Option<Vt420>,
    /// How long it is waited for.
    pub patience: Duration,
    /// When it was started.
    pub started: Instant,
    /// Bytes received so far.
    pub received: u64,
}

/// What a key did.
#[derive(Clone, Copy, Debug)]
pub struct Reaction {
    /// From the key to the last byte of its last frame.
    pub took: Duration,
    /// Bytes sent.
    pub bytes: u64,
}

impl Session {
    /// Starts a program in a terminal of `columns` x `rows`.
    pub fn start(mut command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system()
            .openpty(size)
            .expect("a pseudo-terminal");
        command.env("TERM", "xterm-256color");
        let mut reader = pair.master.try_clone_reader().expect("reader");
        let writer = pair.master.take_writer().expect("writer");
        let (send, chunks) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(n) = reader.read(&mut buffer) {
                if n == 0 || send.send((Instant::now(), buffer[..n].to_vec())).is_err() {
                    break;
                }
            }
        });
        let started = Instant::now();
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        drop(pair.slave);
        let screen = vt100::Parser::new(
            NonZeroU16::new(rows).expect("rows"),
            NonZeroU16::new(columns).expect("columns"),
            0,
        );
        Self {
            master: pair.master,
            child,
            writer,
            chunks,
            screen,
            split: None,
            patience: PATIENCE,
            started,
            received: 0,
        }
    }

    /// The same before a terminal with margins on all four sides; nothing has been read yet.
    pub fn split(mut self, columns: u16, rows: u16) -> Self {
        self.split = Some(Vt420::new(columns, rows));
        self
    }

    /// Times that the terminal scrolled a box of the screen.
    pub fn boxes(&self) -> usize {
        self.split.as_ref().map_or(0, |split| split.boxes)
    }

    /// Waits until the screen's text satisfies `wanted`; the moment of the byte that did it.
    pub fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> Instant {
        let deadline = Instant::now() + self.patience;
        loop {
            match self
                .chunks
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok((at, bytes)) => {
                    self.feed(&bytes);
                    if wanted(&self.text()) {
                        return at;
                    }
                }
                Err(_) => panic!(
                    "waited {:?} for {what}; the screen says:\n{}",
                    self.patience,
                    self.text()
                ),
            }
        }
    }

    /// Takes in what comes until nothing comes for a while.
    pub fn settle(&mut self) -> u64 {
        self.quiet_after(Instant::now()).1
    }

    /// Sends keys and measures the reaction.
    pub fn key(&mut self, keys: &str) -> Reaction {
        let sent = Instant::now();
        self.writer
            .write_all(keys.as_bytes())
            .expect("the terminal takes keys");
        self.writer.flush().expect("flush");
        let (last, bytes) = self.quiet_after(sent);
        Reaction {
            took: last.saturating_duration_since(sent),
            bytes,
        }
    }

    /// Sends keys and measures the reaction; and when the scope line and the pane in focus first said what they said at its
    /// end: other panes may follow.
    pub fn key_told(&mut self, keys: &str) -> (Reaction, Duration) {
        let sent = Instant::now();
        self.send(keys);
        let mut told: Vec<(Instant, String)> = Vec::new();
        let (last, bytes) = self.quiet_after_each(sent, |at, screen| {
            let now = answered(screen);
            if told.last().is_none_or(|(_, before)| *before != now) {
                told.push((at, now));
            }
        });
        let first = told.last().map_or(sent, |(at, _)| *at);
        let reaction = Reaction {
            took: last.saturating_duration_since(sent),
            bytes,
        };
        (reaction, first.saturating_duration_since(sent))
    }

    /// Sends keys without waiting.
    pub fn send(&mut self, keys: &str) {
        self.writer
            .write_all(keys.as_bytes())
            .expect("the terminal takes keys");
        self.writer.flush().expect("flush");
    }

    /// The moment of the last byte, after which it was quiet; and the bytes since.
    fn quiet_after(&mut self, since: Instant) -> (Instant, u64) {
        self.quiet_after_each(since, |_, _| ())
    }

    /// The same, looking at the screen after each piece that comes.
    fn quiet_after_each(
        &mut self,
        since: Instant,
        mut look: impl FnMut(Instant, &vt100::Screen),
    ) -> (Instant, u64) {
        let (mut last, mut bytes) = (since, 0);
        // A reaction may begin late; once it has begun, a pause ends it.
        let mut wait = Duration::from_millis(400);
        loop {
            match self.chunks.recv_timeout(wait) {
                Ok((at, chunk)) => {
                    bytes += chunk.len() as u64;
                    self.feed(&chunk);
                    look(at, self.screen.screen());
                    last = at;
                    wait = QUIET;
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    return (last, bytes);
                }
            }
        }
    }

    /// Takes in everything that comes during `span`; bytes received.
    pub fn listen(&mut self, span: Duration) -> u64 {
        let (end, mut bytes) = (Instant::now() + span, 0);
        while let Ok((_, chunk)) = self
            .chunks
            .recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            bytes += chunk.len() as u64;
            self.feed(&chunk);
        }
        bytes
    }

    fn feed(&mut self, bytes: &[u8]) {
        self.received += bytes.len() as u64;
        match &mut self.split {
            Some(split) => split.process(bytes),
            None => self.screen.process(bytes),
        }
    }

    /// The screen's text.
    pub fn text(&self) -> String {
        match &self.split {
            Some(split) => split.text(),
            None => self.screen.screen().contents(),
        }
    }

    /// A figure of `/proc/PID/status`, in its own unit.
    pub fn status(&self, field: &str) -> u64 {
        let pid = self.pid();
        let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        text.lines()
            .find_map(|l| l.strip_prefix(field)?.strip_prefix(':'))
            .and_then(|v| v.split_whitespace().next()?.parse().ok())
            .unwrap_or_default()
    }

    /// Voluntary context switches of all threads: how often the program woke and slept again.
    pub fn wakeups(&self) -> u64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid()))
            .into_iter()
            .flatten()
            .flatten();
        tasks
            .filter_map(|t| std::fs::read_to_string(t.path().join("status")).ok())
            .filter_map(|s| {
                s.lines().find_map(|l| {
                    l.strip_prefix("voluntary_ctxt_switches:")?
                        .trim()
                        .parse::<u64>()
                        .ok()
                })
            })
            .sum()
    }

    /// CPU used so far, from the scheduler's own account (nanoseconds resolution).
    pub fn cpu(&self) -> Duration {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid()))
            .into_iter()
            .flatten()
            .flatten();
        let nanos = tasks
            .filter_map(|t| std::fs::read_to_string(t.path().join("schedstat")).ok())
            .filter_map(|s| s.split_whitespace().next()?.parse::<u64>().ok())
            .sum();
        Duration::from_nanos(nanos)
    }

    fn pid(&self) -> u32 {
        self.child.process_id().unwrap_or_default()
    }
}

/// What a key is answered with before all else: the scope line with its count, and the rows of the pane in focus, whose
/// number stands in brackets in the first line.
fn answered(screen: &vt100::Screen) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (u16::from(rows), u16::from(columns));
    let cell = |row: u16, column: u16| screen.cell(row, column).map_or("", vt100::Cell::contents);
    let bracket = (0..columns).find(|column| cell(0, *column) == "[");
    let number = bracket.map_or("", |column| cell(0, column + 1));
    let mut told: Vec<String> = screen.rows(0, columns).skip(1).take(1).collect();
    let corners = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let pane = corners
        .filter(|(row, column)| cell(*row, *column) == "┌")
        .find(|(row, column)| cell(*row, column + 3) == number);
    if let Some((top, left)) = pane {
        let right = (left..columns).find(|column| cell(top, *column) == "┐");
        let bottom = (top..rows).find(|row| cell(*row, left) == "└");
        let width = right.unwrap_or(columns) - left;
        let lines = usize::from(bottom.unwrap_or(rows) - top);
        told.extend(screen.rows(left, width).skip(top.into()).take(lines));
    }
    told.join("\n")
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = &self.master;
    }
}
