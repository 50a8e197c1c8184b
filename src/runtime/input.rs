//! Hears keys, pastes and the mouse, and turns them into messages.
//!
//! The loop waits for the terminal itself and reads on its own thread: no second thread has to be woken for a key.

use std::io::{self, IsTerminal, Stdin};
use std::time::Duration;

use crossterm::event::{
    self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::app::Msg;
use crate::config::keys::{Chord, Key};
use crate::filter::fold::fold_char;

/// Events translated together at most; a paste storm beyond it waits in the terminal.
const BATCH: usize = 512;
/// Rows a notch of the wheel moves.
const NOTCH: i32 = 3;

/// How long crossterm is asked for what is there. It reads nothing when asked for no time at all.
const GLANCE: Duration = Duration::from_micros(100);
/// After input, one more glance so long after: a glance that the system interrupted may have left events behind.
const AFTERWARDS: Duration = Duration::from_millis(10);

/// What is typed. The terminal must be in a mode in which reading it never waits
/// ([`Screen`](super::screen::Screen) sees to that): half a key sequence would hold everything up.
#[derive(Debug)]
pub struct Keyboard {
    tty: AsyncFd<Stdin>,
    /// One more glance is due.
    again: bool,
}

impl Keyboard {
    /// Listens to standard input. Called inside the runtime that waits for it.
    pub fn listen() -> io::Result<Self> {
        #[expect(
            deprecated,
            reason = "the newer call is `unsafe` for files that could be closed; standard input never is"
        )]
        let tty = AsyncFd::with_interest(io::stdin(), Interest::READABLE)?;
        Ok(Self { tty, again: false })
    }

    /// Waits until something may have been typed, without waking before. May be dropped and called again.
    pub async fn wait(&mut self) {
        if self.again {
            // Nothing typed is what is expected then.
            let _ = tokio::time::timeout(AFTERWARDS, self.typed()).await;
        } else {
            self.typed().await;
        }
    }

    /// Waits until the terminal has something to read.
    async fn typed(&self) {
        // An error is one of the terminal: reading it tells.
        while let Ok(mut ready) = self.tty.readable().await {
            if wait_within(PollFlags::IN, Some(Duration::ZERO)) != Waited::Nothing {
                break;
            }
            ready.clear_ready();
        }
    }

    /// Takes what was typed; `None` when the terminal is gone.
    pub fn take(&mut self) -> Option<Vec<Msg>> {
        // crossterm's own wait never ends once the terminal is gone: it is asked only for a glance.
        if wait_within(PollFlags::IN, Some(Duration::ZERO)) == Waited::Gone {
            return None;
        }
        // More may come while these are read; it is read the next time.
        let waiting = rustix::io::ioctl_fionread(io::stdin()).unwrap_or(u64::MAX);
        let mut events = Vec::new();
        while events.len() < BATCH && event::poll(GLANCE).ok()? {
            let event = event::read().ok()?;
            let alone = events.is_empty() && bytes_of(&event) == Some(waiting);
            events.push(event);
            // A key on its own is not kept waiting for what might come after it.
            if alone {
                break;
            }
        }
        self.again = !events.is_empty();
        Some(translate(events))
    }
}

/// Bytes a terminal sends for an event, where that is certain.
fn bytes_of(event: &Event) -> Option<u64> {
    let Event::Key(key) = event else {
        return None;
    };
    match key.code {
        KeyCode::Char(c)
            if c.is_ascii()
                && key
                    .modifiers
                    .difference(KeyModifiers::SHIFT | KeyModifiers::CONTROL)
                    .is_empty() =>
        {
            Some(1)
        }
        KeyCode::Enter | KeyCode::Tab | KeyCode::Backspace if key.modifiers.is_empty() => Some(1),
        // `ESC [ A` or `ESC O A`.
        KeyCode::Up | KeyCode::Down | KeyCode::Left | KeyCode::Right
            if key.modifiers.is_empty() =>
        {
            Some(3)
        }
        _ => None,
    }
}

/// How a wait for the terminal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waited {
    /// It has what was waited for.
    Ready,
    /// The time ran out.
    Nothing,
    /// It is gone.
    Gone,
}

/// Waits until the terminal is gone.
pub(super) fn wait_until_gone() {
    while wait_within(PollFlags::empty(), None) != Waited::Gone {}
}

/// Waits, at most so long, until the terminal has one of these.
fn wait_within(flags: PollFlags, patience: Option<Duration>) -> Waited {
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return Waited::Gone;
    }
    let patience = patience.and_then(|time| Timespec::try_from(time).ok());
    loop {
        let mut watched = [PollFd::new(&stdin, flags)];
        match poll(&mut watched, patience.as_ref()) {
            Ok(0) => return Waited::Nothing,
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(_) => return Waited::Gone,
        }
        let seen = watched.first().map_or(gone, PollFd::revents);
        if seen.intersects(gone) {
            return Waited::Gone;
        }
        if seen.intersects(flags) {
            return Waited::Ready;
        }
    }
}

/// Turns a batch of ready events into messages: text committed by an input method comes as one piece, turns of the
/// wheel as one sum. Key releases, sizes (the size is read where it is used) and focus changes are no messages.
pub fn translate(events: Vec<Event>) -> Vec<Msg> {
    let mut typed = String::new();
    let mut out = Vec::new();
    for event in events {
        let msg = match event {
            Event::Key(key) if key.kind == KeyEventKind::Release => continue,
            Event::Key(key) => {
                if let Some(c) = plain_char(key) {
                    typed.push(c);
                    continue;
                }
                chord(key).map(Msg::Key)
            }
            Event::Paste(text) => Some(Msg::Paste(clean(&text))),
            Event::Mouse(mouse) => match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => {
                    Some(Msg::Click(mouse.column, mouse.row))
                }
                MouseEventKind::ScrollUp => Some(Msg::Scroll(-NOTCH)),
                MouseEventKind::ScrollDown => Some(Msg::Scroll(NOTCH)),
                _ => None,
            },
            Event::Resize(..) | Event::FocusGained | Event::FocusLost => None,
        };
        if let Some(msg) = msg {
            flush(&mut typed, &mut out);
            match (out.last_mut(), &msg) {
                (Some(Msg::Scroll(sum)), Msg::Scroll(more)) => *sum += more,
                _ => out.push(msg),
            }
        }
    }
    flush(&mut typed, &mut out);
    out
}

/// Characters typed in a row: keys if the keyboard has them all, else one piece of text from an input method.
fn flush(typed: &mut String, out: &mut Vec<Msg>) {
    if typed.chars().all(|c| fold_char(c).is_ascii()) {
        out.extend(typed.chars().map(|c| {
            Msg::Key(Chord {
                key: Key::Char(fold_char(c)),
                ctrl: false,
                alt: false,
                shift: false,
            })
        }));
    } else {
        out.push(Msg::Paste(clean(typed)));
    }
    typed.clear();
}

/// The character of a key without Ctrl or Alt.
fn plain_char(key: KeyEvent) -> Option<char> {
    let plain = KeyModifiers::SHIFT;
    match key.code {
        KeyCode::Char(c) if plain.contains(key.modifiers) && !c.is_control() => Some(c),
        _ => None,
    }
}

/// The chord of a key; `None` for keys the console has no name for.
fn chord(key: KeyEvent) -> Option<Chord> {
    let mut shift = key.modifiers.contains(KeyModifiers::SHIFT);
    let named = match key.code {
        KeyCode::Char(c) => {
            shift = false;
            Key::Char(fold_char(c))
        }
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => {
            shift = true;
            Key::Tab
        }
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::F(n) => Key::F(n),
        _ => return None,
    };
    Some(Chord {
        key: named,
        ctrl: key.modifiers.contains(KeyModifiers::CONTROL),
        alt: key.modifiers.contains(KeyModifiers::ALT),
        shift,
    })
}

/// Text from outside without control characters; line ends become spaces, for no field has more than one line.
fn clean(text: &str) -> String {
    let text = text.trim_end_matches(['\r', '\n']);
    text.replace("\r\n", " ")
        .chars()
        .map(|c| {
            if matches!(c, '\n' | '\r' | '\t') {
                ' '
            } else {
                c
            }
        })
        .filter(|c| !c.is_control())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::MouseEvent;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    fn typed(text: &str) -> Vec<Event> {
        text.chars()
            .map(|c| key(KeyCode::Char(c), KeyModifiers::NONE))
            .collect()
    }

    fn pressed(c: char) -> Msg {
        Msg::Key(Chord {
            key: Key::Char(c),
            ctrl: false,
            alt: false,
            shift: false,
        })
    }

    #[test]
    fn keys_typed_ahead_stay_keys() {
        assert_eq!(
            translate(typed("jjG")),
            [pressed('j'), pressed('j'), pressed('G')]
        );
    }

    #[test]
    fn full_width_keys_are_the_keys_they_stand_for() {
        assert_eq!(
            translate(typed("：／？Ｇ　")),
            [
                pressed(':'),
                pressed('/'),
                pressed('?'),
                pressed('G'),
                pressed(' ')
            ]
        );
    }

    #[test]
    fn committed_chinese_text_comes_in_one_piece() {
        assert_eq!(translate(typed("张三")), [Msg::Paste("张三".into())]);
        let mut events = typed("j");
        events.push(key(KeyCode::Down, KeyModifiers::NONE));
        events.extend(typed("vip客户"));
        events.push(key(KeyCode::Enter, KeyModifiers::NONE));
        let messages = translate(events);
        assert_eq!(messages.len(), 4);
        assert_eq!(messages[2], Msg::Paste("vip客户".into()));
    }

    #[test]
    fn releases_are_dropped_and_repeats_are_presses() {
        let mut release = KeyEvent::new(KeyCode::Char('j'), KeyModifiers::NONE);
        release.kind = KeyEventKind::Release;
        let mut repeat = release;
        repeat.kind = KeyEventKind::Repeat;
        assert_eq!(
            translate(vec![Event::Key(release), Event::Key(repeat)]),
            [pressed('j')]
        );
    }

    #[test]
    fn a_shifted_tab_is_a_chord_and_a_capital_is_a_letter() {
        let events = vec![
            key(KeyCode::BackTab, KeyModifiers::SHIFT),
            key(KeyCode::Char('G'), KeyModifiers::SHIFT),
            key(KeyCode::Char('p'), KeyModifiers::CONTROL),
        ];
        let chord = |key, ctrl, shift| {
            Msg::Key(Chord {
                key,
                ctrl,
                alt: false,
                shift,
            })
        };
        assert_eq!(
            translate(events),
            [
                chord(Key::Tab, false, true),
                chord(Key::Char('G'), false, false),
                chord(Key::Char('p'), true, false)
            ]
        );
    }

    #[test]
    fn turns_of_the_wheel_are_one_sum() {
        let turn = |kind| {
            Event::Mouse(MouseEvent {
                kind,
                column: 1,
                row: 2,
                modifiers: KeyModifiers::NONE,
            })
        };
        let events = vec![
            turn(MouseEventKind::ScrollDown),
            turn(MouseEventKind::ScrollDown),
            turn(MouseEventKind::ScrollUp),
            turn(MouseEventKind::Down(MouseButton::Left)),
        ];
        assert_eq!(translate(events), [Msg::Scroll(3), Msg::Click(1, 2)]);
    }

    #[test]
    fn pasted_text_carries_no_controls() {
        let paste = vec![Event::Paste("张三\r\nVIP\x1b[31m\t\n".into())];
        assert_eq!(translate(paste), [Msg::Paste("张三 VIP[31m ".into())]);
    }
}
