//! What the painter writes, read back by a terminal.

mod changes;
mod glass;

use super::*;
use glass::Glass;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::style::{Color, Modifier, Style};

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
