//! How many customers have two tags both: what the tag pane counts under a filter of one tag.
//!
//! Counted a few rows at a time while nobody waits, and kept true when tags of a customer change.

/// Tags above which pairs are not counted: the table grows with their square (1 MB).
const MOST: usize = 512;
/// Rows between two looks whether to go on.
const STEP: u32 = 1 << 12;

/// Customers by pair of tags, as far as they are counted.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    /// Codes there are.
    codes: usize,
    /// Customers with one tag and the other, one row of the table a tag; with a tag and itself: all who have it.
    counts: Vec<u32>,
    /// Rows below this are counted.
    upto: u32,
}

impl Pairs {
    /// There are few enough tags.
    pub fn fits(codes: usize) -> bool {
        codes <= MOST
    }

    /// Nobody is counted yet; `None` when there are too many tags.
    pub fn of(codes: usize) -> Option<Self> {
        Self::fits(codes).then(|| Self {
            codes,
            counts: vec![0; codes * codes],
            upto: 0,
        })
    }

    /// All these rows are counted.
    pub fn is_whole(&self, rows: u32) -> bool {
        self.upto >= rows
    }

    /// Counts on with the lists of rows, up to `rows` of them, or until `go_on` says no: then false.
    pub fn count(
        &mut self,
        rows: u32,
        list_of: impl Fn(u32, &mut Vec<u16>),
        go_on: &dyn Fn() -> bool,
    ) -> bool {
        let mut list = Vec::new();
        while self.upto < rows {
            if !go_on() {
                return false;
            }
            let end = self.upto.saturating_add(STEP).min(rows);
            for row in self.upto..end {
                list.clear();
                list_of(row, &mut list);
                self.add(&list, true);
            }
            self.upto = end;
        }
        true
    }

    /// A row's list is another one now; `false`: there are new tags, and all must be counted again.
    pub fn change(&mut self, row: u32, old: &[u16], new: &[u16]) -> bool {
        if new.iter().any(|code| usize::from(*code) >= self.codes) {
            return false;
        }
        if row < self.upto {
            self.add(old, false);
            self.add(new, true);
        }
        true
    }

    fn add(&mut self, list: &[u16], up: bool) {
        for one in list {
            let start = usize::from(*one) * self.codes;
            let Some(others) = self.counts.get_mut(start..start + self.codes) else {
                continue;
            };
            for other in list {
                if let Some(n) = others.get_mut(usize::from(*other)) {
                    *n = if up {
                        n.saturating_add(1)
                    } else {
                        n.saturating_sub(1)
                    };
                }
            }
        }
    }

    /// Customers with a tag who have each tag, by code.
    pub fn beside(&self, code: u16) -> Option<&[u32]> {
        let start = usize::from(code) * self.codes;
        self.counts.get(start..start + self.codes)
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.counts.capacity() * 4
    }
}
