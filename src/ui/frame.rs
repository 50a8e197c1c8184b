//! A drawn buffer as text, as ANSI, or as a picture: what `caopan snapshot` prints and what the tests compare.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

use super::text;

/// Lines of text; a wide glyph is one character, trailing blanks are left out.
pub fn to_text(buf: &Buffer) -> String {
    let mut out = String::new();
    for y in buf.area.top()..buf.area.bottom() {
        let line: String = cells(buf, y).map(|cell| cell.symbol).collect();
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The same with colours and modifiers as escape sequences, reset at each line's end.
pub fn to_ansi(buf: &Buffer) -> String {
    let mut out = String::new();
    for y in buf.area.top()..buf.area.bottom() {
        let mut last = Style::new();
        for cell in cells(buf, y) {
            if cell.style != last {
                out.push_str("\u{1b}[0");
                sgr(&mut out, cell.style);
                out.push('m');
                last = cell.style;
            }
            out.push_str(cell.symbol);
        }
        out.push_str("\u{1b}[0m\n");
    }
    out
}

/// A picture on a grid of 8 by 19 pixels a column, in the colours of a common terminal. Valid XML, whatever it shows.
pub fn to_svg(buf: &Buffer) -> String {
    let (w, h) = (
        u32::from(buf.area.width) * 8,
        u32::from(buf.area.height) * 19,
    );
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         font-family=\"'Noto Sans Mono CJK SC','Noto Sans Mono',monospace\" font-size=\"16\" shape-rendering=\"crispEdges\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{GROUND}\"/>\n"
    );
    for y in buf.area.top()..buf.area.bottom() {
        let top = u32::from(y - buf.area.top()) * 19;
        for run in runs(buf, y) {
            let x = u32::from(run.x - buf.area.left()) * 8;
            let wide = u32::from(run.columns) * 8;
            let (ink, ground) = inks(run.style);
            if let Some(ground) = ground {
                let _ = writeln!(
                    out,
                    "<rect x=\"{x}\" y=\"{top}\" width=\"{wide}\" height=\"19\" fill=\"{ground}\"/>"
                );
            }
            if run.text.trim().is_empty() {
                continue;
            }
            match block(&run.text) {
                1 | 2 => {
                    blocks(&mut out, &run, (x, top), &ink);
                    continue;
                }
                3 if run.columns == 1 => {
                    symbol(&mut out, &run, (x, top), &ink);
                    continue;
                }
                _ => {}
            }
            let _ = writeln!(
                out,
                "<text x=\"{x}\" y=\"{}\" fill=\"{ink}\" textLength=\"{wide}\" lengthAdjust=\"spacingAndGlyphs\" \
                 xml:space=\"preserve\"{}>{}</text>",
                top + 15,
                weight(run.style),
                escape(&run.text)
            );
        }
    }
    out.push_str("</svg>\n");
    out
}

const GROUND: &str = "#16181d";
const INK: &str = "#d0d3d9";

/// Blocks as rectangles: fonts leave gaps between them.
fn blocks(out: &mut String, run: &Run, at: (u32, u32), ink: &str) {
    let opacity = if run.text.starts_with('░') {
        "0.3"
    } else {
        "1"
    };
    let _ = writeln!(
        out,
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"19\" fill=\"{ink}\" fill-opacity=\"{opacity}\"/>",
        at.0,
        at.1,
        u32::from(run.columns) * 8
    );
}

/// One narrow symbol outside ASCII: Chinese fonts make it two columns wide, so lines are drawn as lines and the rest
/// comes from another font, centred on its column.
fn symbol(out: &mut String, run: &Run, at: (u32, u32), ink: &str) {
    let (x, y) = at;
    let (cx, cy, right, bottom) = (x + 4, y + 9, x + 8, y + 19);
    let path = match run.text.as_str() {
        "─" => format!("M{x} {cy}H{right}"),
        "│" => format!("M{cx} {y}V{bottom}"),
        "┌" => format!("M{right} {cy}H{cx}V{bottom}"),
        "┐" => format!("M{x} {cy}H{cx}V{bottom}"),
        "└" => format!("M{cx} {y}V{cy}H{right}"),
        "┘" => format!("M{cx} {y}V{cy}H{x}"),
        other => {
            let _ = writeln!(
                out,
                "<text x=\"{cx}\" y=\"{}\" fill=\"{ink}\" text-anchor=\"middle\" font-size=\"13\" \
                 font-family=\"'DejaVu Sans Mono',monospace\"{}>{}</text>",
                y + 15,
                weight(run.style),
                escape(other)
            );
            return;
        }
    };
    let _ = writeln!(out, "<path d=\"{path}\" stroke=\"{ink}\" fill=\"none\"/>");
}

/// A drawn cell; the right half of a wide glyph is none.
struct Cell<'b> {
    x: u16,
    columns: u16,
    symbol: &'b str,
    style: Style,
}

fn cells(buf: &Buffer, y: u16) -> impl Iterator<Item = Cell<'_>> {
    let mut skip = 0;
    (buf.area.left()..buf.area.right()).filter_map(move |x| {
        if skip > 0 {
            skip -= 1;
            return None;
        }
        let cell = buf.cell((x, y))?;
        let columns = text::width(cell.symbol()).max(1);
        skip = columns - 1;
        Some(Cell {
            x,
            columns,
            symbol: cell.symbol(),
            style: plain(cell.style()),
        })
    })
}

/// A style without what a reset screen has anyway.
fn plain(style: Style) -> Style {
    let colour = |c: Option<Color>| c.filter(|c| *c != Color::Reset);
    let mut out = Style::new().add_modifier(style.add_modifier);
    out.fg = colour(style.fg);
    out.bg = colour(style.bg);
    out
}

/// Neighbours of one style and kind (wide, narrow, block), drawn as one piece.
struct Run {
    x: u16,
    columns: u16,
    text: String,
    style: Style,
}

fn runs(buf: &Buffer, y: u16) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    let mut kind = None;
    for cell in cells(buf, y) {
        let this = Some((cell.columns, block(cell.symbol)));
        match out.last_mut() {
            Some(run) if run.style == cell.style && kind == this && together(this) => {
                run.text.push_str(cell.symbol);
                run.columns += cell.columns;
            }
            _ => out.push(Run {
                x: cell.x,
                columns: cell.columns,
                text: cell.symbol.to_owned(),
                style: cell.style,
            }),
        }
        kind = this;
    }
    out
}

/// Wide glyphs and symbols are placed one by one: no font keeps to the grid for them.
fn together(kind: Option<(u16, u8)>) -> bool {
    matches!(kind, Some((1, 0..=2)))
}

/// Which kind of symbol, as far as drawing differs.
fn block(symbol: &str) -> u8 {
    match symbol.chars().next() {
        Some('█') => 1,
        Some('░') => 2,
        Some(c) if c.is_ascii() => 0,
        Some(_) | None => 3,
    }
}

fn weight(style: Style) -> &'static str {
    let bold = style.add_modifier.contains(Modifier::BOLD);
    let line = style.add_modifier.contains(Modifier::UNDERLINED);
    match (bold, line) {
        (false, false) => "",
        (true, false) => " font-weight=\"bold\"",
        (false, true) => " text-decoration=\"underline\"",
        (true, true) => " font-weight=\"bold\" text-decoration=\"underline\"",
    }
}

/// Ink and ground; the ground only where it differs from the picture's.
fn inks(style: Style) -> (String, Option<String>) {
    let ink = style.fg.map_or_else(|| INK.to_owned(), hex);
    let ground = style.bg.map(hex);
    if style.add_modifier.contains(Modifier::REVERSED) {
        return (ground.unwrap_or_else(|| GROUND.to_owned()), Some(ink));
    }
    if style.add_modifier.contains(Modifier::DIM) && style.fg.is_none() {
        return ("#80858f".to_owned(), ground);
    }
    (ink, ground)
}

fn hex(colour: Color) -> String {
    match colour {
        Color::Black => "#16181d",
        Color::Red => "#d2564f",
        Color::Green => "#4fa65b",
        Color::Yellow => "#c9a227",
        Color::Blue => "#4a86d8",
        Color::Magenta => "#b467c7",
        Color::Cyan => "#3fa7b5",
        Color::Gray => "#c3c7cf",
        Color::DarkGray => "#757b87",
        Color::LightRed => "#ff7b72",
        Color::LightGreen => "#7ee787",
        Color::LightYellow => "#f2cc60",
        Color::LightBlue => "#79b8ff",
        Color::LightMagenta => "#ee8bf5",
        Color::LightCyan => "#76e3ea",
        Color::White => "#ffffff",
        Color::Rgb(r, g, b) => return format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Reset | Color::Indexed(_) => INK,
    }
    .to_owned()
}

fn escape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Not allowed in XML, and no SafeText holds one.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

fn sgr(out: &mut String, style: Style) {
    for (modifier, code) in [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::ITALIC, 3),
        (Modifier::UNDERLINED, 4),
        (Modifier::REVERSED, 7),
    ] {
        if style.add_modifier.contains(modifier) {
            let _ = write!(out, ";{code}");
        }
    }
    for (colour, base) in [(style.fg, 30), (style.bg, 40)] {
        if let Some(colour) = colour {
            colour_code(out, colour, base);
        }
    }
}

fn colour_code(out: &mut String, colour: Color, base: u16) {
    let code = match colour {
        Color::Reset => 9,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
        Color::Rgb(r, g, b) => {
            let _ = write!(out, ";{};2;{r};{g};{b}", base + 8);
            return;
        }
        Color::Indexed(n) => {
            let _ = write!(out, ";{};5;{n}", base + 8);
            return;
        }
    };
    let _ = write!(out, ";{}", base + code);
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Style};

    use super::{to_ansi, to_svg, to_text};

    fn sample() -> Buffer {
        let mut buf = Buffer::empty(Rect::new(0, 0, 10, 2));
        buf.set_string(0, 0, "高娟<&>", Style::new().fg(Color::Red).bold());
        buf.set_string(0, 1, "██░░ok", Style::new());
        buf
    }

    #[test]
    fn text_has_one_character_for_a_wide_glyph() {
        assert_eq!(to_text(&sample()), "高娟<&>\n██░░ok\n");
    }

    #[test]
    fn ansi_uses_the_sixteen_codes_and_resets_each_line() {
        assert_eq!(
            to_ansi(&sample()),
            "\u{1b}[0;1;31m高娟<&>\u{1b}[0m   \u{1b}[0m\n██░░ok    \u{1b}[0m\n"
        );
    }

    #[test]
    fn pictures_escape_what_xml_would_read() {
        let svg = to_svg(&sample());
        assert!(svg.contains("&lt;&amp;&gt;"));
        // Wide glyphs are placed one by one on their two columns.
        assert!(svg.contains("<text x=\"16\" y=\"15\" fill=\"#d2564f\" textLength=\"16\""));
    }
}
