//! A terminal that reads what the painter writes.

use std::num::NonZero;

use super::super::*;
use ratatui::style::{Color, Modifier};

/// A terminal that reads what the painter writes.
pub struct Glass {
    pub painter: Painter,
    pub terminal: vt100::Parser,
    pub width: u16,
    pub height: u16,
}

impl Glass {
    pub fn new(width: u16, height: u16) -> Self {
        Self {
            painter: Painter::new(),
            terminal: vt100::Parser::new(
                NonZero::new(height).unwrap(),
                NonZero::new(width).unwrap(),
                0,
            ),
            width,
            height,
        }
    }

    pub fn buffer(&self) -> Buffer {
        Buffer::empty(Rect::new(0, 0, self.width, self.height))
    }

    /// Shows a frame; gives the bytes written.
    pub fn show(&mut self, frame: &Buffer, cursor: Option<(u16, u16)>) -> Vec<u8> {
        let mut next = frame.clone();
        let bytes = self.painter.frame(&mut next, cursor).to_vec();
        assert_eq!(next, *frame, "the frame comes back as it was");
        self.terminal.process(&bytes);
        bytes
    }

    /// Every cell of the terminal is what the frame says.
    pub fn assert_shows(&self, frame: &Buffer) {
        let mut want = frame.clone();
        canon::canonical(&mut want);
        for y in 0..self.height {
            for x in 0..self.width {
                let cell = want.cell((x, y)).unwrap();
                let seen = self.terminal.screen().cell(y, x).unwrap();
                if cell.symbol().is_empty() {
                    assert!(seen.is_wide_continuation(), "half a character at {x},{y}");
                    continue;
                }
                let text = if seen.contents().is_empty() {
                    " "
                } else {
                    seen.contents()
                };
                assert_eq!(text, cell.symbol(), "text at {x},{y}");
                let blank = cell.symbol() == " " && !cell.modifier.intersects(pen::SEEN_ON_BLANK);
                assert_eq!(
                    seen.bgcolor(),
                    colour_of(cell.bg),
                    "paper of {text:?} at {x},{y}"
                );
                if blank {
                    assert!(
                        !seen.inverse() && !seen.underline(),
                        "blank at {x},{y} shows a style"
                    );
                } else {
                    assert_eq!(
                        seen.fgcolor(),
                        colour_of(cell.fg),
                        "ink of {text:?} at {x},{y}"
                    );
                    let has = |m| cell.modifier.contains(m);
                    // This terminal holds one intensity: bold and dim together show as the last one said.
                    let both = has(Modifier::BOLD) && has(Modifier::DIM);
                    let style = (
                        seen.bold() || both,
                        seen.dim() || both,
                        seen.italic(),
                        seen.underline(),
                        seen.inverse(),
                    );
                    assert_eq!(
                        style,
                        (
                            has(Modifier::BOLD),
                            has(Modifier::DIM),
                            has(Modifier::ITALIC),
                            has(Modifier::UNDERLINED),
                            has(Modifier::REVERSED)
                        ),
                        "style of {text:?} at {x},{y}"
                    );
                }
            }
        }
    }
}

fn colour_of(colour: Color) -> vt100::Color {
    match colour {
        Color::Reset => vt100::Color::Default,
        Color::Red => vt100::Color::Idx(1),
        Color::LightGreen => vt100::Color::Idx(10),
        Color::Blue => vt100::Color::Idx(4),
        Color::Magenta => vt100::Color::Idx(5),
        Color::Cyan => vt100::Color::Idx(6),
        Color::DarkGray => vt100::Color::Idx(8),
        Color::Indexed(i) => vt100::Color::Idx(i),
        Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
        other => panic!("{other:?} is not used in these tests"),
    }
}
