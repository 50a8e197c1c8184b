//! Exports, edits and undo: asked for, confirmed and sent out.

use crate::domain::file_name::slug;
use crate::domain::{Lang, SafeText};
use crate::engine::request::Trouble;
use crate::filter::{Expr, print_in};

use super::command::{Command, Exporting};
use super::deed::{Chosen, Deed, Edit, Editing, Export, Prompt, Rows, Whom};
use super::msg::Effect;
use super::overlay::{Meant, Overlay, PromptState};
use super::panes::Pane;
use super::state::{App, WorkspaceFacts};
use super::turn::Turn;

/// Customers above which an edit is asked.
const ASKED: u64 = 500;

impl WorkspaceFacts {
    /// The path means another file than the one on screen by now, or one that cannot be trusted.
    pub fn is_another_file(&self) -> bool {
        matches!(self.trouble, Some(Trouble::File(_)))
    }
}

impl App {
    /// The command would write what must not be written; says so.
    pub(super) fn may_not_write(&mut self, command: Command, turn: &mut Turn) -> bool {
        let writes = command.entry().is_some_and(|entry| entry.writes);
        // What is on screen is not what would be written to, or read from.
        if self.workspace.is_another_file() && (writes || matches!(command, Command::Export(_))) {
            self.refuse_other_file(turn);
            return true;
        }
        if writes && self.workspace.read_only {
            self.toast(turn, ("工作区只读", "The workspace is read-only"), true);
            return true;
        }
        false
    }

    /// Says that nothing is done with a file that is not the one on screen.
    pub(super) fn refuse_other_file(&mut self, turn: &mut Turn) {
        let words = (
            "工作区文件有问题, 不写入也不导出: 请重新启动",
            "Something is wrong with the file: nothing is written or exported; start again",
        );
        self.toast(turn, words, true);
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
        if let (true, Some(whom)) = (state.makes_a_tag(), &state.whom) {
            return self.make_tag(text, whom, turn);
        }
        if let Prompt::Edit(editing) = state.prompt {
            if text.is_empty() {
                return self.nothing_meant();
            }
            if self.is_no_name(editing, &text) {
                return;
            }
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
                let Some(whom) = &state.whom else { return };
                let edit = whom.edit(editing, text);
                let asked = self.asked(editing, &edit.name, whom);
                self.send_or_pose(whom, asked, Deed::Edit(Box::new(edit)), turn);
            }
        }
    }

    /// Sends an edit out, asked first when it is about many, or about people who may not be on screen.
    pub(super) fn send_or_pose(&mut self, whom: &Whom, asked: String, deed: Deed, turn: &mut Turn) {
        if whom.count > ASKED || whom.elsewhere {
            self.pose(asked, deed);
        } else {
            self.send(deed, turn);
        }
    }

    pub(super) fn pose(&mut self, words: String, deed: Deed) {
        self.ask(words, Meant::Deed(deed));
    }

    /// Asks whether something is meant.
    pub(super) fn ask(&mut self, words: String, meant: Meant) {
        let question = Overlay::Question(words, Box::new(meant));
        self.overlays.push(question);
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
        let keys = self.memory.late.keys();
        let under_way = &mut self.memory.under_way;
        under_way.sent(&deed, keys, turn.now.millis);
        self.memory.own.sent(&deed);
        self.dirty = true;
        turn.effects.push(Effect::Do(deed));
    }

    fn asked(&self, editing: Editing, name: &str, whom: &Whom) -> String {
        let (name, count) = (SafeText::new(name), self.grouped(whom.count));
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
        if whom.elsewhere {
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

    /// Whom an edit that begins now is about.
    pub(super) fn whom(&self) -> Whom {
        let chosen = self.chosen(false);
        Whom {
            name: self.name_of_only(&chosen),
            chosen,
            scope: self.scope.clone(),
            seen: self.seen(),
            count: self.edited_count(),
            elsewhere: self.marked_elsewhere(),
        }
    }

    /// The same of an edit that was sent out before.
    pub(super) fn whom_again(&self, edit: Edit) -> Whom {
        let hits = || {
            let page = self.panes.customers.page.value.as_ref();
            page.map_or(0, |page| page.hits)
        };
        let count = match &edit.chosen {
            Chosen::These(ids) => ids.len() as u64,
            Chosen::AllBut(ids) => hits().saturating_sub(ids.len() as u64),
        };
        Whom {
            name: self.name_of_only(&edit.chosen),
            chosen: edit.chosen,
            scope: edit.scope,
            seen: edit.seen,
            count,
            // It has been asked.
            elsewhere: false,
        }
    }

    /// The name of one customer who stands on the page at hand.
    fn name_of_only(&self, chosen: &Chosen) -> Option<SafeText> {
        let customers = &self.panes.customers;
        let Chosen::These(ids) = chosen else {
            return None;
        };
        let [id] = ids.as_slice() else { return None };
        let page = customers.page.value.as_ref();
        let on_page = page.and_then(|page| page.rows.iter().find(|row| row.id == *id));
        let row = on_page.or_else(|| customers.kept.get(id))?;
        Some(row.name.clone())
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
}
