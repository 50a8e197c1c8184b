//! The generator's dice: splitmix64, so that the same seed gives the same rows on every machine and with every
//! version of every dependency.

/// A stream of pseudo-random numbers (Steele, Lea, Flood: *Fast splittable pseudorandom number generators*, 2014).
#[derive(Clone, Debug)]
pub(super) struct Rng(u64);

/// Distance between two states of a splitmix64 stream: 2^64 over the golden ratio, odd.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Rng {
    /// A stream of its own for each `stream` of one seed: parts of the demo do not shift each other's dice.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = Self(seed ^ stream.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        rng.next();
        rng
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `0..n`; 0 when `n` is 0.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        u64::try_from((u128::from(self.next()) * u128::from(n)) >> 64).unwrap_or(0)
    }

    /// An index into a list of `len`; 0 when it is empty.
    pub(super) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(u64::try_from(len).unwrap_or(0))).unwrap_or(0)
    }

    /// A number in `low..=high`; `low` when the range is empty.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low).saturating_add(1)).unwrap_or(0);
        low + i64::try_from(self.below(width)).unwrap_or(0)
    }

    /// True in `per_10k` of ten thousand cases.
    pub(super) fn chance(&mut self, per_10k: u64) -> bool {
        self.below(10_000) < per_10k
    }

    /// One element; the default when the list is empty.
    pub(super) fn pick<T: Copy + Default>(&mut self, list: &[T]) -> T {
        list.get(self.index(list.len()))
            .copied()
            .unwrap_or_default()
    }

    /// An index with the given weights; 0 when they are all 0.
    pub(super) fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (i, w) in weights.iter().enumerate() {
            if left < *w {
                return i;
            }
            left -= w;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_splitmix64() {
        // First outputs of splitmix64 from state 0, as printed with the reference code.
        let mut rng = Rng(0);
        assert_eq!(rng.next(), 0xE220_A839_7B1D_CDAF);
        assert_eq!(rng.next(), 0x6E78_9E6A_A1B9_65F4);
    }

    #[test]
    fn every_draw_stays_in_its_range_and_reaches_both_ends() {
        let mut rng = Rng::new(1, 2);
        let drawn: Vec<i64> = (0..1_000).map(|_| rng.between(-2, 3)).collect();
        assert_eq!(drawn.iter().min(), Some(&-2));
        assert_eq!(drawn.iter().max(), Some(&3));
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.between(5, 4), 5);
        assert_eq!(rng.weighted(&[0, 0, 7, 0]), 2);
    }
}
