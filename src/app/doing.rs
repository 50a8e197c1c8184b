//! Exports, edits and undo: asked for, confirmed, sent out, and said when they are done.

use crate::domain::file_name::slug;
use crate::domain::{Lang, SafeText};
use crate::engine::request::Trouble;
use crate::filter::{Expr, print_in};

use super::command::{Command, Exporting};
use super::deed::{Came, Chosen, Deed, Edit, Editing, Export, Prompt, Rows};
use super::msg::Effect;
use super::overlay::{Overlay, PromptState};
use super::panes::Pane;
use super::state::App;
use super::turn::Turn;

/// Customers above which an edit is asked.
const ASKED: u64 = 500;

impl App {
    /// The command would write what must not be written; says so.
    pub(super) fn may_not_write(&mut self, command: Command, turn: &mut Turn) -> bool {
        let facts = &self.workspace;
        let words = match &facts.trouble {
            _ if !command.entry().is_some_and(|entry| entry.writes) => return false,
            _ if facts.read_only => ("工作区只读", "The workspace is read-only"),
            // What is on screen is not what would be written to.
            Some(Trouble::File(_)) => (
                "工作区文件有问题, 不写入: 请重新启动",
                "Something is wrong with the file: nothing is written; start again",
            ),
            Some(Trouble::Internal(..) | Trouble::Rows(_)) | None => return false,
        };
        self.toast(turn, words, true);
        true
    }

    /// Asks for the file of an export.
    pub(super) fn prompt_export(&mut self, format: Exporting, turn: &mut Turn) {
        let (ending, unmask) = match format {
            Exporting::Csv => ("csv", false),
            Exporting::Xlsx => ("xlsx", false),
            Exporting::Jsonl => ("jsonl", false),
            Exporting::Md => ("md", false),
            Exporting::Unmasked => ("xlsx", true),
        };
        if unmask && self.look.mask {
            let words = (
                "脱敏中, 不导出明文",
                "Masking is on: nothing leaves unmasked",
            );
            self.toast(turn, words, true);
            return;
        }
        let what = match self.focus {
            Pane::Customers => ("客户", "customers"),
            Pane::Tags => ("标签", "tags"),
            Pane::Groups => ("群组", "groups"),
            Pane::Kpi => ("活动", "kpi"),
            Pane::Board => ("销售榜", "board"),
        };
        let what = self.word(what);
        let filter = print_in(&self.filter_named(self.filter_here()), self.look.lang);
        let gap = if filter.is_empty() { "" } else { " " };
        let day = self.workspace.zone.day_of(turn.now.unix);
        // Marked people are exported whoever is on the list.
        let of = if self.focus == Pane::Customers && self.marked_elsewhere() {
            format!("{what} {}", self.word(("选中", "marked")))
        } else {
            format!("{what}{gap}{filter}")
        };
        let name = format!("{}-{day}.{ending}", slug(&of));
        self.prompt(Prompt::Export { unmask }, &name, turn);
    }

    /// Asks for the tag, stage or owner of an edit.
    pub(super) fn prompt_edit(&mut self, editing: Editing, turn: &mut Turn) {
        if self.edited_count() == 0 {
            self.toast(turn, ("没有选中的客户", "No customer is marked"), false);
            return;
        }
        self.prompt(Prompt::Edit(editing), "", turn);
    }

    /// Enter in a field.
    pub(super) fn prompted(&mut self, state: &PromptState, turn: &mut Turn) {
        let text = state.meant();
        if state.makes_a_tag() {
            return self.make_tag(text, state.seen, turn);
        }
        if let Prompt::Edit(editing) = state.prompt
            && (text.is_empty() || self.is_no_name(editing, &text))
        {
            return;
        }
        self.overlays.pop();
        if text.is_empty() {
            return;
        }
        match state.prompt {
            Prompt::Export { unmask } => {
                let export = self.export_of(text, unmask);
                let deed = Deed::Export(Box::new(export));
                if unmask {
                    let words = self.word((
                        "导出完整手机号? 日志会记下是谁导出的。",
                        "Write whole phone numbers? The journal will name you.",
                    ));
                    self.pose(words.to_owned(), deed);
                } else {
                    self.send(deed, turn);
                }
            }
            Prompt::Edit(editing) => {
                let edit = self.edit_of(editing, text, state.seen);
                let count = self.edited_count();
                let asked = self.asked(editing, &edit.name, count);
                self.send_or_pose(count, asked, Deed::Edit(Box::new(edit)), turn);
            }
        }
    }

    /// Sends an edit out, asked first when it is about many, or about people who may not be on screen.
    pub(super) fn send_or_pose(&mut self, count: u64, asked: String, deed: Deed, turn: &mut Turn) {
        if count > ASKED || self.marked_elsewhere() {
            self.pose(asked, deed);
        } else {
            self.send(deed, turn);
        }
    }

    pub(super) fn pose(&mut self, words: String, deed: Deed) {
        self.overlays.push(Overlay::Question(words, Box::new(deed)));
        self.dirty = true;
    }

    /// Takes back the last act of one's own.
    pub(super) fn undo(&mut self, turn: &mut Turn) {
        self.send(Deed::Undo, turn);
    }

    /// Takes back the last undo.
    pub(super) fn redo(&mut self, turn: &mut Turn) {
        self.send(Deed::Redo, turn);
    }

    /// Sends a deed out.
    pub(super) fn send(&mut self, deed: Deed, turn: &mut Turn) {
        if matches!(deed, Deed::Export(_)) {
            self.toast(turn, ("正在导出 …", "Exporting …"), false);
        }
        self.memory.own.sent(&deed);
        turn.effects.push(Effect::Do(deed));
    }

    fn asked(&self, editing: Editing, name: &str, count: u64) -> String {
        let name = SafeText::new(name);
        let asked = match (self.look.lang, editing) {
            (Lang::Zh, Editing::Tag) => format!("给 {count} 位客户加标签 {name}?"),
            (Lang::Zh, Editing::Untag) => format!("去掉 {count} 位客户的标签 {name}?"),
            (Lang::Zh, Editing::Stage) => format!("把 {count} 位客户设为阶段 {name}?"),
            (Lang::Zh, Editing::Owner) => format!("把 {count} 位客户归给 {name}?"),
            (Lang::En, Editing::Tag) => format!("Tag {count} customers {name}?"),
            (Lang::En, Editing::Untag) => format!("Take {name} from {count} customers?"),
            (Lang::En, Editing::Stage) => format!("Put {count} customers at stage {name}?"),
            (Lang::En, Editing::Owner) => format!("Give {count} customers to {name}?"),
        };
        if self.marked_elsewhere() {
            let but = self.word((
                "是在别的筛选下选的, 可能不在这个列表里。",
                "They were marked under another filter and may not be on this list.",
            ));
            format!("{asked} {but}")
        } else {
            asked
        }
    }

    /// Customers an edit is about: the marked ones, else the one under the cursor.
    pub fn edited_count(&self) -> u64 {
        let customers = &self.panes.customers;
        let hits = customers.page.value.as_ref().map_or(0, |page| page.hits);
        match customers.list.marks(hits) {
            0 => u64::from(customers.list.cursor.is_some()),
            marks => marks,
        }
    }

    fn chosen(&self, all: bool) -> Chosen {
        let list = &self.panes.customers.list;
        if list.all {
            Chosen::AllBut(list.marked.clone())
        } else if !list.marked.is_empty() {
            Chosen::These(list.marked.clone())
        } else if all {
            Chosen::AllBut(Vec::new())
        } else {
            Chosen::These(list.cursor.iter().cloned().collect())
        }
    }

    pub(super) fn edit_of(&self, editing: Editing, name: String, seen: Option<u64>) -> Edit {
        Edit {
            editing,
            name,
            chosen: self.chosen(false),
            scope: self.scope.clone(),
            seen,
        }
    }

    fn export_of(&self, file: String, unmask: bool) -> Export {
        let panes = &self.panes;
        let mut scope = self.scope.clone();
        let rows = match self.focus {
            Pane::Customers => {
                let chosen = self.chosen(true);
                if matches!(chosen, Chosen::These(_)) {
                    // The marked are exported, also those whom the list does not show any more.
                    (scope.filter.expr, scope.org) = (Expr::All, None);
                }
                scope.filter.cols = panes.customers.columns.iter().map(|c| c.field()).collect();
                Rows::Customers(panes.customers.sort(), chosen)
            }
            Pane::Tags => Rows::Tags,
            Pane::Groups => {
                let groups = &panes.groups;
                Rows::Groups(groups.filter.clone(), groups.sort, groups.reversed)
            }
            Pane::Kpi => {
                let shown = panes.kpi.page.value.as_ref().and_then(|p| p.campaign);
                Rows::Kpi(panes.kpi.campaign.or(shown), panes.kpi.gmv)
            }
            Pane::Board => Rows::Board(panes.board.metric),
        };
        Export {
            rows,
            scope,
            file,
            unmask,
            mask: self.look.mask,
            replaces: false,
        }
    }

    /// Says what came of a deed, or asks about it.
    pub(super) fn came(&mut self, came: Came, turn: &mut Turn) {
        self.memory.own.done(turn.now);
        match came {
            Came::Exists(export) => {
                let words = self.words_of_exists(&SafeText::new(&export.file));
                let replacing = Export {
                    replaces: true,
                    ..*export
                };
                self.pose_later(words, Deed::Export(Box::new(replacing)), turn);
            }
            Came::Changed(edit, count) => {
                let words = self.words_of_changed(count);
                let meant = Edit {
                    seen: None,
                    ..*edit
                };
                self.pose_later(words, Deed::Edit(Box::new(meant)), turn);
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
            Came::UndoElsewhere(line) => {
                let words = match self.look.lang {
                    Lang::Zh => format!(
                        "这个操作台没有可撤销的操作 (导入不能撤销); 别处最近的一次: caopan undo {line}"
                    ),
                    Lang::En => format!(
                        "Nothing was done in this console to take back (imports cannot be); the newest elsewhere: caopan undo {line}"
                    ),
                };
                self.toast_text(turn, words, false);
            }
            Came::Names(editing, names) => self.names_came(editing, &names),
            Came::NoSuch(editing, name, near) => self.name_refused(editing, &name, near, turn),
            Came::Several(editing, name, ids) => self.name_of_several(editing, &name, &ids, turn),
            Came::NotUndone(count, some) => {
                let first = some.first().map(|s| format!(": {s}")).unwrap_or_default();
                // The key stops here: what was done before is taken back by its line.
                let words = match self.look.lang {
                    Lang::Zh => format!(
                        "未撤销: 有 {count} 处之后又被改过{first}; 更早的操作: caopan journal, caopan undo 行号"
                    ),
                    Lang::En => format!(
                        "Not taken back: {count} things were changed since{first}; for acts before it: caopan journal, caopan undo LINE"
                    ),
                };
                self.toast_text(turn, words, true);
            }
            Came::Failed(why) => self.toast_text(turn, why.to_string(), true),
            // A projector that began meanwhile stays masked, and gives back whole names when it is left.
            Came::Revealed if self.projector.is_some() => self.memory.mask_before = false,
            Came::Revealed => self.set_mask(false, turn),
            Came::Exported(..) | Came::Edited(..) | Came::Undone { .. } => {
                let words = self.done(&came);
                self.toast_text(turn, words, false);
            }
        }
    }

    fn words_of_exists(&self, file: &SafeText) -> String {
        match self.look.lang {
            Lang::Zh => format!("{file} 已存在, 覆盖它?"),
            Lang::En => format!("{file} exists already. Replace it?"),
        }
    }

    fn words_of_changed(&self, count: u64) -> String {
        match (self.look.lang, count) {
            (Lang::Zh, 0) => "工作区刚被整体更新过, 仍然写入?".to_owned(),
            (Lang::Zh, n) => format!("其中 {n} 位客户刚被别人改过, 仍然写入?"),
            (Lang::En, 0) => {
                "The workspace was filled anew since you looked. Write all the same?".to_owned()
            }
            (Lang::En, n) => format!(
                "Somebody else changed {n} of these customers since you looked. Write all the same?"
            ),
        }
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
                if zh {
                    format!("已导出 {rows} 行 ({kind}): {path}")
                } else {
                    format!("Exported {rows} rows ({kind}): {path}")
                }
            }
            Came::Edited(editing, name, changed, same) => {
                let what = self.word(match editing {
                    Editing::Tag => ("已加标签", "Tagged"),
                    Editing::Untag => ("已去标签", "Untagged"),
                    Editing::Stage => ("已设阶段", "Stage set"),
                    Editing::Owner => ("已归给", "Given to"),
                });
                // What changed nobody is no act: the key would take back the one before it.
                let undo = match (changed, zh) {
                    (0, _) => String::new(),
                    (_, true) => format!(" ({undo} 撤销)"),
                    (_, false) => format!(" ({undo} takes it back)"),
                };
                if zh {
                    format!("{what} {name}: {changed} 人, 原已如此 {same} 人{undo}")
                } else {
                    format!("{what} {name}: {changed}, {same} were so already{undo}")
                }
            }
            Came::Undone {
                name,
                customers,
                again,
            } => {
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
            | Came::Changed(..)
            | Came::NothingToUndo
            | Came::UndoElsewhere(_)
            | Came::NotUndone(..)
            | Came::Revealed
            | Came::Failed(_) => String::new(),
        }
    }

    /// Asks, unless the operator is somewhere else by now: then it is only said.
    fn pose_later(&mut self, words: String, deed: Deed, turn: &mut Turn) {
        if self.projector.is_some() || !self.overlays.is_empty() {
            let not_done = self.word(("未做", "Not done"));
            self.toast_text(turn, format!("{not_done}: {words}"), true);
        } else {
            self.pose(words, deed);
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
}
