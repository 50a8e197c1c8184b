//! The workspace the bars are measured on, and the answers SQL gives about it.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use portable_pty::CommandBuilder;
use rusqlite::Connection;

use crate::session::{PATIENCE, Session};

/// A demo workspace.
pub struct Shop {
    /// The file.
    pub path: PathBuf,
    /// Customers in it.
    pub customers: u64,
}

/// The program under measurement.
const PROGRAM: &str = env!("CARGO_BIN_EXE_caopan");
/// "Now" of every measured run: the demo's last day, so that figures can be compared between runs.
const AS_OF: &str = "2026-11-11 14:30";

impl Shop {
    /// Opens the file given, or makes the demo once and keeps it.
    pub fn open(given: Option<&str>, customers: u64) -> Self {
        let path = given.map_or_else(
            || {
                PathBuf::from(env!("CARGO_MANIFEST_DIR"))
                    .join(format!("target/bench/{customers}.db"))
            },
            PathBuf::from,
        );
        if !path.exists() {
            std::fs::create_dir_all(path.parent().expect("a folder"))
                .expect("a folder to measure in");
            let made = Command::new(PROGRAM)
                .args([
                    "demo",
                    "--seed",
                    "1",
                    "--today",
                    "2026-11-11",
                    "--customers",
                    &customers.to_string(),
                ])
                .arg(&path)
                .status()
                .expect("the program starts");
            assert!(made.success(), "no demo to measure on");
        }
        let shop = Self { path, customers: 0 };
        let customers = shop.number("SELECT count(*) FROM customer");
        Self { customers, ..shop }
    }

    /// A connection of the benchmark's own.
    pub fn sql(&self) -> Connection {
        Connection::open(&self.path).expect("the workspace opens")
    }

    /// One number from SQL.
    pub fn number(&self, sql: &str) -> u64 {
        self.sql()
            .query_row(sql, [], |row| row.get(0))
            .expect("SQL answers")
    }

    /// One text from SQL.
    pub fn text(&self, sql: &str) -> String {
        self.sql()
            .query_row(sql, [], |row| row.get(0))
            .expect("SQL answers")
    }

    /// A command of the program on this workspace.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(["--lang", "en", "--as-of", AS_OF, "-w"])
            .arg(&self.path)
            .args(arguments);
        command
    }

    /// The console on this workspace, not ready yet.
    pub fn console(&self, columns: u16, rows: u16, extra: &[&str]) -> Session {
        self.start(self.command_line(extra, &[]), columns, rows)
    }

    /// Starts the console; more customers are waited for longer, by half a minute for each million.
    fn start(&self, command: CommandBuilder, columns: u16, rows: u16) -> Session {
        let mut session = Session::start(command, columns, rows);
        session.patience = PATIENCE + Duration::from_micros(30 * self.customers);
        session
    }

    fn command_line(&self, extra: &[&str], environment: &[(&str, &str)]) -> CommandBuilder {
        let state = self.path.with_extension("state");
        let _ = std::fs::remove_dir_all(&state);
        let mut command = CommandBuilder::new(PROGRAM);
        command.args(["--lang", "zh", "--as-of", AS_OF, "-w"]);
        command.arg(&self.path);
        command.args(extra);
        command.env("CAOPAN_STATE_DIR", &state);
        command.env("CAOPAN_CONFIG_DIR", &state);
        for name in ["NO_COLOR", "SSH_CONNECTION", "SSH_TTY", "TMUX"] {
            command.env_remove(name);
        }
        // Whatever terminal the benchmark is started from: its own has top and bottom margins only.
        command.env("CAOPAN_MARGINS", "off");
        for (name, value) in environment {
            command.env(name, value);
        }
        command
    }

    /// The console, its engine loaded and its screen at rest.
    pub fn ready(&self, columns: u16, rows: u16) -> Session {
        let mut session = self.console(columns, rows, &[]);
        session.until("the engine", |text| self.is_ready(text));
        session.settle();
        session
    }

    /// The same at the far end of an ssh line.
    pub fn ready_over_ssh(&self, columns: u16, rows: u16) -> Session {
        let command = self.command_line(&[], &[("SSH_TTY", "/dev/pts/0")]);
        let mut session = self.start(command, columns, rows);
        session.until("the engine", |text| self.is_ready(text));
        session.settle();
        session
    }

    /// The same in a terminal with margins on all four sides, and the console told so.
    pub fn ready_with_margins(&self, columns: u16, rows: u16) -> Session {
        let command = self.command_line(&[], &[("CAOPAN_MARGINS", "on")]);
        let mut session = self.start(command, columns, rows).split(columns, rows);
        session.until("the engine", |text| self.is_ready(text));
        session.settle();
        session
    }

    /// The screen is one of the loaded engine: the whole pool counted, nothing loading, nothing preliminary, nothing asked.
    pub fn is_ready(&self, text: &str) -> bool {
        text.contains(&grouped(self.customers))
            && !["加载", "预览", "查询中"]
                .iter()
                .any(|word| text.contains(word))
    }

    /// The bare program in the same terminal.
    pub fn bare(&self, columns: u16, rows: u16) -> Session {
        let mut command = CommandBuilder::new(std::env::current_exe().expect("this benchmark"));
        command.env("CAOPAN_BENCH_BARE", "1");
        Session::start(command, columns, rows)
    }

    /// The bare program with the first customers of this workspace, by SQLite alone.
    pub fn floor(&self, columns: u16, rows: u16) -> Session {
        let mut command = CommandBuilder::new(std::env::current_exe().expect("this benchmark"));
        command.env("CAOPAN_BENCH_FLOOR", &self.path);
        Session::start(command, columns, rows)
    }
}

/// `1204` as the screen shows it: `1,204`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
