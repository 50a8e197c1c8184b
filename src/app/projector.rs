//! Projector mode: pages that turn by themselves, masked, nothing to write and nothing to copy.

use super::command::Command;
use super::msg::Effect;
use super::now::Now;
use super::panes::Pane;
use super::state::{App, Projector, ProjectorPage};
use super::turn::Turn;

impl App {
    /// Starts projector mode; `only`: leaving it leaves the program.
    pub(super) fn present(&mut self, now: Now, only: bool, turn: &mut Turn) {
        self.memory.mask_before = self.look.mask;
        self.overlays.clear();
        self.prefix = None;
        let every = self.memory.times.page;
        self.projector = Some(Projector {
            pages: vec![
                ProjectorPage::Target,
                ProjectorPage::Board,
                ProjectorPage::Groups,
            ],
            at: 0,
            every,
            turns_at: Some(now.millis + every),
            only,
            without_campaign: false,
        });
        if !self.look.mask {
            self.set_mask(true, turn);
        }
    }

    /// Starts the console in projector mode (`caopan present`): pages, and milliseconds a page.
    pub fn start_presenting(
        &mut self,
        pages: Vec<ProjectorPage>,
        every: u64,
        now: Now,
    ) -> Vec<Effect> {
        let mut turn = Turn {
            now,
            effects: Vec::new(),
        };
        self.memory.times.page = every.max(1_000);
        self.present(now, true, &mut turn);
        if let Some(projector) = &mut self.projector
            && !pages.is_empty()
        {
            projector.pages = pages;
        }
        self.dirty = true;
        turn.effects
    }

    pub(super) fn run_in_projector(&mut self, command: Command, turn: &mut Turn) {
        let now = turn.now.millis;
        let Some(projector) = &mut self.projector else {
            return;
        };
        let pages = projector.pages.len().max(1);
        let to = match command {
            Command::PageNext => (projector.at + 1) % pages,
            Command::PagePrevious => (projector.at + pages - 1) % pages,
            Command::Page(page) => usize::from(page).min(pages - 1),
            Command::PagePause => {
                projector.turns_at = match projector.turns_at {
                    Some(_) => None,
                    None => Some(now + projector.every),
                };
                return;
            }
            Command::Back | Command::Close => {
                self.leave_projector(turn);
                return;
            }
            Command::Quit => {
                self.quit(turn);
                return;
            }
            Command::Interrupt => {
                self.interrupt(turn);
                return;
            }
            Command::Redraw | Command::Suspend | Command::Mouse => {
                self.run_screen(command, turn);
                return;
            }
            _ => return,
        };
        projector.at = to;
        if projector.turns_at.is_some() {
            projector.turns_at = Some(now + projector.every);
        }
    }

    fn leave_projector(&mut self, turn: &mut Turn) {
        let only = self
            .projector
            .as_ref()
            .is_some_and(|projector| projector.only);
        if only {
            self.quit(turn);
            return;
        }
        self.projector = None;
        if !self.memory.mask_before {
            self.set_mask(false, turn);
        }
    }

    /// Turns the page when its time is over.
    pub(super) fn turn_pages(&mut self, now: Now) {
        if let Some(projector) = &mut self.projector
            && projector.turns_at.is_some_and(|at| at <= now.millis)
        {
            projector.at = (projector.at + 1) % projector.pages.len().max(1);
            projector.turns_at = Some(now.millis + projector.every);
            self.dirty = true;
        }
    }

    /// Masks or unmasks where rows leave the store. What is on screen unmasked goes at once.
    pub(super) fn set_mask(&mut self, mask: bool, turn: &mut Turn) {
        self.look.mask = mask;
        turn.effects.push(Effect::Mask(mask));
        self.memory.questions.all_stale();
        if mask {
            let panes = &mut self.panes;
            panes.customers.page.value = None;
            panes.customers.kept.clear();
            panes.groups.page.value = None;
            panes.board.page.value = None;
            self.detail = None;
            self.overlays
                .retain(|overlay| !matches!(overlay, super::overlay::Overlay::Detail(_)));
            for change in &mut self.changes {
                if change.pane != Pane::Tags {
                    change.name = crate::domain::SafeText::default();
                }
                change.what.clear();
            }
        }
        self.dirty = true;
    }
}
