//! A box over the panes.

use ratatui::layout::Rect;

use crate::config::theme::Role;
use crate::ui::Cx;
use crate::ui::canvas::Canvas;

/// Where a popup lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the middle.
    Middle,
    /// In the corner at the bottom right, above `u16` lines.
    Corner(u16),
    /// Under the `u16`th line, at the left.
    Under(u16),
}

/// Clears a place for a popup of a size (shrunk to what there is), draws its frame and title, and returns its inside.
pub fn popup(
    cx: &Cx,
    canvas: &mut Canvas,
    area: Rect,
    place: Place,
    size: (u16, u16),
    title: &str,
) -> Rect {
    let (width, height) = (size.0.min(area.width), size.1.min(area.height));
    let (x, y) = match place {
        Place::Middle => ((area.width - width) / 2, (area.height - height) / 2),
        Place::Corner(above) => (
            area.width - width,
            area.height.saturating_sub(height.saturating_add(above)),
        ),
        Place::Under(line) => (
            (area.width - width).min(1),
            line.min(area.height.saturating_sub(height)),
        ),
    };
    let rect = Rect::new(area.x + x, area.y + y, width, height);
    canvas.clear(rect, cx.style(Role::Popup));
    let inner = canvas.frame(rect, cx.glyphs, cx.style(Role::BorderFocused));
    if rect.width > 6 {
        let title = format!(" {title} ");
        canvas.put(
            rect.x + 2,
            rect.y,
            rect.width - 4,
            &title,
            cx.style(Role::Title),
        );
    }
    // A column of air on both sides.
    Rect::new(
        inner.x + inner.width.min(1),
        inner.y,
        inner.width.saturating_sub(2),
        inner.height,
    )
}
