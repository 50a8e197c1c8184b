//! What is said of a plan before anything is written.

use std::fmt::Write as _;

use super::{Plan, shown};
use crate::domain::Lang;
use crate::import::Kind;

impl Plan {
    /// The plan for people, one line a column, then what is not read; safe to print.
    pub fn table(&self, lang: Lang) -> String {
        let mut text = String::new();
        let filled = || {
            self.pairs()
                .filter_map(|(heading, column)| Some((heading, column?)))
        };
        let width = filled().map(|(_, column)| column.len()).max().unwrap_or(0);
        for (heading, column) in filled() {
            let _ = writeln!(text, "  {column:width$} <- {}", shown(heading));
        }
        let left: Vec<String> = self
            .pairs()
            .filter(|(heading, column)| column.is_none() && !heading.trim().is_empty())
            .map(|(heading, _)| shown(heading))
            .collect();
        if !left.is_empty() {
            let head = match lang {
                Lang::Zh => "未读取",
                Lang::En => "not read",
            };
            let _ = writeln!(text, "  {head}: {}", left.join(", "));
        }
        let has_nickname = left.iter().any(|heading| heading.ends_with("昵称"));
        if self.kind == Kind::Orders && has_nickname {
            text.push_str(match lang {
                Lang::Zh => "  昵称不作买家标识: 许多人同名\n",
                Lang::En => "  a nickname is no key of a buyer: people share names\n",
            });
        }
        for heading in self.phones_of_others() {
            let _ = match lang {
                Lang::Zh => writeln!(
                    text,
                    "  {heading}不作买家: 收货人可能是别人; 若总是买家本人, 加 --map {heading}=phone"
                ),
                Lang::En => writeln!(
                    text,
                    "  {heading} is no key of a buyer: it may be somebody else's; where it never is, say --map {heading}=phone"
                ),
            };
        }
        for kind in self.also() {
            let (code, name) = (kind.code(), kind.name(lang));
            let _ = match lang {
                Lang::Zh => writeln!(
                    text,
                    "  同一文件还可导入为{name}: caopan import {code} FILE"
                ),
                Lang::En => writeln!(
                    text,
                    "  the same file can also be imported as {code}: caopan import {code} FILE"
                ),
            };
        }
        text
    }

    /// Headings of phones that are not read, in a file of orders that tells of its buyers neither customer nor phone.
    fn phones_of_others(&self) -> Vec<String> {
        let is_told = ["phone", "external_userid"].map(|column| self.position(column).is_some());
        if self.kind != Kind::Orders || is_told.contains(&true) {
            return Vec::new();
        }
        let unread = self.pairs().filter(|(_, column)| column.is_none());
        let phones =
            unread.filter(|(heading, _)| heading.contains("手机") || heading.contains("电话"));
        phones.map(|(heading, _)| shown(heading)).collect()
    }

    /// Other kinds that the same file has all columns of, and that read what this one leaves.
    fn also(&self) -> Vec<Kind> {
        let reads = |kind: Kind| {
            let other = Self::fill(kind, &self.headings, &[]).ok()?;
            let mut pairs = self.fills.iter().zip(&other.fills);
            let more = pairs.any(|(ours, theirs)| ours.is_none() && theirs.is_some());
            (more && other.missing().is_empty()).then_some(kind)
        };
        let others = Kind::all().filter(|kind| *kind != self.kind);
        others.filter_map(reads).collect()
    }
}
