//! `caopan erase`: a person gone from the workspace, with a receipt that names nobody.

use std::io::{Write, stderr};

use crate::domain::{SafeText, mask};
use crate::store::erase::{Erased, copies_that_know, erase, known};
use crate::store::restore::By;
use crate::store::{Access, open};

use super::care::{EraseArguments, actor, confirmed, thousands};
use super::error::{Exit, Failure};
use super::setting::Setting;
use super::when;

/// Asks, erases, and prints the receipt.
pub fn run(
    setting: &Setting,
    wish: &EraseArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    if setting.common.read_only {
        return Err(Failure::new(
            Exit::Refused,
            "an erasure writes",
            "leave --read-only out",
        ));
    }
    let path = setting.workspace();
    let shown = SafeText::new(&path.to_string_lossy());
    let opened = open(&path, Access::ReadWrite)?;
    if let Some(person) = known(&opened.conn, &wish.customer)? {
        let question = format!(
            "Erase {} ({} orders, {} groups) from {shown}? This cannot be undone.",
            SafeText::new(&mask::name(&person.name)),
            person.orders,
            person.groups
        );
        confirmed(&question, wish.yes)?;
    }
    drop(opened);
    let actor = actor();
    let by = By {
        actor: &actor,
        now: when::now(),
    };
    let erased = erase(&path, &wish.customer, by)?;
    receipt(&erased, &shown, out)?;
    let conn = open(&path, Access::ReadOnly)?.conn;
    let copies = copies_that_know(&path, &conn, &wish.customer);
    if !copies.is_empty() {
        writeln!(
            out,
            "copies that still hold the person; delete them or erase there too:"
        )?;
        for copy in copies {
            writeln!(out, "  {}", SafeText::new(&copy.to_string_lossy()))?;
        }
    }
    if erased.wal_held {
        writeln!(
            stderr(),
            "caopan: error: a reader holds the -wal, which still has the old rows\n\
             help: close the consoles that are reading for long, then run this again"
        )?;
        return Ok(Exit::Busy);
    }
    Ok(Exit::Ok)
}

/// What was done, in counts.
fn receipt(erased: &Erased, shown: &SafeText, out: &mut impl Write) -> std::io::Result<()> {
    if erased.is_nothing() {
        writeln!(out, "nothing under that id in {shown}")?;
    } else {
        writeln!(out, "erased from {shown}; totals kept")?;
        for (table, rows) in &erased.rows {
            writeln!(out, "  {table}: {} rows", thousands(*rows))?;
        }
        writeln!(out, "  journal: {} rows blanked", thousands(erased.journal))?;
    }
    if !erased.wal_held {
        writeln!(
            out,
            "searched {} bytes: nothing of the person is left{}",
            thousands(erased.searched),
            if erased.rewritten {
                " (the file was written anew)"
            } else {
                ""
            }
        )?;
    }
    Ok(())
}
