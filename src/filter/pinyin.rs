//! Pinyin of characters, and matching names by Chinese, full pinyin, initials and mixes of them (`zhangs` → 张三).

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use ib_pinyin::pinyin::{PinyinData, PinyinNotation};

use super::ast::Match;
use super::fold::fold_search_char;

/// The CJK block whose characters names are made of; rarer ones match as text only.
const FIRST: u32 = 0x4e00;
const LAST: u32 = 0x9fff;

/// Readings of one set of homographs: all syllables without tones, and their first letters.
struct Readings {
    syllables: Vec<&'static str>,
    initials: Vec<u8>,
}

struct Table {
    /// Index into `readings` for each character from `FIRST`; 0 = none.
    index: Vec<u16>,
    readings: Vec<Readings>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    static SYLLABLES: OnceLock<PinyinData> = OnceLock::new();
    TABLE.get_or_init(|| {
        let source = SYLLABLES.get_or_init(|| PinyinData::new(PinyinNotation::Ascii));
        let mut readings = vec![Readings {
            syllables: Vec::new(),
            initials: Vec::new(),
        }];
        let mut known: HashMap<Vec<&'static str>, u16> = HashMap::new();
        let index = (FIRST..=LAST)
            .map(|code| {
                let mut syllables: Vec<&'static str> = char::from_u32(code)
                    .into_iter()
                    .flat_map(|c| source.get_pinyins(c))
                    .filter_map(|p| p.notation(PinyinNotation::Ascii))
                    .filter(|s| !s.is_empty() && s.bytes().all(|b| b.is_ascii_lowercase()))
                    .collect();
                syllables.sort_unstable();
                syllables.dedup();
                if syllables.is_empty() {
                    return 0;
                }
                *known.entry(syllables).or_insert_with_key(|syllables| {
                    let mut initials: Vec<u8> =
                        syllables.iter().filter_map(|s| s.bytes().next()).collect();
                    initials.dedup();
                    readings.push(Readings {
                        syllables: syllables.clone(),
                        initials,
                    });
                    u16::try_from(readings.len() - 1).unwrap_or(0)
                })
            })
            .collect();
        Table { index, readings }
    })
}

fn readings(c: char) -> Option<&'static Readings> {
    let place = u32::from(c).checked_sub(FIRST)?;
    let table = table();
    let index = *table.index.get(usize::try_from(place).ok()?)?;
    table.readings.get(usize::from(index))
}

/// Every reading of a character without tones, sorted (`重` → chong, zhong, …); `ü` is written `v`. Empty for others.
pub fn syllables(c: char) -> &'static [&'static str] {
    readings(c).map_or(&[], |r| r.syllables.as_slice())
}

/// The first letters of a character's readings, sorted, each once (`重` → c, z). Empty for characters without pinyin.
pub fn initials(c: char) -> &'static [u8] {
    readings(c).map_or(&[], |r| r.initials.as_slice())
}

/// One lower-case letter stands behind the other within some syllable (`zh`, `an`). When it does not, a needle's second
/// letter begins a character.
pub fn follows(first: char, second: char) -> bool {
    static WITHIN: OnceLock<Vec<(u8, u8)>> = OnceLock::new();
    let within = WITHIN.get_or_init(|| {
        let syllables = table().readings.iter().flat_map(|r| &r.syllables);
        let mut pairs: Vec<(u8, u8)> = syllables
            .flat_map(|s| s.bytes().zip(s.bytes().skip(1)))
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    });
    match (u8::try_from(first), u8::try_from(second)) {
        (Ok(first), Ok(second)) => within.binary_search(&(first, second)).is_ok(),
        (Err(_), _) | (_, Err(_)) => false,
    }
}

/// The longest needle matched through pinyin; longer ones are text.
const LONGEST: usize = 63;

/// Matches names against what was typed.
///
/// Without regard to case and width. Latin also matches full pinyin, initials and mixes, in capitals as well: `ZS` is what
/// Caps Lock makes of `zs`. Quoted text matches itself only. A needle is found anywhere in a name unless it is a prefix (`王*`) or anchored by
/// [`NameMatcher::equals`].
#[derive(Clone, Debug)]
pub struct NameMatcher {
    /// What was typed, in search form.
    needle: Vec<char>,
    /// The same as text.
    text: String,
    /// Needle positions that were Latin: bit i for character i.
    latin: u64,
    /// It must stand at the start.
    prefix: bool,
    /// Readings of the needle's own Latin runs cannot matter: no pinyin at all.
    plain: bool,
}

impl NameMatcher {
    /// A matcher for typed text: anywhere in the name, pinyin included.
    pub fn new(typed: &str) -> Self {
        Self::build(typed, false, false)
    }

    /// A matcher for typed text at the start of the name, pinyin included.
    pub fn prefix(typed: &str) -> Self {
        Self::build(typed, false, true)
    }

    /// A matcher for a filter's text value. Ids are compared by the caller.
    pub fn of(value: &Match) -> Self {
        Self::build(&value.text, value.literal || value.id, value.prefix)
    }

    fn build(typed: &str, literal: bool, prefix: bool) -> Self {
        let needle: Vec<char> = typed.chars().map(fold_search_char).collect();
        let mut latin = 0_u64;
        if !literal && needle.len() <= LONGEST {
            for (i, c) in typed.chars().enumerate() {
                if super::fold::fold_char(c).is_ascii_alphabetic() {
                    latin |= 1 << i;
                }
            }
        }
        Self {
            text: needle.iter().collect(),
            plain: latin == 0,
            needle,
            latin,
            prefix,
        }
    }

    /// What is looked for, in search form ([`super::fold::search_form`]).
    pub fn text(&self) -> &str {
        &self.text
    }

    /// It must stand at the start of the name.
    pub fn is_prefix(&self) -> bool {
        self.prefix
    }

    /// Only the text itself can match: a substring search over search forms gives the same answer.
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// The name matches.
    pub fn is_match(&self, name: &str) -> bool {
        self.walk(name.chars(), false)
    }

    /// The whole name matches, first character to last (`=`): as text, or as pinyin of the whole name.
    pub fn equals(&self, name: &str) -> bool {
        if self.plain {
            return name
                .chars()
                .map(fold_search_char)
                .eq(self.needle.iter().copied());
        }
        self.walk(name.chars(), true)
    }

    /// The characters of the name that match (the first place, the shortest run), for highlighting.
    pub fn find(&self, name: &str) -> Option<Range<usize>> {
        let chars: Vec<char> = name.chars().collect();
        let starts = if self.prefix { 1 } else { chars.len() + 1 };
        (0..starts).find_map(|start| {
            let rest = chars.get(start..)?;
            (0..=rest.len())
                .find(|len| self.walk_from_start(rest.iter().copied().take(*len)))
                .map(|len| start..start + len)
        })
    }

    /// The needle ends somewhere in a run that begins at its first character.
    fn walk_from_start(&self, name: impl Iterator<Item = char>) -> bool {
        let mut states = 1_u64;
        if self.needle.is_empty() {
            return true;
        }
        if self.needle.len() > LONGEST {
            let name: Vec<char> = name.map(fold_search_char).collect();
            return name.starts_with(&self.needle);
        }
        for c in name {
            states = self.step(states, c);
            if states & self.accepting() != 0 {
                return true;
            }
        }
        false
    }

    /// The state in which the whole needle is matched. (The first state is 1; a needle of no more than 63 characters.)
    pub fn accepting(&self) -> u64 {
        1 << self.needle.len().min(LONGEST)
    }

    /// Runs the name through the needle's states: bit i means the first i characters of the needle are matched.
    fn walk(&self, name: impl Iterator<Item = char>, whole: bool) -> bool {
        if self.needle.is_empty() {
            return true;
        }
        if self.needle.len() > LONGEST {
            let name: String = name.map(fold_search_char).collect();
            return match (whole, self.prefix) {
                (true, _) => name == self.text,
                (false, true) => name.starts_with(&self.text),
                (false, false) => name.contains(&self.text),
            };
        }
        let anchored = self.prefix || whole;
        let mut states = 1_u64;
        for c in name {
            states = self.step(states, c);
            if !whole && states & self.accepting() != 0 {
                return true;
            }
            if !anchored {
                states |= 1;
            } else if states == 0 {
                return false;
            }
        }
        whole && states & self.accepting() != 0
    }

    /// The states after one more character of the name; of several states, the union of what each leads to.
    pub fn step(&self, states: u64, c: char) -> u64 {
        let same = fold_search_char(c);
        let readings = if self.plain { None } else { readings(c) };
        let mut next = 0_u64;
        let mut left = states & (self.accepting() - 1);
        while left != 0 {
            let at = left.trailing_zeros();
            left &= left - 1;
            // Below 63: `left` holds no higher bit.
            let place = at as usize;
            if self.needle.get(place) == Some(&same) {
                next |= 1 << (at + 1);
            }
            if self.latin >> at & 1 == 1
                && let Some(readings) = readings
            {
                next |= self.read(place, readings);
            }
        }
        next
    }

    /// States reached when a character is read out from a place of the needle.
    fn read(&self, place: usize, readings: &Readings) -> u64 {
        let mut reached = 0_u64;
        for syllable in &readings.syllables {
            let same = syllable
                .chars()
                .zip(self.needle.iter().enumerate().skip(place))
                .take_while(|(s, (i, c))| s == *c && self.latin >> i & 1 == 1)
                .count();
            if same == 0 {
                continue;
            }
            // The initial alone: z for zhang, and zh as one initial.
            reached |= 1 << (place + 1);
            if same >= 2 && matches!(syllable.get(..2), Some("zh" | "ch" | "sh")) {
                reached |= 1 << (place + 2);
            }
            // The whole syllable, or as much of it as has been typed so far.
            if same == syllable.len() || place + same == self.needle.len() {
                reached |= 1 << (place + same);
            }
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(typed: &str, name: &str) -> bool {
        NameMatcher::new(typed).is_match(name)
    }

    #[test]
    fn a_name_is_found_by_characters_pinyin_initials_and_mixes() {
        for typed in [
            "张三", "三", "zs", "zhangsan", "zhangs", "zsan", "zhsan", "张s", "zhang三", "zhan",
            "s",
        ] {
            assert!(matches(typed, "张三"), "{typed}");
        }
        for typed in ["sz", "zhangx", "li", "张四", "zhanga", "szhang"] {
            assert!(!matches(typed, "张三"), "{typed}");
        }
    }

    #[test]
    fn letters_follow_one_another_within_syllables_only() {
        assert!(follows('z', 'h') && follows('a', 'n') && follows('n', 'g'));
        assert!(!follows('z', 's') && !follows('l', 'j') && !follows('张', 's'));
    }

    #[test]
    fn every_reading_of_a_polyphone_matches() {
        assert!(syllables('重').contains(&"chong") && syllables('重').contains(&"zhong"));
        assert_eq!(initials('重').first(), Some(&b'c'));
        assert!(
            matches("cq", "重庆") && matches("zhongqing", "重庆") && matches("chongqing", "重庆")
        );
        // 单 and 曾 as surnames.
        assert!(matches("shan", "单雄") && matches("zeng", "曾巩"));
    }

    #[test]
    fn case_does_not_matter_in_pinyin_nor_in_text() {
        for typed in ["ZS", "Zs", "zS", "ZHANGSAN", "ＺＳ"] {
            assert!(matches(typed, "张三"), "{typed}");
        }
        assert!(matches("ZS", "zs小店") && matches("vip", "VIP客户") && matches("VIP", "vip客户"));
    }

    #[test]
    fn quoted_text_is_not_pinyin() {
        let quoted = NameMatcher::of(&Match::quoted("zs"));
        assert!(!quoted.is_match("张三") && quoted.is_match("ZS店"));
        assert!(quoted.is_plain());
    }

    #[test]
    fn width_does_not_matter() {
        assert!(matches("VIP", "ＶＩＰ王") && matches("ｖｉｐ", "vip王"));
    }

    #[test]
    fn a_prefix_stands_at_the_start() {
        let prefix = NameMatcher::of(&Match {
            prefix: true,
            ..Match::word("sh")
        });
        assert!(prefix.is_match("上海市") && !prefix.is_match("黑上海"));
    }

    #[test]
    fn equals_covers_the_whole_name() {
        let m = NameMatcher::new("zhangsan");
        assert!(m.equals("张三") && !m.equals("张三丰") && !m.equals("小张三"));
        assert!(NameMatcher::of(&Match::quoted("VIP")).equals("vip"));
    }

    #[test]
    fn the_match_is_where_find_says() {
        assert_eq!(NameMatcher::new("ls").find("小李四哥"), Some(1..3));
        assert_eq!(NameMatcher::new("ls").find("王五"), None);
    }

    #[test]
    fn very_long_needles_are_text() {
        let long = "a".repeat(200);
        assert!(matches(&long, &format!("x{long}y")));
        assert!(!matches(&long, "aaa"));
        assert!(NameMatcher::new("").is_match("anything"));
    }

    #[test]
    fn agrees_with_writing_out_every_reading() {
        // A second way: spell every mixture of reading, initial and character, and look for the needle as text.
        fn spellings(name: &str) -> Vec<String> {
            let mut all = vec![String::new()];
            for c in name.chars() {
                let mut ways = vec![c.to_string()];
                for s in syllables(c) {
                    ways.push((*s).to_owned());
                    ways.push(s.chars().take(1).collect());
                }
                ways.sort();
                ways.dedup();
                all = all
                    .iter()
                    .flat_map(|a| ways.iter().map(move |w| format!("{a}{w}")))
                    .collect();
            }
            all
        }
        for name in ["张三", "单小乐", "吕a布", "欧阳娜"] {
            for spelling in spellings(name) {
                assert!(matches(&spelling, name), "{spelling} should find {name}");
            }
        }
    }
}
