//! A terminal with margins on all four sides, after DEC STD 070 and xterm's ctlseqs: just the sequences that the console
//! writes, and an error for every other one.
//!
//! It is written from those documents, not from the painter, and takes the strict side where they leave a choice: what
//! is uncovered takes the paper of the pen, half a wide character is a blank, a move does not undo a pending wrap
//! unless it is said to.
#![allow(
    dead_code,
    missing_docs,
    reason = "shared by test binaries that use parts of it"
)]

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

/// The terminal: its cells as a buffer, and what steers the next character.
pub struct Vt420 {
    cells: Buffer,
    x: u16,
    y: u16,
    /// The last character went into the last column: the next one begins a row.
    wraps: bool,
    pen: Style,
    /// Mode 69: `CSI s` sets left and right margins.
    splits: bool,
    /// First and last column and row of the scrolling region.
    left: u16,
    right: u16,
    top: u16,
    bottom: u16,
    /// Bytes of a sequence or character that has not ended yet.
    rest: Vec<u8>,
    /// Times that a box narrower than the screen was scrolled.
    pub boxes: usize,
}

impl Vt420 {
    pub fn new(columns: u16, rows: u16) -> Self {
        Self {
            cells: Buffer::empty(Rect::new(0, 0, columns, rows)),
            x: 0,
            y: 0,
            wraps: false,
            pen: Style::reset(),
            splits: false,
            left: 0,
            right: columns - 1,
            top: 0,
            bottom: rows - 1,
            rest: Vec::new(),
            boxes: 0,
        }
    }

    /// What it shows; the second column of a wide character is empty.
    pub fn cells(&self) -> &Buffer {
        &self.cells
    }

    /// Column and row of the cursor.
    pub fn cursor(&self) -> (u16, u16) {
        (self.x, self.y)
    }

    /// Margins are at the edges and mode 69 is off.
    pub fn has_no_margins(&self) -> bool {
        let area = self.cells.area;
        !self.splits
            && (self.left, self.top) == (0, 0)
            && (self.right, self.bottom) == (area.width - 1, area.height - 1)
    }

    /// The rows as text.
    pub fn text(&self) -> String {
        let width = usize::from(self.cells.area.width);
        let rows = self.cells.content.chunks(width);
        rows.map(|row| row.iter().map(Cell::symbol).collect::<String>() + "\n")
            .collect()
    }

    pub fn process(&mut self, bytes: &[u8]) {
        let mut bytes = [std::mem::take(&mut self.rest), bytes.to_vec()].concat();
        while let Some(taken) = self.step(&bytes) {
            bytes.drain(..taken);
        }
        self.rest = bytes;
    }

    /// Obeys what the bytes begin with; how many they were, `None` where it has not ended yet.
    fn step(&mut self, bytes: &[u8]) -> Option<usize> {
        match *bytes.first()? {
            0x1b => match *bytes.get(1)? {
                b'[' => {
                    let end = bytes[2..].iter().position(|b| (0x40..0x7f).contains(b))? + 2;
                    let said = std::str::from_utf8(&bytes[2..end]).expect("a sequence is ASCII");
                    self.control(said, bytes[end]);
                    return Some(end + 1);
                }
                b'M' => self.reverse_index(),
                other => panic!("ESC {:?}", char::from(other)),
            },
            b'\n' => {
                self.index();
                return Some(1);
            }
            b'\r' => {
                let inside = self.x >= self.left;
                self.x = if inside { self.left } else { 0 };
                self.wraps = false;
                return Some(1);
            }
            8 => {
                let first = if self.x >= self.left { self.left } else { 0 };
                self.x = self.x.saturating_sub(1).max(first);
                self.wraps = false;
                return Some(1);
            }
            first if first >= b' ' => {
                let length = match first {
                    ..=0x7f => 1,
                    0x80..=0xdf => 2,
                    0xe0..=0xef => 3,
                    _ => 4,
                };
                let text = std::str::from_utf8(bytes.get(..length)?).expect("UTF-8");
                self.character(text);
                return Some(length);
            }
            other => panic!("control {other:#x}"),
        }
        Some(2)
    }

    fn control(&mut self, said: &str, last: u8) {
        let parameters: Vec<u16> = said.split(';').map(|p| p.parse().unwrap_or(0)).collect();
        let nth = |i: usize| parameters.get(i).copied().unwrap_or(0);
        let count = nth(0).max(1);
        let area = self.cells.area;
        match (said, last) {
            ("?69", b'h') => self.splits = true,
            ("?69", b'l') => {
                self.splits = false;
                (self.left, self.right) = (0, area.width - 1);
            }
            // Modes that leave the cells as they are; the alternate screen is the only one there is here.
            ("?2026" | "?25" | "?1049" | "?2004", b'h' | b'l') => {}
            (_, b'm') => self.pen = pen(self.pen, said),
            (_, b'H') => {
                self.x = nth(1).max(1).min(area.width) - 1;
                self.y = nth(0).max(1).min(area.height) - 1;
                self.wraps = false;
            }
            (_, b'r') => {
                let bottom = if nth(1) == 0 { area.height } else { nth(1) };
                assert!(count < bottom && bottom <= area.height, "margins {said}");
                (self.top, self.bottom) = (count - 1, bottom - 1);
                self.home();
            }
            (_, b's') => {
                assert!(self.splits, "CSI {said} s would save the cursor");
                let right = if nth(1) == 0 { area.width } else { nth(1) };
                assert!(count < right && right <= area.width, "margins {said}");
                (self.left, self.right) = (count - 1, right - 1);
                self.home();
            }
            (_, b'S') => (0..count).for_each(|_| self.scroll(true)),
            (_, b'T') => (0..count).for_each(|_| self.scroll(false)),
            (_, b'A') => {
                let first = if self.y >= self.top { self.top } else { 0 };
                self.y = self.y.saturating_sub(count).max(first);
                self.wraps = false;
            }
            (_, b'C') => {
                let inside = self.x <= self.right;
                let last = if inside { self.right } else { area.width - 1 };
                self.x = (self.x + count).min(last);
                self.wraps = false;
            }
            (_, b'D') => {
                let first = if self.x >= self.left { self.left } else { 0 };
                self.x = self.x.saturating_sub(count).max(first);
                self.wraps = false;
            }
            // Erasing knows no margins.
            ("" | "0", b'K') => self.erase(self.x, area.width),
            (_, b'X') => self.erase(self.x, (self.x + count).min(area.width)),
            ("2", b'J') => {
                let blank = self.blank();
                self.cells.content.fill(blank);
            }
            other => panic!("CSI {said} {:?}", char::from(other.1)),
        }
    }

    fn home(&mut self) {
        (self.x, self.y) = (0, 0);
        self.wraps = false;
    }

    fn blank(&self) -> Cell {
        let mut cell = Cell::EMPTY;
        cell.bg = self.pen.bg.unwrap_or(Color::Reset);
        cell
    }

    /// Blanks both halves of the characters that begin before or end after these columns of a row.
    fn cut(&mut self, from: u16, to: u16, y: u16) {
        for x in [from, to] {
            let width = self.cells.area.width;
            if x < width && x > 0 && self.cells[(x, y)].symbol().is_empty() {
                self.cells[(x - 1, y)].set_symbol(" ");
                self.cells[(x, y)].set_symbol(" ");
            }
        }
    }

    fn erase(&mut self, from: u16, to: u16) {
        self.cut(from, to, self.y);
        for x in from..to {
            self.cells[(x, self.y)] = self.blank();
        }
        self.wraps = false;
    }

    /// Between the left and right margin.
    fn is_between(&self) -> bool {
        (self.left..=self.right).contains(&self.x)
    }

    fn index(&mut self) {
        if self.y == self.bottom {
            if self.is_between() {
                self.scroll(true);
            }
        } else if self.y + 1 < self.cells.area.height {
            self.y += 1;
        }
    }

    fn reverse_index(&mut self) {
        if self.y == self.top {
            if self.is_between() {
                self.scroll(false);
            }
        } else {
            self.y = self.y.saturating_sub(1);
        }
    }

    fn scroll(&mut self, up: bool) {
        let (left, right) = (self.left, self.right + 1);
        if (left, right) != (0, self.cells.area.width) {
            self.boxes += 1;
        }
        for y in self.top..=self.bottom {
            self.cut(left, right, y);
        }
        let rows: Vec<u16> = if up {
            (self.top..=self.bottom).collect()
        } else {
            (self.top..=self.bottom).rev().collect()
        };
        for pair in rows.windows(2) {
            for x in left..right {
                self.cells[(x, pair[0])] = self.cells[(x, pair[1])].clone();
            }
        }
        for x in left..right {
            self.cells[(x, *rows.last().expect("a row"))] = self.blank();
        }
    }

    fn character(&mut self, text: &str) {
        let columns = text.cell_width();
        if columns == 0 {
            // A mark belongs to the character before it.
            let before = self.x - u16::from(!self.wraps);
            let wide = before > 0 && self.cells[(before, self.y)].symbol().is_empty();
            let cell = &mut self.cells[(before - u16::from(wide), self.y)];
            let marked = format!("{}{text}", cell.symbol());
            cell.set_symbol(&marked);
            return;
        }
        let inside = self.is_between() && (self.top..=self.bottom).contains(&self.y);
        let (first, end) = if inside {
            (self.left, self.right + 1)
        } else {
            (0, self.cells.area.width)
        };
        if self.wraps || self.x + columns > end {
            self.wraps = false;
            self.index();
            self.x = first;
        }
        let (x, y) = (self.x, self.y);
        self.cut(x, x + columns, y);
        for at in x..x + columns {
            let cell = &mut self.cells[(at, y)];
            cell.reset();
            cell.set_style(self.pen);
            cell.set_symbol(if at == x { text } else { "" });
        }
        self.wraps = x + columns >= end;
        self.x = (x + columns).min(end - 1);
    }
}

/// The pen after the parameters of one `CSI … m`.
fn pen(mut pen: Style, said: &str) -> Style {
    let mut parameters = said.split(';');
    while let Some(parameter) = parameters.next() {
        if let Some(underline) = parameter.strip_prefix("58:") {
            let parts: Vec<u8> = underline
                .split(':')
                .filter_map(|p| p.parse().ok())
                .collect();
            let colour = match *parts.as_slice() {
                [5, n] => indexed(n),
                [2, r, g, b] => Color::Rgb(r, g, b),
                _ => panic!("58:{underline}"),
            };
            pen = pen.underline_color(colour);
            continue;
        }
        let code: u8 = if parameter.is_empty() {
            0
        } else {
            parameter.parse().expect("a code")
        };
        let mut number = || -> u8 { parameters.next().expect("more").parse().expect("a number") };
        let on = |pen: Style, modifier| pen.add_modifier(modifier);
        pen = match code {
            0 => Style::reset(),
            1 => on(pen, Modifier::BOLD),
            2 => on(pen, Modifier::DIM),
            3 => on(pen, Modifier::ITALIC),
            4 => on(pen, Modifier::UNDERLINED),
            5 => on(pen, Modifier::SLOW_BLINK),
            6 => on(pen, Modifier::RAPID_BLINK),
            7 => on(pen, Modifier::REVERSED),
            8 => on(pen, Modifier::HIDDEN),
            9 => on(pen, Modifier::CROSSED_OUT),
            22 => pen.remove_modifier(Modifier::BOLD | Modifier::DIM),
            23 => pen.remove_modifier(Modifier::ITALIC),
            24 => pen.remove_modifier(Modifier::UNDERLINED),
            25 => pen.remove_modifier(Modifier::SLOW_BLINK | Modifier::RAPID_BLINK),
            27 => pen.remove_modifier(Modifier::REVERSED),
            28 => pen.remove_modifier(Modifier::HIDDEN),
            29 => pen.remove_modifier(Modifier::CROSSED_OUT),
            30..=37 => pen.fg(indexed(code - 30)),
            90..=97 => pen.fg(indexed(code - 82)),
            40..=47 => pen.bg(indexed(code - 40)),
            100..=107 => pen.bg(indexed(code - 92)),
            39 => pen.fg(Color::Reset),
            49 => pen.bg(Color::Reset),
            59 => pen.underline_color(Color::Reset),
            38 | 48 => {
                let colour = match number() {
                    5 => indexed(number()),
                    2 => Color::Rgb(number(), number(), number()),
                    other => panic!("{code};{other}"),
                };
                if code == 38 {
                    pen.fg(colour)
                } else {
                    pen.bg(colour)
                }
            }
            other => panic!("CSI {other} m"),
        };
    }
    pen
}

/// The sixteen by name, as the console's themes say them.
fn indexed(n: u8) -> Color {
    let named = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    named
        .get(usize::from(n))
        .copied()
        .unwrap_or(Color::Indexed(n))
}
