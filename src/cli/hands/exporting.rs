//! Rows of a pane into a file.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::app::deed::{Came, Export, Rows as Wanted};
use crate::domain::SafeText;
use crate::engine::Disclosure;
use crate::filter::print;

use super::super::asking;
use super::super::error::{Exit, Failure};
use super::super::export::{Errand, ExportFormat, carry_out};
use super::super::rows::{Campaign, Rows};
use super::Worker;

impl Worker {
    /// Writes the file, and the line of the journal where there can be one.
    pub(super) fn export(&mut self, export: Export) -> Result<Came, Failure> {
        let target = self.exports.join(&export.file);
        let Some(format) = ExportFormat::of_name(&target) else {
            return Ok(Came::NoFormat);
        };
        if !export.replaces && std::fs::symlink_metadata(&target).is_ok_and(|there| there.is_file())
        {
            return Ok(Came::Exists(Box::new(export)));
        }
        let journal = match self.writer() {
            Ok(_) => self.writer.take(),
            Err(refused) if refused.exit == Exit::Refused && !export.unmask => None,
            Err(refused) => return Err(refused),
        };
        let mut asking = self.asking(export.scope.clone(), format);
        asking.disclosure = match (export.unmask, export.mask) {
            (true, _) => Disclosure::Whole,
            (false, true) => Disclosure::Masked,
            (false, false) => Disclosure::Usual,
        };
        let (what, rows) = rows_of(&export.rows);
        if let Wanted::Customers(_, chosen) = &export.rows {
            asking.only(chosen.clone());
        }
        let mut errand = Errand {
            what,
            target: Some(&target),
            replaces: export.replaces,
            bom: format == ExportFormat::Csv,
            filter: print(&export.scope.filter),
            journal,
        };
        let (stop, given_up) = (Arc::clone(&self.stop), Arc::clone(&self.given_up));
        let at_work = self.at_work;
        let mut watching = move |_: u64, _: u64| {
            if stop.load(Ordering::Relaxed) || given_up.load(Ordering::Relaxed) >= at_work {
                return Err(asking::leaving());
            }
            Ok(())
        };
        let pipe = &mut std::io::sink();
        let done = carry_out(&mut errand, &mut asking, &rows, pipe, &mut watching);
        self.writer = errand.journal.take();
        let path = std::path::absolute(&target).unwrap_or(target);
        let shown = SafeText::new(&path.to_string_lossy());
        Ok(Came::Exported(done?.rows, export.unmask, shown))
    }
}

/// What is exported, in one word, and the rows as commands print them.
fn rows_of(wanted: &Wanted) -> (&'static str, Rows) {
    match wanted {
        Wanted::Customers(sort, _) => ("customers", Rows::Customers(sort.clone(), None)),
        Wanted::Tags => ("tags", Rows::Tags(None, None)),
        Wanted::Groups(filter, sort, reversed) => (
            "groups",
            Rows::Groups(filter.clone(), *sort, *reversed, None),
        ),
        Wanted::Kpi(campaign, gmv) => {
            let campaign = campaign.map_or(Campaign::Usual, Campaign::Id);
            ("kpi", Rows::Kpi(campaign, *gmv))
        }
        Wanted::Board(metric) => ("board", Rows::Board(*metric)),
    }
}
