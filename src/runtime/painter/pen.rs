//! The style the terminal writes with next, and the shortest SGR sequence from one style to another.
//!
//! The sixteen named colours are written as 30–37 and 90–97 (and 40–47, 100–107), so that a 16-colour terminal and the
//! user's own palette are honoured; 256-colour and RGB codes appear only where a theme uses such colours.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use super::moves::number;

/// Modifiers that can be seen on a cell without ink.
pub const SEEN_ON_BLANK: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK)
    .union(Modifier::CROSSED_OUT);

/// What each modifier is switched on by; off codes are in [`off_code`].
const ON: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// A style as the terminal holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pen {
    /// Ink.
    pub fg: Color,
    /// Paper.
    pub bg: Color,
    /// Colour of the underline.
    pub underline: Color,
    /// Bold, reversed and so on.
    pub modifier: Modifier,
}

impl Pen {
    /// The pen after `CSI m`.
    pub const PLAIN: Self = Self {
        fg: Color::Reset,
        bg: Color::Reset,
        underline: Color::Reset,
        modifier: Modifier::empty(),
    };

    /// The pen a cell is drawn with.
    pub fn of(cell: &Cell) -> Self {
        Self {
            fg: cell.fg,
            bg: cell.bg,
            underline: cell.underline_color,
            modifier: cell.modifier,
        }
    }

    /// The nearest pen to `self` that draws `cell` as it should look: what a cell does not show is left as it is.
    #[must_use]
    pub fn toward(self, cell: &Cell) -> Self {
        let mut target = Self::of(cell);
        if cell.symbol() == " " && !cell.modifier.intersects(SEEN_ON_BLANK) {
            target.fg = self.fg;
            target.modifier = self.modifier.difference(SEEN_ON_BLANK);
        }
        if !target.modifier.contains(Modifier::UNDERLINED) {
            target.underline = self.underline;
        }
        target
    }

    /// Writes the shortest sequence that turns this pen into `to`; nothing if they are the same.
    pub fn switch(&mut self, to: Self, out: &mut Vec<u8>) {
        if *self == to {
            return;
        }
        let mut changes = Vec::with_capacity(24);
        changes_between(*self, to, &mut changes);
        let mut afresh = Vec::with_capacity(24);
        changes_between(Self::PLAIN, to, &mut afresh);
        out.extend_from_slice(b"\x1b[");
        if afresh.is_empty() {
            // `CSI m` alone: back to plain.
        } else if afresh.len() + 2 < changes.len() {
            out.extend_from_slice(b"0;");
            out.append(&mut afresh);
        } else {
            out.append(&mut changes);
        }
        out.push(b'm');
        *self = to;
    }
}

/// Appends the parameters, separated by `;`, that lead from one pen to another.
fn changes_between(from: Pen, to: Pen, out: &mut Vec<u8>) {
    let gone = from.modifier.difference(to.modifier);
    let mut fresh = to.modifier.difference(from.modifier);
    for (modifier, _) in ON {
        let Some(code) = gone.contains(modifier).then(|| off_code(modifier)) else {
            continue;
        };
        // 22 ends both bold and dim, 25 both blinks: what stays of the pair is said again.
        let pair = match code {
            22 => Modifier::BOLD.union(Modifier::DIM),
            25 => Modifier::SLOW_BLINK.union(Modifier::RAPID_BLINK),
            _ => Modifier::empty(),
        };
        fresh = fresh.union(to.modifier.intersection(pair));
        let said_already = gone.intersection(pair) == pair && ends_pair(modifier);
        if !said_already {
            parameter(code, out);
        }
    }
    for (modifier, code) in ON {
        if fresh.contains(modifier) {
            parameter(code, out);
        }
    }
    if from.fg != to.fg {
        colour(to.fg, 30, out);
    }
    if from.bg != to.bg {
        colour(to.bg, 40, out);
    }
    if from.underline != to.underline {
        underline_colour(to.underline, out);
    }
}

/// The second of a pair that shares its off code.
fn ends_pair(modifier: Modifier) -> bool {
    modifier == Modifier::DIM || modifier == Modifier::RAPID_BLINK
}

/// The code that ends a modifier.
fn off_code(modifier: Modifier) -> u8 {
    match modifier {
        Modifier::BOLD | Modifier::DIM => 22,
        Modifier::ITALIC => 23,
        Modifier::UNDERLINED => 24,
        Modifier::SLOW_BLINK | Modifier::RAPID_BLINK => 25,
        Modifier::REVERSED => 27,
        Modifier::HIDDEN => 28,
        _ => 29,
    }
}

fn parameter(code: u8, out: &mut Vec<u8>) {
    if !out.is_empty() {
        out.push(b';');
    }
    number(u16::from(code), out);
}

/// Ink (`base` 30) or paper (`base` 40).
fn colour(colour: Color, base: u8, out: &mut Vec<u8>) {
    match named(colour) {
        Some(n) if n < 8 => parameter(base + n, out),
        Some(n) => parameter(base + 52 + n, out),
        None => match colour {
            Color::Indexed(i) => {
                parameter(base + 8, out);
                parameter(5, out);
                parameter(i, out);
            }
            Color::Rgb(r, g, b) => {
                parameter(base + 8, out);
                for part in [2, r, g, b] {
                    parameter(part, out);
                }
            }
            _ => parameter(base + 9, out),
        },
    }
}

/// Colour of the underline. Sub-parameters with colons: a terminal that does not know 58 skips them as one.
fn underline_colour(colour: Color, out: &mut Vec<u8>) {
    let index = match (named(colour), colour) {
        (Some(n), _) | (None, Color::Indexed(n)) => n,
        (None, Color::Rgb(r, g, b)) => {
            parameter(58, out);
            out.extend_from_slice(b":2:");
            for part in [r, g, b] {
                out.push(b':');
                number(u16::from(part), out);
            }
            return;
        }
        (None, _) => return parameter(59, out),
    };
    parameter(58, out);
    out.extend_from_slice(b":5:");
    number(u16::from(index), out);
}

/// Place of a named colour among the sixteen.
fn named(colour: Color) -> Option<u8> {
    Some(match colour {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Indexed(n) if n < 16 => n,
        Color::Reset | Color::Indexed(_) | Color::Rgb(..) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(from: Pen, to: Pen) -> String {
        let mut pen = from;
        let mut out = Vec::new();
        pen.switch(to, &mut out);
        assert_eq!(pen, to);
        String::from_utf8(out).unwrap()
    }

    fn pen(fg: Color, modifier: Modifier) -> Pen {
        Pen {
            fg,
            modifier,
            ..Pen::PLAIN
        }
    }

    #[test]
    fn the_sixteen_colours_are_written_as_the_sixteen_codes() {
        assert_eq!(
            sequence(Pen::PLAIN, pen(Color::Red, Modifier::empty())),
            "\x1b[31m"
        );
        assert_eq!(
            sequence(Pen::PLAIN, pen(Color::LightBlue, Modifier::empty())),
            "\x1b[94m"
        );
        assert_eq!(
            sequence(
                Pen::PLAIN,
                Pen {
                    bg: Color::White,
                    ..Pen::PLAIN
                }
            ),
            "\x1b[107m"
        );
        assert_eq!(
            sequence(Pen::PLAIN, pen(Color::Indexed(208), Modifier::empty())),
            "\x1b[38;5;208m"
        );
        assert_eq!(
            sequence(Pen::PLAIN, pen(Color::Rgb(1, 2, 3), Modifier::empty())),
            "\x1b[38;2;1;2;3m"
        );
    }

    #[test]
    fn only_what_differs_is_said_and_a_reset_is_taken_where_it_is_shorter() {
        let loud = pen(Color::Red, Modifier::BOLD | Modifier::REVERSED);
        assert_eq!(sequence(loud, loud), "");
        assert_eq!(sequence(loud, Pen::PLAIN), "\x1b[m");
        assert_eq!(
            sequence(loud, pen(Color::Green, Modifier::BOLD | Modifier::REVERSED)),
            "\x1b[32m"
        );
        assert_eq!(sequence(loud, pen(Color::Red, Modifier::BOLD)), "\x1b[27m");
        let busy = Pen {
            bg: Color::Blue,
            ..pen(Color::Red, Modifier::ITALIC | Modifier::UNDERLINED)
        };
        assert_eq!(
            sequence(busy, pen(Color::Reset, Modifier::BOLD)),
            "\x1b[0;1m"
        );
    }

    #[test]
    fn ending_bold_keeps_dim() {
        let both = pen(Color::Reset, Modifier::BOLD | Modifier::DIM);
        assert_eq!(
            sequence(both, pen(Color::Red, Modifier::DIM)),
            "\x1b[0;2;31m"
        );
        assert_eq!(
            sequence(
                pen(
                    Color::Red,
                    Modifier::BOLD | Modifier::DIM | Modifier::REVERSED
                ),
                pen(Color::Red, Modifier::REVERSED)
            ),
            "\x1b[22m"
        );
    }

    #[test]
    fn a_blank_leaves_ink_and_bold_alone() {
        let mut blank = Cell::default();
        blank.set_symbol(" ");
        blank.fg = Color::Yellow;
        let bold = pen(Color::Red, Modifier::BOLD);
        assert_eq!(bold.toward(&blank), bold);
        let reversed = pen(Color::Red, Modifier::BOLD | Modifier::REVERSED);
        assert_eq!(reversed.toward(&blank), bold);
    }
}
