//! Fields that ask for a name: the tag, stage or owner of an edit. All names of the workspace are fetched when the field
//! opens; until they come, those on the pages at hand are offered. Enter takes the one that is chosen on screen, and of an
//! empty field nothing before an arrow has chosen: a slip must not write. Below the tags there is a row that makes the one
//! typed, unless there is one of exactly that name.

use crate::config::place::nearest;
use crate::domain::{Lang, SafeText};
use crate::engine::answer::CustomerRow;
use crate::filter::{Field, NameMatcher};

use super::command::Motion;
use super::deed::{Chosen, Deed, Edit, Editing, OWN_TAGS, Prompt, Whom};
use super::msg::Effect;
use super::overlay::{LineEdit, Overlay, PromptState};
use super::state::App;
use super::turn::Turn;

/// The field a name is of.
pub(super) fn field_of(editing: Editing) -> Field {
    match editing {
        Editing::Tag | Editing::Untag => Field::Tag,
        Editing::Stage => Field::Stage,
        Editing::Owner => Field::Owner,
    }
}

impl PromptState {
    /// A field for something, with a text in it.
    pub fn of(prompt: Prompt, text: &str, whom: Option<Whom>) -> Self {
        Self {
            prompt,
            line: LineEdit::with(text),
            names: None,
            whom,
            picked: false,
        }
    }

    /// A row is chosen: something was typed, or an arrow went there.
    pub fn points(&self) -> bool {
        self.picked || !self.line.text().trim().is_empty()
    }

    /// An arrow: the first one goes to the first row, or from below to the last; the next ones go on by `step` (from where,
    /// of how many).
    pub(super) fn walk(&mut self, motion: Motion, step: impl Fn(usize, usize) -> usize) {
        let sideways = matches!(motion, Motion::Left | Motion::Right);
        let rows = self.rows();
        if self.points() || sideways || rows == 0 {
            self.line.chosen = step(self.line.chosen, rows);
            return;
        }
        self.picked = true;
        self.line.error = None;
        if matches!(motion, Motion::Up | Motion::PageUp | Motion::Bottom) {
            self.line.chosen = rows - 1;
        }
    }

    /// The name meant by Enter: what is typed when it names one exactly, else the one chosen, else what is typed.
    pub(super) fn meant(&self) -> String {
        let typed = self.line.text().trim();
        if !self.points() {
            return String::new();
        }
        let offered = &self.line.completions;
        let exact = || offered.iter().find(|name| name.as_str() == typed);
        let chosen = || offered.get(self.line.chosen);
        match self.prompt {
            Prompt::Export { .. } => typed.to_owned(),
            Prompt::Edit(_) => exact()
                .or_else(chosen)
                .map_or_else(|| typed.to_owned(), Clone::clone),
        }
    }
}

impl PromptState {
    /// The tag to be made that the last row offers: what is typed, where all names are known and it is none of them.
    pub fn new_tag(&self) -> Option<&str> {
        let typed = self.line.text().trim();
        let names = self.names.as_ref()?;
        let is_new = !typed.is_empty() && !names.iter().any(|name| name == typed);
        (is_new && self.prompt == Prompt::Edit(Editing::Tag)).then_some(typed)
    }

    /// Enter makes a tag: the last row is chosen.
    pub(super) fn makes_a_tag(&self) -> bool {
        self.new_tag().is_some() && self.line.chosen >= self.line.completions.len()
    }

    /// Some of the names known fit what is typed.
    pub fn is_answered(&self) -> bool {
        let matcher = NameMatcher::new(self.line.text().trim());
        let mut offered = self.line.completions.iter();
        offered.any(|name| matcher.is_match(name))
    }

    /// Rows to choose from.
    pub(super) fn rows(&self) -> usize {
        self.line.completions.len() + usize::from(self.new_tag().is_some())
    }
}

impl App {
    /// Makes a tag and tags the customers with it; of many it asks.
    pub(super) fn make_tag(&mut self, name: String, whom: &Whom, turn: &mut Turn) {
        self.overlays.pop();
        let (edit, count) = (whom.edit(Editing::Tag, name), self.grouped(whom.count));
        let name = SafeText::new(&edit.name);
        let words = match self.look.lang {
            Lang::Zh => format!("新建标签 {name} (组: {OWN_TAGS}), 并给 {count} 位客户加上?"),
            Lang::En => {
                format!("Make the tag {name} (group {OWN_TAGS}) and tag {count} customers with it?")
            }
        };
        self.send_or_pose(whom, words, Deed::NewTag(Box::new(edit)), turn);
    }

    /// The state of the workspace that the customers on screen are of; a preview belongs to none that could be named.
    pub(super) fn seen(&self) -> Option<u64> {
        let page = self.panes.customers.page.value.as_ref();
        page.filter(|p| !p.preliminary).map(|p| p.stamp.revision)
    }

    /// Opens a field with a text, and fetches the names it chooses from.
    pub(super) fn prompt(&mut self, prompt: Prompt, text: &str, turn: &mut Turn) {
        let whom = matches!(prompt, Prompt::Edit(_)).then(|| self.whom());
        self.prompt_for(prompt, text, whom, turn);
    }

    fn prompt_for(&mut self, prompt: Prompt, text: &str, whom: Option<Whom>, turn: &mut Turn) {
        let nameless = match (prompt, &whom) {
            (Prompt::Edit(editing), Some(whom)) => Some(whom.edit(editing, String::new())),
            (Prompt::Edit(_) | Prompt::Export { .. }, _) => None,
        };
        let state = PromptState::of(prompt, text, whom);
        self.overlays.push(Overlay::Prompt(state));
        self.dirty = true;
        self.complete_prompt();
        if let Some(edit) = nameless {
            turn.effects.push(Effect::Do(Deed::Names(Box::new(edit))));
        }
    }

    /// The names of the workspace have come.
    pub(super) fn names_came(&mut self, editing: Editing, names: &[SafeText]) {
        if let Some(Overlay::Prompt(state)) = self.overlays.last_mut()
            && state.prompt == Prompt::Edit(editing)
        {
            let chosen = state.line.completions.get(state.line.chosen).cloned();
            let made = state.makes_a_tag();
            state.names = Some(names.iter().map(ToString::to_string).collect());
            let refused = state.line.error.take();
            self.dirty = true;
            self.complete_prompt();
            if let Some(Overlay::Prompt(state)) = self.overlays.last_mut() {
                state.line.error = refused;
                // The cursor stays on the name it stood on.
                let stood = |name: &String| chosen.as_ref() == Some(name);
                let at = state.line.completions.iter().position(stood);
                match at {
                    Some(at) => state.line.chosen = at,
                    // On the row that makes a tag.
                    None if made && state.new_tag().is_some() => {
                        state.line.chosen = state.line.completions.len();
                    }
                    // What an arrow chose is not among them: nothing is chosen any more.
                    None => state.picked = false,
                }
            }
        }
    }

    /// The text of the field changed: what an arrow chose is chosen no more.
    pub(super) fn prompt_typed(&mut self) {
        if let Some(Overlay::Prompt(state)) = self.overlays.last_mut() {
            state.picked = false;
        }
        self.complete_prompt();
    }

    /// Names that go on from what is typed.
    pub(super) fn complete_prompt(&mut self) {
        let Some(Overlay::Prompt(state)) = self.overlays.last() else {
            return;
        };
        let Prompt::Edit(editing) = state.prompt else {
            return;
        };
        let typed = state.line.text().trim().to_owned();
        let matcher = NameMatcher::new(&typed);
        let mut names = match (&state.names, editing) {
            (Some(names), _) => names.clone(),
            (None, Editing::Untag) => self.tags_at_hand_of(state.whom.as_ref()),
            (None, Editing::Tag | Editing::Stage | Editing::Owner) => {
                self.known_values(field_of(editing))
            }
        };
        let fits = |name: &String| typed.is_empty() || matcher.is_match(name);
        let near: Vec<String> = if names.iter().any(fits) {
            Vec::new()
        } else {
            let near = nearest(&typed, names.iter().map(String::as_str), 1);
            near.into_iter().map(str::to_owned).collect()
        };
        names.retain(fits);
        if let Some(Overlay::Prompt(state)) = self.overlays.last_mut() {
            state.line.error = None;
            state.line.chosen = names.iter().position(|name| *name == typed).unwrap_or(0);
            state.line.completions = names;
            // None is called so: the tag of that name is meant, or it is a slip, and then the nearest name is.
            if state.line.completions.is_empty() && state.new_tag().is_some() {
                state.line.chosen = near.len();
                state.line.completions = near;
            }
        }
    }

    /// Tags of the customers an edit is about, as far as their rows are at hand.
    fn tags_at_hand_of(&self, whom: Option<&Whom>) -> Vec<String> {
        let customers = &self.panes.customers;
        let page = customers.page.value.iter().flat_map(|page| &page.rows);
        let rows = page.chain(customers.kept.values());
        let meant = |row: &&CustomerRow| match whom.map(|whom| &whom.chosen) {
            Some(Chosen::These(ids)) => ids.contains(&row.id),
            Some(Chosen::AllBut(ids)) => !ids.contains(&row.id),
            None => false,
        };
        let mut tags: Vec<String> = Vec::new();
        for tag in rows.filter(meant).flat_map(|row| &row.tags) {
            if !tags.iter().any(|known| known == tag.as_str()) {
                tags.push(tag.to_string());
            }
        }
        tags
    }

    /// Enter on an empty field chooses nothing: says so.
    pub(super) fn nothing_meant(&mut self) {
        let words = self.word((
            "输入名称, 或用方向键选一个",
            "Type a name, or choose one with the arrows",
        ));
        let words = words.to_owned();
        if let Some(Overlay::Prompt(state)) = self.overlays.last_mut() {
            state.line.error = Some((0, words));
        }
    }

    /// Tab: takes the name offered.
    pub(super) fn take_name(&mut self) {
        if let Some(Overlay::Prompt(state)) = self.overlays.last_mut()
            && let Some(name) = state.line.completions.get(state.line.chosen).cloned()
        {
            state.line.set(&name);
        }
    }

    /// Enter on a name that is none of those known: the field stays and says so. False when it may be one.
    pub(super) fn is_no_name(&mut self, editing: Editing, name: &str) -> bool {
        let Some(Overlay::Prompt(state)) = self.overlays.last() else {
            return false;
        };
        // A tag can be made. Of tags and staff those are listed that fit the customers: another may be meant.
        if editing != Editing::Stage {
            return false;
        }
        // An id names one too, so only where there are none at all is it plain that this is none.
        if state.names.as_ref().is_none_or(|names| !names.is_empty()) {
            return false;
        }
        let words = self.no_such(editing, name, None);
        if let Some(Overlay::Prompt(state)) = self.overlays.last_mut() {
            state.line.error = Some((0, words));
        }
        true
    }

    /// Several have that name: the field opens again on their ids, of which the arrows choose one.
    pub(super) fn name_of_several(&mut self, edit: Edit, ids: &[SafeText]) {
        let words = self.words_of_several(&edit, ids.len());
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let prompt = Prompt::Edit(edit.editing);
        let mut state = PromptState::of(prompt, "", Some(self.whom_again(edit)));
        state.line.error = Some((0, words));
        state.line.completions.clone_from(&ids);
        state.names = Some(ids);
        self.overlays.push(Overlay::Prompt(state));
        self.dirty = true;
    }

    pub(super) fn words_of_several(&self, edit: &Edit, count: usize) -> String {
        let name = SafeText::new(&edit.name);
        match self.look.lang {
            Lang::Zh => format!("有 {count} 个叫 {name}: 选一个编号"),
            Lang::En => format!("{count} are called {name}: choose an id"),
        }
    }

    /// The workspace knows no such name: the field opens again with what was typed.
    pub(super) fn name_refused(&mut self, edit: Edit, near: Option<SafeText>, turn: &mut Turn) {
        let (editing, name) = (edit.editing, SafeText::new(&edit.name));
        let words = self.no_such(editing, name.as_str(), near);
        let whom = self.whom_again(edit);
        self.prompt_for(Prompt::Edit(editing), name.as_str(), Some(whom), turn);
        if let Some(Overlay::Prompt(state)) = self.overlays.last_mut() {
            state.line.error = Some((0, words));
        }
    }
}
