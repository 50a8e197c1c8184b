//! The commands that write to customers and those that look at what was written: `tag`, `stage`, `owner`, `target`,
//! `undo`, `journal`.

use std::io::Write;

use clap::Subcommand;

use super::edit::EditArguments;
use super::error::{Exit, Failure};
use super::setting::Setting;
use super::target::Aim;
use super::{edit, journal, target, undo};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Acts {
    /// Give customers a tag, take it from them, or make one.
    #[command(after_help = "Examples:\n\
        \x20 caopan tag new VIP --group 会员 -w shop.db\n\
        \x20 caopan tag add VIP 'spend>5000' -w shop.db\n\
        \x20 caopan tag remove VIP wm1 wm2 -w shop.db\n\
        Exit: 0 committed, 4 busy, 5 refused: not confirmed, read-only, or changed by somebody else meanwhile,\n\
        6 done but for ids that nobody has.")]
    Tag {
        /// Which way.
        #[command(subcommand)]
        way: Way,
    },
    /// Put customers at a stage of the first journey.
    #[command(after_help = "Examples:\n\
        \x20 caopan stage 复购 'orders>=2' -w shop.db\n\
        \x20 caopan stage 首购 wm1 -w shop.db")]
    Stage(EditArguments),
    /// Give customers to a member of staff who follows them: orders to come are credited to the owner.
    #[command(after_help = "Examples:\n\
        \x20 caopan owner linbo 'owner:hemin last>60d' -w shop.db\n\
        \x20 caopan owner 林波 wm1 wm2 -w shop.db\n\
        Whoever does not follow a customer cannot own them; paid orders stay with whom they were credited to.\n\
        Exit: 0 committed, 4 busy, 5 refused: not followed, not confirmed, read-only, or changed by somebody else meanwhile,\n\
        6 done but for ids that nobody has.")]
    Owner(EditArguments),
    /// Set, list or remove targets.
    #[command(after_help = "Examples:\n\
        \x20 caopan target set gmv 120万 -w shop.db                       this month, the whole workspace\n\
        \x20 caopan target set net_gmv_refund 48000 --for staff:zhangmin --period 2026-03 -w shop.db\n\
        \x20 caopan target list --period 2026-03 -w shop.db\n\
        \x20 caopan target remove gmv --period 2026-03 -w shop.db\n\
        Exit: 0 committed or nothing to do, 2 no such metric, period or value, 4 busy, 5 read-only.")]
    Target {
        /// Which way.
        #[command(subcommand)]
        aim: Aim,
    },
    /// Take back the last act of one's own, or the one named; an undo can be undone.
    #[command(after_help = "Examples:\n\
        \x20 caopan undo -w shop.db            the last act of one's own\n\
        \x20 caopan undo 17 -w shop.db         the act on line 17 of the journal\n\
        Exit: 0 taken back, 5 refused: what it touched has been changed since.")]
    Undo {
        /// Line of the journal.
        id: Option<i64>,
    },
    /// Who did what.
    #[command(after_help = "Examples:\n\
        \x20 caopan journal --limit 20 -w shop.db\n\
        \x20 caopan journal --act export --format csv -w shop.db\n\
        \x20 caopan journal verify -w shop.db  is every line as it was written, and none missing?\n\
        Exit: 0, or 1 when verify finds a break.")]
    Journal(journal::JournalArguments),
}

/// To tag or to untag.
#[derive(Debug, Subcommand)]
pub enum Way {
    /// They get the tag.
    #[command(after_help = "Examples:\n\
        \x20 caopan tag add VIP 'spend>5000' -w shop.db\n\
        \x20 caopan tag add VIP wm1 wm2 -w shop.db\n\
        \x20 caopan tag add 老客 --all --yes -w shop.db   everybody, said outright")]
    Add(EditArguments),
    /// Make a tag of this workspace alone; a sync leaves it, and WeCom does not learn of it.
    #[command(after_help = "Examples:\n\
        \x20 caopan tag new 高意向 -w shop.db\n\
        \x20 caopan tag new 高意向 --group 意向 -w shop.db\n\
        Exit: 0 made or there already, 4 busy, 5 refused: read-only, or the group is WeCom's.")]
    New(super::tag_new::NewTagArguments),
    /// They lose the tag, whoever gave it.
    #[command(
        alias = "rm",
        after_help = "Examples:\n\
        \x20 caopan tag remove VIP 'last>90d' -w shop.db\n\
        \x20 caopan tag remove VIP wm1 -w shop.db"
    )]
    Remove(EditArguments),
}

/// Runs one.
pub fn run(setting: &Setting, act: &Acts, out: &mut impl Write) -> Result<Exit, Failure> {
    match act {
        Acts::Tag {
            way: Way::Add(wish),
        } => edit::run(setting, edit::Kind::Tag, wish, out),
        Acts::Tag {
            way: Way::Remove(wish),
        } => edit::run(setting, edit::Kind::Untag, wish, out),
        Acts::Tag {
            way: Way::New(wish),
        } => super::tag_new::run(setting, wish, out),
        Acts::Stage(wish) => edit::run(setting, edit::Kind::Stage, wish, out),
        Acts::Owner(wish) => edit::run(setting, edit::Kind::Owner, wish, out),
        Acts::Target { aim } => target::run(setting, aim, out),
        Acts::Undo { id } => undo::run(setting, *id, out),
        Acts::Journal(wish) => journal::run(setting, wish, out),
    }
}
