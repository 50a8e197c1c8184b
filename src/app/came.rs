//! What came of exports, edits and undo: said, or asked about.

use crate::domain::{Lang, NumberStyle, SafeText};

use super::command::Command;
use super::deed::{Came, Deed, Edit, Editing, Export};
use super::late::Asked;
use super::overlay::Meant;
use super::state::App;
use super::turn::Turn;

impl App {
    /// Says what came of a deed, or asks about it; or what went wrong beside all deeds.
    pub(super) fn came(&mut self, came: Came, turn: &mut Turn) {
        if let Came::NotKept(why) = &came {
            self.toast_text(turn, self.words_of_not_kept(why), true);
        } else {
            self.came_of_deed(came, turn);
        }
    }

    fn came_of_deed(&mut self, came: Came, turn: &mut Turn) {
        let sent = self.memory.under_way.came(&came);
        self.dirty |= sent.is_some();
        self.memory.own.done(&came, turn.now);
        match came {
            Came::Exists(export) => {
                let words = self.words_of_exists(&SafeText::new(&export.file));
                let replacing = Export {
                    replaces: true,
                    ..*export
                };
                let meant = Meant::Deed(Deed::Export(Box::new(replacing)));
                self.ask_in_time(Asked::Sure(words, meant), sent, turn);
            }
            Came::Changed(edit, count) => {
                let words = self.words_of_changed(count);
                let meant = Edit {
                    seen: None,
                    ..*edit
                };
                let meant = Meant::Deed(Deed::Edit(Box::new(meant)));
                self.ask_in_time(Asked::Sure(words, meant), sent, turn);
            }
            Came::NoFormat => {
                let words = (
                    "文件名要以 .csv .xlsx .jsonl .md 结尾",
                    "The name must end in .csv .xlsx .jsonl or .md",
                );
                self.toast(turn, words, true);
            }
            Came::NothingToUndo => {
                let words = ("没有可撤销的操作", "Nothing of yours to take back");
                self.toast(turn, words, false);
            }
            Came::NothingToRedo => {
                let words = ("没有可重做的操作", "Nothing of yours to do again");
                self.toast(turn, words, false);
            }
            Came::UndoElsewhere(line) => {
                self.toast_text(turn, self.words_of_elsewhere(line), false);
            }
            Came::Names(editing, names) => self.names_came(editing, &names),
            Came::NoSuch(edit, near) => self.ask_in_time(Asked::NoSuch(*edit, near), sent, turn),
            Came::Several(edit, ids) => self.ask_in_time(Asked::Several(*edit, ids), sent, turn),
            Came::GivenUp => self.given_up(sent, turn),
            Came::NotUndone(count, some) => {
                self.toast_text(turn, self.words_of_not_undone(count, some.first()), true);
            }
            Came::NotRedone(count, some) => {
                self.toast_text(turn, self.words_of_not_redone(count, some.first()), true);
            }
            Came::NotKept(_) => {}
            Came::Failed(why) | Came::NoNames(why) => self.toast_text(turn, why.to_string(), true),
            // A projector that began meanwhile stays masked, and gives back whole names when it is left.
            Came::Revealed if self.projector.is_some() => self.memory.mask_before = false,
            Came::Revealed => self.set_mask(false, turn),
            Came::Exported(..) | Came::Edited(..) | Came::Undone { .. } => {
                let words = self.done(&came);
                self.toast_text(turn, words, false);
            }
        }
    }

    fn words_of_elsewhere(&self, line: i64) -> String {
        match self.look.lang {
            Lang::Zh => format!(
                "这个操作台没有可撤销的操作 (导入不能撤销); 别处最近的一次: caopan undo {line}"
            ),
            Lang::En => format!(
                "Nothing was done in this console to take back (imports cannot be); the newest elsewhere: caopan undo {line}"
            ),
        }
    }

    /// The key stops here: what was done before is taken back by its line.
    fn words_of_not_undone(&self, count: u64, first: Option<&SafeText>) -> String {
        let count = self.grouped(count);
        let first = first.map(|s| format!(" ({s})")).unwrap_or_default();
        // What is to be done stands before what may be cut.
        match self.look.lang {
            Lang::Zh => format!(
                "未撤销, 有 {count} 处之后又被改过; 更早的操作: caopan journal, caopan undo 行号{first}"
            ),
            Lang::En => format!(
                "Not taken back, {count} things were changed since; for acts before it: caopan journal, caopan undo LINE{first}"
            ),
        }
    }

    fn words_of_not_redone(&self, count: u64, first: Option<&SafeText>) -> String {
        let count = self.grouped(count);
        let first = first.map(|s| format!(" ({s})")).unwrap_or_default();
        match self.look.lang {
            Lang::Zh => format!("未重做, 有 {count} 处之后又被改过{first}"),
            Lang::En => format!("Not done again, {count} things were changed since{first}"),
        }
    }

    fn words_of_exists(&self, file: &SafeText) -> String {
        match self.look.lang {
            Lang::Zh => format!("{file} 已存在, 覆盖它?"),
            Lang::En => format!("{file} exists already. Replace it?"),
        }
    }

    fn words_of_changed(&self, count: u64) -> String {
        let n = self.grouped(count);
        match (self.look.lang, count) {
            (Lang::Zh, 0) => "工作区刚被整体更新过, 仍然写入?".to_owned(),
            (Lang::Zh, _) => format!("其中 {n} 位客户刚被别人改过, 仍然写入?"),
            (Lang::En, 0) => {
                "The workspace was filled anew since you looked. Write all the same?".to_owned()
            }
            (Lang::En, _) => format!(
                "Somebody else changed {n} of these customers since you looked. Write all the same?"
            ),
        }
    }

    /// A count as every sentence of the console tells it, its thousands apart.
    pub(super) fn grouped(&self, n: u64) -> String {
        let style = NumberStyle {
            lang: self.look.lang,
            ..NumberStyle::default()
        };
        style.count(i64::try_from(n).unwrap_or(i64::MAX))
    }

    /// What has been done, with the key that takes it back.
    fn done(&self, came: &Came) -> String {
        let zh = self.look.lang == Lang::Zh;
        let key = |command| self.pane_key_of(command).unwrap_or_default();
        let (undo, redo) = (key(Command::Undo), key(Command::Redo));
        match came {
            Came::Exported(rows, whole, path) => {
                let kind = self.word(if *whole {
                    ("明文", "unmasked")
                } else {
                    ("已脱敏", "masked")
                });
                let rows = self.grouped(*rows);
                if zh {
                    format!("已导出 {rows} 行 ({kind}): {path}")
                } else {
                    format!("Exported {rows} rows ({kind}): {path}")
                }
            }
            Came::Edited(editing, name, changed, same) => {
                self.edited(*editing, name, (*changed, *same), &undo)
            }
            Came::Undone {
                name,
                customers,
                again,
            } => {
                let customers = customers.map(|n| self.grouped(n));
                let of = match (customers, zh) {
                    (None, _) => String::new(),
                    (Some(n), true) => format!(": {n} 人"),
                    (Some(n), false) => format!(": {n}"),
                };
                match (zh, again) {
                    (true, false) => format!("已撤销 {name}{of} ({redo} 重做)"),
                    (true, true) => format!("已重做 {name}{of} ({undo} 撤销)"),
                    (false, false) => format!("Took back {name}{of} ({redo} does it again)"),
                    (false, true) => format!("Done again: {name}{of} ({undo} takes it back)"),
                }
            }
            Came::Exists(_)
            | Came::NoFormat
            | Came::NoSuch(..)
            | Came::Several(..)
            | Came::Names(..)
            | Came::NoNames(_)
            | Came::GivenUp
            | Came::Changed(..)
            | Came::NothingToUndo
            | Came::UndoElsewhere(_)
            | Came::NothingToRedo
            | Came::NotUndone(..)
            | Came::NotRedone(..)
            | Came::Revealed
            | Came::NotKept(_)
            | Came::Failed(_) => String::new(),
        }
    }

    pub(super) fn no_such(&self, editing: Editing, name: &str, near: Option<SafeText>) -> String {
        let what = self.word(match editing {
            Editing::Tag | Editing::Untag => ("标签", "tag"),
            Editing::Stage => ("阶段", "stage"),
            Editing::Owner => ("员工", "member of staff"),
        });
        let near = near.map_or_else(String::new, |near| match self.look.lang {
            Lang::Zh => format!(", 是不是 {near}?"),
            Lang::En => format!("; did you mean {near}?"),
        });
        match self.look.lang {
            Lang::Zh => format!("没有{what} {name}{near}"),
            Lang::En => format!("No {what} {name}{near}"),
        }
    }

    /// What became of an edit. What changed nobody is no act: the key would take back the one before it.
    fn edited(
        &self,
        editing: Editing,
        name: &SafeText,
        (changed, same): (u64, u64),
        undo: &str,
    ) -> String {
        let zh = self.look.lang == Lang::Zh;
        let what = self.word(match editing {
            Editing::Tag => ("已加标签", "Tagged"),
            Editing::Untag => ("已去标签", "Untagged"),
            Editing::Stage => ("已设阶段", "Stage set"),
            Editing::Owner => ("已归给", "Given to"),
        });
        let undo = match (changed, zh) {
            (0, _) => String::new(),
            (_, true) => format!(" ({undo} 撤销)"),
            (_, false) => format!(" ({undo} takes it back)"),
        };
        let (changed, same) = (self.grouped(changed), self.grouped(same));
        if zh {
            format!("{what} {name}: {changed} 人, 原已如此 {same} 人{undo}")
        } else {
            format!("{what} {name}: {changed}, {same} were so already{undo}")
        }
    }
}
