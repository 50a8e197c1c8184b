//! Key chords and the key file.
//!
//! A key file maps command names to key sequences, one table a context. This room only reads it; which command a name
//! stands for, and that no two commands claim the same keys, is checked by `app::keymap`.

use std::fmt;
use std::str::FromStr;

use toml::de::DeTable;

use super::place::FileError;
use crate::domain::{Sentence, sentence};

/// The keys the console comes with.
pub const DEFAULT_KEYS: &str = include_str!("../../config/keys.toml");

/// A key with its modifiers. Full-width characters are folded to ASCII before one is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chord {
    /// The key.
    pub key: Key,
    /// Ctrl held.
    pub ctrl: bool,
    /// Alt held.
    pub alt: bool,
    /// Shift held (named keys only: a shifted letter is its capital).
    pub shift: bool,
}

/// Keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A character.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Up.
    Up,
    /// Down.
    Down,
    /// Left.
    Left,
    /// Right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Function key.
    F(u8),
}

/// Named keys: as written in the key file, as shown.
const NAMED: &[(Key, &str, &str)] = &[
    (Key::Enter, "enter", "Enter"),
    (Key::Esc, "esc", "Esc"),
    (Key::Tab, "tab", "Tab"),
    (Key::Char(' '), "space", "Space"),
    (Key::Backspace, "backspace", "Backspace"),
    (Key::Delete, "delete", "Del"),
    (Key::Up, "up", "Up"),
    (Key::Down, "down", "Down"),
    (Key::Left, "left", "Left"),
    (Key::Right, "right", "Right"),
    (Key::Home, "home", "Home"),
    (Key::End, "end", "End"),
    (Key::PageUp, "pageup", "PgUp"),
    (Key::PageDown, "pagedown", "PgDn"),
];

impl Chord {
    /// A key without modifiers.
    pub const fn plain(key: Key) -> Self {
        Self {
            key,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }

    /// A character without modifiers.
    pub const fn char(c: char) -> Self {
        Self::plain(Key::Char(c))
    }

    /// A character with Ctrl.
    pub const fn ctrl(c: char) -> Self {
        Self {
            key: Key::Char(c),
            ctrl: true,
            alt: false,
            shift: false,
        }
    }

    /// One form for each key: letters with Ctrl are lower case, characters never carry Shift.
    #[must_use]
    pub fn normal(mut self) -> Self {
        if let Key::Char(c) = self.key {
            self.shift = false;
            if self.ctrl {
                self.key = Key::Char(c.to_ascii_lowercase());
            }
        }
        self
    }

    /// As shown to people: `Ctrl-P`, `Enter`, `gg`'s `g`.
    pub fn label(self) -> String {
        let mut text = String::new();
        for (held, word) in [
            (self.ctrl, "Ctrl-"),
            (self.alt, "Alt-"),
            (self.shift, "Shift-"),
        ] {
            if held {
                text.push_str(word);
            }
        }
        match (self.key, NAMED.iter().find(|(key, _, _)| *key == self.key)) {
            (_, Some((_, _, shown))) => text.push_str(shown),
            (Key::Char(c), None) if self.ctrl => text.extend(c.to_uppercase()),
            (Key::Char(c), None) => text.push(c),
            (Key::F(n), None) => text.extend(['F'.to_string(), n.to_string()]),
            (_, None) => {}
        }
        text
    }
}

impl fmt::Display for Chord {
    /// As written in the key file: `ctrl-p`, `shift-tab`, `space`, `G`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, word) in [
            (self.ctrl, "ctrl-"),
            (self.alt, "alt-"),
            (self.shift, "shift-"),
        ] {
            if held {
                f.write_str(word)?;
            }
        }
        match (self.key, NAMED.iter().find(|(key, _, _)| *key == self.key)) {
            (_, Some((_, written, _))) => f.write_str(written),
            (Key::Char(c), None) => write!(f, "{c}"),
            (Key::F(n), None) => write!(f, "f{n}"),
            (_, None) => Ok(()),
        }
    }
}

/// A key that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct BadChord(pub String);

impl BadChord {
    /// What is wrong, and how keys are written.
    pub fn sentence(&self) -> Sentence {
        let Self(text) = self;
        sentence!(
            "`{text}` 不是按键; 写法如 j, G, ctrl-p, shift-tab, space, f1, 两个键写 \"g g\"",
            "`{text}` is not a key; write for instance j, G, ctrl-p, shift-tab, space, f1, or \"g g\" for two keys",
        )
    }
}

impl fmt::Display for BadChord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sentence().fmt(f)
    }
}

impl FromStr for Chord {
    type Err = BadChord;

    fn from_str(text: &str) -> Result<Self, BadChord> {
        let bad = || BadChord(text.to_owned());
        let mut chord = Self::plain(Key::Esc);
        let mut rest = text;
        loop {
            let held = match rest.split_once('-') {
                Some((word, tail)) if !tail.is_empty() => match word {
                    "ctrl" => Some((&mut chord.ctrl, tail)),
                    "alt" => Some((&mut chord.alt, tail)),
                    "shift" => Some((&mut chord.shift, tail)),
                    _ => None,
                },
                _ => None,
            };
            match held {
                Some((flag, _)) if *flag => return Err(bad()),
                Some((flag, tail)) => {
                    *flag = true;
                    rest = tail;
                }
                None => break,
            }
        }
        let mut chars = rest.chars();
        chord.key = match (chars.next(), chars.next()) {
            (Some(c), None) if !c.is_whitespace() && !c.is_control() => Key::Char(c),
            _ => match NAMED.iter().find(|(_, written, _)| *written == rest) {
                Some((key, _, _)) => *key,
                None => rest
                    .strip_prefix('f')
                    .filter(|n| !n.starts_with('0') && n.bytes().all(|b| b.is_ascii_digit()))
                    .and_then(|n| n.parse().ok())
                    .filter(|n| (1..=24).contains(n))
                    .map(Key::F)
                    .ok_or_else(bad)?,
            },
        };
        // A shifted character is another character: `G`, not `shift-g`.
        if matches!(chord.key, Key::Char(_)) && chord.shift {
            return Err(bad());
        }
        Ok(chord.normal())
    }
}

/// Reads a sequence: chords with spaces between, at least one.
pub fn parse_sequence(text: &str) -> Result<Vec<Chord>, BadChord> {
    let chords: Vec<Chord> = text
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    if chords.is_empty() {
        return Err(BadChord(text.to_owned()));
    }
    Ok(chords)
}

/// A sequence as written in the key file.
pub fn print_sequence(chords: &[Chord]) -> String {
    let words: Vec<String> = chords.iter().map(Chord::to_string).collect();
    words.join(" ")
}

/// A sequence as shown to people: `gg`, `Ctrl-P`, `s m` run together when all are single characters.
pub fn label_sequence(chords: &[Chord]) -> String {
    let labels: Vec<String> = chords.iter().map(|chord| chord.label()).collect();
    let single = labels.iter().all(|label| label.chars().count() == 1);
    labels.join(if single { "" } else { " " })
}

/// Where a binding holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Everywhere, last of all.
    Always,
    /// Every pane.
    Global,
    /// 客户, before global.
    Customers,
    /// 标签.
    Tags,
    /// 群组.
    Groups,
    /// 活动.
    Kpi,
    /// 销售榜.
    Board,
    /// Lists over the panes.
    List,
    /// Text fields.
    Text,
    /// The column chooser, before list.
    Columns,
    /// A yes/no question.
    Confirm,
    /// Projector mode.
    Projector,
}

impl Context {
    /// All of them with their names in the key file.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::Always, "always"),
        (Self::Global, "global"),
        (Self::Customers, "customers"),
        (Self::Tags, "tags"),
        (Self::Groups, "groups"),
        (Self::Kpi, "kpi"),
        (Self::Board, "board"),
        (Self::List, "list"),
        (Self::Text, "text"),
        (Self::Columns, "columns"),
        (Self::Confirm, "confirm"),
        (Self::Projector, "projector"),
    ];

    /// The name in the key file.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(context, _)| *context == self)
            .map_or("", |(_, name)| name)
    }
}

/// One line of a key file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Context.
    pub context: Context,
    /// Command by name, not yet looked up.
    pub command: String,
    /// Byte of the name in the file.
    pub at: usize,
    /// Key sequences, each with its byte in the file; none takes the keys away.
    pub keys: Vec<(Vec<Chord>, usize)>,
}

/// Reads a key file.
pub fn parse_file(file: &str, text: &str) -> Result<Vec<Binding>, FileError> {
    let table = DeTable::parse(text).map_err(|e| FileError::toml(file, text, &e))?;
    let mut bindings = Vec::new();
    for (name, section) in table.get_ref() {
        let context = Context::ALL
            .iter()
            .find(|(_, known)| *known == name.get_ref().as_ref())
            .map(|(context, _)| *context)
            .ok_or_else(|| {
                let word = name.get_ref();
                FileError::at(
                    file,
                    text,
                    name.span().start,
                    sentence!("没有场合 `{word}`", "`{word}` is not a context"),
                )
                .near(word, Context::ALL.iter().map(|(_, known)| *known))
            })?;
        let lines = section.get_ref().as_table().ok_or_else(|| {
            FileError::at(
                file,
                text,
                section.span().start,
                ("一个场合是一张命令表", "a context is a table of commands"),
            )
        })?;
        for (command, value) in lines {
            bindings.push(Binding {
                context,
                command: command.get_ref().to_string(),
                at: command.span().start,
                keys: sequences(file, text, value)?,
            });
        }
    }
    Ok(bindings)
}

fn sequences(
    file: &str,
    text: &str,
    value: &toml::Spanned<toml::de::DeValue<'_>>,
) -> Result<Vec<(Vec<Chord>, usize)>, FileError> {
    let wrong = |byte| {
        FileError::at(
            file,
            text,
            byte,
            (
                "按键是一列文字: [\"j\", \"down\"]",
                "keys are a list of texts: [\"j\", \"down\"]",
            ),
        )
    };
    let list = value
        .get_ref()
        .as_array()
        .ok_or_else(|| wrong(value.span().start))?;
    list.iter()
        .map(|item| {
            let at = item.span().start;
            let keys = item.get_ref().as_str().ok_or_else(|| wrong(at))?;
            let chords =
                parse_sequence(keys).map_err(|e| FileError::at(file, text, at, e.sentence()))?;
            Ok((chords, at))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_chord() -> impl Strategy<Value = Chord> {
        let key = prop_oneof![
            proptest::sample::select(NAMED.to_vec()).prop_map(|(key, _, _)| key),
            (1_u8..=24).prop_map(Key::F),
            any::<char>()
                .prop_filter("printable", |c| !c.is_control() && !c.is_whitespace())
                .prop_map(Key::Char),
        ];
        (key, any::<[bool; 3]>()).prop_map(|(key, [ctrl, alt, shift])| {
            Chord {
                key,
                ctrl,
                alt,
                shift: shift && !matches!(key, Key::Char(_)),
            }
            .normal()
        })
    }

    proptest! {
        #[test]
        fn a_printed_sequence_reads_back_as_itself(chords in proptest::collection::vec(any_chord(), 1..4)) {
            prop_assert_eq!(parse_sequence(&print_sequence(&chords)), Ok(chords));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let _ = parse_sequence(&text);
            let _ = parse_file("keys.toml", &text);
        }
    }

    #[test]
    fn awkward_keys_are_read() {
        for (text, chord) in [
            ("-", Chord::char('-')),
            ("ctrl--", Chord::ctrl('-')),
            ("\\", Chord::char('\\')),
            ("G", Chord::char('G')),
            ("ctrl-P", Chord::ctrl('p')),
            ("f12", Chord::plain(Key::F(12))),
            ("f", Chord::char('f')),
            ("space", Chord::char(' ')),
        ] {
            assert_eq!(text.parse(), Ok(chord), "{text}");
        }
        for text in [
            "",
            "shift-g",
            "ctrl-ctrl-a",
            "f0",
            "f25",
            "f01",
            "hyper-x",
            "ab",
        ] {
            assert!(text.parse::<Chord>().is_err(), "{text}");
        }
    }

    #[test]
    fn labels_are_short() {
        let label = |text: &str| label_sequence(&parse_sequence(text).unwrap());
        assert_eq!(label("g g"), "gg");
        assert_eq!(label("ctrl-p"), "Ctrl-P");
        assert_eq!(label("s +"), "s+");
        assert_eq!(label("shift-tab"), "Shift-Tab");
    }

    #[test]
    fn errors_name_file_line_column_and_the_nearest_name() {
        let say = |text: &str| parse_file("keys.toml", text).unwrap_err().to_string();
        assert_eq!(
            say("\n[custmers]\n\"open\" = [\"x\"]"),
            "keys.toml:2:2: `custmers` is not a context; did you mean `customers`?"
        );
        assert!(say("[global]\n\"open\" = \"x\"").starts_with("keys.toml:2:10: keys are a list"));
        assert!(
            say("[global]\n\"open\" = [\"j\", \"shift-g\"]")
                .starts_with("keys.toml:2:16: `shift-g` is not a key")
        );
        assert!(say("[global\n").starts_with("keys.toml:1:"));
    }
}
