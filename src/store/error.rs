//! What can go wrong with a workspace: one sentence of what, one of what to do, and the exit code of the command line.

use crate::domain::{SafeText, Sentence, sentence};

/// A workspace error. [`StoreError::what`] happened, in English by `Display`; [`StoreError::help`] is what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing at this path.
    Missing {
        /// The path, safe to show.
        path: SafeText,
    },
    /// Something is there that is not a caopan workspace.
    NotWorkspace {
        /// The path, safe to show.
        path: SafeText,
        /// What was found instead.
        why: Sentence,
    },
    /// It is ours, or may be, but it cannot be read.
    Unreadable {
        /// The path, safe to show.
        path: SafeText,
        /// Why not.
        why: Sentence,
        /// What to do.
        help: Sentence,
    },
    /// A damaged database.
    Damaged {
        /// The path, safe to show.
        path: SafeText,
        /// What the database library said.
        why: String,
    },
    /// Tables, triggers or views differ from what this version made.
    Altered {
        /// The path, safe to show.
        path: SafeText,
        /// What differs.
        why: Sentence,
    },
    /// Written by a newer caopan.
    Newer {
        /// The path, safe to show.
        path: SafeText,
        /// Schema version of the file.
        found: i64,
        /// Newest schema version this program knows.
        known: i64,
    },
    /// Written by an older caopan, and open for reading only.
    Older {
        /// The path, safe to show.
        path: SafeText,
        /// Schema version of the file.
        found: i64,
        /// The schema version this program uses.
        known: i64,
    },
    /// Something that would do harm.
    Refused {
        /// What is refused and why, one sentence.
        why: Sentence,
        /// What to do.
        help: Sentence,
    },
    /// Stopped half way by whoever asked for it.
    Stopped {
        /// What was being done.
        doing: &'static str,
    },
    /// `create` over something that exists.
    Exists {
        /// The path, safe to show.
        path: SafeText,
    },
    /// Another process holds the lock past the timeout.
    Busy {
        /// What was being done.
        doing: &'static str,
    },
    /// A write where only reading is possible.
    ReadOnly {
        /// What was being done.
        doing: &'static str,
    },
    /// The file at the path is not the one that was opened.
    Replaced {
        /// The path, safe to show.
        path: SafeText,
    },
    /// The disk is full.
    Full {
        /// What was being done.
        doing: &'static str,
    },
    /// The SQLite library is one with a known corruption bug.
    OldLibrary {
        /// Its version.
        found: &'static str,
    },
    /// The file system refused something.
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// Anything else the database said.
    Sql {
        /// What was being done.
        doing: &'static str,
        /// What the database library said.
        source: rusqlite::Error,
    },
}

impl StoreError {
    /// What happened.
    pub fn what(&self) -> Sentence {
        match self {
            Self::Missing { path } => {
                sentence!("{path} 没有工作区", "there is no workspace at {path}")
            }
            Self::NotWorkspace { path, why } => sentence!(
                "{path} 不是 caopan 工作区: {why}",
                "{path} is not a caopan workspace: {why}",
                why = why,
            ),
            Self::Unreadable { path, why, .. } => sentence!(
                "{path} 读不了: {why}",
                "{path} cannot be read: {why}",
                why = why,
            ),
            Self::Damaged { path, why } => {
                sentence!("{path} 已损坏: {why}", "{path} is damaged: {why}")
            }
            Self::Altered { path, why } => sentence!(
                "{path} 被改动过: {why}",
                "{path} has been altered: {why}",
                why = why,
            ),
            Self::Newer { path, found, known } => sentence!(
                "{path} 由更新版本的 caopan 建立 (结构 {found}, 本程序认识 {known})",
                "{path} was made by a newer caopan (schema {found}; this one knows {known})",
            ),
            Self::Older { path, found, known } => sentence!(
                "{path} 由旧版本的 caopan 建立 (结构 {found}, 本程序用 {known})",
                "{path} was made by an older caopan (schema {found}; this one uses {known})",
            ),
            Self::Refused { why, .. } => why.clone(),
            Self::Exists { path } => sentence!("{path} 已经存在", "{path} exists already"),
            Self::Replaced { path } => sentence!(
                "{path} 在打开期间被替换或删除",
                "{path} was replaced or deleted while it was open",
            ),
            Self::OldLibrary { found } => sentence!(
                "SQLite {found} 早于 3.51.3, 可能丢失提交",
                "the SQLite library is {found}, older than 3.51.3, which may lose commits",
            ),
            Self::Stopped { .. }
            | Self::Busy { .. }
            | Self::ReadOnly { .. }
            | Self::Full { .. }
            | Self::Io { .. }
            | Self::Sql { .. } => self.while_doing(),
        }
    }

    /// What happened while something was being done; English says what that was.
    fn while_doing(&self) -> Sentence {
        match self {
            Self::Stopped { doing } => sentence!("已中断", "interrupted ({doing})"),
            Self::Busy { doing } => sentence!(
                "工作区被另一个进程锁住",
                "the workspace is locked by another process ({doing})",
            ),
            Self::ReadOnly { doing } => sentence!(
                "工作区只能读",
                "the workspace is open for reading only ({doing})",
            ),
            Self::Full { doing } => {
                sentence!("磁盘已满", "no space left on the disk ({doing})")
            }
            Self::Io { doing, source } => sentence!(
                "读写失败: {why}",
                "{doing}: {why}",
                why = Sentence::of_system(source),
            ),
            Self::Sql { doing, source } => {
                sentence!("数据库出错: {source}", "{doing}: {source}")
            }
            Self::Missing { .. }
            | Self::NotWorkspace { .. }
            | Self::Unreadable { .. }
            | Self::Damaged { .. }
            | Self::Altered { .. }
            | Self::Newer { .. }
            | Self::Older { .. }
            | Self::Refused { .. }
            | Self::Exists { .. }
            | Self::Replaced { .. }
            | Self::OldLibrary { .. } => self.what(),
        }
    }

    /// What to do next.
    pub fn help(&self) -> Sentence {
        match self {
            Self::Missing { path } => sentence!(
                "检查路径, 或新建一个: caopan init {path} (或 caopan demo {path})",
                "check the path, or make one: caopan init {path} (or caopan demo {path})",
            ),
            Self::NotWorkspace { .. } => sentence!(
                "用 -w 指定工作区文件; 此文件未改动",
                "give the workspace file with -w FILE; this file was not changed",
            ),
            Self::Unreadable { help, .. } | Self::Refused { help, .. } => help.clone(),
            Self::Damaged { path, .. } => way_back(path),
            Self::Older { path, .. } => sentence!(
                "以可写方式打开一次: caopan check -w {path}; 旁边会留一份原样",
                "open it once for writing: caopan check -w {path}; a copy of it is kept beside it",
            ),
            Self::Stopped { .. } => sentence!(
                "什么都没有改动, 可随时重来",
                "nothing was changed; start it again when it suits",
            ),
            Self::Altered { .. } => sentence!(
                "去掉外加的东西, 或恢复备份; 文件未改动",
                "drop what was added, or restore a backup; nothing was changed",
            ),
            Self::Newer { .. } => sentence!(
                "请升级 caopan; 文件未改动",
                "update caopan; the file was not changed",
            ),
            Self::Exists { .. } => sentence!(
                "换个名字, 或先移走原文件",
                "choose another name, or move the old file away first",
            ),
            Self::Busy { .. } => sentence!(
                "等它写完再试; 是自己的导入的话, `caopan import --jobs` 看进度",
                "try again when it has written; `caopan import --jobs` shows imports of your own",
            ),
            Self::ReadOnly { .. } => sentence!(
                "去掉 --read-only, 或请文件主人给写权限",
                "start without --read-only, or ask the owner of the file for the right to write",
            ),
            Self::Replaced { .. } => sentence!(
                "请重新启动; 恢复备份要在没有 caopan 打开时进行",
                "start again; a backup may only be put in place while no caopan is open",
            ),
            Self::Full { .. } => sentence!(
                "腾出磁盘空间再试; 已提交的都完整",
                "make room on the disk and try again; what was committed is whole",
            ),
            Self::OldLibrary { .. } => sentence!(
                "请用自带的 SQLite 编译 caopan",
                "build caopan with its bundled SQLite",
            ),
            Self::Io { .. } => {
                sentence!("检查路径与权限", "check the path and its permissions")
            }
            Self::Sql { .. } => sentence!(
                "再试一次; 若仍如此, 把文件连同 -wal -shm 复制到安全处",
                "try again; if it stays, copy the file with its -wal and -shm to a safe place",
            ),
        }
    }

    /// What happened and what to do, in one line.
    pub fn sentence(&self) -> Sentence {
        self.what().and(&self.help())
    }

    /// A database of another program.
    pub(super) fn of_another_program(path: &std::path::Path, id: i64) -> Self {
        Self::NotWorkspace {
            path: shown(path),
            why: sentence!(
                "是别的程序的数据库 (application_id {id})",
                "another program's database (application_id {id})",
            ),
        }
    }

    /// A refusal: why, and what to do.
    pub(crate) fn refused(why: Sentence, help: Sentence) -> Self {
        Self::Refused { why, help }
    }

    /// The exit code of the command line (product.md, decision 14).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Missing { .. }
            | Self::NotWorkspace { .. }
            | Self::Unreadable { .. }
            | Self::Damaged { .. }
            | Self::Altered { .. }
            | Self::Older { .. }
            | Self::Replaced { .. } => 3,
            Self::Busy { .. } => 4,
            Self::ReadOnly { .. } | Self::Exists { .. } | Self::Refused { .. } => 5,
            Self::Stopped { .. } => 130,
            Self::Newer { .. } => 7,
            Self::Full { .. } | Self::OldLibrary { .. } | Self::Io { .. } | Self::Sql { .. } => 1,
        }
    }

    /// Locked by another process: worth trying again.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }

    /// Gives a database error its meaning.
    pub fn from_sql(doing: &'static str, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match source.sqlite_error_code() {
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy { doing },
            Some(Code::ReadOnly) => Self::ReadOnly { doing },
            Some(Code::DiskFull) => Self::Full { doing },
            // The index of the log could not grow: of a full disk SQLite says no more than that.
            Some(Code::SystemIoFailure) if is_index_cut(&source) => Self::Full { doing },
            _ => Self::Sql { doing, source },
        }
    }
}

/// The file `-shm` could not be given its size.
fn is_index_cut(error: &rusqlite::Error) -> bool {
    let extended = error.sqlite_error().map(|error| error.extended_code);
    extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

/// What brings a damaged workspace back.
fn way_back(path: &SafeText) -> Sentence {
    sentence!(
        "先把文件连同 -wal -shm 复制到安全处, 再运行: caopan restore BACKUP -w {path} \
         (或救出还能读的: caopan backup --salvage OUT.db -w {path})",
        "copy the file with its -wal and -shm to a safe place, then: caopan restore BACKUP -w {path} \
         (or save what can still be read: caopan backup --salvage OUT.db -w {path})",
    )
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.what().fmt(f)
    }
}

/// Says what was being done when the database refused.
pub trait Doing<T> {
    /// Maps the error to a [`StoreError`].
    fn doing(self, what: &'static str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for rusqlite::Result<T> {
    fn doing(self, what: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::from_sql(what, source))
    }
}

impl<T> Doing<T> for std::io::Result<T> {
    fn doing(self, what: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Io {
            doing: what,
            source,
        })
    }
}

/// A path as it may be shown.
pub(super) fn shown(path: &std::path::Path) -> SafeText {
    SafeText::new(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Lang;

    #[test]
    fn a_log_whose_index_cannot_grow_lacks_room() {
        let failure = |code| {
            let source = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
            StoreError::from_sql("reading", source)
        };
        assert!(matches!(
            failure(rusqlite::ffi::SQLITE_IOERR_SHMSIZE),
            StoreError::Full { .. }
        ));
        assert!(matches!(
            failure(rusqlite::ffi::SQLITE_IOERR_READ),
            StoreError::Sql { .. }
        ));
    }

    /// One of each; a new kind of failure does not compile before it is said in both languages.
    fn every() -> Vec<StoreError> {
        let path = || SafeText::new("w.db");
        let why = || sentence!("文件太短", "file is too short");
        vec![
            StoreError::Missing { path: path() },
            StoreError::NotWorkspace {
                path: path(),
                why: why(),
            },
            StoreError::Unreadable {
                path: path(),
                why: why(),
                help: sentence!("再看看", "look again"),
            },
            StoreError::Damaged {
                path: path(),
                why: "malformed".into(),
            },
            StoreError::Altered {
                path: path(),
                why: why(),
            },
            StoreError::Newer {
                path: path(),
                found: 9,
                known: 2,
            },
            StoreError::Older {
                path: path(),
                found: 1,
                known: 2,
            },
            StoreError::refused(
                sentence!("这样不行", "not so"),
                sentence!("再看看", "look again"),
            ),
            StoreError::Stopped { doing: "writing" },
            StoreError::Exists { path: path() },
            StoreError::Busy { doing: "writing" },
            StoreError::ReadOnly { doing: "writing" },
            StoreError::Replaced { path: path() },
            StoreError::Full { doing: "writing" },
            StoreError::OldLibrary { found: "3.40.1" },
            StoreError::Io {
                doing: "writing",
                source: std::io::Error::other("EIO"),
            },
            StoreError::Sql {
                doing: "writing",
                source: rusqlite::Error::InvalidQuery,
            },
        ]
    }

    #[test]
    fn every_failure_is_said_in_both_languages() {
        let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        for error in every() {
            let sentence = error.sentence();
            let (zh, en) = (
                sentence.say(Lang::Zh).as_str(),
                sentence.say(Lang::En).as_str(),
            );
            assert!(zh.chars().filter(|c| is_chinese(*c)).count() >= 3, "{zh}");
            assert!(!en.chars().any(is_chinese), "{en}");
            assert!(
                !zh.contains("writing") && en.starts_with(&error.to_string()),
                "{zh} / {en}"
            );
        }
    }
}
