//! What an order is made of: lines, discount, freight.

use super::rng::Rng;
use super::words::{PRODUCTS, Product};

/// What an order is made of before it is written.
pub(super) struct Priced {
    /// Fen, as are discount and freight.
    pub(super) list: i64,
    pub(super) discount: i64,
    pub(super) freight: i64,
    /// Product and quantity.
    pub(super) lines: [Option<(&'static Product, i64)>; 3],
}

impl Priced {
    /// What is paid for it, fen.
    pub(super) fn total(&self) -> i64 {
        self.list - self.discount + self.freight
    }
}

/// One to three lines, sometimes a discount, freight for small parcels.
pub(super) fn price(rng: &mut Rng) -> Priced {
    let mut priced = Priced {
        list: 0,
        discount: 0,
        freight: 0,
        lines: [None; 3],
    };
    let count = 1 + rng.weighted(&[60, 28, 12]);
    for line in priced.lines.iter_mut().take(count) {
        let product = match rng.weighted(&[40, 45, 5, 10]) {
            0 => PRODUCTS.get(rng.index(3)),
            1 => PRODUCTS.get(3 + rng.index(8)),
            2 => PRODUCTS.get(11 + rng.index(3)),
            _ => PRODUCTS.get(14 + rng.index(2)),
        };
        let qty = i64::try_from(1 + rng.weighted(&[72, 20, 8])).unwrap_or(1);
        *line = product.map(|p| (p, qty));
        priced.list += product.map_or(0, |p| p.price * qty);
    }
    if rng.chance(3_500) {
        priced.discount = priced.list * rng.between(5, 25) / 100;
    }
    if priced.list < 3_900 && rng.chance(5_000) {
        priced.freight = 800;
    }
    priced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_the_sum_of_its_lines() {
        let mut rng = Rng::new(5, 5);
        for _ in 0..500 {
            let priced = price(&mut rng);
            let sum: i64 = priced
                .lines
                .iter()
                .flatten()
                .map(|(p, q)| p.price * q)
                .sum();
            assert_eq!(priced.list, sum);
            assert!(priced.discount >= 0 && priced.discount < priced.list);
        }
    }
}
