//! Settings: the embedded `default.toml`, under the user's file, under the environment, under flags.

use toml::de::{DeTable, DeValue};

use super::place::{FileError, nearest};
use crate::domain::period::PeriodSpec;
use crate::domain::{Sentence, sentence};

/// The settings the console comes with: every known one, with its default and what it means.
pub const DEFAULT_SETTINGS: &str = include_str!("../../config/default.toml");

/// The settings in force. Words are checked against what is allowed; see `config/default.toml` for their meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Workspace opened when none is named; empty: the one in the data directory.
    pub workspace: String,
    /// Folder that exports go to; empty: the current one.
    pub export_dir: String,
    /// `zh`, `en` or `auto`.
    pub lang: String,
    /// Theme by name.
    pub theme: String,
    /// 24-bit colours are allowed.
    pub truecolor: bool,
    /// `unicode` or `ascii`.
    pub glyphs: String,
    /// `cn`, `intl`, `none` or `auto`.
    pub delta: String,
    /// `auto`, `1`, `3` or `5`.
    pub layout: String,
    /// Period by its word.
    pub period: String,
    /// Masked from the start.
    pub mask: bool,
    /// Mouse from the start.
    pub mouse: bool,
    /// `auto`, `on` or `off`.
    pub slow: String,
    /// Left and right margins of the terminal: `auto`, `on` or `off`.
    pub margins: String,
    /// Rows that a list scrolls by past its edge: `auto`, or a number from 1 to 20.
    pub scroll: String,
    /// Milliseconds before the popup after a prefix; 0 = never.
    pub which_key_ms: u64,
    /// Milliseconds a message stays.
    pub toast_ms: u64,
    /// Seconds a projector page stays.
    pub page_seconds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            workspace: String::new(),
            export_dir: String::new(),
            lang: "auto".to_owned(),
            theme: "default".to_owned(),
            truecolor: false,
            glyphs: "unicode".to_owned(),
            delta: "auto".to_owned(),
            layout: "auto".to_owned(),
            period: "month".to_owned(),
            mask: false,
            mouse: false,
            slow: "auto".to_owned(),
            margins: "auto".to_owned(),
            scroll: "auto".to_owned(),
            which_key_ms: 300,
            toast_ms: 4_000,
            page_seconds: 20,
        }
    }
}

/// What a setting may be.
enum Slot<'a> {
    Text(&'a mut String),
    Word(&'a mut String, &'static [&'static str]),
    Period(&'a mut String),
    /// `auto`, or a number written as one.
    Lines(&'a mut String, u64, u64),
    Flag(&'a mut bool),
    Number(&'a mut u64, u64, u64),
}

/// The names of all settings, in the order of the file.
pub const NAMES: &[&str] = &[
    "workspace",
    "export_dir",
    "lang",
    "theme",
    "truecolor",
    "glyphs",
    "delta",
    "layout",
    "period",
    "mask",
    "mouse",
    "slow",
    "margins",
    "scroll",
    "which_key_ms",
    "toast_ms",
    "page_seconds",
];

/// A setting that cannot be taken, from the environment or a flag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// In a file.
    File(#[from] FileError),
    /// From the environment or a flag: its name there, and what is wrong.
    Named(String, Sentence),
}

impl SettingsError {
    /// Where, and what is wrong.
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::File(error) => error.sentence(),
            Self::Named(name, why) => sentence!("{name}: {why}", "{name}: {why}", why = why),
        }
    }
}

impl std::fmt::Display for SettingsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.sentence().fmt(f)
    }
}

impl Settings {
    fn slot(&mut self, name: &str) -> Option<Slot<'_>> {
        Some(match name {
            "workspace" => Slot::Text(&mut self.workspace),
            "export_dir" => Slot::Text(&mut self.export_dir),
            "lang" => Slot::Word(&mut self.lang, &["auto", "zh", "en"]),
            "theme" => Slot::Text(&mut self.theme),
            "truecolor" => Slot::Flag(&mut self.truecolor),
            "glyphs" => Slot::Word(&mut self.glyphs, &["unicode", "ascii"]),
            "delta" => Slot::Word(&mut self.delta, &["auto", "cn", "intl", "none"]),
            "layout" => Slot::Word(&mut self.layout, &["auto", "1", "3", "5"]),
            "period" => Slot::Period(&mut self.period),
            "mask" => Slot::Flag(&mut self.mask),
            "mouse" => Slot::Flag(&mut self.mouse),
            "slow" => Slot::Word(&mut self.slow, &["auto", "on", "off"]),
            "margins" => Slot::Word(&mut self.margins, &["auto", "on", "off"]),
            "scroll" => Slot::Lines(&mut self.scroll, 1, 20),
            "which_key_ms" => Slot::Number(&mut self.which_key_ms, 0, 10_000),
            "toast_ms" => Slot::Number(&mut self.toast_ms, 500, 60_000),
            "page_seconds" => Slot::Number(&mut self.page_seconds, 1, 3_600),
            _ => return None,
        })
    }

    /// Puts the layers together: the user's file (its name for messages, its text), the environment, flags. The
    /// environment is asked for `CAOPAN_` and the setting's name in capitals.
    pub fn load(
        file: Option<(&str, &str)>,
        env: impl Fn(&str) -> Option<String>,
        flags: &[(&str, String)],
    ) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        if let Some((name, text)) = file {
            settings.read(name, text)?;
        }
        for name in NAMES {
            let variable = format!("CAOPAN_{}", name.to_uppercase());
            if let Some(value) = env(&variable).filter(|value| !value.is_empty()) {
                settings
                    .say(name, &value)
                    .map_err(|why| SettingsError::Named(variable, why))?;
            }
        }
        for (name, value) in flags {
            settings.say(name, value).map_err(|why| {
                SettingsError::Named(format!("--{}", name.replace('_', "-")), why)
            })?;
        }
        Ok(settings)
    }

    /// Reads a file over what is in force.
    fn read(&mut self, file: &str, text: &str) -> Result<(), FileError> {
        let table = DeTable::parse(text).map_err(|error| FileError::toml(file, text, &error))?;
        for (key, value) in table.get_ref() {
            let name: &str = key.get_ref();
            let said = match value.get_ref() {
                DeValue::String(word) => word.to_string(),
                DeValue::Integer(number) => number.as_str().replace('_', ""),
                DeValue::Boolean(flag) => flag.to_string(),
                DeValue::Float(_)
                | DeValue::Datetime(_)
                | DeValue::Array(_)
                | DeValue::Table(_) => value.get_ref().type_str().to_owned(),
            };
            let quoted = matches!(value.get_ref(), DeValue::String(_));
            let Some(slot) = self.slot(name) else {
                let what = sentence!("没有设置 `{name}`", "`{name}` is not a setting");
                return Err(FileError::at(file, text, key.span().start, what)
                    .near(name, NAMES.iter().copied()));
            };
            let as_text = matches!(slot, Slot::Text(_) | Slot::Word(..) | Slot::Period(_));
            let either = matches!(slot, Slot::Lines(..));
            let taken = if either || as_text == quoted {
                put(slot, &said)
            } else if as_text {
                Err(sentence!(
                    "是文字: 要加引号",
                    "is a text: write it in quotes",
                ))
            } else {
                Err(sentence!(
                    "是数字或 true/false: 不要加引号",
                    "is a number or true/false: write it without quotes",
                ))
            };
            taken.map_err(|why| {
                let what = sentence!("`{name}` {why}", "`{name}` {why}", why = why);
                FileError::at(file, text, value.span().start, what)
            })?;
        }
        Ok(())
    }

    fn say(&mut self, name: &str, value: &str) -> Result<(), Sentence> {
        match self.slot(name) {
            Some(slot) => put(slot, value),
            None => Err(sentence!("不是设置", "is not a setting")),
        }
    }
}

fn put(slot: Slot<'_>, value: &str) -> Result<(), Sentence> {
    match slot {
        Slot::Text(to) => value.clone_into(to),
        Slot::Word(to, words) => {
            if !words.contains(&value) {
                let near = nearest(value, words.iter().copied(), 1);
                let words = words.join(", ");
                let why = sentence!(
                    "只能是 {words}, 不能是 {value:?}",
                    "is one of {words}, not {value:?}",
                );
                return Err(match near.first() {
                    None => why,
                    Some(near) => why.and(&sentence!("是不是 {near}?", "did you mean {near}?")),
                });
            }
            value.clone_into(to);
        }
        Slot::Period(to) => {
            let period = value.parse::<PeriodSpec>().map_err(|error| {
                sentence!(
                    "是时段: {why}",
                    "is a period: {why}",
                    why = error.sentence(),
                )
            })?;
            *to = period.to_string();
        }
        Slot::Flag(to) => {
            *to = match value {
                "true" | "1" | "on" | "yes" => true,
                "false" | "0" | "off" | "no" => false,
                _ => {
                    return Err(sentence!(
                        "是 true 或 false, 不能是 {value:?}",
                        "is true or false, not {value:?}",
                    ));
                }
            };
        }
        Slot::Lines(to, least, most) => {
            *to = if value == "auto" {
                value.to_owned()
            } else {
                let of_lines = |number: Sentence| {
                    sentence!(
                        "是 \"auto\", 或{number}",
                        "is \"auto\", or {number}",
                        number = number,
                    )
                };
                number(value, least, most).map_err(of_lines)?.to_string()
            };
        }
        Slot::Number(to, least, most) => {
            let is = |number: Sentence| sentence!("是{number}", "is {number}", number = number);
            *to = number(value, least, most).map_err(is)?;
        }
    }
    Ok(())
}

fn number(value: &str, least: u64, most: u64) -> Result<u64, Sentence> {
    let known = value.parse().ok().filter(|n| (least..=most).contains(n));
    known.ok_or_else(|| {
        sentence!(
            " {least} 到 {most} 的整数, 不能是 {value:?}",
            "a whole number from {least} to {most}, not {value:?}",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_is_the_default_and_names_every_setting() {
        let mut settings = Settings {
            theme: "other".to_owned(),
            toast_ms: 1,
            ..Settings::default()
        };
        settings.read("default.toml", DEFAULT_SETTINGS).unwrap();
        assert_eq!(settings, Settings::default());
        let table: toml::Table = DEFAULT_SETTINGS.parse().unwrap();
        let mut known: Vec<&str> = NAMES.to_vec();
        known.sort_unstable();
        assert_eq!(table.keys().map(String::as_str).collect::<Vec<_>>(), known);
        for name in NAMES {
            assert!(Settings::default().slot(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_line_of_the_shipped_file_is_explained() {
        let mut explained = false;
        for line in DEFAULT_SETTINGS.lines() {
            if line.contains(" = ") && !line.starts_with('#') {
                assert!(explained, "{line}");
            }
            explained = line.starts_with('#');
        }
    }

    #[test]
    fn flags_win_over_environment_over_file_over_default() {
        let file = "theme = \"dark\"\nlang = \"en\"\nmask = true\n";
        let env = |name: &str| {
            (name == "CAOPAN_LANG" || name == "CAOPAN_THEME")
                .then(|| if name == "CAOPAN_LANG" { "zh" } else { "light" }.to_owned())
        };
        let settings =
            Settings::load(Some(("f", file)), env, &[("theme", "mono".to_owned())]).unwrap();
        let theirs = (
            settings.theme.as_str(),
            settings.lang.as_str(),
            settings.mask,
            settings.toast_ms,
        );
        assert_eq!(theirs, ("mono", "zh", true, 4_000));
    }

    #[test]
    fn the_rows_that_scroll_are_a_number_or_left_to_the_console() {
        for (text, want) in [("5", "5"), ("\"5\"", "5"), ("\"auto\"", "auto")] {
            let text = format!("scroll = {text}");
            let settings = Settings::load(Some(("f", &text)), |_| None, &[]).unwrap();
            assert_eq!(settings.scroll, want);
        }
    }

    #[test]
    fn errors_say_where_and_what_was_meant() {
        let say = |text: &str| {
            Settings::load(Some(("c.toml", text)), |_| None, &[])
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            say("# a\nthme = \"x\""),
            "c.toml:2:1: `thme` is not a setting; did you mean `theme`?"
        );
        assert_eq!(
            say("glyphs = \"asci\""),
            "c.toml:1:10: `glyphs` is one of unicode, ascii, not \"asci\"; did you mean ascii?"
        );
        assert_eq!(
            say("mask = \"yes\""),
            "c.toml:1:8: `mask` is a number or true/false: write it without quotes"
        );
        assert_eq!(
            say("toast_ms = 5"),
            "c.toml:1:12: `toast_ms` is a whole number from 500 to 60000, not \"5\""
        );
        assert_eq!(
            say("scroll = 21"),
            "c.toml:1:10: `scroll` is \"auto\", or a whole number from 1 to 20, not \"21\""
        );
        assert!(say("period = \"soonish\"").starts_with("c.toml:1:10: `period` is a period"));
        assert!(say("theme = ").starts_with("c.toml:1:"));
        let env = |name: &str| (name == "CAOPAN_MASK").then(|| "maybe".to_owned());
        assert_eq!(
            Settings::load(None, env, &[]).unwrap_err().to_string(),
            "CAOPAN_MASK: is true or false, not \"maybe\""
        );
    }
}
