//! Recency, frequency, money (metrics.md 4.11).
//!
//! Window: the [`WINDOW_DAYS`] days that end with the day of `as_of`. Buyers only; people without a purchase in the
//! window are a class of their own (未购), not score 1. These numbers are not those of `lifetimes` or `pymc-marketing`.

use super::{Day, Fen, Lang};

/// Days looked back, the day of `as_of` included.
pub const WINDOW_DAYS: i32 = 365;
/// Fewer buyers than this are scored by thresholds: quintiles of a handful say nothing.
pub const MIN_FOR_QUINTILES: usize = 50;
/// From this score on a dimension counts as high.
pub const HIGH: u8 = 4;

/// RFM scores (metrics.md 4.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rfm {
    /// Recency score 1..=5.
    pub r: u8,
    /// Frequency score 1..=5.
    pub f: u8,
    /// Money score 1..=5.
    pub m: u8,
    /// Segment 0..=7: bits R F M, each 1 when the score is at least 4 (7 = 重要价值).
    pub segment: u8,
}

impl Rfm {
    /// The scores with their segment.
    pub fn new(r: u8, f: u8, m: u8) -> Self {
        let bit = |score: u8, at: u8| u8::from(score >= HIGH) << at;
        Self {
            r,
            f,
            m,
            segment: bit(r, 2) | bit(f, 1) | bit(m, 0),
        }
    }
}

/// Names of the eight segments by number, Chinese and English.
pub const SEGMENTS: [(&str, &str); 8] = [
    ("一般挽留", "general win-back"),
    ("重要挽留", "important win-back"),
    ("一般保持", "general keep"),
    ("重要保持", "important keep"),
    ("一般发展", "general growth"),
    ("重要发展", "important growth"),
    ("一般价值", "general value"),
    ("重要价值", "important value"),
];

/// Name of people without a purchase in the window.
pub fn unsold_name(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "未购",
        Lang::En => "no purchase",
    }
}

/// Name of a segment; empty for a number past 7.
pub fn segment_name(segment: u8, lang: Lang) -> &'static str {
    let (zh, en) = SEGMENTS
        .get(usize::from(segment))
        .copied()
        .unwrap_or_default();
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// What is scored of a buyer, over the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// Day of the last purchase that still stands.
    pub last: Day,
    /// Distinct days with a purchase that still stands.
    pub purchase_days: u32,
    /// Σ net money of those purchases.
    pub money: Fen,
}

/// Four cuts that give every value its rank quintile: `score = 1 + 5 × (values strictly worse) ÷ n`, integer division.
/// Equal values get equal scores, which NTILE does not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quintiles([i64; 4]);

impl Quintiles {
    /// Makes the cuts; reorders the values. `None` without values.
    pub fn of(values: &mut [i64]) -> Option<Self> {
        let n = values.len();
        let mut cuts = [0; 4];
        for (k, cut) in (1..).zip(cuts.iter_mut()) {
            // The score reaches k + 1 when at least ⌈k·n/5⌉ values are strictly smaller.
            let at = (k * n).div_ceil(5).checked_sub(1)?;
            *cut = *values.select_nth_unstable(at).1;
        }
        Some(Self(cuts))
    }

    /// Score 1..=5 of a value (larger is better).
    pub fn score(self, value: i64) -> u8 {
        self.0
            .iter()
            .fold(1, |score, cut| score + u8::from(value > *cut))
    }
}

/// How buyers are scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scoring {
    /// By rank among the workspace's buyers.
    Quintiles {
        /// Of last purchase days.
        r: Quintiles,
        /// Of purchase days.
        f: Quintiles,
        /// Of money.
        m: Quintiles,
    },
    /// By fixed bounds: recency 30/60/90/180 days, frequency 2/3/5/8, money these (score 2, 3, 4, 5 from each on).
    Thresholds([Fen; 4]),
}

/// Money bounds of the threshold mode: ¥100, ¥300, ¥1,000, ¥3,000.
pub const MONEY_BOUNDS: [Fen; 4] = [Fen(10_000), Fen(30_000), Fen(100_000), Fen(300_000)];

impl Scoring {
    /// Quintiles of these buyers, or thresholds when there are fewer than [`MIN_FOR_QUINTILES`].
    pub fn of(buyers: &[Buyer]) -> Self {
        Self::of_columns(|value| buyers.iter().map(|buyer| value(*buyer)).collect())
    }

    /// The same, when buyers are too many to be listed: `column` gives one value of each, in any order.
    pub fn of_columns(mut column: impl FnMut(fn(Buyer) -> i64) -> Vec<i64>) -> Self {
        let mut cuts = |value| {
            let mut values = column(value);
            Quintiles::of(&mut values).filter(|_| values.len() >= MIN_FOR_QUINTILES)
        };
        let r = cuts(|b| i64::from(b.last.0));
        let f = cuts(|b| i64::from(b.purchase_days));
        let m = cuts(|b| b.money.0);
        match (r, f, m) {
            (Some(r), Some(f), Some(m)) => Self::Quintiles { r, f, m },
            _ => Self::Thresholds(MONEY_BOUNDS),
        }
    }

    /// Scores of one buyer on the day of `as_of`.
    pub fn score(self, buyer: Buyer, today: Day) -> Rfm {
        match self {
            Self::Quintiles { r, f, m } => Rfm::new(
                r.score(i64::from(buyer.last.0)),
                f.score(i64::from(buyer.purchase_days)),
                m.score(buyer.money.0),
            ),
            Self::Thresholds(money) => {
                let recency = today.0.saturating_sub(buyer.last.0);
                let r = steps([180, 90, 60, 30].map(|bound| recency <= bound));
                let f = steps([2, 3, 5, 8].map(|bound| buyer.purchase_days >= bound));
                let m = steps(money.map(|bound| buyer.money >= bound));
                Rfm::new(r, f, m)
            }
        }
    }
}

/// First day of the window that ends today.
pub fn window_start(today: Day) -> Day {
    today.plus(1 - WINDOW_DAYS)
}

fn steps(reached: [bool; 4]) -> u8 {
    reached
        .into_iter()
        .fold(1, |score, yes| score + u8::from(yes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_frequencies_get_equal_scores() {
        let values = [1, 1, 1, 1, 1, 1, 1, 2, 3, 5];
        let cuts = Quintiles::of(&mut values.to_vec()).unwrap();
        assert_eq!(
            values.map(|v| cuts.score(v)),
            [1, 1, 1, 1, 1, 1, 1, 4, 5, 5]
        );
    }

    proptest! {
        #[test]
        fn cuts_give_the_rank_formula(values in proptest::collection::vec(-9i64..9, 1..60)) {
            let cuts = Quintiles::of(&mut values.clone()).unwrap();
            for v in &values {
                let worse = values.iter().filter(|w| *w < v).count();
                prop_assert_eq!(usize::from(cuts.score(*v)), 1 + 5 * worse / values.len());
            }
        }
    }

    #[test]
    fn segments_read_recency_frequency_money_as_bits() {
        assert_eq!(
            segment_name(Rfm::new(5, 4, 4).segment, Lang::Zh),
            "重要价值"
        );
        assert_eq!(
            segment_name(Rfm::new(5, 1, 4).segment, Lang::Zh),
            "重要发展"
        );
        assert_eq!(
            segment_name(Rfm::new(3, 4, 4).segment, Lang::Zh),
            "重要保持"
        );
        assert_eq!(
            segment_name(Rfm::new(1, 1, 5).segment, Lang::Zh),
            "重要挽留"
        );
        assert_eq!(
            segment_name(Rfm::new(4, 4, 3).segment, Lang::Zh),
            "一般价值"
        );
        assert_eq!(
            segment_name(Rfm::new(4, 3, 3).segment, Lang::Zh),
            "一般发展"
        );
        assert_eq!(
            segment_name(Rfm::new(3, 5, 3).segment, Lang::Zh),
            "一般保持"
        );
        assert_eq!(
            segment_name(Rfm::new(3, 3, 3).segment, Lang::Zh),
            "一般挽留"
        );
        assert_eq!(segment_name(9, Lang::En), "");
    }

    #[test]
    fn few_buyers_are_scored_by_thresholds() {
        let today = Day(20_000);
        let buyer = |ago: i32, purchase_days, yuan: i64| Buyer {
            last: today.plus(-ago),
            purchase_days,
            money: Fen(yuan * 100),
        };
        let scoring = Scoring::of(&[buyer(0, 1, 10); 49]);
        assert_eq!(scoring, Scoring::Thresholds(MONEY_BOUNDS));
        assert_eq!(scoring.score(buyer(30, 8, 3000), today), Rfm::new(5, 5, 5));
        assert_eq!(scoring.score(buyer(31, 7, 2999), today), Rfm::new(4, 4, 4));
        assert_eq!(scoring.score(buyer(90, 3, 300), today), Rfm::new(3, 3, 3));
        assert_eq!(scoring.score(buyer(180, 2, 100), today), Rfm::new(2, 2, 2));
        assert_eq!(scoring.score(buyer(181, 1, 99), today), Rfm::new(1, 1, 1));
        assert!(matches!(
            Scoring::of(&[buyer(0, 1, 10); 50]),
            Scoring::Quintiles { .. }
        ));
    }

    #[test]
    fn the_window_has_365_days_with_today() {
        assert_eq!(Day(1000).0 - window_start(Day(1000)).0, 364);
    }
}
