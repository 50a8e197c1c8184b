//! Acts of one's own come back as commits of somebody: they are no news to whoever did them.

use crate::domain::SafeText;
use crate::engine::request::Turned;

use super::deed::{Came, Chosen, Deed, Editing};
use super::naming::field_of;
use super::now::Now;
use super::panes::Pane;

/// What comes so long after a deed is done may still be of it, milliseconds.
const ECHO: u64 = 1_000;

/// The deed whose changes are not noted.
#[derive(Clone, Debug, Default)]
pub(super) struct Own {
    /// Whom it was about; `None` while nothing was done.
    whom: Option<Chosen>,
    /// What it did to them, where that is known: the tag, stage or owner, by what was typed and by its name.
    what: Option<(Editing, Vec<String>)>,
    /// The name that several had when one was last meant, and their ids: the next deed may name one by its id.
    several: Option<(String, Vec<SafeText>)>,
    /// Until when (monotonic ms); `None` while it is under way.
    until: Option<u64>,
}

impl Own {
    /// A deed was sent.
    pub(super) fn sent(&mut self, deed: &Deed) {
        let (whom, what) = match deed {
            Deed::Edit(edit) | Deed::NewTag(edit) => {
                let mut names = vec![edit.name.clone()];
                names.extend(self.name_of_id(&edit.name));
                (edit.chosen.clone(), Some((edit.editing, names)))
            }
            // Whom it is about is known to the journal only.
            Deed::Undo | Deed::Redo => (Chosen::AllBut(Vec::new()), None),
            Deed::Export(_) | Deed::Reveal | Deed::Names(_) => return,
        };
        *self = Self {
            whom: Some(whom),
            what,
            several: self.several.take(),
            until: None,
        };
    }

    /// Rows tell names, an edit may tell the id: the name of it, where it was one to choose from.
    fn name_of_id(&self, id: &str) -> Option<String> {
        let (name, ids) = self.several.as_ref()?;
        ids.iter().any(|of| of.as_str() == id).then(|| name.clone())
    }

    /// It is done, or was not; what it was about is known by its name from now on.
    pub(super) fn done(&mut self, came: &Came, now: Now) {
        if let Came::Several(edit, ids) = came {
            self.several = Some((edit.name.clone(), ids.clone()));
        }
        if let (Came::Edited(of, name, ..), Some((editing, names))) = (came, &mut self.what)
            && of == editing
            && self.until.is_none()
        {
            names.push(name.to_string());
        }
        if self.whom.is_some() && self.until.is_none() {
            self.until = Some(now.millis + ECHO);
        }
    }

    /// A change of this row may be the deed's.
    pub(super) fn is_of(&self, pane: Pane, id: &str, now: Now) -> bool {
        if self.until.is_some_and(|until| now.millis >= until) {
            return false;
        }
        match (&self.whom, pane) {
            (None, _) => false,
            // Their sellers and groups change with them.
            (Some(_), Pane::Tags | Pane::Groups | Pane::Kpi | Pane::Board) => true,
            (Some(Chosen::These(ids)), Pane::Customers) => ids.iter().any(|of| of.as_str() == id),
            (Some(Chosen::AllBut(ids)), Pane::Customers) => !ids.iter().any(|of| of.as_str() == id),
        }
    }

    /// What differs of a customer and is not the deed's doing: somebody else's, however close behind.
    pub(super) fn others(&self, id: &str, turned: &[Turned], now: Now) -> Vec<Turned> {
        if !self.is_of(Pane::Customers, id, now) {
            return turned.to_vec();
        }
        let Some((editing, names)) = &self.what else {
            return Vec::new();
        };
        let mine = |text: &SafeText| names.iter().any(|name| name == text.as_str());
        let beside = turned.iter().cloned().filter_map(|mut one| {
            if one.field != field_of(*editing) {
                return Some(one);
            }
            match editing {
                Editing::Tag => one.is.retain(|tag| !mine(tag) || one.was.contains(tag)),
                Editing::Untag => one.was.retain(|tag| !mine(tag) || one.is.contains(tag)),
                Editing::Stage | Editing::Owner => {
                    if one.is.iter().any(mine) {
                        return None;
                    }
                }
            }
            (one.was != one.is).then_some(one)
        });
        beside.collect()
    }
}
