//! The promises about the terminal, kept in a real pseudo-terminal with real signals.
//!
//! The process under test is this same test binary, asked to be [`toy`]: a console of a few lines that runs in the real
//! loop and can be told to panic.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::type_complexity,
    clippy::inconsistent_digit_grouping,
    clippy::manual_is_multiple_of,
    reason = "a test binary"
)]

#[path = "support/headless.rs"]
mod headless;
#[path = "support/pty.rs"]
mod pty;

use std::sync::mpsc;
use std::thread;

use caopan::app::hits::Hits;
use caopan::app::{Effect, Msg, Now};
use caopan::config::keys::{Chord, Key};
use caopan::engine::request::{Notice, Question, Slot, Trouble};
use caopan::runtime::{self, Console, Desk, Mailbox, Options, Parts, mailbox};
use headless::Headless;
use pty::{CommandBuilder, Pty, ends_within};
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use rustix::process::{Pid, Signal};

/// What the next frame is like.
#[derive(Clone, Copy, Default, PartialEq)]
enum Mood {
    #[default]
    Calm,
    /// Fills the screen.
    Loud,
    /// Panics while drawing.
    Panics,
    /// Never comes back after it.
    Hangs,
}

/// A console that shows its size, the last thing it heard and how many keys came.
#[derive(Default)]
struct Toy {
    size: (u16, u16),
    keys: u32,
    last: String,
    dirty: bool,
    mood: Mood,
    pid: u32,
    /// What is drawn first is a sketch until it is told so.
    sketch: bool,
}

impl Console for Toy {
    fn update(&mut self, msg: Msg, _now: Now) -> Vec<Effect> {
        self.dirty |= !matches!(msg, Msg::Drawn(_));
        match msg {
            Msg::Key(Chord {
                key: Key::Char(c),
                ctrl,
                ..
            }) => {
                self.keys += 1;
                let when = if self.sketch { " too soon" } else { "" };
                self.last = format!("key {c}{when}");
                return self.key(c, ctrl);
            }
            Msg::Resize(columns, rows) => self.size = (columns, rows),
            Msg::Paste(text) => self.last = format!("text {text}"),
            Msg::Notice(Notice::Trouble(Trouble::Internal(place, _))) => {
                self.last = format!("trouble at {}", place.as_str());
            }
            Msg::Notice(Notice::Ready) => {
                self.sketch = std::env::var_os("SKETCH_STAYS").is_some();
            }
            Msg::Copied(result) => self.last = format!("copied {result:?}"),
            Msg::Resumed => self.last = "resumed".into(),
            _ => {}
        }
        Vec::new()
    }
    fn next_deadline(&self) -> Option<u64> {
        None
    }
    fn is_dirty(&self) -> bool {
        self.dirty
    }
    fn is_sketch(&self) -> bool {
        self.sketch
    }
    fn leaves(&self, msg: &Msg) -> bool {
        matches!(msg, Msg::Key(chord) if [Chord::ctrl('c'), Chord::plain(Key::Char('q'))].contains(chord))
    }
    fn drawn(&mut self) {
        self.dirty = false;
        if self.mood == Mood::Hangs {
            loop {
                thread::park();
            }
        }
    }
}

impl Toy {
    fn key(&mut self, c: char, ctrl: bool) -> Vec<Effect> {
        match c {
            'q' => vec![Effect::Quit],
            'z' if ctrl => vec![Effect::Suspend],
            'p' => panic!("the phone is 13800138000"),
            'P' => {
                self.mood = Mood::Panics;
                Vec::new()
            }
            'h' => {
                self.mood = Mood::Hangs;
                Vec::new()
            }
            'w' => vec![Effect::Forget(Slot::Org)],
            'm' => vec![Effect::Mouse(true)],
            'c' if !ctrl => vec![Effect::Copy("张三".into())],
            'b' => {
                self.mood = Mood::Loud;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}

fn draw(toy: &Toy, _now: Now, buffer: &mut Buffer) -> Hits {
    assert!(toy.mood != Mood::Panics, "the phone is 13800138000");
    let bold = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
    let lines = [
        format!("客户 {}x{}", buffer.area.width, buffer.area.height),
        format!("{} keys, {}", toy.keys, toy.last),
        format!("pid {} told {}x{}", toy.pid, toy.size.0, toy.size.1),
    ];
    for (y, line) in (0..buffer.area.height).zip(lines) {
        buffer.set_string(0, y, line, bold);
    }
    if toy.mood == Mood::Loud {
        for y in 3..buffer.area.height {
            for x in 0..buffer.area.width {
                let n = u32::from(x) * 31 + u32::from(y) * 17 + toy.keys * 7;
                let symbol = char::from_u32(0x4e00 + n).expect("a Han character");
                if x % 2 == 0 {
                    buffer[(x, y)]
                        .set_char(symbol)
                        .set_fg(Color::Indexed((n % 200) as u8 + 20));
                }
            }
        }
    }
    Hits::default()
}

/// Its worker panics when it is asked to forget. The whole of a sketch follows the first frame.
struct Worker(mpsc::Sender<()>, Mailbox);

impl Desk for Worker {
    fn ask(&self, _slot: Slot, _generation: u64, _question: Question) {}
    fn forget(&self, _slot: Slot) {
        let _ = self.0.send(());
    }
    fn mask(&self, _on: bool) {}
    fn begun(&self) {
        self.1.notice(Notice::Ready);
    }
}

/// The process under test. As a test of its own it does nothing.
#[test]
#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "the test runner must not add its own words and code"
)]
fn toy() {
    let Some(reports) = std::env::var_os("TOY_REPORTS") else {
        return;
    };
    let (mailbox, inbox) = mailbox();
    let (wake, woken) = mpsc::channel();
    let worker = thread::spawn(move || {
        assert!(woken.recv().is_err(), "the phone is 13800138000");
    });
    let parts = Parts {
        console: Toy {
            pid: std::process::id(),
            sketch: true,
            ..Toy::default()
        },
        draw,
        desk: &Worker(wake, mailbox.clone()),
        inbox,
        mailbox,
        save: Box::new(|_, _| ()),
    };
    let options = Options {
        reports: Some(reports.into()),
        ..Options::default()
    };
    let code = match runtime::run(parts, &options) {
        Ok(outcome) => outcome.code(),
        Err(error) => {
            eprintln!("caopan: error: {error}\nhelp: {}", error.help());
            error.code()
        }
    };
    drop(worker);
    std::process::exit(i32::from(code));
}

const TOY: &str = "--exact toy --quiet --nocapture --test-threads=1";

fn reports() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

/// The toy, run by a shell line in which `TOY` stands for it.
fn through_shell(line: &str, reports: &tempfile::TempDir) -> CommandBuilder {
    let exe = std::env::current_exe().expect("this test binary");
    let line = line.replace("TOY", &format!("{} {TOY}", exe.display()));
    let mut command = CommandBuilder::new("sh");
    command.args(["-c", &line]);
    command.env("TOY_REPORTS", reports.path());
    command
}

fn start(reports: &tempfile::TempDir) -> Pty {
    let mut pty = Pty::spawn(through_shell("exec TOY", reports), (80, 24));
    pty.wait_for("客户 80x24");
    pty
}

#[test]
fn leaving_gives_the_terminal_back() {
    let dir = reports();
    let mut pty = start(&dir);
    assert!(pty.screen().alternate_screen() && pty.screen().hide_cursor());
    pty.send("m");
    pty.wait_for("key m");
    pty.send("q");
    let end = pty.wait_exit();
    assert_eq!(end.code, 0);
    end.assert_restored();
}

#[test]
fn keys_typed_ahead_wait_for_the_whole_of_a_sketch() {
    let dir = reports();
    let mut pty = Pty::spawn(through_shell("exec TOY", &dir), (80, 24));
    pty.send("x");
    pty.wait_for("1 keys, key x");
    assert!(!pty.screen().contents().contains("too soon"));
    pty.send("q");
    assert_eq!(pty.wait_exit().code, 0);
}

#[test]
fn keys_that_leave_do_not_wait_for_the_whole_of_a_sketch() {
    let dir = reports();
    let mut pty = Pty::spawn(through_shell("SKETCH_STAYS=1 exec TOY", &dir), (80, 24));
    pty.wait_for("客户 80x24");
    // What was typed before it is forgotten.
    pty.send("x\x03");
    pty.wait_for("1 keys, key c too soon");
    pty.send("q");
    assert_eq!(pty.wait_exit().code, 0);
}

#[test]
fn signals_end_it_with_their_code_and_the_terminal_restored() {
    for (signal, code) in [
        (Signal::TERM, 143),
        (Signal::INT, 130),
        (Signal::QUIT, 131),
        (Signal::HUP, 129),
    ] {
        let dir = reports();
        let pty = start(&dir);
        pty.signal(signal);
        let end = pty.wait_exit();
        assert_eq!(end.code, code, "{signal:?}");
        end.assert_restored();
    }
}

#[test]
fn keys_text_and_the_clipboard_reach_the_console() {
    let dir = reports();
    let mut pty = start(&dir);
    pty.send("：");
    pty.wait_for("1 keys, key :");
    pty.send("张三");
    pty.wait_for("text 张三");
    pty.send("\x1b[200~贴上的\x1b[201~");
    pty.wait_for("text 贴上的");
    pty.take_bytes();
    pty.send("c");
    pty.wait_for("copied Ok");
    let bytes = String::from_utf8(pty.take_bytes()).expect("text");
    assert!(bytes.contains("\x1b]52;c;5byg5LiJ\x1b\\"));
    pty.send("q");
    assert_eq!(pty.wait_exit().code, 0);
}

#[test]
fn half_a_key_sequence_holds_nothing_up() {
    let dir = reports();
    let mut pty = start(&dir);
    // The rest of it is still on its way over a slow line.
    pty.send("\x1b[20");
    pty.resize(90, 20);
    pty.wait_for("客户 90x20");
    pty.send("0~贴上的\x1b[201~");
    pty.wait_for("text 贴上的");
    pty.send("q");
    assert_eq!(pty.wait_exit().code, 0);
}

#[test]
fn a_panic_while_drawing_restores_the_terminal_and_says_so_without_values() {
    for key in ["p", "P"] {
        let dir = reports();
        let mut pty = start(&dir);
        pty.send(key);
        let end = pty.wait_exit();
        assert_eq!(end.code, 1);
        end.assert_restored();
        let output = end.output();
        assert!(output.contains("caopan: error: internal error at tests/terminal.rs"));
        assert!(!output.contains("13800138000"));
        let report = std::fs::read_dir(dir.path()).expect("reports").next();
        let path = report.expect("a report").expect("a report").path();
        let text = std::fs::read_to_string(path).expect("a report");
        assert!(text.contains("tests/terminal.rs") && !text.contains("13800138000"));
    }
}

#[test]
fn a_panic_of_a_worker_is_shown_and_the_screen_stays() {
    let dir = reports();
    let mut pty = start(&dir);
    pty.send("w");
    pty.wait_for("trouble at tests/terminal.rs");
    assert!(pty.screen().alternate_screen());
    pty.send("x");
    pty.wait_for("2 keys, key x");
    pty.send("q");
    let end = pty.wait_exit();
    assert_eq!(end.code, 0);
    end.assert_restored();
    assert!(!end.output().contains("13800138000"));
}

#[test]
fn suspended_it_gives_the_terminal_to_the_shell_and_comes_back_whole() {
    let dir = reports();
    let line = "set -m; TOY; echo \"stopped $?\"; read go; fg >/dev/null; echo \"ended $?\"";
    let mut pty = Pty::spawn(through_shell(line, &dir), (80, 24));
    pty.wait_for("客户 80x24");
    let raw = pty.settings();
    pty.send("\x1a");
    pty.wait_for("stopped 1");
    assert!(!pty.screen().alternate_screen() && !pty.screen().hide_cursor());
    assert_ne!(pty.settings(), raw);
    pty.resize(100, 30);
    pty.send("\n");
    pty.wait_for("客户 100x30");
    assert!(pty.screen().alternate_screen() && pty.screen().hide_cursor());
    assert_eq!(pty.settings(), raw);
    pty.wait_for("told 100x30");
    pty.send("q");
    pty.wait_for_output("ended 0");
    pty.wait_exit().assert_restored();
}

#[test]
fn without_a_shell_above_it_there_is_nothing_to_suspend_to() {
    let dir = reports();
    let mut pty = start(&dir);
    pty.signal(Signal::TSTP);
    pty.wait_for("resumed");
    pty.send("q");
    assert_eq!(pty.wait_exit().code, 0);
}

#[test]
fn continued_after_a_stop_it_draws_everything_again() {
    let dir = reports();
    let mut pty = start(&dir);
    pty.take_bytes();
    pty.signal(Signal::STOP);
    pty.signal(Signal::CONT);
    assert!(pty.read_until(|_, bytes| {
        let text = String::from_utf8_lossy(bytes);
        text.contains("\x1b[2J") && text.contains("客户 80x24")
    }));
    pty.send("q");
    assert_eq!(pty.wait_exit().code, 0);
}

#[test]
fn a_storm_of_sizes_ends_in_a_frame_of_the_last_one() {
    let dir = reports();
    let mut pty = start(&dir);
    for n in 0..1000u16 {
        pty.resize(1 + n % 250, 1 + n % 70);
    }
    pty.resize(1, 1);
    pty.resize(91, 17);
    pty.wait_for("客户 91x17");
    pty.wait_for("told 91x17");
    pty.send("q");
    let end = pty.wait_exit();
    assert_eq!(end.code, 0);
    end.assert_restored();
}

#[test]
fn a_key_after_a_change_of_size_is_heard_at_once() {
    let dir = reports();
    let mut pty = start(&dir);
    pty.send("a");
    pty.wait_for("1 keys, key a");
    for (keys, size) in [(2, (100, 30)), (3, (70, 20)), (4, (90, 25))] {
        pty.resize(size.0, size.1);
        pty.wait_for(&format!("told {}x{}", size.0, size.1));
        pty.send("b");
        pty.wait_for(&format!("{keys} keys, key b"));
    }
    pty.send("q");
    assert_eq!(pty.wait_exit().code, 0);
}

#[test]
fn a_terminal_that_goes_away_takes_it_along() {
    let dir = reports();
    assert_eq!(start(&dir).hang_up()(), 129);
}

#[test]
fn it_goes_with_its_terminal_when_no_signal_comes() {
    let dir = reports();
    // A session of its own: the terminal is not its controlling one, so that hanging up sends it nothing.
    let line = "trap '' HUP; setsid --wait TOY";
    let mut pty = Pty::spawn(through_shell(line, &dir), (80, 24));
    pty.wait_for("told 80x24");
    let text = pty.text();
    let pid = text.split("pid ").nth(1).and_then(|t| t.split(' ').next());
    let pid = pid.and_then(|p| p.parse().ok()).and_then(Pid::from_raw);
    let pid = pid.expect("the toy says its pid");
    let shell = pty.hang_up();
    assert!(ends_within(pid, 2), "it outlived its terminal");
    shell();
}

#[test]
fn a_console_that_hangs_is_ended_all_the_same_and_the_terminal_restored() {
    let dir = reports();
    let mut pty = start(&dir);
    pty.send("h");
    pty.wait_for("1 keys, key h");
    pty.signal(Signal::TERM);
    let end = pty.wait_exit();
    assert_eq!(end.code, 143);
    end.assert_restored();
}

#[test]
fn a_line_that_has_stalled_does_not_hold_the_end_back() {
    let dir = reports();
    let mut pty = start(&dir);
    // Nobody reads from here on: frames larger than the terminal's buffer.
    pty.send(&"b".repeat(40));
    pty.signal(Signal::TERM);
    assert_eq!(pty.wait_exit_unread(), 143);
}

#[test]
fn without_a_terminal_it_refuses_with_a_sentence() {
    for line in [
        "TOY </dev/null",
        "TOY >/dev/null",
        "TOY >&-",
        "TOY | cat >&2; exit 2",
    ] {
        let dir = reports();
        let pty = Pty::spawn(through_shell(line, &dir), (80, 24));
        let end = pty.wait_exit();
        assert_eq!(end.code, 2, "{line}");
        end.assert_restored();
        assert!(end.output().contains("must be a terminal"), "{line}");
        assert!(!end.output().contains("\x1b[?1049h"), "{line}");
    }
}

#[test]
fn headless_keys_go_in_and_text_comes_out() {
    let (wake, _woken) = mpsc::channel();
    let desk = Worker(wake, mailbox().0);
    let mut headless = Headless::new(Toy::default(), draw, &desk, (60, 5));
    assert!(headless.text().starts_with("客户 60x5"));
    headless.bytes();
    headless.later(60_000);
    assert!(headless.bytes().is_empty(), "nothing changed");
    headless.keys("jk<C-x>");
    assert!(headless.text().contains("3 keys, key x"));
    headless.resize(40, 3);
    assert!(headless.text().contains("told 40x3"));
    headless.keys("q");
    assert!(headless.has_quit());
}
