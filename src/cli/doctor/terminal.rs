//! What `doctor` finds about the terminal: the only place that asks it a question, and only when run by hand.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{OptionalActions, tcgetattr, tcgetwinsize, tcsetattr};

use crate::runtime::margins::Margins;

use super::super::findings::{Finding, Verdict};
use super::super::how::How;

/// Reads a variable that is set and not empty.
fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// All lines about the terminal; `margins` is the setting of that name.
pub fn findings(margins: &str, how: How) -> Vec<Finding> {
    let answers = probe();
    let mut lines = vec![
        size(how),
        characters(answers.width, how),
        colours(how),
        clipboard(how),
    ];
    lines.extend(answers.margins.map(|has| sides(has, margins, how)));
    lines
}

/// Whether the terminal has left and right margins, and whether the console would use them.
fn sides(has: bool, setting: &str, how: How) -> Finding {
    let topic = how.word("左右边距", "left and right margins");
    let used = Margins::wanted(setting, |name| std::env::var_os(name)) == Margins::AllFour;
    let said = match (has, used) {
        (true, true) => how.word("有, 在用", "yes, and used"),
        (true, false) => how.word("有, 未用", "yes, not used"),
        (false, true) => how.word("无, 却在用", "no, but used"),
        (false, false) => how.word("无", "no"),
    };
    let line = Finding::well("margins", topic, said);
    match (has, used) {
        (true, false) if setting == "auto" => {
            let fix = how.word(
                "慢线路上设 margins = \"on\", 列表滚动更省",
                "over a slow line set margins = \"on\": lists scroll for fewer bytes",
            );
            line.but(Verdict::Note, fix)
        }
        (false, true) => {
            let fix = how.word("设 margins = \"off\"", "set margins = \"off\"");
            line.but(Verdict::Wrong, fix)
        }
        (true, true | false) | (false, false) => line,
    }
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
fn characters(width: Option<u16>, how: How) -> Finding {
    let topic = how.word("字符", "characters");
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(var)
        .unwrap_or_default();
    let upper = locale.to_ascii_uppercase();
    let is_utf8 = upper.contains("UTF-8") || upper.contains("UTF8");
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

/// What the terminal says of itself; `None` where it says nothing within 300 ms.
#[derive(Debug, Default, PartialEq, Eq)]
struct Answers {
    /// Columns of a Chinese character.
    width: Option<u16>,
    /// It has left and right margins (mode 69 can be set).
    margins: Option<bool>,
}

/// Draws one Chinese character, asks where the cursor is, and for mode 69.
fn probe() -> Answers {
    asked().unwrap_or_default()
}

fn asked() -> Option<Answers> {
    let mut tty = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .ok()?;
    let before = tcgetattr(&tty).ok()?;
    let mut raw = before.clone();
    raw.make_raw();
    tcsetattr(&tty, OptionalActions::Now, &raw).ok()?;
    let said = ask(&mut tty);
    let _ = tty.write_all(b"\r\x1b[K");
    let _ = tcsetattr(&tty, OptionalActions::Now, &before);
    Some(answers(&said))
}

/// Asks where the cursor is, whether mode 69 is known (DECRQM), and the first again: who does not know the second
/// answers that. The bytes that came.
fn ask(tty: &mut File) -> Vec<u8> {
    let mut said = Vec::new();
    let questions = "\r中\x1b[6n\x1b[?69$p\x1b[6n".as_bytes();
    if tty.write_all(questions).and_then(|()| tty.flush()).is_err() {
        return said;
    }
    let patience = Timespec {
        tv_sec: 0,
        tv_nsec: 300_000_000,
    };
    let mut ends = 0;
    while said.len() < 64 && ends < 2 {
        let ready = poll(&mut [PollFd::new(tty, PollFlags::IN)], Some(&patience));
        let mut byte = [0];
        if !matches!(ready, Ok(1..)) || tty.read_exact(&mut byte).is_err() {
            break;
        }
        said.extend(byte);
        ends += u8::from(byte == *b"R");
    }
    said
}

/// Reads `ESC [ row ; column R`, twice, and between them perhaps `ESC [ ? 69 ; state $ y`: 1 and 2 are set and reset,
/// 0 is unknown, 3 and 4 can't be changed.
fn answers(said: &[u8]) -> Answers {
    let text = String::from_utf8_lossy(said);
    let column = text.split_once('R').and_then(|(first, _)| {
        let (_, column) = first.rsplit_once(';')?;
        column.parse::<u16>().ok()
    });
    let state = text.split_once("[?69;").and_then(|(_, rest)| {
        let (state, _) = rest.split_once("$y")?;
        state.parse::<u8>().ok()
    });
    // Only a terminal that answered twice has had its say about the mode.
    let asked_through = text.matches('R').count() > 1;
    Answers {
        width: column.and_then(|column| column.checked_sub(1)),
        margins: asked_through.then_some(matches!(state, Some(1 | 2))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_are_read_from_what_the_terminal_sends() {
        let read = |said: &str| {
            let read = answers(said.as_bytes());
            (read.width, read.margins)
        };
        // xterm: the mode is known and reset.
        let known = "\x1b[12;3R\x1b[?69;2$y\x1b[12;3R";
        assert_eq!(read(known), (Some(2), Some(true)));
        // kitty: unknown. Others say nothing, or that it is reset for ever.
        assert_eq!(
            read("\x1b[1;3R\x1b[?69;0$y\x1b[1;3R"),
            (Some(2), Some(false))
        );
        assert_eq!(
            read("\x1b[1;2R\x1b[?69;4$y\x1b[1;2R"),
            (Some(1), Some(false))
        );
        assert_eq!(read("\x1b[1;3R\x1b[1;3R"), (Some(2), Some(false)));
        // A line too slow, or no terminal behind it.
        assert_eq!(read("\x1b[1;3R"), (Some(2), None));
        assert_eq!(read(""), (None, None));
        assert_eq!(read("\x1b[R"), (None, None));
    }
}
