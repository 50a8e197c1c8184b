//! What there is a command of the shell for and nothing in the console: whoever looks for it here is told its name.

use crate::filter::NameMatcher;

use super::state::App;

/// Words that somebody looks for, and the command of the shell.
const COMMANDS: &[(&[&str], &str)] = &[
    (&["target", "targets", "目标"], "caopan target set"),
    (&["report", "reports", "报告", "日报"], "caopan report"),
    // What is to be done today, and by whom.
    (&["tasks", "任务", "待办"], "caopan report morning"),
];

impl App {
    /// The command of the shell that what is typed is about: its word in full or its beginning, or its pinyin.
    pub fn shell_command(&self, typed: &str) -> Option<&'static str> {
        let typed = typed.trim().to_lowercase();
        if typed.chars().count() < 2 {
            return None;
        }
        let begins = NameMatcher::prefix(&typed);
        let is_meant = |words: &&[&str]| words.iter().any(|word| begins.is_match(word));
        COMMANDS
            .iter()
            .find(|(words, _)| is_meant(words))
            .map(|(_, command)| *command)
    }
}
