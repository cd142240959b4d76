//! Owns a match's recording as the match sees it: it never fails, it stops.
//! Must not end a match: a full disk costs the recording and nothing else.

use super::{MatchRecorder, RecordFault, check_place};
use crate::output::Target;
use crate::shelf::Recording;
use pvp_net::sim::DuelSim;
use pvp_net::{Session, Transport};

/// How far a recording is.
enum State {
    /// Nothing was asked for, or the file belongs to the process before this one.
    Off,
    /// The match has not begun.
    Waiting,
    /// Frames are written.
    Running(Box<MatchRecorder>),
    /// The file holds the whole match.
    Written,
    /// The file could not be written to its end.
    Stopped,
}

/// The recording of one match.
pub struct Tape {
    place: Recording,
    state: State,
    /// Whether a file was asked for.
    is_wanted: bool,
}

impl Tape {
    /// A recording that begins with the match, at `place`.
    #[must_use]
    pub fn new(place: Recording) -> Tape {
        let is_wanted = place.is_on();
        Tape {
            place,
            state: if is_wanted { State::Waiting } else { State::Off },
            is_wanted,
        }
    }

    /// The recording of one match into a file, if one is wanted. A file that cannot be made is known before anybody waits.
    ///
    /// # Errors
    /// [`RecordFault::Create`] if the file cannot be made or written.
    pub fn into_file(target: Option<Target>) -> Result<Tape, RecordFault> {
        let Some(target) = target else {
            return Ok(Tape::new(Recording::Nowhere));
        };
        check_place(&target.path)?;
        Ok(Tape::new(Recording::Target(target)))
    }

    /// Whether it still takes frames.
    #[must_use]
    pub fn is_on(&self) -> bool {
        matches!(self.state, State::Waiting | State::Running(_))
    }

    /// Whether the file holds the whole match; `None` if none was asked for.
    #[must_use]
    pub fn is_written(&self) -> Option<bool> {
        self.is_wanted.then_some(matches!(self.state, State::Written))
    }

    /// Nothing is recorded from here on, and nothing went wrong: another process has the beginning.
    pub fn leave_off<T: Transport>(&mut self, session: &mut Session<DuelSim, T>) {
        session.record_confirmed(false);
        self.state = State::Off;
    }

    /// Notes what the network is like; to be called once per frame, if `follow` is called less often.
    pub fn watch<T: Transport>(&mut self, session: &Session<DuelSim, T>) {
        if let State::Running(recorder) = &mut self.state {
            recorder.watch(session);
        }
    }

    /// Writes what was confirmed since the last call, up to `end_frame` frames in all. Says, once, why it stops.
    pub fn follow<T: Transport>(&mut self, session: &mut Session<DuelSim, T>, end_frame: u32) -> Option<RecordFault> {
        let outcome = self.try_follow(session, end_frame);
        if outcome.is_err() {
            session.record_confirmed(false);
        }
        self.stop_at(outcome)
    }

    fn try_follow<T: Transport>(
        &mut self,
        session: &mut Session<DuelSim, T>,
        end_frame: u32,
    ) -> Result<(), RecordFault> {
        if matches!(self.state, State::Waiting) && session.current_frame() > 0 {
            let recorder = MatchRecorder::begin(&self.place, session)?;
            self.state = recorder.map_or(State::Off, |recorder| State::Running(Box::new(recorder)));
        }
        match &mut self.state {
            State::Running(recorder) => recorder.follow(session, end_frame),
            _ => Ok(()),
        }
    }

    /// Ends the file of a match that came to its end. Says why that cannot be.
    pub fn finish(&mut self) -> Option<RecordFault> {
        let State::Running(recorder) = std::mem::replace(&mut self.state, State::Off) else {
            return None;
        };
        self.state = State::Written;
        let outcome = recorder.finish();
        self.stop_at(outcome)
    }

    /// Another match begins on the same connection.
    pub fn begin_again<T: Transport>(&mut self, session: &mut Session<DuelSim, T>) {
        // A disk that was full is not tried again.
        if self.is_wanted && !matches!(self.state, State::Stopped) {
            self.state = State::Waiting;
        }
        session.record_confirmed(self.is_on());
    }

    fn stop_at(&mut self, outcome: Result<(), RecordFault>) -> Option<RecordFault> {
        let fault = outcome.err()?;
        tracing::debug!(%fault, "the recording stops");
        self.state = State::Stopped;
        Some(fault)
    }
}
