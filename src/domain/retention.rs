//! Retention of staff–customer relations (metrics.md 4.2).

use super::{Rate, Zone, period::Period};

/// What happened to a relation (`follow_event.kind`), as far as retention cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowKind {
    /// The customer was added.
    Add,
    /// Taken over from a colleague.
    TransferIn,
    /// Handed to a colleague: keeps the customer, ends the relation.
    TransferOut,
    /// The customer deleted the staff.
    DeletedByCustomer,
    /// The staff deleted the customer.
    DeletedByStaff,
    /// Gone without a trace.
    Vanished,
}

impl FollowKind {
    /// Reads the column; `edit`, `half_add` and `transfer_fail` change nothing and are `None`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "add" => Some(Self::Add),
            "transfer_in" => Some(Self::TransferIn),
            "transfer_out" => Some(Self::TransferOut),
            "del_by_customer" => Some(Self::DeletedByCustomer),
            "del_by_staff" => Some(Self::DeletedByStaff),
            "vanished" => Some(Self::Vanished),
            _ => None,
        }
    }

    fn is_live(self) -> bool {
        match self {
            Self::Add | Self::TransferIn => true,
            Self::TransferOut | Self::DeletedByCustomer | Self::DeletedByStaff | Self::Vanished => {
                false
            }
        }
    }
}

/// Relations kept `n` days after their first add, over the relations whose first add fell into the cohort's days.
///
/// Each item holds the events of one relation in order (unix seconds). Deleted and added again before the day counts as
/// kept. `None` while the last member of the cohort has not reached day `n` (`cohort.to + n` lies after `as_of`'s day).
pub fn relation<'a>(
    relations: impl IntoIterator<Item = &'a [(i64, FollowKind)]>,
    cohort: Period,
    n: i32,
    as_of: super::AsOf,
) -> Option<Rate> {
    if cohort.to.plus(n) > as_of.today() {
        return None;
    }
    let (mut kept, mut size) = (0_u32, 0_u32);
    for events in relations {
        let Some(start) = first_add(events, cohort, as_of.zone) else {
            continue;
        };
        let end = start.saturating_add(i64::from(n) * 86_400);
        let last = events.iter().rev().find(|(at, _)| *at < end);
        size += 1;
        kept += u32::from(last.is_some_and(|(_, kind)| kind.is_live()));
    }
    Some(Rate {
        num: f64::from(kept),
        den: f64::from(size),
    })
}

/// When the relation began, if its first add fell into the cohort.
fn first_add(events: &[(i64, FollowKind)], cohort: Period, zone: Zone) -> Option<i64> {
    events
        .iter()
        .find(|(_, kind)| *kind == FollowKind::Add)
        .map(|(at, _)| *at)
        .filter(|at| cohort.contains(zone.day_of(*at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AsOf, Day};

    /// Unix seconds of a time in March 2026, Shanghai.
    fn march(day: i64, hour: i64) -> i64 {
        1_772_294_400 + (day - 1) * 86_400 + hour * 3_600
    }

    fn as_of(day: i64) -> AsOf {
        AsOf {
            unix: march(day, 12),
            zone: Zone::default(),
        }
    }

    #[test]
    fn ten_adds_are_kept_nine_eight_and_seven() {
        use FollowKind::{Add, DeletedByCustomer, DeletedByStaff};
        let mut relations = vec![vec![(march(1, 9), Add)]; 10];
        relations[0].push((march(1, 20), DeletedByCustomer));
        relations[1].push((march(5, 20), DeletedByCustomer));
        relations[2].push((march(6, 20), DeletedByStaff));
        relations[2].push((march(7, 8), Add));
        relations[3].push((march(9, 10), DeletedByCustomer));
        let first = Day::parse("2026-03-01").unwrap();
        let cohort = Period {
            from: first,
            to: first.plus(6),
        };
        let kept = |n| {
            let rate = relation(relations.iter().map(Vec::as_slice), cohort, n, as_of(60));
            rate.map(|r| (r.num, r.den))
        };
        assert_eq!(kept(1), Some((9.0, 10.0)));
        assert_eq!(kept(7), Some((8.0, 10.0)));
        assert_eq!(kept(30), Some((7.0, 10.0)));
        // The cohort's last day plus 30 lies in the future.
        let early = relation(relations.iter().map(Vec::as_slice), cohort, 30, as_of(36));
        assert_eq!(early, None);
    }

    #[test]
    fn a_transfer_ends_the_relation() {
        let events = [
            (march(1, 9), FollowKind::Add),
            (march(2, 9), FollowKind::TransferOut),
        ];
        let first = Day::parse("2026-03-01").unwrap();
        let rate = relation([events.as_slice()], Period::day(first), 7, as_of(20)).unwrap();
        assert_eq!((rate.num, rate.den), (0.0, 1.0));
        assert_eq!(FollowKind::parse("edit"), None);
        assert_eq!(
            FollowKind::parse("transfer_out"),
            Some(FollowKind::TransferOut)
        );
    }
}
