//! What two consoles of one person did to the kept state of one workspace, made one.

use super::{HISTORY, Kept, KeptView};

impl Kept {
    /// What is to be written by a console that knew `was` and has this now, where another wrote `there` meanwhile: what this
    /// one changed goes over what the other did. What was known and is there no more was taken out, and stays out.
    /// Views it was `told` are there are no doing of its own.
    pub(super) fn over(&self, was: &Self, there: &Self, told: &[KeptView]) -> Self {
        let is_same_org = (self.org, &self.org_name) == (was.org, &was.org_name);
        let org = if is_same_org { there } else { self };
        Self {
            focus: newer(&self.focus, &was.focus, &there.focus),
            layout: newer(&self.layout, &was.layout, &there.layout),
            filter: newer(&self.filter, &was.filter, &there.filter),
            groups_filter: newer(
                &self.groups_filter,
                &was.groups_filter,
                &there.groups_filter,
            ),
            period: newer(&self.period, &was.period, &there.period),
            org: org.org,
            org_name: org.org_name.clone(),
            columns: newer(&self.columns, &was.columns, &there.columns),
            filter_history: self.history_over(was, there),
            sort: newer(&self.sort, &was.sort, &there.sort),
            views: self.views_over(was, there, told),
        }
    }

    /// Theirs, less those removed here, and then those saved here.
    fn views_over(&self, was: &Self, there: &Self, told: &[KeptView]) -> Vec<KeptView> {
        let saved: Vec<_> = self
            .views
            .iter()
            .filter(|view| !was.views.contains(view) && !told.contains(view))
            .collect();
        let is_here = |name: &str| self.views.iter().any(|view| view.name == name);
        let was_here = |name: &str| was.views.iter().any(|view| view.name == name);
        let stays = |view: &&KeptView| {
            let is_removed = was_here(&view.name) && !is_here(&view.name);
            !is_removed && saved.iter().all(|new| new.name != view.name)
        };
        let theirs = there.views.iter().filter(stays);
        theirs.chain(saved.iter().copied()).cloned().collect()
    }

    /// Theirs, and then those typed here since: what no longer stands as it stood.
    fn history_over(&self, was: &Self, there: &Self) -> Vec<String> {
        let mut before = was.filter_history.iter();
        let as_it_stood = |text: &&String| before.any(|known| known == *text);
        let stood = self.filter_history.iter().take_while(as_it_stood).count();
        let is_there = |text: &String| there.filter_history.contains(text);
        // What only fell off at the end of a full list was not taken out: all that is older fell off before it.
        let fell_off = |text: &String| {
            let mut older = was.filter_history.iter().take_while(|known| *known != text);
            there.filter_history.len() >= HISTORY && !older.any(is_there)
        };
        let is_out =
            |text: &String| was.filter_history.contains(text) && !is_there(text) && !fell_off(text);
        let typed: Vec<_> = self
            .filter_history
            .iter()
            .skip(stood)
            .filter(|text| !is_out(text))
            .collect();
        let theirs = there
            .filter_history
            .iter()
            .filter(|text| !typed.contains(text));
        let all: Vec<_> = theirs.chain(typed.iter().copied()).collect();
        let oldest = all.len().saturating_sub(HISTORY);
        all.into_iter().skip(oldest).cloned().collect()
    }
}

/// Mine where I changed it, else theirs.
fn newer<T: PartialEq + Clone>(mine: &T, was: &T, theirs: &T) -> T {
    if mine == was { theirs } else { mine }.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_history_keeps_the_newest_of_both() {
        let of = |range: std::ops::Range<usize>| -> Kept {
            Kept {
                filter_history: range.map(|n| n.to_string()).collect(),
                ..Kept::default()
            }
        };
        let (was, mine) = (of(0..HISTORY), of(5..HISTORY + 5));
        let mut there = was.clone();
        there.filter_history.push("theirs".into());
        let kept = mine.over(&was, &there, &[]);
        assert_eq!(kept.filter_history.len(), HISTORY);
        let tail: Vec<_> = kept.filter_history.iter().rev().take(6).rev().collect();
        assert_eq!(tail, ["theirs", "100", "101", "102", "103", "104"]);
    }

    #[test]
    fn a_filter_typed_again_stays_where_the_other_console_had_only_pushed_it_off_the_end() {
        let of = |texts: Vec<String>| Kept {
            filter_history: texts,
            ..Kept::default()
        };
        let numbers =
            |range: std::ops::Range<usize>| range.map(|n| n.to_string()).collect::<Vec<_>>();
        let was = of(numbers(0..HISTORY));
        // The other one typed two; here the second oldest is typed again.
        let there = of(numbers(2..HISTORY + 2));
        let mut mine = was.clone();
        let again = mine.filter_history.remove(1);
        mine.filter_history.push(again);
        let kept = mine.over(&was, &there, &[]).filter_history;
        assert_eq!(kept.last().map(String::as_str), Some("1"));
        assert_eq!(kept.len(), HISTORY);
        // One that was taken out from among others does not come back.
        let mut there = of(numbers(2..HISTORY + 2));
        there.filter_history.retain(|text| text != "50");
        there.filter_history.push("new".into());
        let mut mine = was.clone();
        mine.filter_history.retain(|text| text != "50");
        mine.filter_history.push("50".into());
        assert!(
            !mine
                .over(&was, &there, &[])
                .filter_history
                .contains(&"50".to_owned())
        );
    }
}
