//! Which margins the terminal has: top and bottom all of them, left and right some.
//!
//! Left and right margins (DECSLRM under mode 69, DEC STD 070) let a terminal scroll a list beside panes that stay. A
//! terminal without them takes `CSI left ; right s` as "save the cursor" and scrolls whole rows, which spoils the
//! screen until it is drawn anew. The running console asks the terminal nothing, so they are used only where the
//! environment leaves no doubt, or where the setting `margins` says so; `caopan doctor` does ask, and tells.
//!
//! Who has them, and who says so:
//! - iTerm2: gnachman/iTerm2 pull request 141; tmux's own table (`tty-features.c`) takes it as sure;
//! - mintty: the same table;
//! - `WezTerm`: wezterm/wezterm pull request 1376;
//! - Ghostty: ghostty-org/ghostty pull request 656, ghostty.org/docs/vt/csi/decslrm;
//! - xterm: ctlseqs, and in its default emulation since patch 345 (`XTERM_VERSION`, as Neovim reads it).
//!
//! Windows Terminal (microsoft/terminal pull request 15084), newer VTE, mlterm and Contour have them too, but nothing in
//! the environment tells the versions apart: there the setting decides.

use std::ffi::OsString;

/// The margins a terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Margins {
    /// Whole rows scroll.
    #[default]
    TopBottom,
    /// A box of the screen scrolls by itself.
    AllFour,
}

/// Terminals that name themselves in `TERM_PROGRAM`.
const NAMED: [&str; 4] = ["iTerm.app", "WezTerm", "ghostty", "mintty"];

/// The first xterm whose default emulation is sure to have them.
const XTERM: u32 = 345;

/// Something between us and the terminal that named itself, or another terminal started from its shell.
const BETWEEN: [&str; 18] = [
    "TMUX",
    "STY",
    "ZELLIJ",
    "SSH_TTY",
    "SSH_CONNECTION",
    "SSH_CLIENT",
    "MOSH",
    "WSL_DISTRO_NAME",
    "WSL_INTEROP",
    "INSIDE_EMACS",
    "NVIM",
    "VIM_TERMINAL",
    "VTE_VERSION",
    "KONSOLE_VERSION",
    "KITTY_WINDOW_ID",
    "ALACRITTY_WINDOW_ID",
    "TERMINOLOGY",
    "TERMINAL_EMULATOR",
];

impl Margins {
    /// By the setting `on`, `off` or `auto`; `var` gives an environment variable's value.
    pub fn wanted(setting: &str, var: impl Fn(&str) -> Option<OsString>) -> Self {
        let has = match setting {
            "on" => true,
            "off" => false,
            _ => is_known(&|name| {
                let value = var(name)?.to_string_lossy().into_owned();
                Some(value).filter(|value| !value.is_empty())
            }),
        };
        if has { Self::AllFour } else { Self::TopBottom }
    }
}

/// The environment leaves no doubt that the terminal has left and right margins.
///
/// Over ssh it never does: the names that travel (`TERM`, `LC_TERMINAL`) say nothing of a multiplexer on the other side.
fn is_known(var: &dyn Fn(&str) -> Option<String>) -> bool {
    if BETWEEN.iter().any(|name| var(name).is_some()) {
        return false;
    }
    // A terminal that says its own name here was started from the shell of the one that left the other variables.
    let term = var("TERM").unwrap_or_default();
    let theirs = ["xterm", "xterm-256color", "xterm-direct", "xterm-ghostty"];
    let theirs = theirs.contains(&term.as_str())
        || ["wezterm", "mintty", "iterm2"]
            .iter()
            .any(|name| term.starts_with(name));
    theirs
        && match var("TERM_PROGRAM") {
            Some(program) => NAMED.contains(&program.as_str()),
            None => var("XTERM_VERSION")
                .and_then(|said| patch(&said))
                .is_some_and(|patch| patch >= XTERM),
        }
}

/// The patch number in `XTerm(379)`.
fn patch(said: &str) -> Option<u32> {
    said.strip_prefix("XTerm(")?.strip_suffix(')')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(environment: &[(&str, &str)]) -> Margins {
        Margins::wanted("auto", |asked| {
            let found = environment.iter().find(|(name, _)| *name == asked);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn terminals_that_are_known_get_all_four() {
        for (program, term) in [
            ("iTerm.app", "xterm-256color"),
            ("WezTerm", "xterm-256color"),
            ("WezTerm", "wezterm"),
            ("ghostty", "xterm-ghostty"),
            ("mintty", "xterm"),
        ] {
            let environment = [("TERM_PROGRAM", program), ("TERM", term)];
            assert_eq!(auto(&environment), Margins::AllFour, "{program}");
        }
        let xterm = |version| auto(&[("XTERM_VERSION", version), ("TERM", "xterm-256color")]);
        assert_eq!(xterm("XTerm(379)"), Margins::AllFour);
        assert_eq!(xterm("XTerm(344)"), Margins::TopBottom);
        assert_eq!(xterm("XTerm"), Margins::TopBottom);
    }

    #[test]
    fn a_doubt_means_top_and_bottom_only() {
        assert_eq!(auto(&[]), Margins::TopBottom);
        assert_eq!(auto(&[("TERM", "xterm-256color")]), Margins::TopBottom);
        let sure = [("TERM_PROGRAM", "iTerm.app"), ("TERM", "xterm-256color")];
        for name in BETWEEN {
            let environment = [sure[0], sure[1], (name, "1")];
            assert_eq!(auto(&environment), Margins::TopBottom, "{name}");
        }
        // tmux and others name themselves; the variables of the terminal around them stay.
        for (program, term) in [
            ("tmux", "tmux-256color"),
            ("iTerm.app", "screen-256color"),
            ("vscode", "xterm-256color"),
            ("Apple_Terminal", "xterm-256color"),
            ("WezTerm", "xterm-kitty"),
            ("ghostty", "alacritty"),
        ] {
            let environment = [
                ("TERM_PROGRAM", program),
                ("TERM", term),
                ("XTERM_VERSION", "XTerm(379)"),
            ];
            assert_eq!(auto(&environment), Margins::TopBottom, "{program} {term}");
        }
    }

    #[test]
    fn the_setting_has_the_last_word() {
        let tmux = |name: &str| (name == "TMUX").then(|| OsString::from("x"));
        assert_eq!(Margins::wanted("on", tmux), Margins::AllFour);
        let iterm = |name: &str| (name == "TERM_PROGRAM").then(|| OsString::from("iTerm.app"));
        assert_eq!(Margins::wanted("off", iterm), Margins::TopBottom);
    }
}
