//! Which boxes are on screen: one place for what is asked of the store and what is drawn.

use super::panes::Pane;
use super::state::{App, Layout};

/// The boxes of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Panes in `Tab` order.
    pub panes: Vec<Pane>,
    /// A box for the customer under the cursor.
    pub detail: bool,
}

/// The largest layout a terminal of this size carries: one box under 100 columns, three to 159, five from 160, and
/// fewer where the rows are few (five boxes stand in two rows).
pub fn carried(size: (u16, u16)) -> Layout {
    match size {
        (160.., 36..) => Layout::Five,
        (100.., 20..) => Layout::Three,
        _ => Layout::One,
    }
}

/// The layout in force: the choice, but never more boxes than the size carries.
pub fn layout_for(size: (u16, u16), choice: Layout) -> Layout {
    match (choice, carried(size)) {
        (Layout::One, _) => Layout::One,
        (Layout::Three, Layout::Five) => Layout::Three,
        (_, carried) => carried,
    }
}

impl App {
    /// The boxes on screen.
    pub fn shown(&self) -> Shown {
        let layout = if self.zoom {
            Layout::One
        } else {
            layout_for(self.size, self.layout)
        };
        match layout {
            Layout::Auto | Layout::One => Shown {
                panes: vec![self.focus],
                detail: false,
            },
            Layout::Three if self.stand_up => Shown {
                panes: vec![Pane::Kpi, Pane::Groups, Pane::Board],
                detail: false,
            },
            Layout::Three => Shown {
                panes: vec![Pane::Tags, Pane::Customers, Pane::Board],
                detail: true,
            },
            Layout::Five => Shown {
                panes: Pane::ALL.to_vec(),
                detail: true,
            },
        }
    }

    /// Looks at a pane; three boxes turn to those that hold it.
    pub(super) fn focus_on(&mut self, pane: Pane) {
        self.focus = pane;
        match pane {
            Pane::Customers | Pane::Tags => self.stand_up = false,
            Pane::Groups | Pane::Kpi => self.stand_up = true,
            Pane::Board => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_width_has_its_number_of_boxes() {
        for (size, layout) in [
            ((80, 24), Layout::One),
            ((99, 60), Layout::One),
            ((100, 30), Layout::Three),
            ((159, 60), Layout::Three),
            ((160, 60), Layout::Five),
            ((200, 30), Layout::Three),
            ((200, 10), Layout::One),
        ] {
            assert_eq!(layout_for(size, Layout::Auto), layout, "{size:?}");
        }
        assert_eq!(layout_for((80, 24), Layout::Five), Layout::One);
        assert_eq!(layout_for((200, 60), Layout::Three), Layout::Three);
        assert_eq!(layout_for((200, 60), Layout::One), Layout::One);
    }

    #[test]
    fn the_focused_pane_is_always_on_screen() {
        for size in [(80, 24), (120, 40), (200, 60)] {
            for choice in [Layout::Auto, Layout::One, Layout::Three, Layout::Five] {
                let mut app = App {
                    size,
                    layout: choice,
                    ..App::default()
                };
                for pane in Pane::ALL {
                    app.focus_on(*pane);
                    assert!(
                        app.shown().panes.contains(pane),
                        "{size:?} {choice:?} {pane:?}"
                    );
                }
            }
        }
    }
}
