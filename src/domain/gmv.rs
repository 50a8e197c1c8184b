//! GMV of a period, three ways (metrics.md 4.3), order by order: the definition the columns of the engine must agree with.

use super::kpi::GmvSums;
use super::period::Period;
use super::{Day, Fen};

/// A paid, non-test order with its refunds. Unpaid and test orders are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidOrder<'a> {
    /// Person key of the buyer.
    pub buyer: &'a str,
    /// Business day it was paid.
    pub day: Day,
    /// Paid, freight included.
    pub paid: Fen,
    /// Refunds so far: business day and amount (positive).
    pub refunds: &'a [(Day, Fen)],
}

impl PaidOrder<'_> {
    /// Paid minus all refunds so far.
    pub fn net(&self) -> Fen {
        let refunds = self
            .refunds
            .iter()
            .map(|(_, fen)| Fen(fen.0.saturating_neg()));
        Fen::total_held(refunds.chain([self.paid]))
    }

    /// The purchase still stands: it is not fully refunded.
    pub fn stands(&self) -> bool {
        self.net().0 > 0
    }
}

/// The money of a period; sums beyond what money can hold stop there.
pub fn sums(orders: &[PaidOrder<'_>], period: Period) -> GmvSums {
    let paid_inside = || orders.iter().filter(|order| period.contains(order.day));
    let refunds = |order: &PaidOrder<'_>| order.refunds.to_vec();
    GmvSums {
        gross: Fen::total_held(paid_inside().map(|order| order.paid)),
        refunded_in_period: Fen::total_held(
            orders
                .iter()
                .flat_map(refunds)
                .filter(|(day, _)| period.contains(*day))
                .map(|(_, fen)| fen),
        ),
        refunded_so_far: Fen::total_held(paid_inside().flat_map(refunds).map(|(_, fen)| fen)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::kpi::GmvKind;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn the_golden_month_is_920_890_and_590_yuan() {
        let full = [(day("2026-04-02"), Fen(30_000))];
        let part = [(day("2026-03-11"), Fen(3_000))];
        let order = |buyer, on, fen, refunds| PaidOrder {
            buyer,
            day: day(on),
            paid: Fen(fen),
            refunds,
        };
        let orders = [
            order("A", "2026-03-01", 10_000, &[][..]),
            order("A", "2026-03-20", 20_000, &[]),
            order("B", "2026-03-01", 5_000, &[]),
            order("B", "2026-03-31", 6_000, &[]),
            order("C", "2026-03-05", 30_000, &full),
            order("D", "2026-03-10", 8_000, &part),
            order("E", "2026-02-10", 12_000, &[]),
            order("E", "2026-03-15", 13_000, &[]),
        ];
        let march = Period {
            from: day("2026-03-01"),
            to: day("2026-03-31"),
        };
        let money = sums(&orders, march);
        assert_eq!(money.of(GmvKind::Gross), Fen(92_000));
        assert_eq!(money.of(GmvKind::NetByRefundDate), Fen(89_000));
        assert_eq!(money.of(GmvKind::NetByOrderDate), Fen(59_000));

        let inside = || orders.iter().filter(|o| march.contains(o.day));
        assert_eq!(inside().count(), 7);
        assert_eq!(inside().map(|o| o.buyer).collect::<BTreeSet<_>>().len(), 5);
        let valid = || inside().filter(|o| o.stands());
        assert_eq!(valid().count(), 6);
        assert_eq!(valid().map(|o| o.buyer).collect::<BTreeSet<_>>().len(), 4);

        // April saw nothing but the refund.
        let april = Period {
            from: day("2026-04-01"),
            to: day("2026-04-30"),
        };
        assert_eq!(
            sums(&orders, april).of(GmvKind::NetByRefundDate),
            Fen(-30_000)
        );
    }
}
