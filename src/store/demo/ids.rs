//! Ids as WeCom gives them: opaque, and here in ascending order so that tables fill from left to right.

/// Crockford's base 32, ascending in ASCII.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Bits of an id: ten digits.
const BITS: u32 = 50;

/// Numbers customers and groups.
pub(super) struct Ids {
    seed: u64,
    step: u64,
}

impl Ids {
    /// Ids for so many customers.
    pub(super) fn new(seed: u64, customers: u32) -> Self {
        Self {
            seed,
            step: (1 << BITS) / u64::from(customers.max(1)),
        }
    }

    /// `external_userid` of the `n`-th customer; ascending in `n`.
    pub(super) fn customer(&self, n: u32, out: &mut String) {
        self.spread("wm", u64::from(n), out);
    }

    /// Id of somebody who is in a group and not in the pool.
    pub(super) fn outsider(&self, n: u64, out: &mut String) {
        let scrambled = self.scramble(n ^ 0x5EED) >> (64 - BITS);
        write("wo", scrambled, out);
    }

    /// `chat_id` of the `n`-th group out of `groups`; ascending in `n`.
    pub(super) fn chat(&self, n: usize, groups: usize) -> String {
        let step = (1 << BITS) / u64::try_from(groups.max(1)).unwrap_or(1);
        let n = u64::try_from(n).unwrap_or(0);
        let mut out = String::new();
        write("wr", n * step + self.scramble(n ^ 0xC4A7) % step, &mut out);
        out
    }

    fn spread(&self, prefix: &str, n: u64, out: &mut String) {
        write(prefix, n * self.step + self.scramble(n) % self.step, out);
    }

    fn scramble(&self, n: u64) -> u64 {
        super::rng::Rng::new(self.seed, n.wrapping_add(1)).next()
    }
}

fn write(prefix: &str, number: u64, out: &mut String) {
    out.clear();
    out.push_str(prefix);
    for digit in (0..BITS / 5).rev() {
        let at = usize::try_from((number >> (digit * 5)) & 31).unwrap_or(0);
        out.push(char::from(DIGITS.get(at).copied().unwrap_or(b'0')));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_and_differ() {
        let ids = Ids::new(9, 5_000);
        let mut out = String::new();
        let all: Vec<String> = (0..5_000)
            .map(|n| {
                ids.customer(n, &mut out);
                out.clone()
            })
            .collect();
        assert!(all.windows(2).all(|w| w[0] < w[1]));
        assert!(all.iter().all(|id| id.len() == 12));
        let chats: Vec<String> = (0..100).map(|n| ids.chat(n, 100)).collect();
        assert!(chats.windows(2).all(|w| w[0] < w[1]));
    }
}
