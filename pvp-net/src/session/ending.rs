//! Owns the end of a match: both sides tell each other the checksum of its last frame and compare, before either says goodbye.
//! Must not say the goodbye itself, and must not call equal what was not compared.
//!
//! 1. Each side knows the last frame by itself, from its options or from the game, and names it with [`Session::end_at`].
//! 2. Once it has confirmed that frame, it tells the checksum over the lane, which repeats it until it is acknowledged.
//! 3. Whoever has confirmed the frame and has the other's word compares. It is settled once the other side has this side's word too:
//!    then both know, and whoever leaves first leaves nobody in doubt.

use std::time::Duration;

use crate::desync::DesyncReport;
use crate::ring::DIGEST_FRAMES_MAX;
use crate::simulation::Simulation;
use crate::stats::DropReason;
use crate::transport::Transport;
use crate::wire::bytes::{ByteReader, ByteWriter};

use super::receive::kind;
use super::run::fold;
use super::{Session, SessionEvent, Stage};

/// What comparing the last frame of a match with the other side came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Comparison {
    /// Not compared: the match has no end yet, or the other side's word about it never came.
    #[default]
    NotCompared,
    /// Both sides had the same state at the last frame, and at the frames before it.
    Equal,
    /// The states differ.
    Different,
}

/// Why a match cannot end at a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndError {
    /// The session is over.
    #[error("the session is closed")]
    Closed,
    /// The match has another end already.
    #[error("the match ends at frame {frame} already")]
    Ends {
        /// The last frame.
        frame: u32,
    },
    /// The frame is so long ago that its checksums are no longer known.
    #[error("frame {frame} is too long ago to be compared: {confirmed_frame} frames are confirmed")]
    TooOld {
        /// The frame asked for.
        frame: u32,
        /// What is confirmed.
        confirmed_frame: u32,
    },
}

/// What one side says about a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Word {
    frame: u32,
    checksum: u64,
    /// Of the checksums before it, so that a difference that has healed shows too.
    digest: u32,
}

/// How far the two sides are with the end of the match.
#[derive(Debug, Default)]
pub(super) struct Ending {
    /// The last frame, once the user has named it.
    frame: Option<u32>,
    /// When this side had confirmed it.
    since: Option<Duration>,
    /// The number of the lane's message with this side's word.
    told: Option<u64>,
    /// The peer's word about the last frame.
    theirs: Option<Word>,
    /// The peer's word about a frame that is not the last one here: it wants to know about it.
    asked: Option<Word>,
    is_answered: bool,
    comparison: Comparison,
    is_announced: bool,
}

impl Ending {
    /// The other end of the lane is a process that was started again: nothing of this was said to it, or by it.
    pub(super) fn forget_words(&mut self) {
        (self.told, self.theirs, self.asked, self.is_answered) = (None, None, None, false);
    }

    /// Takes the peer's word, one about each side's last frame.
    fn hear(&mut self, word: Word) -> Result<(), DropReason> {
        let place = if self.frame == Some(word.frame) {
            &mut self.theirs
        } else {
            &mut self.asked
        };
        if *place.get_or_insert(word) == word {
            Ok(())
        } else {
            Err(DropReason::Message)
        }
    }
}

impl<S: Simulation, T: Transport> Session<S, T> {
    /// The match is over after `frame` frames: compares its last state with the other side's.
    ///
    /// Call it on both sides, each with the frame that it knows by itself; it may be long before the frame is played. Go on calling
    /// [`poll`](Self::poll) until [`SessionEvent::MatchEnded`] says what the comparison came to, then [`leave`](Self::leave)
    /// (or ask for a [`rematch`](Self::rematch)). That takes a round trip after the frame is confirmed, longer if packets are lost,
    /// and at most [`SessionConfig::compare_timeout`](super::SessionConfig). Frames beyond it may be played and mean nothing.
    ///
    /// # Errors
    /// [`EndError`] if the match has another end, the frame is long ago, or the session is over.
    pub fn end_at(&mut self, frame: u32) -> Result<(), EndError> {
        if matches!(self.stage, Stage::Closed { .. }) {
            return Err(EndError::Closed);
        }
        match self.ending.frame {
            Some(known) if known == frame => return Ok(()),
            Some(known) => return Err(EndError::Ends { frame: known }),
            None => {}
        }
        let confirmed_frame = self.run.confirmed_frame;
        if confirmed_frame.saturating_sub(frame) >= DIGEST_FRAMES_MAX {
            return Err(EndError::TooOld { frame, confirmed_frame });
        }
        self.ending.frame = Some(frame);
        // The peer was first.
        if let Some(word) = self.ending.asked.take_if(|word| word.frame == frame) {
            self.ending.theirs = Some(word);
            self.ending.is_answered = false;
        }
        Ok(())
    }

    /// What comparing the match's last frame came to, as far as is known; [`Comparison::Different`] also after any other desync.
    pub fn comparison(&self) -> Comparison {
        if self.run.has_desynced {
            return Comparison::Different;
        }
        self.ending.comparison
    }

    /// Tells, answers and compares what can be, and announces the outcome.
    pub(super) fn poll_ending(&mut self, now: Duration) {
        if self.rejoin.is_some() || self.rematch.is_set_up() {
            return;
        }
        self.answer_word();
        let Some(frame) = self.ending.frame.filter(|frame| *frame <= self.run.confirmed_frame) else {
            return;
        };
        let since = *self.ending.since.get_or_insert(now);
        let Some(ours) = self.word_about(frame) else {
            // Played before this process was started again: it has nothing to compare.
            return self.announce_end();
        };
        if self.ending.told.is_none() {
            self.ending.told = Some(self.tell_word(ours));
        }
        self.compare_end();
        let has_peer_heard = self.ending.told.is_some_and(|number| self.lane.has_delivered(number));
        let is_settled = match self.ending.comparison {
            Comparison::NotCompared => false,
            Comparison::Equal => has_peer_heard,
            Comparison::Different => true,
        };
        if is_settled || now.saturating_sub(since) >= self.config.compare_timeout {
            self.announce_end();
        }
    }

    /// Compares the last frame, if this side has confirmed it and has the other's word.
    pub(super) fn compare_end(&mut self) {
        if let (Comparison::NotCompared, Some(theirs)) = (self.ending.comparison, self.ending.theirs)
            && let Some(ours) = self.word_about(theirs.frame)
        {
            self.ending.comparison = self.compare_words(ours, theirs);
        }
    }

    /// Says what the comparison came to, once. A match that did not reach its last frame has no end.
    pub(super) fn announce_end(&mut self) {
        let Some(frame) = self.ending.frame.filter(|frame| *frame <= self.run.confirmed_frame) else {
            return;
        };
        if !std::mem::replace(&mut self.ending.is_announced, true) {
            let comparison = self.comparison();
            self.push_event(SessionEvent::MatchEnded { frame, comparison });
        }
    }

    /// The peer's match ends at another frame than this side's: it is told what it needs to compare, once.
    fn answer_word(&mut self) {
        let Some(theirs) = self.ending.asked.filter(|_| !self.ending.is_answered) else {
            return;
        };
        let Some(ours) = self.word_about(theirs.frame) else {
            return;
        };
        self.ending.is_answered = true;
        self.tell_word(ours);
        self.compare_words(ours, theirs);
    }

    fn compare_words(&mut self, ours: Word, theirs: Word) -> Comparison {
        if ours == theirs {
            self.stats.checksums_agreed += 1;
            self.run.last_agreed_frame = self.run.last_agreed_frame.max(ours.frame);
            return Comparison::Equal;
        }
        let fold_word = |word: Word| fold(word.checksum) ^ word.digest;
        self.report_desync(DesyncReport {
            frame: ours.frame,
            last_agreed_frame: self.run.last_agreed_frame,
            ours: fold_word(ours),
            theirs: fold_word(theirs),
        });
        Comparison::Different
    }

    /// This side's word about a frame, if it is confirmed and still known.
    fn word_about(&self, frame: u32) -> Option<Word> {
        let run = &self.run;
        if frame > run.confirmed_frame || run.confirmed_frame - frame >= DIGEST_FRAMES_MAX {
            return None;
        }
        let interval = u32::from(self.config.checksum_interval_frames);
        Some(Word {
            frame,
            checksum: run.checksums.at(frame)?,
            digest: run.checksums.digest(frame, run.digest_from, interval),
        })
    }

    /// Gives the number of the lane's message.
    fn tell_word(&mut self, word: Word) -> u64 {
        let mut message = vec![kind::FINAL];
        message.put_u32(self.match_mark());
        message.put_u32(word.frame);
        message.put_u64(word.checksum);
        message.put_u32(word.digest);
        self.lane.send_vital(message);
        self.lane.newest_message()
    }

    pub(super) fn handle_word(&mut self, now: Duration, body: &[u8]) -> Result<(), DropReason> {
        let (mark, word) = read_word(body).ok_or(DropReason::Message)?;
        if mark != self.match_mark() {
            // Of the match before, or of none.
            return Err(DropReason::Message);
        }
        self.ending.hear(word)?;
        self.poll_ending(now);
        Ok(())
    }
}

fn read_word(body: &[u8]) -> Option<(u32, Word)> {
    let mut reader = ByteReader::new(body);
    let mark = reader.u32()?;
    let word = Word {
        frame: reader.u32()?,
        checksum: reader.u64()?,
        digest: reader.u32()?,
    };
    reader.finish()?;
    Some((mark, word))
}
