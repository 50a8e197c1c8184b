//! Which boxes lie where. One pane under 100 columns, three to 159, five from 160.

use ratatui::layout::Rect;

use crate::app::App;
use crate::app::layout::layout_for;
use crate::app::panes::Pane;
use crate::app::state::Layout;

use super::text;

/// Where the boxes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Panes and their boxes, left to right.
    pub boxes: Vec<(Pane, Rect)>,
    /// The card of the customer under the cursor.
    pub card: Option<Rect>,
    /// Boxes have frames; a single narrow pane has none (two columns and two rows saved, clean selection by mouse).
    pub framed: bool,
}

/// Places the boxes in `body`, the part of a screen of `size` between the lines at its top and bottom.
///
/// Which boxes there are is the app's decision (`app::layout`), taken here for the size that is really drawn.
pub fn plan(app: &App, body: Rect, size: (u16, u16)) -> Plan {
    let layout = if app.zoom {
        Layout::One
    } else {
        layout_for(size, app.layout)
    };
    match layout {
        Layout::Auto | Layout::One => Plan {
            boxes: vec![(app.focus, body)],
            card: None,
            framed: size.0 >= 100,
        },
        Layout::Three if app.stand_up => stand_up_boxes(body),
        Layout::Three => customer_boxes(body),
        Layout::Five => five_boxes(body, widest_label(app)),
    }
}

fn customer_boxes(body: Rect) -> Plan {
    // Tags: eleven columns of a name behind its box. The card and the board: what their narrowest tables need.
    let (tags, rest) = columns(body, (body.width * 24 / 100).max(26));
    let aside = (body.width * 32 / 100).clamp(32, 44);
    let (customers, right) = columns(rest, rest.width.saturating_sub(aside));
    let (card, board) = rows(right, right.height / 2);
    Plan {
        boxes: vec![
            (Pane::Tags, tags),
            (Pane::Customers, customers),
            (Pane::Board, board),
        ],
        card: Some(card),
        framed: true,
    }
}

fn stand_up_boxes(body: Rect) -> Plan {
    let (kpi, below) = rows(body, body.height * 55 / 100);
    let (groups, board) = columns(below, below.width * 56 / 100);
    Plan {
        boxes: vec![
            (Pane::Kpi, kpi),
            (Pane::Groups, groups),
            (Pane::Board, board),
        ],
        card: None,
        framed: true,
    }
}

/// Columns of a label in the narrowest box of tags.
const LABEL: u16 = 14;

/// Columns of the tags' box beside their labels: its frame, the cursor, hits, all and share.
const BESIDE_LABELS: u16 = 28;

fn five_boxes(body: Rect, widest_label: u16) -> Plan {
    // The tags have what their longest label needs, up to a third.
    let wanted = if widest_label <= LABEL {
        34
    } else {
        widest_label.saturating_add(BESIDE_LABELS)
    };
    let (tags, rest) = columns(body, wanted.min(body.width / 3).max(34));
    let (middle, right) = columns(rest, rest.width * 55 / 100);
    let (customers, kpi) = rows(middle, middle.height / 2);
    let (card, below) = rows(right, 14.min(right.height / 3));
    let (board, groups) = rows(below, below.height / 2);
    Plan {
        boxes: vec![
            (Pane::Tags, tags),
            (Pane::Customers, customers),
            (Pane::Kpi, kpi),
            (Pane::Board, board),
            (Pane::Groups, groups),
        ],
        card: Some(card),
        framed: true,
    }
}

fn columns(area: Rect, left: u16) -> (Rect, Rect) {
    let left = left.min(area.width);
    (
        Rect {
            width: left,
            ..area
        },
        Rect {
            x: area.x + left,
            width: area.width - left,
            ..area
        },
    )
}

fn rows(area: Rect, top: u16) -> (Rect, Rect) {
    let top = top.min(area.height);
    (
        Rect {
            height: top,
            ..area
        },
        Rect {
            y: area.y + top,
            height: area.height - top,
            ..area
        },
    )
}

/// Columns that the longest label among the lines on show needs.
pub fn widest_label(app: &App) -> u16 {
    let state = &app.panes.tags;
    let Some(page) = &state.page.value else {
        return 0;
    };
    let label = |(g, t): (usize, Option<usize>)| {
        let group = page.groups.get(g)?;
        Some(match t {
            None => text::width(group.name.as_str()) + 2,
            Some(t) => text::width(group.tags.get(t)?.name.as_str()) + 4,
        })
    };
    let labels = state.rows().into_iter().filter_map(label);
    labels.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::plan;
    use crate::app::App;
    use crate::app::panes::Pane;
    use crate::app::state::Layout;

    #[test]
    fn the_boxes_are_those_the_app_asks_data_for_and_fill_the_screen() {
        for focus in Pane::ALL {
            for layout in [Layout::Auto, Layout::One, Layout::Three, Layout::Five] {
                for (w, h) in [(60, 16), (100, 24), (159, 60), (160, 40), (250, 80)] {
                    let app = App {
                        size: (w, h),
                        layout,
                        focus: *focus,
                        stand_up: matches!(focus, Pane::Groups | Pane::Kpi),
                        ..App::default()
                    };
                    let body = Rect::new(0, 2, w, h - 4);
                    let plan = plan(&app, body, (w, h));
                    let mut drawn: Vec<Pane> = plan.boxes.iter().map(|(pane, _)| *pane).collect();
                    let mut asked = app.shown().panes;
                    drawn.sort();
                    asked.sort();
                    assert_eq!(drawn, asked, "{focus:?} {layout:?} {w}x{h}");
                    assert!(drawn.contains(focus));
                    let boxes = plan.boxes.iter().map(|(_, r)| *r).chain(plan.card);
                    let area: u32 = boxes.map(Rect::area).sum();
                    assert_eq!(area, body.area(), "{focus:?} {layout:?} {w}x{h}");
                }
            }
        }
    }
}
