//! Windows in the middle of hits nobody has sorted: a sample says between which two rows to look.

use std::cmp::Ordering;

use super::super::pair::halves;
use super::{Ranked, Sweep, Swept};

/// Rows of a sample.
const SAMPLE: u64 = 4_096;

impl Sweep<'_> {
    /// The rows from a position in the middle on.
    pub(super) fn deep(
        &self,
        offset: u64,
        number: &(impl Fn(u32) -> u64 + Sync),
        order: &(impl Fn(&Ranked, &Ranked) -> Ordering + Sync),
    ) -> Swept {
        let (low, high) = self.bounds(offset, number, order);
        let (above, between) = self.between(low, high, number, order);
        let skip = offset.checked_sub(above);
        let enough = skip.and_then(|skip| picked(between, skip, self.wanted.1, order));
        let rows = enough.or_else(|| {
            // The sample misled.
            let (_, all) = self.between(None, None, number, order);
            picked(all, offset, self.wanted.1, order)
        });
        Swept {
            above: offset,
            last: Vec::new(),
            first: rows.unwrap_or_default(),
        }
    }

    /// Two hits between which the window lies, in all likelihood; `None` stands for an end.
    fn bounds(
        &self,
        offset: u64,
        number: &impl Fn(u32) -> u64,
        order: &impl Fn(&Ranked, &Ranked) -> Ordering,
    ) -> (Option<Ranked>, Option<Ranked>) {
        let count = self.hits.count().max(1);
        let step = usize::try_from(count / SAMPLE).unwrap_or(1).max(1);
        let mut sample: Vec<Ranked> = self
            .hits
            .rows()
            .step_by(step)
            .map(|row| (number(row), row))
            .collect();
        sample.sort_unstable_by(order);
        let size = sample.len() as u64;
        // Three standard deviations of a place in the sample, and a little more.
        let margin = size.isqrt() * 3 / 2 + 2;
        let place = |position: u64| {
            let place = u128::from(position) * u128::from(size) / u128::from(count);
            u64::try_from(place).unwrap_or(u64::MAX)
        };
        let at = |place: u64| sample.get(usize::try_from(place).ok()?).copied();
        let end = offset.saturating_add(self.wanted.1 as u64);
        (
            place(offset).checked_sub(margin).and_then(at),
            at(place(end) + margin),
        )
    }

    /// How many hits come before `low`, and those from it up to `high`.
    fn between(
        &self,
        low: Option<Ranked>,
        high: Option<Ranked>,
        number: &(impl Fn(u32) -> u64 + Sync),
        order: &(impl Fn(&Ranked, &Ranked) -> Ordering + Sync),
    ) -> (u64, Vec<Ranked>) {
        let all = u32::try_from(self.hits.len()).unwrap_or(u32::MAX);
        let (mut one, other) = halves(all, |part| {
            let (mut above, mut between) = (0_u64, Vec::new());
            self.hits.each_of(part, |row| {
                let ranked = (number(row), row);
                if low.is_some_and(|low| order(&ranked, &low).is_lt()) {
                    above += 1;
                } else if high.is_none_or(|high| order(&ranked, &high).is_lt()) {
                    between.push(ranked);
                }
            });
            (above, between)
        });
        one.1.extend(other.1);
        (one.0 + other.0, one.1)
    }
}

/// The `most` rows behind the first `skip`, in order; `None` when there are not so many and the list may go on.
fn picked(
    mut rows: Vec<Ranked>,
    skip: u64,
    most: usize,
    order: &impl Fn(&Ranked, &Ranked) -> Ordering,
) -> Option<Vec<u32>> {
    let skip = usize::try_from(skip).ok()?;
    if skip.checked_add(most)? > rows.len() {
        return None;
    }
    if skip > 0 {
        rows.select_nth_unstable_by(skip, order);
    }
    let mut rows = rows.split_off(skip);
    if most < rows.len() {
        rows.select_nth_unstable_by(most, order);
        rows.truncate(most);
    }
    rows.sort_unstable_by(order);
    Some(rows.into_iter().map(|(_, row)| row).collect())
}
