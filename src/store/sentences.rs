//! What can go wrong with a workspace, in both languages and in one line each: for the console.

use crate::domain::Sentence;

use super::StoreError;

impl StoreError {
    /// What happened and what to do, in both languages, for the console.
    pub fn sentence(&self) -> Sentence {
        let (what, todo) = self.in_chinese();
        let gap = if todo.is_empty() { "" } else { "; " };
        let help = self.help();
        let pause = if help.is_empty() { "" } else { "; " };
        Sentence::new(
            &format!("{what}{gap}{todo}"),
            &format!("{self}{pause}{help}"),
        )
    }

    /// What happened, and what to do. What the system or the database library said stays as it said it.
    fn in_chinese(&self) -> (String, &str) {
        let path_of = |what: &str, path: &crate::domain::SafeText| format!("{path} {what}");
        match self {
            Self::Missing { path } => (
                path_of("处没有工作区", path),
                "检查路径, 或用 caopan init 新建",
            ),
            Self::NotWorkspace { path, why } => (
                format!("{path} 不是 caopan 工作区: {why}"),
                "用 -w 指定工作区文件; 此文件未改动",
            ),
            Self::Unreadable { path, why, .. } => {
                (format!("{path} 读不出来: {why}"), "检查文件与文件夹的权限")
            }
            Self::Damaged { path, why } => (
                format!("{path} 已损坏: {why}"),
                "先把文件连同 -wal -shm 复制到安全处, 再用 caopan restore 恢复备份",
            ),
            Self::Altered { path, why } => (
                format!("{path} 被改动过: {why}"),
                "去掉外加的东西, 或恢复备份; 文件未改动",
            ),
            Self::Newer { path, found, known } => (
                format!("{path} 由更新版本的 caopan 建立 (结构 {found}, 本程序认识 {known})"),
                "请升级 caopan; 文件未改动",
            ),
            Self::Older { path, found, known } => (
                format!("{path} 由旧版本的 caopan 建立 (结构 {found}, 本程序用 {known})"),
                "用 caopan check 以可写方式打开一次; 旁边会留一份原样",
            ),
            Self::Refused { said, .. } => match said {
                Some(said) => (said.zh.to_string(), ""),
                None => (self.to_string(), ""),
            },
            Self::Stopped { .. } => ("已中断".into(), "什么都没有改动, 可随时重来"),
            Self::Exists { path } => (path_of("已存在", path), "换个名字, 或先移走原文件"),
            Self::Busy { .. } => (
                "工作区被另一个进程锁住".into(),
                "等它结束或结束它, 再试一次",
            ),
            Self::ReadOnly { .. } => (
                "工作区只能读".into(),
                "去掉 --read-only, 或请文件主人给写权限",
            ),
            Self::Replaced { path } => (
                path_of("在打开期间被替换或删除", path),
                "请重新启动; 恢复备份要用 caopan restore",
            ),
            Self::Full { .. } => ("磁盘已满".into(), "腾出空间再试; 已提交的都完整"),
            Self::OldLibrary { found } => (
                format!("SQLite {found} 早于 3.51.3, 可能丢失提交"),
                "请用自带的 SQLite 编译 caopan",
            ),
            Self::Io { source, .. } => (format!("读写失败: {source}"), "检查路径与权限"),
            Self::Sql { source, .. } => (
                format!("数据库出错: {source}"),
                "再试一次; 若仍如此, 把文件连同 -wal -shm 复制到安全处",
            ),
        }
    }

    /// A refusal said in both languages.
    pub(crate) fn refused(en: (&str, &str), zh: &str) -> Self {
        let (why, help) = en;
        Self::Refused {
            why: why.to_owned(),
            help: help.to_owned(),
            said: Some(Box::new(Sentence::new(zh, &format!("{why}; {help}")))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Lang, SafeText};

    /// One of each; a new kind of failure does not compile before it is said in both languages.
    fn every() -> Vec<StoreError> {
        let path = || SafeText::new("w.db");
        let why = || "file is too short".to_owned();
        vec![
            StoreError::Missing { path: path() },
            StoreError::NotWorkspace {
                path: path(),
                why: why(),
            },
            StoreError::Unreadable {
                path: path(),
                why: why(),
                help: String::new(),
            },
            StoreError::Damaged {
                path: path(),
                why: why(),
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
            StoreError::refused(("no", "look again"), "不行; 再看看"),
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
