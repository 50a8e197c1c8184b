//! The smallest program ratatui makes: what a terminal program costs before it does anything.

use std::io::{Write, stdout};

use crossterm::event::{Event, KeyCode, read};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::style::{Modifier, Style};

/// Draws a list that fills the screen; `j` moves the selection, `q` quits.
pub fn run() -> std::io::Result<()> {
    enable_raw_mode()?;
    crossterm::execute!(stdout(), EnterAlternateScreen)?;
    let mut terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
    let mut selected = 0_u16;
    loop {
        terminal.draw(|frame| {
            let area = frame.area();
            for y in 0..area.height {
                let style = if y == selected % area.height { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
                let row = format!("  高娟超   134****9851 高净值 新客            9,622      1   15天 何敏 {y:>6} bare");
                frame.buffer_mut().set_stringn(0, y, format!("{row:<w$}", w = usize::from(area.width)), usize::from(area.width), style);
            }
        })?;
        stdout().flush()?;
        match read()? {
            Event::Key(key) if key.code == KeyCode::Char('j') => {
                selected = selected.wrapping_add(1)
            }
            Event::Key(key) if key.code == KeyCode::Char('q') => break,
            _ => {}
        }
    }
    crossterm::execute!(stdout(), LeaveAlternateScreen)?;
    disable_raw_mode()
}
