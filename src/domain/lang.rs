//! The two languages and the two sets of symbols of the interface.

/// Interface language. Data is shown as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// 简体中文.
    #[default]
    Zh,
    /// English.
    En,
}

/// Which symbols may be drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GlyphSet {
    /// Box drawing, braille, arrows.
    #[default]
    Unicode,
    /// No ambiguous-width character on screen.
    Ascii,
}
