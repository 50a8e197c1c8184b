//! What the painter writes, read back by a terminal.

use std::num::NonZero;

use proptest::prelude::*;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::style::{Color, Modifier, Style};

use super::*;

/// A terminal that reads what the painter writes.
struct Glass {
    painter: Painter,
    terminal: vt100::Parser,
    width: u16,
    height: u16,
}

impl Glass {
    fn new(width: u16, height: u16) -> Self {
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

    fn buffer(&self) -> Buffer {
        Buffer::empty(Rect::new(0, 0, self.width, self.height))
    }

    /// Shows a frame; gives the bytes written.
    fn show(&mut self, frame: &Buffer, cursor: Option<(u16, u16)>) -> Vec<u8> {
        let mut next = frame.clone();
        let bytes = self.painter.frame(&mut next, cursor).to_vec();
        assert_eq!(next, *frame, "the frame comes back as it was");
        self.terminal.process(&bytes);
        bytes
    }

    /// Every cell of the terminal is what the frame says.
    fn assert_shows(&self, frame: &Buffer) {
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

const TEXTS: [&str; 12] = [
    "张三",
    "abc",
    "  ",
    "VIP客户",
    "e\u{301}tude",
    "★·…",
    "😀群",
    "한국",
    "¥1,280",
    "，。",
    "0",
    "a b c d",
];

fn styles() -> [Style; 8] {
    [
        Style::new(),
        Style::new().fg(Color::Red),
        Style::new().bg(Color::Blue),
        Style::new().add_modifier(Modifier::BOLD),
        Style::new()
            .add_modifier(Modifier::REVERSED)
            .fg(Color::LightGreen),
        Style::new().add_modifier(Modifier::UNDERLINED | Modifier::DIM),
        Style::new()
            .fg(Color::Indexed(208))
            .add_modifier(Modifier::ITALIC),
        Style::new().fg(Color::Rgb(9, 8, 7)).bg(Color::Red),
    ]
}

/// What happens to a picture between two frames.
#[derive(Clone, Debug)]
enum Change {
    Text(u16, u16, usize, usize),
    Raw(u16, u16, usize),
    BlankRow(u16),
    Tint(u16, usize),
    Shift(u16, u16, i16),
}

fn change(width: u16, height: u16) -> impl Strategy<Value = Change> {
    prop_oneof![
        5 => (0..width, 0..height, 0..TEXTS.len(), 0..8usize)
            .prop_map(|(x, y, t, s)| Change::Text(x, y, t, s)),
        1 => (0..width, 0..height, 0..4usize).prop_map(|(x, y, i)| Change::Raw(x, y, i)),
        1 => (0..height).prop_map(Change::BlankRow),
        1 => (0..height, 0..8usize).prop_map(|(y, s)| Change::Tint(y, s)),
        2 => (0..height, 0..height, -4..=4i16).prop_map(|(a, b, by)| Change::Shift(a, b, by)),
    ]
}

fn alter(buffer: &mut Buffer, change: &Change) {
    let width = usize::from(buffer.area.width);
    match *change {
        Change::Text(x, y, text, style) => {
            buffer.set_string(x, y, TEXTS[text], styles()[style]);
        }
        Change::Raw(x, y, which) => {
            let symbol = ["\x1b]0;x\x07", "客", "", "\u{202e}"][which];
            buffer.cell_mut((x, y)).unwrap().set_symbol(symbol);
        }
        Change::BlankRow(y) => {
            let row = usize::from(y) * width..(usize::from(y) + 1) * width;
            buffer.content[row].iter_mut().for_each(Cell::reset);
        }
        Change::Tint(y, style) => {
            buffer.set_style(Rect::new(0, y, buffer.area.width, 1), styles()[style]);
        }
        Change::Shift(a, b, by) => {
            let (top, bottom) = (usize::from(a.min(b)), usize::from(a.max(b)) + 1);
            let rows = &mut buffer.content[top * width..bottom * width];
            let cells = (usize::from(by.unsigned_abs()) * width).min(rows.len());
            if by > 0 {
                rows.rotate_left(cells);
            } else {
                rows.rotate_right(cells);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn the_terminal_shows_every_frame_cell_by_cell(
        (width, height, frames) in (1..34u16, 1..14u16).prop_flat_map(|(w, h)| (
            Just(w), Just(h),
            prop::collection::vec(prop::collection::vec(change(w, h), 0..12), 1..6),
        )),
        cursor in prop::option::of((0..40u16, 0..20u16)),
    ) {
        let mut glass = Glass::new(width, height);
        let mut picture = glass.buffer();
        for changes in &frames {
            for change in changes {
                alter(&mut picture, change);
            }
            glass.show(&picture, cursor);
            glass.assert_shows(&picture);
            let again = glass.show(&picture, cursor);
            prop_assert!(again.is_empty(), "the same frame twice wrote {again:?}");
            if let Some((x, y)) = cursor.filter(|(x, y)| *x < width && *y < height) {
                prop_assert_eq!(glass.terminal.screen().cursor_position(), (y, x));
            }
            prop_assert_eq!(
                glass.terminal.screen().hide_cursor(),
                false,
                "the painter hides only what it showed"
            );
        }
    }
}

/// A list as the console draws it: Chinese names, figures, a tinted row.
fn list(width: u16, height: u16, first: u32, marked: u16) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let surnames = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄"];
    let given = ["晓燕", "建国", "思雨", "子涵", "丽", "志强", "梦洁"];
    let cities = ["上海", "杭州", "成都", "广州"];
    buffer.set_string(
        0,
        0,
        "操盘  1客户  2标签  3群组  4活动  5销售",
        Style::new().add_modifier(Modifier::BOLD),
    );
    for y in 1..height - 1 {
        let n = first + u32::from(y);
        let i = usize::try_from(n).unwrap();
        let name = format!("{}{}", surnames[i % surnames.len()], given[i % given.len()]);
        buffer.set_string(2, y, &name, Style::new());
        buffer.set_string(
            12,
            y,
            cities[i * 7 % cities.len()],
            Style::new().fg(Color::Cyan),
        );
        buffer.set_string(
            20,
            y,
            format!("{:>10}", n * 137 % 90_000),
            Style::new().add_modifier(Modifier::BOLD),
        );
        buffer.set_string(
            32,
            y,
            "最近下单 老客回购 高客单 企微好友",
            Style::new().fg(Color::DarkGray),
        );
        if n.is_multiple_of(5) {
            buffer.set_string(
                68,
                y,
                "!! 30天未联系",
                Style::new().fg(Color::Magenta).add_modifier(Modifier::BOLD),
            );
        }
        buffer.set_string(86, y, format!("导购 {}", surnames[i % 8]), Style::new());
        if y == marked {
            buffer.set_style(
                Rect::new(0, y, width, 1),
                Style::new().add_modifier(Modifier::REVERSED),
            );
        }
    }
    buffer.set_string(0, height - 1, "/ 筛选  s 排序  ? 帮助", Style::new());
    buffer
}

/// What ratatui's own backend writes for the same step.
fn stock(from: &Buffer, to: &Buffer) -> usize {
    let mut out = Vec::new();
    let mut backend = CrosstermBackend::new(&mut out);
    backend.draw(from.diff_iter(to)).unwrap();
    Backend::flush(&mut backend).unwrap();
    out.len()
}

fn moves(bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes);
    text.split("\x1b[")
        .skip(1)
        .filter(|s| {
            s.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';')
                .starts_with(['H', 'G', 'C', 'D', 'A', 'd'])
        })
        .count()
}

#[test]
fn a_chinese_frame_takes_less_than_the_stock_backend_and_no_needless_moves() {
    let mut glass = Glass::new(120, 40);
    let empty = glass.buffer();
    let first = list(120, 40, 1000, 5);
    let bytes = glass.show(&first, None);
    glass.assert_shows(&first);
    let theirs = stock(&empty, &first);
    let page = list(120, 40, 1038, 5);
    let paged = glass.show(&page, None);
    let theirs_paged = stock(&first, &page);
    println!("first frame: {} bytes, stock {theirs}", bytes.len());
    println!("page down:   {} bytes, stock {theirs_paged}", paged.len());
    assert!(bytes.len() < 10_500);
    assert!(bytes.len() * 100 < theirs * 70);
    assert!(paged.len() * 100 < theirs_paged * 70);
    // Six columns a row, each after a gap of its own: no move may follow a wide character inside a column.
    assert!(
        moves(&bytes) <= 38 * 6 + 6,
        "{} cursor moves",
        moves(&bytes)
    );
}

#[test]
fn a_line_scrolled_and_a_row_moved_are_cheap() {
    let mut glass = Glass::new(120, 40);
    let first = list(120, 40, 1000, 38);
    glass.show(&first, None);
    let next = list(120, 40, 1001, 38);
    let scrolled = glass.show(&next, None);
    glass.assert_shows(&next);
    println!(
        "scroll: {} bytes, stock {}",
        scrolled.len(),
        stock(&first, &next)
    );
    assert!(scrolled.len() <= 600, "{} bytes", scrolled.len());
    let back = glass.show(&first, None);
    glass.assert_shows(&first);
    assert!(back.len() <= 900, "{} bytes", back.len());

    // Over a slow line the row is marked, not reversed.
    let mut plain = list(120, 40, 1000, 99);
    glass.show(&plain, None);
    plain.set_string(0, 7, ">", Style::new());
    glass.show(&plain, None);
    plain.set_string(0, 7, " ", Style::new());
    plain.set_string(0, 8, ">", Style::new());
    let row = glass.show(&plain, None);
    println!("row move: {} bytes", row.len());
    assert!(row.len() <= 60, "{} bytes", row.len());
}

#[test]
fn one_changed_figure_is_a_few_dozen_bytes() {
    let mut glass = Glass::new(120, 40);
    let mut picture = list(120, 40, 1000, 5);
    glass.show(&picture, None);
    picture.set_string(
        20,
        20,
        format!("{:>10}", 4711),
        Style::new().add_modifier(Modifier::BOLD),
    );
    let bytes = glass.show(&picture, None);
    assert!(bytes.len() <= 60, "{} bytes", bytes.len());
}

#[test]
fn a_frame_is_one_synchronized_update() {
    let mut glass = Glass::new(20, 3);
    let mut picture = glass.buffer();
    picture.set_string(0, 1, "客户", Style::new());
    let bytes = glass.show(&picture, None);
    assert!(bytes.starts_with(BEGIN) && bytes.ends_with(END));
    assert_eq!(glass.show(&picture, None), b"");
}

#[test]
fn margins_that_another_program_left_behind_are_taken_off() {
    let mut glass = Glass::new(10, 4);
    // Killed in the middle of a scroll, it left a region of two rows.
    glass.terminal.process(b"\x1b[2;3r\x1b[2;1H");
    let mut picture = glass.buffer();
    for row in 0..4 {
        picture.set_string(0, row, format!("row {row}"), Style::new());
    }
    glass.show(&picture, None);
    let shown: Vec<String> = glass.terminal.screen().rows(0, 10).collect();
    assert_eq!(shown, ["row 0", "row 1", "row 2", "row 3"]);
}

#[test]
fn nothing_in_a_cell_can_steer_the_terminal() {
    let mut glass = Glass::new(20, 2);
    let mut picture = glass.buffer();
    for (x, symbol) in [
        "\x1b]52;c;aGk=\x07",
        "\x1b[2J",
        "\n",
        "\u{9b}31m",
        "\u{202e}",
    ]
    .into_iter()
    .enumerate()
    {
        let x = u16::try_from(x).unwrap();
        picture.cell_mut((x, 0)).unwrap().set_symbol(symbol);
    }
    picture
        .cell_mut((6, 0))
        .unwrap()
        .set_symbol(&format!("a{}", "\u{301}".repeat(10_000)));
    let bytes = glass.show(&picture, None);
    assert!(bytes.len() < 80, "{} bytes", bytes.len());
    assert_eq!(glass.terminal.screen().contents(), "????? ?");
}

#[test]
fn the_text_cursor_is_shown_where_a_field_wants_it_and_hidden_after() {
    let mut glass = Glass::new(20, 3);
    let mut picture = glass.buffer();
    picture.set_string(0, 0, "/ 张", Style::new());
    let shown = glass.show(&picture, Some((4, 0)));
    assert!(String::from_utf8_lossy(&shown).contains("\x1b[?25h"));
    assert_eq!(glass.terminal.screen().cursor_position(), (0, 4));
    assert_eq!(glass.show(&picture, Some((4, 0))), b"");
    let moved = glass.show(&picture, Some((2, 0)));
    assert_eq!(moved, [BEGIN, b"\x08\x08", END].concat());
    let hidden = glass.show(&picture, None);
    assert!(String::from_utf8_lossy(&hidden).contains("\x1b[?25l"));
}

#[test]
fn underline_colour_is_written_and_forgotten() {
    let mut painter = Painter::new();
    let mut picture = Buffer::empty(Rect::new(0, 0, 4, 1));
    picture.set_string(
        0,
        0,
        "ab",
        Style::new()
            .add_modifier(Modifier::UNDERLINED)
            .underline_color(Color::Red),
    );
    let bytes = String::from_utf8(painter.frame(&mut picture, None).to_vec()).unwrap();
    assert!(bytes.contains("\x1b[4;58:5:1mab"), "{bytes:?}");
}

#[test]
fn named_lines_are_written_as_in_a_whole_frame_and_no_other_is_looked_at() {
    let mut glasses = [Glass::new(20, 6), Glass::new(20, 6)];
    let mut frame = glasses[0].buffer();
    frame.set_string(0, 1, "高娟超 1", Style::new());
    frame.set_string(0, 4, "李秀艳 2", Style::new());
    for glass in &mut glasses {
        glass.show(&frame, None);
    }
    frame.set_string(7, 1, "3", Style::new().fg(Color::Red));
    let whole = glasses[0].show(&frame, None);
    let lines = glasses[1].painter.lines(&mut frame, &[1], None).to_vec();
    assert_eq!(lines, whole);
    frame.set_string(7, 4, "4", Style::new());
    assert!(
        glasses[1]
            .painter
            .lines(&mut frame, &[1, 2], None)
            .is_empty()
    );
    assert!(!glasses[1].show(&frame, None).is_empty());
}
