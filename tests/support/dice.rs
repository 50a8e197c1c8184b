//! Numbers that look thrown and are the same for the same seed (splitmix64).
#![allow(
    dead_code,
    missing_docs,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "shared by test binaries that use parts of it"
)]

use std::fmt::Debug;

pub struct Dice(pub u64);

impl Dice {
    /// Any number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to, but not, `n`, which is above 0.
    pub fn below<N>(&mut self, n: N) -> N
    where
        N: TryFrom<u64, Error: Debug> + TryInto<u64, Error: Debug>,
    {
        let n: u64 = n.try_into().unwrap();
        N::try_from(self.roll() % n).unwrap()
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// True in so many cases of a hundred.
    pub fn chance(&mut self, percent: i64) -> bool {
        self.below(100_i64) < percent
    }

    /// In so many cases of a hundred, a number below `n`.
    pub fn maybe(&mut self, percent: i64, n: i64) -> Option<i64> {
        let n = self.below(n);
        self.chance(percent).then_some(n)
    }
}
