//! A folder with workspaces, files and the program itself, cut off from the settings of whoever runs the tests.
#![allow(
    dead_code,
    missing_docs,
    reason = "shared by test binaries that use parts of it"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use caopan::domain::{Day, Zone};
use caopan::store::demo::{Plan, generate};
use rusqlite::Connection;

/// The program.
pub const CAOPAN: &str = env!("CARGO_BIN_EXE_caopan");
/// The last day of every shop here.
pub const TODAY: &str = "2026-11-11";
/// A moment of that day.
pub const NOW: &str = "2026-11-11 14:30";

/// Customers that carry what strangers may write: escapes, direction overrides, invisible characters, line ends.
pub const HOSTILE: &str =
    "\u{1b}[31m坏\u{202e}\u{200b}\u{9b}2J\r\n\t\u{2028}\u{feff}\u{7f}\u{e0041}人";

/// A folder for one test.
pub struct Shop {
    folder: tempfile::TempDir,
    locale: &'static str,
}

/// What a command gave.
pub struct Gave {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Shop {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("shop-")
            .tempdir()
            .expect("a folder");
        Self {
            folder,
            locale: "zh_CN.UTF-8",
        }
    }

    /// A folder in whose shell English is spoken.
    pub fn english() -> Self {
        Self {
            locale: "en_US.UTF-8",
            ..Self::new()
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// Generates an invented workspace.
    pub fn demo(&self, name: &str, customers: u32) -> PathBuf {
        let path = self.path(name);
        let plan = Plan {
            customers,
            seed: 1,
            today: Day::parse(TODAY).expect("a day"),
            zone: Zone::default(),
        };
        generate(&path, &plan, &mut |_, _, _| {}).expect("a demo");
        path
    }

    /// A connection as any other program would have it.
    pub fn connection(&self, name: &str) -> Connection {
        Connection::open(self.path(name)).expect("a connection")
    }

    /// Variables that cut the program off from its surroundings.
    pub fn environment(&self) -> Vec<(String, String)> {
        let folder = |name: &str| self.path(name).display().to_string();
        vec![
            ("CAOPAN_CONFIG_DIR".into(), folder("config")),
            ("CAOPAN_DATA_DIR".into(), folder("data")),
            ("CAOPAN_STATE_DIR".into(), folder("state")),
            ("HOME".into(), folder("home")),
            ("LANG".into(), self.locale.into()),
            ("TERM".into(), "xterm-256color".into()),
            ("PATH".into(), std::env::var("PATH").unwrap_or_default()),
        ]
    }

    /// The program, in this folder.
    pub fn command(&self) -> Command {
        let mut command = Command::new(CAOPAN);
        command
            .env_clear()
            .envs(self.environment())
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Gave {
        gave(&self.command().args(arguments).output().expect("it runs"))
    }

    /// Runs the program, which succeeds and says nothing on standard error; its output.
    #[track_caller]
    pub fn good(&self, arguments: &[&str]) -> String {
        let gave = self.run(arguments);
        assert_eq!((gave.code, &*gave.err), (0, ""), "{arguments:?}");
        gave.out
    }
}

pub fn gave(output: &Output) -> Gave {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    Gave {
        code: output.status.code().expect("no signal ended it"),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}

/// Characters that steer a terminal or cannot be seen; line ends are fine.
pub fn steers(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Makes everything a stranger may name hostile.
pub fn spoil(conn: &Connection) {
    conn.pragma_update(None, "foreign_keys", false)
        .expect("a setting");
    for (table, column) in [
        ("customer", "name"),
        ("customer", "region"),
        ("customer", "phone"),
        ("follow", "remark"),
        ("tag", "name"),
        ("tag_group", "name"),
        ("group_chat", "name"),
        ("staff", "name"),
        ("department", "name"),
        ("campaign", "name"),
        ("channel", "name"),
    ] {
        conn.execute(
            &format!("UPDATE {table} SET {column} = ?1 || substr(coalesce({column}, ''), 1, 8)"),
            [HOSTILE],
        )
        .unwrap_or_else(|e| panic!("{table}.{column}: {e}"));
    }
    conn.execute(
        "UPDATE meta SET value = ?1 WHERE key = 'corp_name'",
        [HOSTILE],
    )
    .expect("a name");
}
