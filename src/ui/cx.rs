//! Everything one frame is drawn from, and how its parts look.

use ratatui::style::Style;

use super::figures::Figures;
use super::glyphs::Glyphs;
use crate::app::App;
use crate::app::Now;
use crate::app::state::DeltaColours;
use crate::config::theme::{Role, Theme};
use crate::config::words::Words;
use crate::domain::metric;
use crate::domain::number::NumberStyle;

/// Everything one frame is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Cx<'a> {
    /// State.
    pub app: &'a App,
    /// Looks.
    pub theme: &'a Theme,
    /// Words.
    pub words: &'a Words,
    /// Clocks.
    pub now: Now,
    /// Symbols.
    pub glyphs: &'static Glyphs,
    /// Numbers.
    pub figures: Figures,
}

impl<'a> Cx<'a> {
    /// With the glyphs the app asks for and figures in the language of the words.
    pub fn new(app: &'a App, theme: &'a Theme, words: &'a Words, now: Now) -> Self {
        let glyphs = Glyphs::of(app.look.glyphs);
        Self {
            app,
            theme,
            words,
            now,
            glyphs,
            figures: Figures {
                style: NumberStyle {
                    lang: words.lang(),
                    glyphs: app.look.glyphs,
                    exact: false,
                },
                glyphs,
            },
        }
    }

    /// How a role looks.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// Name of a metric; its code when the table lacks it.
    pub fn metric<'c>(&self, code: &'c str) -> &'c str {
        metric::find(code).map_or(code, |metric| metric.name(self.words.lang()))
    }

    /// What a metric means, in the symbols of the glyph set.
    pub fn definition(&self, code: &str) -> String {
        let words = metric::find(code).map_or(code, |m| m.definition(self.words.lang()));
        self.glyphs.plain(words)
    }

    /// How a change of this sign looks: deltas are coloured by direction, apart from status.
    pub fn delta(&self, sign: f64) -> Style {
        let role = match (self.app.look.delta, sign) {
            (DeltaColours::Cn, s) if s > 0.0 => Role::Up,
            (DeltaColours::Cn, s) if s < 0.0 => Role::Down,
            (DeltaColours::Intl, s) if s > 0.0 => Role::Down,
            (DeltaColours::Intl, s) if s < 0.0 => Role::Up,
            (DeltaColours::Cn | DeltaColours::Intl | DeltaColours::None, _) => Role::Text,
        };
        self.style(role)
    }
}
