//! Reads records into batches, on a thread of its own while the batch before is written.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::batch::{Batch, Spoilt};
use super::kind::Kind;
use super::row::Sheet;
use super::source::{ReadError, Record};
use super::{ImportError, Problem, left_out};
use crate::domain::{Sentence, sentence};

/// Rows of the first batch; later ones are larger where the file is not in key order.
const FIRST: usize = 4_096;
/// The most bytes of a batch: two are in memory at a time.
const MOST: usize = 40 << 20;

/// Reads the next record; `None` at the end. `Some(Err(reason))`: this one is spoilt, the next may be read.
pub(super) type Next<'a> =
    dyn FnMut(&mut Record) -> Result<Option<Result<(), Sentence>>, ReadError> + Send + 'a;

/// Slots by which rows are put in order before they are written, so that neighbours go in together; none where the order of
/// the lines says something or the table numbers its rows itself.
fn write_order(sheet: &Sheet) -> Vec<usize> {
    match sheet.kind {
        Kind::Customers
        | Kind::CustomerTags
        | Kind::CustomerStages
        | Kind::GroupMembers
        | Kind::GroupDays
        | Kind::StaffDays
        | Kind::Orders
        | Kind::OrderItems
        | Kind::Refunds
        | Kind::CampaignSteps => {
            let keys = sheet.kind.spec().key.iter();
            keys.filter_map(|key| sheet.slot(key)).collect()
        }
        Kind::Departments
        | Kind::Staff
        | Kind::Channels
        | Kind::Follows
        | Kind::FollowEvents
        | Kind::TagGroups
        | Kind::Tags
        | Kind::Journeys
        | Kind::Stages
        | Kind::Groups
        | Kind::Campaigns
        | Kind::Costs
        | Kind::Targets
        | Kind::Incentives => Vec::new(),
    }
}

/// Turns records into rows of a sheet.
pub(super) struct Feed<'a> {
    sheet: &'a Sheet,
    records: &'a mut Next<'a>,
    record: Record,
    values: Vec<rusqlite::types::Value>,
    /// Keep the cells as they were read, for the rejects.
    keeps_fields: bool,
    /// Cells by which rows are put in order; empty keeps the file's.
    keys: Vec<usize>,
    rows: usize,
}

impl<'a> Feed<'a> {
    pub(super) fn new(sheet: &'a Sheet, records: &'a mut Next<'a>, keeps_fields: bool) -> Self {
        Self {
            sheet,
            records,
            record: Record::default(),
            values: Vec::new(),
            keeps_fields,
            keys: write_order(sheet),
            rows: FIRST,
        }
    }

    /// Reads the next rows; `false` when these are the last.
    fn fill(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        let room = if self.rows > FIRST { MOST } else { 0 };
        batch.begin(self.sheet.slots.len(), room);
        let mut more = true;
        while batch.len() < self.rows && batch.bytes() < MOST {
            let Some(read) = (self.records)(&mut self.record)? else {
                more = false;
                break;
            };
            self.take(read, batch);
        }
        let sorted = self.keys.is_empty() || batch.sort(&self.keys);
        if !sorted && !self.keeps_fields {
            // Rows far apart in the table cost a page each; the more are put in order at once, the fewer pages.
            self.rows = self.rows.saturating_mul(8);
        }
        Ok(more)
    }

    fn take(&mut self, read: Result<(), Sentence>, batch: &mut Batch) {
        let (record, width) = (&self.record, self.sheet.width);
        if let (Ok(()), Some(reason)) = (&read, left_out::reason(self.sheet, &record.fields)) {
            batch.left_out.count(reason);
            batch
                .not_made
                .extend(left_out::not_made(self.sheet, reason, &record.fields));
            return;
        }
        let has = record.fields.len();
        let fault = match read {
            Err(why) => Some((None, why)),
            Ok(()) if has != width => {
                let why = sentence!(
                    "有 {has} 列, 表头有 {width} 列",
                    "has {has} columns, the header has {width}",
                );
                Some((None, why))
            }
            Ok(()) => match self.sheet.read(&record.fields, &mut self.values) {
                Err((column, why)) => Some((Some(column), why)),
                Ok(()) => None,
            },
        };
        let Some((column, reason)) = fault else {
            let fields = self.keeps_fields.then_some(record.fields.as_slice());
            batch.push(record.line, &self.values, fields);
            return;
        };
        let fields = if self.keeps_fields {
            record.fields.clone()
        } else {
            Vec::new()
        };
        batch.spoilt.push(Spoilt {
            problem: Problem {
                line: record.line,
                column,
                heading: column.and_then(|column| self.sheet.heading(column)),
                reason,
            },
            fields,
        });
    }

    fn run(mut self, filled: &SyncSender<Result<Batch, ReadError>>, empty: &Receiver<Batch>) {
        loop {
            let mut batch = empty.try_recv().unwrap_or_default();
            let read = self.fill(&mut batch);
            let more = matches!(read, Ok(true));
            // Nobody takes it any more: the import has ended already.
            if filled.send(read.map(|_| batch)).is_err() || !more {
                return;
            }
        }
    }
}

/// Reads all rows on a thread of its own and hands them over batch by batch.
pub(super) fn each_batch(
    feed: Feed<'_>,
    broken: impl Fn(ReadError) -> ImportError,
    mut take: impl FnMut(&Batch) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let (filled, batches) = sync_channel(0);
    let (back, empty): (Sender<Batch>, Receiver<Batch>) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || feed.run(&filled, &empty));
        for batch in batches {
            let batch = batch.map_err(&broken)?;
            take(&batch)?;
            let _ = back.send(batch);
        }
        Ok(())
    })
}

/// Reads all rows without writing any: what is wrong with each, and how many there are.
pub(super) fn check(
    mut feed: Feed<'_>,
    mut look: impl FnMut(u64, &mut Vec<Spoilt>) -> bool,
) -> Result<u64, ReadError> {
    feed.keys.clear();
    let (mut batch, mut rows) = (Batch::default(), 0);
    loop {
        let more = feed.fill(&mut batch)?;
        rows += batch.len() as u64;
        if !look(rows, &mut batch.spoilt) || !more {
            return Ok(rows);
        }
    }
}
