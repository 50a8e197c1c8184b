//! Every symbol the console draws that is not a word, in two sets.
//!
//! `unicode` has box lines, braille and arrows, some of ambiguous width; `ascii` has nothing outside ASCII.

use crate::app::state::GlyphSet;

/// Symbols, each one column unless said otherwise.
#[derive(Debug)]
pub struct Glyphs {
    /// Horizontal line.
    pub line: &'static str,
    /// Vertical line.
    pub wall: &'static str,
    /// Corners: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// Grew; sorted upwards.
    pub up: &'static str,
    /// Fell; sorted downwards.
    pub down: &'static str,
    /// An unfolded branch.
    pub open: &'static str,
    /// A folded branch.
    pub closed: &'static str,
    /// Between parts of a line (with its spaces).
    pub dot: &'static str,
    /// The period has not ended; empty where a word must say it.
    pub partial: &'static str,
    /// Filled part of a bar.
    pub full: &'static str,
    /// Empty part of a bar.
    pub empty: &'static str,
    /// A value that does not exist.
    pub no_value: &'static str,
    /// A value nobody measured.
    pub not_measured: &'static str,
    /// Multiplication.
    pub times: &'static str,
    /// From a floor to a target.
    pub to: &'static str,
    /// A pixel of big digits (two columns).
    pub pixel: &'static str,
    /// Braille trends.
    pub braille: bool,
}

const UNICODE: Glyphs = Glyphs {
    line: "─",
    wall: "│",
    corners: ["┌", "┐", "└", "┘"],
    up: "▴",
    down: "▾",
    open: "▾",
    closed: "▸",
    dot: " · ",
    partial: "◔",
    full: "█",
    empty: "░",
    no_value: "—",
    not_measured: "·",
    times: "×",
    to: "→",
    pixel: "██",
    braille: true,
};

const ASCII: Glyphs = Glyphs {
    line: "-",
    wall: "|",
    corners: ["+", "+", "+", "+"],
    up: "^",
    down: "v",
    open: "v",
    closed: ">",
    dot: " | ",
    partial: "",
    full: "#",
    empty: ".",
    no_value: "-",
    not_measured: ".",
    times: "x",
    to: ">",
    pixel: "##",
    braille: false,
};

impl Glyphs {
    /// The symbols of a set.
    pub fn of(set: GlyphSet) -> &'static Self {
        match set {
            GlyphSet::Unicode => &UNICODE,
            GlyphSet::Ascii => &ASCII,
        }
    }

    /// A sentence of ours (never a name from the workspace) in the symbols of this set.
    pub fn plain(&self, sentence: &str) -> String {
        if self.braille {
            return sentence.to_owned();
        }
        let mut out = String::with_capacity(sentence.len());
        for c in sentence.chars() {
            match c {
                '÷' => out.push('/'),
                '−' | '–' | '—' => out.push('-'),
                '×' => out.push('x'),
                '≥' => out.push_str(">="),
                '≤' => out.push_str("<="),
                'Σ' => out.push_str("sum of "),
                '→' => out.push_str("->"),
                '“' | '”' => out.push('"'),
                '‘' | '’' => out.push('\''),
                '…' => out.push_str(".."),
                '·' => out.push('|'),
                c => out.push(c),
            }
        }
        out
    }
}
