//! The least that a first page of customers can cost: the bare program, and SQLite alone before its first frame. It opens
//! the same file, reads the same cells as the console's first frame with one statement, and draws them as plain text.

use std::io::{Write, stdout};

use crossterm::event::read;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::style::Style;
use rusqlite::{Connection, OpenFlags};

/// Count of the pool, then each customer of the page: name, tags, spend, owner.
const PAGE: &str = "SELECT (SELECT customers FROM pool), c.name,
      (SELECT group_concat(t.name, ' ') FROM customer_tag l JOIN tag t USING (tag_id) WHERE l.external_userid = s.external_userid),
      s.spend_fen / 100,
      (SELECT o.name FROM follow f JOIN staff o USING (userid) WHERE f.external_userid = s.external_userid AND f.is_owner = 1)
    FROM customer_stat s CROSS JOIN customer c ON c.external_userid = s.external_userid
    ORDER BY s.spend_fen DESC, s.external_userid LIMIT ?1";

/// Draws the first page once; any key ends it.
pub fn run(path: &str) -> std::io::Result<()> {
    enable_raw_mode()?;
    crossterm::execute!(stdout(), EnterAlternateScreen)?;
    let mut terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
    let rows = first_page(path, terminal.size()?.height).map_err(std::io::Error::other)?;
    terminal.draw(|frame| {
        let width = usize::from(frame.area().width);
        for (y, row) in (0..).zip(&rows) {
            let buffer = frame.buffer_mut();
            buffer.set_stringn(0, y, format!("{row:<width$}"), width, Style::new());
        }
    })?;
    stdout().flush()?;
    read()?;
    crossterm::execute!(stdout(), LeaveAlternateScreen)?;
    disable_raw_mode()
}

fn first_page(path: &str, height: u16) -> rusqlite::Result<Vec<String>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    let mut page = conn.prepare(PAGE)?;
    let text = |row: &rusqlite::Row<'_>, column| row.get::<_, Option<String>>(column);
    let rows = page.query_map([height], |row| {
        let (name, tags) = (text(row, 1)?, text(row, 2)?.unwrap_or_default());
        let (pool, yuan) = (row.get::<_, i64>(0)?, row.get::<_, i64>(3)?);
        let owner = text(row, 4)?.unwrap_or_default();
        Ok(format!(
            "{} {tags:<50} {yuan:>10} {owner} {pool} floor",
            name.unwrap_or_default()
        ))
    })?;
    rows.collect()
}
