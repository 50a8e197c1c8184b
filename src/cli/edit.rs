//! `caopan tag add|remove`, `caopan stage`, `caopan owner`: one transaction, journalled, refused when somebody else was quicker.

use std::io::{Write, stderr};

use clap::Args;

use crate::config::words::Words;
use crate::domain::{AsOf, CustomerId, SafeText, StaffId, TagId, sentence};
use crate::store::edit::{Done, Edit, Order, Outcome, names, stages_named, tags_named, tags_of};
use crate::store::named::Named;
use crate::store::owner::{owners, owners_of, staff_named};
use crate::store::write::Writer;
use crate::store::{Access, StoreError, meta, open, past};

use super::aimed::{aimed, unknown};
use super::error::{Exit, Failure};
use super::person;
use super::progress;
use super::setting::Setting;
use super::when;

/// Who is edited.
#[derive(Debug, Args)]
pub struct EditArguments {
    /// The tag, stage or member of staff: the whole name or the id.
    pub name: String,
    /// Customers: their whole ids, or a filter (the language of `/`). An id that nobody has is named, and the others are
    /// done (exit code 6).
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub which: Vec<String>,
    /// Every customer there is (with --org: of that department): a filter that says nothing is refused.
    #[arg(long)]
    pub all: bool,
    /// Do not ask, however many they are.
    #[arg(long)]
    pub yes: bool,
}

/// Customers above which one is asked.
pub const ASKED: usize = 500;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// They get a tag.
    Tag,
    /// They lose a tag.
    Untag,
    /// They stand at a stage.
    Stage,
    /// They belong to a member of staff.
    Owner,
}

impl Kind {
    /// What its name names: in Chinese; in English one and several.
    fn words(self) -> (&'static str, (&'static str, &'static str)) {
        match self {
            Self::Tag | Self::Untag => ("标签", ("tag", "tags")),
            Self::Stage => ("阶段", ("stage", "stages")),
            Self::Owner => ("员工", ("member of staff", "members of staff")),
        }
    }

    /// What is asked before many are edited.
    fn question(self) -> &'static str {
        match self {
            Self::Tag => "ask.tag",
            Self::Untag => "ask.untag",
            Self::Stage => "ask.stage",
            Self::Owner => "ask.owner",
        }
    }

    /// What is said afterwards.
    fn receipt(self) -> &'static str {
        match self {
            Self::Tag => "receipt.tag",
            Self::Untag => "receipt.untag",
            Self::Stage => "receipt.stage",
            Self::Owner => "receipt.owner",
        }
    }
}

/// Runs one edit.
pub fn run(
    setting: &Setting,
    kind: Kind,
    wish: &EditArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let words = Words::new(setting.lang());
    let mut writer = writer(setting)?;
    let (edit, name) = named(&writer, kind, &wish.name)?;
    let chosen = aimed(setting, &writer, wish)?;
    if chosen.customers.is_empty() {
        writeln!(out, "{}", words.say("receipt.nobody"))?;
        return Ok(Exit::Ok);
    }
    if chosen.customers.len() > ASKED {
        let many = progress::thousands(chosen.customers.len() as u64);
        let (name, many) = (("name", name.name.as_str()), ("n", many.as_str()));
        let question = words.fill(kind.question(), &[name, many]);
        person::confirmed(&question, wish.yes)?;
    }
    let order = Order {
        edit: &edit,
        customers: &chosen.customers,
        seen: chosen.seen,
        filter: &chosen.filter,
        at: when::now(),
    };
    match writer.edit(order)? {
        Outcome::Done(done) => say(kind, &done, &words, out)?,
        Outcome::Changed(whom) => return Err(changed(&whom)),
    }
    if chosen.unknown.is_empty() {
        return Ok(Exit::Ok);
    }
    let lacking = unknown(&chosen.unknown);
    writeln!(stderr(), "caopan: {}", lacking.say(setting.lang()))?;
    Ok(Exit::Partly)
}

/// A writer, unless writing was ruled out.
pub fn writer(setting: &Setting) -> Result<Writer, Failure> {
    may_write(setting)?;
    sees_edits(setting)?;
    Ok(Writer::open(&setting.workspace(), &person::actor())?)
}

fn may_write(setting: &Setting) -> Result<(), Failure> {
    if setting.common.read_only {
        let doing = "writing to it";
        return Err(StoreError::ReadOnly { doing }.into());
    }
    Ok(())
}

/// A writer of what stood at an instant, now or then: of a past only where nothing later is in the file that would be
/// missing from it.
pub fn keeper(setting: &Setting) -> Result<Writer, Failure> {
    may_write(setting)?;
    if let Some(text) = setting.common.as_of.as_deref() {
        let opened = open(&setting.workspace(), Access::ReadOnly)?;
        let zone = meta::zone(&opened.conn)?;
        let unix = when::as_of(text, zone)?;
        if past::has_later(&opened.conn, AsOf { unix, zone })? {
            return Err(in_the_past());
        }
    }
    Ok(Writer::open(&setting.workspace(), &person::actor())?)
}

/// Refuses to write with `--as-of` in the past: what is written now is not of then.
pub fn sees_edits(setting: &Setting) -> Result<(), Failure> {
    let Some(text) = setting.common.as_of.as_deref() else {
        return Ok(());
    };
    let opened = open(&setting.workspace(), Access::ReadOnly)?;
    let zone = meta::zone(&opened.conn)?;
    // Of today alone it is now, which goes on.
    let now = when::now();
    if when::as_of(text, zone)? < now {
        return Err(in_the_past());
    }
    Ok(())
}

/// Why nothing is written with `--as-of` in the past.
pub fn in_the_past() -> Failure {
    Failure::new(
        Exit::Refused,
        sentence!(
            "--as-of 在过去时工作区只读",
            "with --as-of in the past the workspace is read-only",
        ),
        sentence!(
            "要改现在的数据, 请去掉 --as-of",
            "leave --as-of out to edit what is now",
        ),
    )
}

/// An edit and the tag or stage it is about.
pub type Resolved = (Edit, Named);

/// The ids of all tags, stages or members of staff of that name or id.
pub fn ids_named(writer: &Writer, kind: Kind, wanted: &str) -> Result<Vec<SafeText>, Failure> {
    let found = all_named(writer, kind, wanted)?;
    Ok(found.iter().map(|named| SafeText::new(&named.id)).collect())
}

fn all_named(writer: &Writer, kind: Kind, wanted: &str) -> Result<Vec<Named>, Failure> {
    let conn = writer.look();
    Ok(match kind {
        Kind::Tag | Kind::Untag => tags_named(conn, wanted)?,
        Kind::Stage => stages_named(conn, wanted)?,
        Kind::Owner => staff_named(conn, wanted)?,
    })
}

/// The tag or stage that is meant; else the name nearest to what was typed. Several of a name are an error that lists them.
pub fn resolved(
    writer: &Writer,
    kind: Kind,
    wanted: &str,
) -> Result<(Option<Resolved>, Option<SafeText>), Failure> {
    let found = all_named(writer, kind, wanted)?;
    match found.as_slice() {
        [one] => {
            let edit = match kind {
                Kind::Tag => Edit::Tag(TagId::from(one.id.as_str())),
                Kind::Untag => Edit::Untag(TagId::from(one.id.as_str())),
                Kind::Stage => Edit::Stage(one.id.parse().unwrap_or(0)),
                Kind::Owner => Edit::Owner(StaffId::from(one.id.as_str())),
            };
            Ok((Some((edit, one.clone())), None))
        }
        [] => {
            let known = known_names(writer, kind)?;
            let known = known.iter().map(SafeText::as_str);
            let near = crate::config::place::nearest(wanted, known, 1);
            Ok((None, near.first().map(|near| SafeText::new(near))))
        }
        several => {
            let ids: Vec<_> = several.iter().map(|n| n.id.as_str()).collect();
            let (zh, (_, en)) = kind.words();
            let (n, ids) = (several.len(), ids.join(", "));
            Err(Failure::new(
                Exit::Usage,
                sentence!(
                    "有 {n} 个{zh}叫 {wanted:?}",
                    "{n} {en} are called {wanted:?}",
                ),
                sentence!("请写编号: {ids}", "give one of their ids: {ids}"),
            ))
        }
    }
}

/// The names there are to choose from, each once, in the order of the workspace.
fn known_names(writer: &Writer, kind: Kind) -> Result<Vec<SafeText>, Failure> {
    names_for(writer, kind, None)
}

/// The same where some of them make sense for these customers only: tags they have, staff who can own them all.
pub fn names_for(
    writer: &Writer,
    kind: Kind,
    customers: Option<&[CustomerId]>,
) -> Result<Vec<SafeText>, Failure> {
    let conn = writer.look();
    let known = match (kind, customers) {
        (Kind::Untag, Some(customers)) => tags_of(conn, customers)?,
        (Kind::Owner, Some(customers)) => owners_of(conn, customers)?,
        (Kind::Tag | Kind::Untag, _) => names(conn, false)?,
        (Kind::Stage, _) => names(conn, true)?,
        (Kind::Owner, None) => owners(conn)?,
    };
    let mut seen = std::collections::HashSet::new();
    let names = known.into_iter().map(|named| named.name);
    Ok(names.filter(|name| seen.insert(name.clone())).collect())
}

/// The tag or stage that is meant, or an error that says what it could have been.
fn named(writer: &Writer, kind: Kind, wanted: &str) -> Result<Resolved, Failure> {
    let (found, near) = resolved(writer, kind, wanted)?;
    found.map_or_else(
        || {
            let help = match near {
                Some(near) => sentence!("是不是 {near}?", "did you mean {near}?"),
                None if kind == Kind::Owner => sentence!(
                    "`caopan list staff` 列出全部",
                    "`caopan list staff` lists them"
                ),
                None if kind == Kind::Stage => {
                    let known = names(writer.look(), true)?;
                    let known: Vec<&str> = known.iter().map(|n| n.name.as_str()).collect();
                    if known.is_empty() {
                        sentence!(
                            "还没有阶段: 先导入 journeys 和 stages (`caopan import stages --template` 列出各列)",
                            "there are no stages yet: import journeys and stages first (`caopan import stages --template` shows the columns)"
                        )
                    } else {
                        let known = known.join(", ");
                        sentence!("阶段: {known}", "stages: {known}")
                    }
                }
                None => sentence!(
                    "`caopan tags` 列出全部, `caopan tag new {wanted}` 新建",
                    "`caopan tags` lists them, `caopan tag new {wanted}` makes one"
                ),
            };
            let (zh, (en, _)) = kind.words();
            let what = sentence!("没有叫 {wanted:?} 的{zh}", "no {en} is called {wanted:?}");
            Err(Failure::new(Exit::Usage, what, help))
        },
        Ok,
    )
}

fn say(kind: Kind, done: &Done, words: &Words, out: &mut impl Write) -> std::io::Result<()> {
    let (changed, unchanged) = (
        progress::thousands(done.changed),
        progress::thousands(done.unchanged),
    );
    let holes = [
        ("name", done.name.as_str()),
        ("n", &changed),
        ("already", &unchanged),
    ];
    let line = done.journal.map_or_else(String::new, |line| {
        words.fill("receipt.undo_with", &[("line", &line.to_string())])
    });
    writeln!(out, "{}{line}", words.fill(kind.receipt(), &holes))
}

fn changed(whom: &[CustomerId]) -> Failure {
    let what = if whom.is_empty() {
        sentence!(
            "工作区刚被整个换过",
            "the workspace was filled anew meanwhile"
        )
    } else {
        let some: Vec<&str> = whom.iter().take(5).map(CustomerId::as_str).collect();
        let more = if whom.len() > 5 { ", …" } else { "" };
        let (n, some) = (whom.len(), some.join(", "));
        sentence!(
            "别人刚改了其中 {n} 位客户: {some}{more}",
            "somebody else changed {n} of these customers meanwhile: {some}{more}",
        )
    };
    Failure::new(
        Exit::Refused,
        what,
        sentence!(
            "没有写入; 请再看一次, 然后重做",
            "nothing was written; look again, then do it again"
        ),
    )
}
