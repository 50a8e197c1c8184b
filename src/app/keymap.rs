//! Which command a key sequence stands for: a trie per context.
//!
//! A sequence is looked up in the contexts that hold, nearest first; the first context that knows it, wholly or as the
//! beginning of something longer, decides.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::config::keys::{Binding, Chord, Context, DEFAULT_KEYS, label_sequence, parse_file};
use crate::config::place::FileError;

use super::command::{COMMANDS, Command};
use crate::domain::sentence;

/// What a sequence leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A command.
    Command(Command),
    /// The beginning of a longer sequence.
    Pending,
    /// Nothing.
    Nothing,
}

/// A row of the popup that shows what may follow a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextKey {
    /// The key.
    pub chord: Chord,
    /// What it does; `None` when more keys follow.
    pub command: Option<Command>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Node {
    command: Option<Command>,
    next: BTreeMap<Chord, Node>,
}

impl Node {
    fn at(&self, chords: &[Chord]) -> Option<&Self> {
        chords
            .iter()
            .try_fold(self, |node, chord| node.next.get(chord))
    }
}

/// The keys in force. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct Keymap {
    tries: Arc<BTreeMap<Context, Node>>,
    bound: Arc<[Bound]>,
}

/// A key sequence of a command in a context.
type Bound = (Context, Command, Vec<Chord>);

impl Keymap {
    /// The keys the console comes with, changed by the user's key file (its name for messages, its text) if there is one.
    pub fn load(user: Option<(&str, &str)>) -> Result<Self, FileError> {
        let mut lines = Lines::default();
        lines.read("keys.toml (built in)", DEFAULT_KEYS)?;
        if let Some((file, text)) = user {
            lines.read(file, text)?;
        }
        lines.finish()
    }

    /// Looks a sequence up in the contexts that hold, nearest first.
    pub fn find(&self, contexts: &[Context], chords: &[Chord]) -> Found {
        contexts
            .iter()
            .find_map(|context| {
                let node = self.tries.get(context)?.at(chords)?;
                Some(node.command.map_or(Found::Pending, Found::Command))
            })
            .unwrap_or(Found::Nothing)
    }

    /// What may follow a prefix, in the order of the command table.
    pub fn following(&self, contexts: &[Context], prefix: &[Chord]) -> Vec<NextKey> {
        let mut rows: Vec<NextKey> = Vec::new();
        for context in contexts {
            let Some(node) = self.tries.get(context).and_then(|trie| trie.at(prefix)) else {
                continue;
            };
            for (chord, next) in &node.next {
                if rows.iter().all(|row| row.chord != *chord) {
                    rows.push(NextKey {
                        chord: *chord,
                        command: next.command,
                    });
                }
            }
        }
        rows.sort_by_key(|row| {
            row.command
                .and_then(|command| COMMANDS.iter().position(|entry| entry.command == command))
                .unwrap_or(usize::MAX)
        });
        rows
    }

    /// The key sequences of a command in the contexts that hold, as written first.
    pub fn keys_of(&self, contexts: &[Context], command: Command) -> Vec<&[Chord]> {
        contexts
            .iter()
            .flat_map(|context| {
                // In the order of contexts.
                let from = self.bound.partition_point(|(c, _, _)| c < context);
                let here = self.bound.iter().skip(from);
                here.take_while(move |(c, _, _)| c == context)
                    .filter(move |(_, b, _)| *b == command)
            })
            .filter(|(_, _, chords)| self.find(contexts, chords) == Found::Command(command))
            .map(|(_, _, chords)| chords.as_slice())
            .collect()
    }

    /// The first key of a command as shown to people; `None` when it has none here.
    pub fn label_of(&self, contexts: &[Context], command: Command) -> Option<String> {
        self.keys_of(contexts, command)
            .first()
            .map(|chords| label_sequence(chords))
    }

    /// Every binding, by context and then as written: for `caopan keys` and the README.
    pub fn bindings(&self) -> &[Bound] {
        &self.bound
    }
}

impl Default for Keymap {
    /// The built-in keys, read once (a test holds that they load); without them, none.
    fn default() -> Self {
        static BUILT_IN: LazyLock<Keymap> = LazyLock::new(|| {
            Keymap::load(None).unwrap_or(Keymap {
                tries: Arc::default(),
                bound: Arc::default(),
            })
        });
        BUILT_IN.clone()
    }
}

/// A line with the file it came from.
struct Line {
    file: String,
    text: Arc<str>,
    command: Command,
    binding: Binding,
}

#[derive(Default)]
struct Lines(Vec<Line>);

impl Lines {
    /// Reads a file; its lines replace those of the same context and command.
    fn read(&mut self, file: &str, text: &str) -> Result<(), FileError> {
        let shared: Arc<str> = text.into();
        // No file names a command twice in one context: only lines of earlier files are replaced.
        let earlier = self.0.len();
        let mut replaced = Vec::new();
        for binding in parse_file(file, text)? {
            let command = Command::named(&binding.command).ok_or_else(|| {
                let word = &binding.command;
                let what = sentence!("没有命令 `{word}`", "`{word}` is not a command");
                FileError::at(file, text, binding.at, what)
                    .near(&binding.command, COMMANDS.iter().map(|entry| entry.name))
            })?;
            let before = self.0.iter().take(earlier).position(|line| {
                line.binding.context == binding.context && line.command == command
            });
            replaced.extend(before);
            self.0.push(Line {
                file: file.to_owned(),
                text: Arc::clone(&shared),
                command,
                binding,
            });
        }
        let mut at = 0;
        self.0.retain(|_| {
            at += 1;
            !replaced.contains(&(at - 1))
        });
        Ok(())
    }

    fn finish(mut self) -> Result<Keymap, FileError> {
        let order = |command| COMMANDS.iter().position(|entry| entry.command == command);
        self.0
            .sort_by_cached_key(|line| (line.binding.context, order(line.command)));
        let mut tries: BTreeMap<Context, Node> = BTreeMap::new();
        // Built-in lines first, so that a conflict is reported where the user wrote it.
        let mut lines: Vec<&Line> = self.0.iter().collect();
        lines.sort_by_key(|line| !line.file.ends_with("(built in)"));
        for line in lines {
            for (chords, at) in &line.binding.keys {
                let trie = tries.entry(line.binding.context).or_default();
                insert(trie, chords, line.command).map_err(|other| {
                    let keys = crate::config::keys::print_sequence(chords);
                    let (other, context) = (other.name(), line.binding.context.name());
                    let what = sentence!(
                        "\"{keys}\" 在 [{context}] 里已是 \"{other}\"",
                        "\"{keys}\" is already \"{other}\" in [{context}]",
                    );
                    FileError::at(&line.file, &line.text, *at, what)
                })?;
            }
        }
        let bound = |line: Line| {
            let (context, command) = (line.binding.context, line.command);
            let keys = line.binding.keys.into_iter();
            keys.map(move |(chords, _)| (context, command, chords))
        };
        Ok(Keymap {
            tries: Arc::new(tries),
            bound: self.0.into_iter().flat_map(bound).collect(),
        })
    }
}

/// Puts a sequence into the trie; fails with the command in its way: the same keys, or one the beginning of the other.
fn insert(trie: &mut Node, chords: &[Chord], command: Command) -> Result<(), Command> {
    let mut node = trie;
    for chord in chords {
        if let Some(other) = node.command {
            return Err(other);
        }
        node = node.next.entry(*chord).or_default();
    }
    if let Some(other) = node.command.or_else(|| first_under(node)) {
        return Err(other);
    }
    node.command = Some(command);
    Ok(())
}

fn first_under(node: &Node) -> Option<Command> {
    node.next
        .values()
        .find_map(|next| next.command.or_else(|| first_under(next)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::command::Motion;
    use crate::app::panes::Pane;
    use crate::config::keys::parse_sequence;
    use crate::filter::Field;

    const CUSTOMERS: &[Context] = &[Context::Customers, Context::Global, Context::Always];
    const BOARD: &[Context] = &[Context::Board, Context::Global, Context::Always];

    fn found(keymap: &Keymap, contexts: &[Context], keys: &str) -> Found {
        keymap.find(contexts, &parse_sequence(keys).unwrap())
    }

    #[test]
    fn the_built_in_keys_load() {
        let keymap = Keymap::load(None).unwrap();
        assert_eq!(
            found(&keymap, CUSTOMERS, "1"),
            Found::Command(Command::Focus(Pane::Customers))
        );
        assert_eq!(found(&keymap, CUSTOMERS, "g"), Found::Pending);
        assert_eq!(
            found(&keymap, CUSTOMERS, "g g"),
            Found::Command(Command::Move(Motion::Top))
        );
        assert_eq!(
            found(&keymap, CUSTOMERS, "s m"),
            Found::Command(Command::Sort(Field::Spend))
        );
        assert_eq!(found(&keymap, BOARD, "s"), Found::Nothing);
    }

    #[test]
    fn every_command_is_bound_or_only_in_the_palette_on_purpose() {
        let keymap = Keymap::default();
        let unbound: Vec<&str> = COMMANDS
            .iter()
            .filter(|entry| {
                keymap
                    .bindings()
                    .iter()
                    .all(|(_, c, _)| *c != entry.command)
            })
            .map(|entry| entry.name)
            .collect();
        assert_eq!(unbound, ["language"]);
    }

    #[test]
    fn a_prefix_of_the_pane_and_of_global_shows_both() {
        let keymap = Keymap::default();
        let rows = keymap.following(CUSTOMERS, &parse_sequence("g").unwrap());
        let names: Vec<&str> = rows
            .iter()
            .filter_map(|row| row.command)
            .map(Command::name)
            .collect();
        assert!(
            names.contains(&"go.owner") && names.contains(&"go.scope"),
            "{names:?}"
        );
    }

    #[test]
    fn a_line_of_the_user_replaces_the_line_it_names() {
        let keymap = Keymap::load(Some(("k", "[global]\n\"view.pause\" = [\"x\"]"))).unwrap();
        assert_eq!(found(&keymap, BOARD, "x"), Found::Command(Command::Freeze));
        assert_eq!(found(&keymap, BOARD, "p"), Found::Nothing);
        assert_eq!(
            keymap.label_of(BOARD, Command::Freeze).as_deref(),
            Some("x")
        );
        let none = Keymap::load(Some(("k", "[global]\n\"view.pause\" = []"))).unwrap();
        assert_eq!(none.label_of(BOARD, Command::Freeze), None);
    }

    #[test]
    fn conflicts_and_unknown_names_are_errors_with_a_place() {
        let say = |text| {
            Keymap::load(Some(("k.toml", text)))
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            say("[global]\n\"view.pause\" = [\"q\"]"),
            "k.toml:2:17: \"q\" is already \"close\" in [global]"
        );
        assert_eq!(
            say("[global]\n\"view.pause\" = [\"g\"]"),
            "k.toml:2:17: \"g\" is already \"go.customers\" in [global]"
        );
        assert_eq!(
            say("[global]\n\"view.pause\" = [\"q x\"]"),
            "k.toml:2:17: \"q x\" is already \"close\" in [global]"
        );
        assert_eq!(
            say("[global]\n\"view.puse\" = [\"x\"]"),
            "k.toml:2:1: `view.puse` is not a command; did you mean `view.pause`?"
        );
    }

    #[test]
    fn keys_never_bound_are_not_bound() {
        let never = [
            "ctrl-b",
            "ctrl-a",
            "ctrl-s",
            "ctrl-q",
            "ctrl-i",
            "ctrl-m",
            "ctrl-h",
            "delete",
            "backspace",
        ];
        for (context, command, chords) in Keymap::default().bindings() {
            for chord in chords {
                assert!(
                    !never.contains(&chord.to_string().as_str()),
                    "{chord} for {} in {context:?}",
                    command.name()
                );
            }
        }
    }
}
