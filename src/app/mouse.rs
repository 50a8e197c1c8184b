//! The mouse: a click puts the cursor on a row, the wheel moves it.

use super::command::{Command, Motion};
use super::state::App;
use super::turn::Turn;

impl App {
    pub(super) fn clicked(&mut self, x: u16, y: u16) {
        if !self.overlays.is_empty() || self.projector.is_some() {
            return;
        }
        let hit = self
            .hits
            .lists
            .iter()
            .find(|(_, (left, top, width, height))| {
                (*left..left.saturating_add(*width)).contains(&x)
                    && (*top..top.saturating_add(*height)).contains(&y)
            })
            .copied();
        if let Some((pane, (_, top, _, _))) = hit {
            self.dirty = true;
            self.focus_on(pane);
            self.place_on_line(pane, u64::from(y - top));
        }
    }

    pub(super) fn scrolled(&mut self, rows: i32, turn: &mut Turn) {
        let motion = if rows < 0 { Motion::Up } else { Motion::Down };
        for _ in 0..rows.unsigned_abs().min(20) {
            self.run(Command::Move(motion), turn);
        }
    }
}
