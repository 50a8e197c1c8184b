//! Themes: what a role looks like, from `config/themes/*.toml` (embedded) or the user's file of the same name.
//!
//! A theme is a list of `role = "words"`: a colour, `on` a colour, modifiers (`bold dim italic underline reverse`), or
//! `none`. Roles a theme leaves out come from the theme it `inherits`. Colours are the terminal's own 16 names; a theme
//! may ask for `truecolor`, and gets `#rrggbb` only where that is allowed.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use toml::Spanned;

use super::place::FileError;
use crate::domain::{Sentence, sentence};

/// What a thing on screen is. Themes say how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The whole screen, under everything.
    Screen,
    /// Plain text.
    Text,
    /// Text of less weight: units, ages, what cannot be used now.
    Dim,
    /// Titles of panes and the program's name.
    Title,
    /// The row under the cursor in the focused pane.
    Selected,
    /// Column headers.
    Header,
    /// Good: healthy, met, exceeded.
    Ok,
    /// To be watched.
    Watch,
    /// Needs somebody now.
    Bad,
    /// A figure that grew (with the Chinese delta colours).
    Up,
    /// A figure that fell (with the Chinese delta colours).
    Down,
    /// A cell that changed a moment ago.
    Changed,
    /// The demo mark.
    Demo,
    /// A key to press.
    Key,
    /// Box lines.
    Border,
    /// Box lines of the focused pane.
    BorderFocused,
    /// The filled part of a bar.
    Bar,
    /// The empty part of a bar, up to the target.
    BarTarget,
    /// Popups.
    Popup,
    /// Text being typed.
    Input,
    /// What went wrong.
    Error,
}

impl Role {
    /// All roles with their names in theme files.
    pub const ALL: [(Self, &'static str); 21] = [
        (Self::Screen, "screen"),
        (Self::Text, "text"),
        (Self::Dim, "dim"),
        (Self::Title, "title"),
        (Self::Selected, "selected"),
        (Self::Header, "header"),
        (Self::Ok, "ok"),
        (Self::Watch, "watch"),
        (Self::Bad, "bad"),
        (Self::Up, "up"),
        (Self::Down, "down"),
        (Self::Changed, "changed"),
        (Self::Demo, "demo"),
        (Self::Key, "key"),
        (Self::Border, "border"),
        (Self::BorderFocused, "border-focused"),
        (Self::Bar, "bar"),
        (Self::BarTarget, "bar-target"),
        (Self::Popup, "popup"),
        (Self::Input, "input"),
        (Self::Error, "error"),
    ];
}

const COLOURS: [(&str, Color); 17] = [
    ("terminal", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("gray", Color::Gray),
    ("dark-gray", Color::DarkGray),
    ("light-red", Color::LightRed),
    ("light-green", Color::LightGreen),
    ("light-yellow", Color::LightYellow),
    ("light-blue", Color::LightBlue),
    ("light-magenta", Color::LightMagenta),
    ("light-cyan", Color::LightCyan),
    ("white", Color::White),
];

const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

const EMBEDDED: [(&str, &str); 6] = [
    ("default", include_str!("../../config/themes/default.toml")),
    ("dark", include_str!("../../config/themes/dark.toml")),
    ("light", include_str!("../../config/themes/light.toml")),
    (
        "projector",
        include_str!("../../config/themes/projector.toml"),
    ),
    ("cb-safe", include_str!("../../config/themes/cb-safe.toml")),
    ("mono", include_str!("../../config/themes/mono.toml")),
];

/// Why a theme cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// There is no such theme.
    NoTheme {
        /// Asked for.
        name: String,
        /// The embedded ones.
        known: String,
    },
    /// The theme file says something that cannot be: where, and the nearest thing that can.
    File(#[from] FileError),
    /// Themes inherit in a circle.
    Circle {
        /// Theme.
        theme: String,
    },
}

impl ThemeError {
    /// What is wrong.
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::NoTheme { name, known } => sentence!(
                "没有主题 `{name}`; 有 {known}",
                "there is no theme `{name}`; there are {known}",
            ),
            Self::File(error) => error.sentence(),
            Self::Circle { theme } => {
                sentence!(
                    "主题 `{theme}` 继承了自己",
                    "theme `{theme}` inherits itself"
                )
            }
        }
    }
}

impl std::fmt::Display for ThemeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.sentence().fmt(f)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    inherits: Option<String>,
    #[serde(default)]
    truecolor: bool,
    #[serde(default)]
    roles: BTreeMap<Spanned<String>, Spanned<String>>,
}

/// Styles of all roles.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    name: String,
    styles: BTreeMap<Role, Style>,
}

/// What the environment allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColourLimits {
    /// `NO_COLOR` is set (and not empty): only modifiers, whatever theme is asked for.
    pub no_color: bool,
    /// The terminal says it shows 24-bit colours.
    pub truecolor: bool,
}

impl Theme {
    /// A theme by name. `user` gives the text of the user's theme file of a name, if there is one: it wins over the
    /// embedded one and may inherit from it by the same name.
    ///
    /// # Errors
    /// An unknown theme, role, colour or modifier, each with the nearest known name.
    pub fn choose(
        name: &str,
        limits: ColourLimits,
        user: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ThemeError> {
        let name = if limits.no_color { "mono" } else { name };
        let mut theme = Self {
            name: name.to_owned(),
            styles: BTreeMap::new(),
        };
        theme.read(name, limits, user, 0)?;
        Ok(theme)
    }

    /// An embedded theme; the default one for a name that is not known.
    pub fn embedded(name: &str) -> Self {
        Self::choose(name, ColourLimits::default(), &|_| None).unwrap_or_else(|_| Self {
            name: "none".to_owned(),
            styles: BTreeMap::new(),
        })
    }

    /// Names of the embedded themes.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(name, _)| *name)
    }

    /// Name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How a role looks.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }

    fn read(
        &mut self,
        name: &str,
        limits: ColourLimits,
        user: &dyn Fn(&str) -> Option<String>,
        depth: usize,
    ) -> Result<(), ThemeError> {
        if depth > 8 {
            return Err(ThemeError::Circle {
                theme: name.to_owned(),
            });
        }
        let embedded = || {
            EMBEDDED
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, text)| (*text).to_owned())
        };
        // A user's file that inherits its own name means the embedded theme of that name.
        let (text, own) = match user(name).filter(|_| depth == 0 || !self.named_like(name)) {
            Some(text) => (text, true),
            None => (
                embedded().ok_or_else(|| ThemeError::NoTheme {
                    name: name.to_owned(),
                    known: Self::names().collect::<Vec<_>>().join(", "),
                })?,
                false,
            ),
        };
        let file_name = format!("themes/{name}.toml");
        let file: File =
            toml::from_str(&text).map_err(|error| FileError::toml(&file_name, &text, &error))?;
        let parent = file.inherits.as_deref().or(own.then_some("default"));
        if let Some(parent) = parent {
            self.read(parent, limits, user, depth + 1)?;
        }
        let place = Reading {
            file: &file_name,
            text: &text,
            truecolor: file.truecolor,
            limits,
        };
        for (role, words) in &file.roles {
            let known = Role::ALL.iter().find(|(_, known)| known == role.get_ref());
            let Some((found, _)) = known else {
                let name = role.get_ref();
                let what = sentence!("没有角色 `{name}`", "there is no role `{name}`");
                let error = FileError::at(&file_name, &text, role.span().start, what)
                    .near(role.get_ref(), Role::ALL.iter().map(|(_, name)| *name));
                return Err(error.into());
            };
            self.styles.insert(*found, place.style(words)?);
        }
        Ok(())
    }

    fn named_like(&self, name: &str) -> bool {
        self.name == name
    }
}

/// The file being read, for messages.
struct Reading<'a> {
    file: &'a str,
    text: &'a str,
    truecolor: bool,
    limits: ColourLimits,
}

impl Reading<'_> {
    fn style(&self, words: &Spanned<String>) -> Result<Style, FileError> {
        let mut style = Style::new();
        let mut background = false;
        for word in words.get_ref().split_whitespace() {
            if word == "on" {
                background = true;
            } else if word == "none" {
                style = Style::new();
            } else if let Some((_, modifier)) = MODIFIERS.iter().find(|(name, _)| *name == word) {
                style = style.add_modifier(*modifier);
            } else {
                let colour = self.colour(word, words.span().start)?;
                style = match (colour, background) {
                    (None, _) => style,
                    (Some(colour), true) => style.bg(colour),
                    (Some(colour), false) => style.fg(colour),
                };
                background = false;
            }
        }
        Ok(style)
    }

    /// `None` for a 24-bit colour that the terminal does not show.
    fn colour(&self, word: &str, byte: usize) -> Result<Option<Color>, FileError> {
        if let Some((_, colour)) = COLOURS.iter().find(|(name, _)| *name == word) {
            return Ok(Some(*colour));
        }
        if let Some(Ok(rgb)) = word
            .strip_prefix('#')
            .filter(|hex| hex.len() == 6)
            .map(|hex| u32::from_str_radix(hex, 16))
        {
            if !self.truecolor {
                let what = sentence!(
                    "`{word}` 需要主题里写 `truecolor = true`",
                    "`{word}` needs `truecolor = true` in the theme",
                );
                return Err(FileError::at(self.file, self.text, byte, what));
            }
            return Ok(self.limits.truecolor.then(|| Color::from_u32(rgb)));
        }
        let known = COLOURS
            .iter()
            .map(|(name, _)| *name)
            .chain(MODIFIERS.iter().map(|(name, _)| *name));
        let what = sentence!(
            "`{word}` 不是颜色, 也不是修饰",
            "`{word}` is neither a colour nor a modifier",
        );
        Err(FileError::at(self.file, self.text, byte, what).near(word, known))
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Modifier};

    use super::{ColourLimits, Role, Theme, ThemeError};

    const FREE: ColourLimits = ColourLimits {
        no_color: false,
        truecolor: true,
    };

    fn user(text: &'static str) -> impl Fn(&str) -> Option<String> {
        move |name| (name == "mine").then(|| text.to_owned())
    }

    #[test]
    fn every_embedded_theme_reads_and_says_every_role() {
        for name in Theme::names() {
            let theme = Theme::choose(name, FREE, &|_| None).unwrap();
            for (role, known) in Role::ALL {
                assert!(theme.styles.contains_key(&role), "{name} lacks {known}");
            }
        }
    }

    #[test]
    fn the_default_theme_uses_nothing_but_the_sixteen_names() {
        let theme = Theme::choose("default", FREE, &|_| None).unwrap();
        for style in theme.styles.values() {
            assert!(!matches!(
                style.fg,
                Some(Color::Rgb(..) | Color::Indexed(_))
            ));
            assert!(!matches!(
                style.bg,
                Some(Color::Rgb(..) | Color::Indexed(_))
            ));
        }
        assert_eq!(theme.style(Role::Screen), ratatui::style::Style::new());
    }

    #[test]
    fn no_color_leaves_modifiers_only_whatever_theme_is_asked_for() {
        let limits = ColourLimits {
            no_color: true,
            truecolor: true,
        };
        let theme = Theme::choose("dark", limits, &|_| None).unwrap();
        for style in theme.styles.values() {
            assert_eq!((style.fg, style.bg), (None, None));
        }
        assert!(
            theme
                .style(Role::Selected)
                .add_modifier
                .contains(Modifier::REVERSED)
        );
    }

    #[test]
    fn an_unknown_theme_role_or_colour_is_answered_with_the_nearest_name() {
        let no_theme = Theme::choose("drak", FREE, &|_| None).unwrap_err();
        assert!(no_theme.to_string().contains("dark"));
        let role = Theme::choose("mine", FREE, &user("[roles]\nselectd = \"bold\"")).unwrap_err();
        assert_eq!(
            role.to_string(),
            "themes/mine.toml:2:1: there is no role `selectd`; did you mean `selected`?"
        );
        let colour = Theme::choose("mine", FREE, &user("[roles]\nok = \"bleu\"")).unwrap_err();
        assert_eq!(
            colour.to_string(),
            "themes/mine.toml:2:6: `bleu` is neither a colour nor a modifier; did you mean `blue`?"
        );
    }

    #[test]
    fn truecolor_is_drawn_only_when_the_theme_asks_and_the_terminal_can() {
        let asks = user("truecolor = true\n[roles]\nok = \"#ff8000\"");
        let theme = Theme::choose("mine", FREE, &asks).unwrap();
        assert_eq!(theme.style(Role::Ok).fg, Some(Color::Rgb(0xff, 0x80, 0)));
        let theme = Theme::choose("mine", ColourLimits::default(), &asks).unwrap();
        assert_eq!(theme.style(Role::Ok).fg, None);
        let silent = user("[roles]\nok = \"#ff8000\"");
        let error = Theme::choose("mine", FREE, &silent).unwrap_err();
        assert!(error.to_string().contains("truecolor = true"));
    }

    #[test]
    fn a_users_file_overrides_the_embedded_theme_of_its_name() {
        let dark = |name: &str| {
            (name == "dark").then(|| "inherits = \"dark\"\n[roles]\nok = \"cyan\"".to_owned())
        };
        let theme = Theme::choose("dark", FREE, &dark).unwrap();
        assert_eq!(theme.style(Role::Ok).fg, Some(Color::Cyan));
        assert_eq!(
            theme.style(Role::Bad),
            Theme::embedded("dark").style(Role::Bad)
        );
    }

    #[test]
    fn themes_that_inherit_in_a_circle_are_refused() {
        let circle = |name: &str| match name {
            "a" | "c" => Some("inherits = \"b\"".to_owned()),
            "b" => Some("inherits = \"c\"".to_owned()),
            _ => None,
        };
        assert!(matches!(
            Theme::choose("a", FREE, &circle),
            Err(ThemeError::Circle { .. })
        ));
    }
}
