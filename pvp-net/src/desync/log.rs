//! Owns the states a desync can be traced in: confirmed keyframes while the match runs, everything recent once it is found.
//! Must not decide what differs.

use std::collections::VecDeque;

use crate::simulation::{Inspect, Simulation};

/// Keyframes kept at most; older ones than the last agreed frame are dropped earlier.
const KEYFRAMES_MAX: usize = 8;

/// Named checksums of a state's parts.
pub(crate) type Sections = Vec<(&'static str, u64)>;

/// What [`Inspect`] can do, for a session that knows only [`Simulation`].
pub(crate) struct Inspector<S: Simulation> {
    pub(crate) sections: fn(&S, &S::State) -> Sections,
    pub(crate) to_bytes: fn(&S, &S::State) -> Vec<u8>,
    pub(crate) from_bytes: fn(&S, &[u8]) -> Option<S::State>,
    pub(crate) field_name: fn(&S, usize) -> String,
    pub(crate) commit_seq: fn(&S, &S::State) -> u8,
}

impl<S: Inspect> Inspector<S> {
    pub(crate) fn new() -> Self {
        Self {
            sections: S::sections,
            to_bytes: S::to_bytes,
            from_bytes: S::from_bytes,
            field_name: S::field_name,
            commit_seq: S::commit_seq,
        }
    }
}

impl<S: Simulation> Clone for Inspector<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Simulation> Copy for Inspector<S> {}

/// Confirmed states by frame, oldest first.
pub(crate) struct ForensicLog<St> {
    states: VecDeque<(u32, St)>,
}

impl<St: Clone> ForensicLog<St> {
    pub(crate) fn new() -> Self {
        Self {
            states: VecDeque::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// Keeps a keyframe; `agreed_frame` is the newest frame known to be equal on both sides.
    pub(crate) fn keep(&mut self, frame: u32, state: &St, agreed_frame: u32) {
        while self.states.get(1).is_some_and(|(next, _)| *next <= agreed_frame) || self.states.len() >= KEYFRAMES_MAX {
            self.states.pop_front();
        }
        self.states.push_back((frame, state.clone()));
    }

    /// All keyframes and `recent` states together, for a closer look later.
    pub(crate) fn freeze<'a>(&self, recent: impl Iterator<Item = (u32, &'a St)>) -> Self
    where
        St: 'a,
    {
        let mut states: Vec<(u32, St)> = self.states.iter().cloned().collect();
        states.extend(recent.map(|(frame, state)| (frame, state.clone())));
        states.sort_by_key(|(frame, _)| *frame);
        states.dedup_by_key(|(frame, _)| *frame);
        Self { states: states.into() }
    }

    /// The newest state at or before `frame`.
    pub(crate) fn newest_until(&self, frame: u32) -> Option<(u32, &St)> {
        let later = self.states.partition_point(|(kept, _)| *kept <= frame);
        let (kept, state) = self.states.get(later.checked_sub(1)?)?;
        Some((*kept, state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyframes_reach_back_to_the_last_agreed_frame() {
        let mut log = ForensicLog::new();
        for frame in (0..=120u32).step_by(30) {
            log.keep(frame, &frame, 60);
        }
        assert_eq!(log.newest_until(59), None, "dropped: frame 60 is agreed");
        assert_eq!(log.newest_until(89), Some((60, &60)));
        for frame in (150..3000u32).step_by(30) {
            log.keep(frame, &frame, 60);
        }
        assert!(log.states.len() <= KEYFRAMES_MAX, "bounded without agreement");
    }

    #[test]
    fn a_frozen_log_is_ordered_and_has_each_frame_once() {
        let mut log = ForensicLog::new();
        log.keep(30, &'k', 0);
        let recent = [(31, &'a'), (30, &'b'), (29, &'c')];
        let frozen = log.freeze(recent.into_iter());
        assert_eq!(frozen.newest_until(28), None);
        assert_eq!(frozen.newest_until(29), Some((29, &'c')));
        assert_eq!(frozen.newest_until(30), Some((30, &'k')));
        assert_eq!(frozen.newest_until(99), Some((31, &'a')));
    }
}
