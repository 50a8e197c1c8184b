//! A real pseudo-terminal around a real process, read through a vt100 screen.
//!
//! Nothing here sleeps: every wait reads the terminal until what is waited for is there, and a guard kills the child
//! when the test takes longer than [`PATIENCE`], so that a wait that would never end fails instead. There is no reader
//! thread: while the test does not read, the child's output waits in the terminal, as on a stalled line; and dropping
//! the master ([`Pty::hang_up`]) is a real hang-up.
//!
//! ```ignore
//! let mut pty = Pty::spawn(command, (120, 40));
//! pty.wait_for("客户");
//! pty.send("q");
//! let end = pty.wait_exit();
//! assert_eq!(end.code, 0);
//! end.assert_restored();
//! ```
#![allow(
    dead_code,
    missing_docs,
    reason = "shared by test binaries that use parts of it"
)]

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

pub use portable_pty::CommandBuilder;
use portable_pty::{Child, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, kill_process_group, pidfd_open};

/// How long one test may take before its child is killed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// [`PATIENCE`], or the seconds of `CAOPAN_PATIENCE` for runs by hand that take longer.
fn patience() -> Duration {
    let seconds = std::env::var("CAOPAN_PATIENCE").ok();
    let seconds = seconds.and_then(|text| text.parse().ok());
    seconds.map_or(PATIENCE, Duration::from_secs)
}

/// A process in a pseudo-terminal.
pub struct Pty {
    master: Box<dyn MasterPty + Send>,
    reader: Box<dyn Read + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    screen: vt100::Parser,
    bytes: Vec<u8>,
    /// Terminal settings before the child ran.
    before: String,
    /// Dropping it calls the guard off.
    _guard: Sender<()>,
}

/// How a process ended and what it left behind.
pub struct End {
    /// Exit code.
    pub code: u32,
    /// Everything it wrote.
    pub bytes: Vec<u8>,
    /// The screen at the end.
    pub screen: vt100::Parser,
    /// Terminal settings before and after, printed.
    pub settings: (String, String),
}

impl End {
    /// The terminal is as it was found: settings, main screen, cursor, paste and mouse modes.
    pub fn assert_restored(&self) {
        let (before, after) = &self.settings;
        assert_eq!(before, after, "terminal settings");
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is on");
        assert_eq!(
            screen.mouse_protocol_mode(),
            vt100::MouseProtocolMode::None,
            "the mouse is on"
        );
        assert!(
            !screen.bold() && !screen.inverse() && screen.fgcolor() == vt100::Color::Default,
            "a style is on"
        );
    }

    /// What it wrote, as text.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Pty {
    /// Starts a command in a terminal of that many columns and rows.
    pub fn spawn(command: CommandBuilder, (columns, rows): (u16, u16)) -> Self {
        let pair = native_pty_system()
            .openpty(size(columns, rows))
            .expect("a pseudo-terminal");
        let before = settings(pair.master.as_ref());
        let child = pair.slave.spawn_command(command).expect("the child starts");
        let pid = pid_of(child.as_ref());
        let (guard, called_off) = mpsc::channel::<()>();
        thread::spawn(move || {
            let waited = called_off.recv_timeout(patience());
            if waited == Err(mpsc::RecvTimeoutError::Timeout) {
                // The whole group, and not by a signal that it could ignore.
                let _ = kill_process_group(pid, Signal::KILL);
            }
        });
        let nonzero = |n| NonZero::new(n).expect("a size");
        Self {
            reader: pair.master.try_clone_reader().expect("a reader"),
            writer: pair.master.take_writer().expect("a writer"),
            master: pair.master,
            child,
            screen: vt100::Parser::new(nonzero(rows), nonzero(columns), 0),
            bytes: Vec::new(),
            before,
            _guard: guard,
        }
    }

    /// Reads until the screen shows a text.
    pub fn wait_for(&mut self, text: &str) {
        let shown = self.read_until(|screen, _| screen.contents().contains(text));
        assert!(
            shown,
            "ended without showing {text:?}; the screen:\n{}",
            self.text()
        );
    }

    /// Reads until this text came, on screen or not: for what programs write after the console has left.
    pub fn wait_for_output(&mut self, text: &str) {
        let came = self.read_until(|_, bytes| String::from_utf8_lossy(bytes).contains(text));
        assert!(came, "ended without writing {text:?}");
    }

    /// Reads until `enough` says so; false if the child ended before.
    pub fn read_until(&mut self, enough: impl Fn(&vt100::Screen, &[u8]) -> bool) -> bool {
        let mut chunk = [0u8; 4096];
        while !enough(self.screen.screen(), &self.bytes) {
            match self.reader.read(&mut chunk) {
                Ok(n) if n > 0 => {
                    let read = chunk.get(..n).expect("as many as it said");
                    self.bytes.extend_from_slice(read);
                    self.screen.process(read);
                }
                // The other side is closed: EIO on Linux.
                _ => return false,
            }
        }
        true
    }

    /// What is on the screen.
    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// The screen.
    pub fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// Everything read since the last call; what the screen shows stays.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Types.
    pub fn send(&mut self, keys: &str) {
        self.writer
            .write_all(keys.as_bytes())
            .expect("the child's keyboard");
        self.writer.flush().expect("the child's keyboard");
    }

    /// Resizes the terminal.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.master.resize(size(columns, rows)).expect("a size");
        let nonzero = |n| NonZero::new(n).unwrap_or(NonZero::<u16>::MIN);
        self.screen
            .screen_mut()
            .set_size(nonzero(rows), nonzero(columns));
    }

    /// The process started.
    pub fn pid(&self) -> Pid {
        pid_of(self.child.as_ref())
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("it lives");
    }

    /// Terminal settings now, printed.
    pub fn settings(&self) -> String {
        settings(self.master.as_ref())
    }

    /// Reads to the end and waits for the process.
    pub fn wait_exit(mut self) -> End {
        self.read_until(|_, _| false);
        let status = self.child.wait().expect("the child ends");
        let after = settings(self.master.as_ref());
        End {
            code: status.exit_code(),
            bytes: self.bytes,
            screen: self.screen,
            settings: (self.before, after),
        }
    }

    /// Waits for the process without reading what it writes: a line that has stalled.
    pub fn wait_exit_unread(mut self) -> u32 {
        self.child.wait().expect("the child ends").exit_code()
    }

    /// Closes the terminal under the process; gives what waits for its exit code.
    pub fn hang_up(self) -> impl FnOnce() -> u32 {
        let Self {
            master,
            reader,
            writer,
            mut child,
            _guard: guard,
            ..
        } = self;
        drop((reader, writer, master));
        move || {
            let code = child.wait().expect("the child ends").exit_code();
            drop(guard);
            code
        }
    }
}

fn pid_of(child: &(dyn Child + Send + Sync)) -> Pid {
    let raw = child.process_id().expect("a process");
    Pid::from_raw(i32::try_from(raw).expect("a pid")).expect("a pid")
}

/// Whether a process that need not be our child ends within so many seconds; it is killed if it does not.
pub fn ends_within(pid: Pid, seconds: i64) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else {
        return true;
    };
    let time = Timespec {
        tv_sec: seconds,
        tv_nsec: 0,
    };
    let mut watched = [PollFd::new(&process, PollFlags::IN)];
    let ended = poll(&mut watched, Some(&time)).is_ok_and(|n| n > 0);
    if !ended {
        let _ = kill_process(pid, Signal::KILL);
    }
    ended
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}
