//! What `doctor` finds about the terminal: the only place that asks it a question, and only when run by hand.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{OptionalActions, tcgetattr, tcgetwinsize, tcsetattr};

use super::super::findings::{Finding, Verdict};
use super::super::table::How;

/// Reads a variable that is set and not empty.
fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// All lines about the terminal.
pub fn findings(how: How) -> Vec<Finding> {
    vec![size(how), characters(how), colours(how), clipboard(how)]
}

fn size(how: How) -> Finding {
    let topic = how.word("终端", "terminal");
    let term = var("TERM").unwrap_or_default();
    let Ok(size) = tcgetwinsize(std::io::stderr()) else {
        let said = format!(
            "TERM={term}, {}",
            how.word("不在终端中", "not in a terminal")
        );
        let fix = how.word(
            "在终端里运行可检查更多",
            "run it in a terminal to learn more",
        );
        return Finding::well("terminal", topic, said).but(Verdict::Note, fix);
    };
    let said = format!("TERM={term}, {}x{}", size.ws_col, size.ws_row);
    let line = Finding::well("terminal", topic, said);
    if term.is_empty() || term == "dumb" {
        let fix = how.word("设 TERM=xterm-256color", "set TERM=xterm-256color");
        return line.but(Verdict::Wrong, fix);
    }
    if size.ws_col < 80 || size.ws_row < 24 {
        let fix = how.word("至少 80x24 才能看全", "80x24 at least shows every pane");
        return line.but(Verdict::Note, fix);
    }
    line
}

/// Whether the locale says UTF-8, and how wide the terminal draws a Chinese character.
fn characters(how: How) -> Finding {
    let topic = how.word("字符", "characters");
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(var)
        .unwrap_or_default();
    let upper = locale.to_ascii_uppercase();
    let is_utf8 = upper.contains("UTF-8") || upper.contains("UTF8");
    let width = probe();
    let drawn = width.map_or(String::new(), |n| format!(", \"中\"={n}"));
    let line = Finding::well("characters", topic, format!("{locale}{drawn}"));
    match width {
        Some(n) if n != 2 => {
            let fix = how.word(
                "终端须按 UTF-8 显示, 汉字占两格",
                "let the terminal show UTF-8, Chinese two cells wide",
            );
            line.but(Verdict::Wrong, fix)
        }
        Some(_) | None if is_utf8 => line,
        Some(_) | None => line.but(
            Verdict::Note,
            how.word("设 LANG=zh_CN.UTF-8", "set LANG=en_US.UTF-8"),
        ),
    }
}

fn colours(how: How) -> Finding {
    let topic = how.word("颜色", "colours");
    let term = var("TERM").unwrap_or_default();
    if var("NO_COLOR").is_some() {
        return Finding::well(
            "colours",
            topic,
            how.word("NO_COLOR: 单色", "NO_COLOR: mono"),
        );
    }
    let truecolor = var("COLORTERM").is_some_and(|v| v == "truecolor" || v == "24bit");
    if truecolor {
        return Finding::well("colours", topic, how.word("真彩", "true colour"));
    }
    let said = if term.contains("256color") {
        "256"
    } else {
        "16"
    };
    let line = Finding::well("colours", topic, said);
    if var("TMUX").is_some() {
        return line.but(Verdict::Note, "tmux: set -as terminal-features ',*:RGB'");
    }
    line
}

fn clipboard(how: How) -> Finding {
    let topic = how.word("剪贴板", "clipboard");
    if var("TMUX").is_none() {
        return Finding::well("clipboard", topic, "OSC 52");
    }
    let asked = std::process::Command::new("tmux")
        .args(["show", "-gv", "set-clipboard"])
        .output();
    let state = asked.map_or(String::new(), |o| {
        String::from_utf8_lossy(&o.stdout).trim().to_owned()
    });
    let line = Finding::well(
        "clipboard",
        topic,
        format!("tmux load-buffer -w, set-clipboard={state}"),
    );
    if state == "off" {
        return line.but(Verdict::Note, "tmux: set -g set-clipboard on");
    }
    line
}

/// Draws one Chinese character and asks where the cursor is. `None` where nobody answers within 300 ms.
fn probe() -> Option<u16> {
    let mut tty = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .ok()?;
    let before = tcgetattr(&tty).ok()?;
    let mut raw = before.clone();
    raw.make_raw();
    tcsetattr(&tty, OptionalActions::Now, &raw).ok()?;
    let answer = ask(&mut tty);
    let _ = tty.write_all(b"\r\x1b[K");
    let _ = tcsetattr(&tty, OptionalActions::Now, &before);
    answer
}

/// The answer to "where is the cursor": `ESC [ row ; column R`.
fn ask(tty: &mut File) -> Option<u16> {
    tty.write_all("\r中\x1b[6n".as_bytes()).ok()?;
    tty.flush().ok()?;
    let mut said = Vec::new();
    let patience = Timespec {
        tv_sec: 0,
        tv_nsec: 300_000_000,
    };
    while said.len() < 64 {
        let ready = poll(&mut [PollFd::new(tty, PollFlags::IN)], Some(&patience)).ok()?;
        if ready == 0 {
            return None;
        }
        let mut byte = [0];
        tty.read_exact(&mut byte).ok()?;
        said.extend(byte);
        if byte == *b"R" {
            break;
        }
    }
    column(&said).and_then(|column| column.checked_sub(1))
}

fn column(answer: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(answer).ok()?;
    let (_, column) = text.strip_suffix('R')?.rsplit_once(';')?;
    column.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_is_read_from_the_terminals_answer() {
        assert_eq!(column(b"\x1b[12;3R"), Some(3));
        assert_eq!(column(b"x\x1b[1;2R"), Some(2));
        assert_eq!(column(b"\x1b[R"), None);
    }
}
