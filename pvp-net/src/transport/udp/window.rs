//! Which packet numbers have been seen: refuses replays, tolerates reordering.
//!
//! Must not: change for a packet that has not been authenticated.

/// Packet numbers remembered behind the newest one.
const WINDOW: u64 = 1024;
const WORDS: usize = (WINDOW / 64) as usize;

/// A sliding bitmap over the newest [`WINDOW`] packet numbers (as RFC 6479 describes).
#[derive(Debug, Clone)]
pub(super) struct ReplayWindow {
    /// One above the newest number seen.
    next: u64,
    bits: [u64; WORDS],
}

impl ReplayWindow {
    /// Numbers below `next` count as seen.
    pub(super) fn starting_at(next: u64) -> Self {
        Self {
            next,
            bits: [u64::MAX; WORDS],
        }
    }

    /// One above the newest number seen.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Whether this number is neither seen nor too old to tell.
    pub(super) fn is_fresh(&self, number: u64) -> bool {
        if number >= self.next {
            return true;
        }
        self.next - number <= WINDOW && self.bits[word(number)] & bit(number) == 0
    }

    /// Marks a number as seen; returns whether it is the newest so far.
    pub(super) fn mark(&mut self, number: u64) -> bool {
        let is_newest = number >= self.next;
        if is_newest {
            let skipped = (number - self.next).min(WINDOW);
            for gap in 0..skipped {
                let forgotten = number - 1 - gap;
                self.bits[word(forgotten)] &= !bit(forgotten);
            }
            self.next = number + 1;
        }
        self.bits[word(number)] |= bit(number);
        is_newest
    }
}

fn word(number: u64) -> usize {
    (number / 64) as usize % WORDS
}

fn bit(number: u64) -> u64 {
    1 << (number % 64)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a set that forgets nothing: no number is taken twice, and none within the window is refused wrongly.
        #[test]
        fn takes_each_number_at_most_once(steps in prop::collection::vec((0_u64..40, 0_u64..1500), 1..400)) {
            let mut window = ReplayWindow::starting_at(0);
            let mut seen = BTreeSet::new();
            let mut newest = 0;
            for (ahead, behind) in steps {
                let number = (newest + ahead).saturating_sub(behind);
                let is_in_reach = newest.saturating_sub(number) < WINDOW;
                let is_fresh = window.is_fresh(number);
                prop_assert_eq!(is_fresh, is_in_reach && !seen.contains(&number));
                if is_fresh {
                    prop_assert_eq!(window.mark(number), seen.is_empty() || number > newest);
                    seen.insert(number);
                    newest = newest.max(number);
                }
            }
        }
    }

    #[test]
    fn numbers_before_the_start_are_refused() {
        let mut window = ReplayWindow::starting_at(5_000);
        for number in 3_900..5_000 {
            assert!(!window.is_fresh(number), "{number}");
        }
        assert!(window.is_fresh(5_000) && window.is_fresh(5_001));
        assert!(window.mark(5_010));
        for number in 4_000..5_000 {
            assert!(!window.is_fresh(number), "{number}");
        }
        assert!(window.is_fresh(5_003));
    }

    #[test]
    fn a_jump_beyond_the_window_forgets_everything_behind() {
        let mut window = ReplayWindow::starting_at(0);
        for number in 0..WINDOW {
            window.mark(number);
        }
        assert!(window.mark(10 * WINDOW));
        assert!(!window.is_fresh(WINDOW - 1));
        assert!(window.is_fresh(10 * WINDOW - 1));
    }
}
