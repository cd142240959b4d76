//! Owns the rematch: both sides ask for it, draw a new seed together, and begin a new match on the same connection.
//! Must not reveal this side's nonce before the other side is bound to its own, or mix content of two matches.

use std::time::Duration;

use crate::content::ContentDesk;
use crate::epoch;
use crate::handshake::{Agreement, Refusal, agree, commitment_of};
use crate::lane::LaneError;
use crate::simulation::Simulation;
use crate::stats::DropReason;
use crate::transport::Transport;
use crate::wire::bytes::{ByteReader, ByteWriter};
use crate::wire::datagram::TagContext;

use super::ending::Ending;
use super::receive::kind;
use super::{EpochCause, Session, SessionEvent, Stage};

mod step {
    pub(super) const REQUEST: u8 = 0;
    pub(super) const REVEAL: u8 = 1;
    pub(super) const READY: u8 = 2;
}

/// How far the two sides are on the way to another match.
pub(super) struct Rematch<St> {
    /// Counts the matches of this connection, so that no nonce is used twice.
    round: u32,
    nonce: Option<[u8; 32]>,
    their_commitment: Option<[u8; 32]>,
    /// The new match, once both nonces are known.
    next: Option<(Agreement, St)>,
    our_ready: Option<u64>,
    their_ready: Option<u64>,
    /// Switched with the peer's first datagram: until its word comes, offers and answers are those of the last match.
    is_word_due: bool,
}

impl<St> Rematch<St> {
    pub(super) fn new() -> Self {
        Self {
            round: 0,
            nonce: None,
            their_commitment: None,
            next: None,
            our_ready: None,
            their_ready: None,
            is_word_due: false,
        }
    }

    /// The peer's process was started again and knows nothing of a rematch.
    pub(super) fn forget(&mut self) {
        let round = self.round + 1;
        *self = Self { round, ..Self::new() };
    }

    /// Whether the new match's rules have replaced the last one's.
    pub(super) fn is_set_up(&self) -> bool {
        self.next.is_some()
    }

    /// Whether an offer or answer that comes now belongs to the match that is over.
    pub(super) fn is_content_stale(&self) -> bool {
        self.is_word_due || self.next.is_some()
    }
}

impl<S: Simulation, T: Transport> Session<S, T> {
    /// Asks for another match on this connection, or agrees to one. It begins once both sides have asked:
    /// [`SessionEvent::EpochStarted`] says so, with a seed that neither side picks. Asking twice is the same as once.
    ///
    /// # Errors
    /// [`LaneError::NotConnected`] if no match is or was played on this connection.
    pub fn rematch(&mut self) -> Result<(), LaneError> {
        if !matches!(self.stage, Stage::Running | Stage::Resuming) {
            return Err(LaneError::NotConnected);
        }
        if self.rematch.nonce.is_some() {
            return Ok(());
        }
        let nonce = self.handshake.rematch_nonce(self.rematch.round);
        self.rematch.nonce = Some(nonce);
        self.send_step(step::REQUEST, &commitment_of(&nonce));
        self.reveal();
        Ok(())
    }

    fn send_step(&mut self, step: u8, bytes: &[u8]) {
        let mut message = vec![kind::REMATCH, step];
        message.put(bytes);
        self.lane.send_vital(message);
    }

    /// Once both are bound to their nonces, this side's may be known.
    fn reveal(&mut self) {
        if let (Some(nonce), Some(_)) = (self.rematch.nonce, self.rematch.their_commitment) {
            self.send_step(step::REVEAL, &nonce);
        }
    }

    pub(super) fn handle_rematch(&mut self, now: Duration, body: &[u8]) -> Result<(), DropReason> {
        match read_step(body).ok_or(DropReason::Message)? {
            Said::Request { commitment } => self.handle_request(commitment),
            Said::Reveal { nonce } => self.handle_reveal(now, nonce),
            Said::Ready { checksum } => self.handle_ready(now, checksum),
        }
    }

    fn handle_request(&mut self, commitment: [u8; 32]) -> Result<(), DropReason> {
        if self.rematch.their_commitment.is_some() {
            return Err(DropReason::Message);
        }
        self.rematch.their_commitment = Some(commitment);
        self.push_event(SessionEvent::RematchOffered);
        self.reveal();
        Ok(())
    }

    fn handle_reveal(&mut self, now: Duration, theirs: [u8; 32]) -> Result<(), DropReason> {
        let (Some(ours), Some(commitment), None) =
            (self.rematch.nonce, self.rematch.their_commitment, &self.rematch.next)
        else {
            return Err(DropReason::Message);
        };
        if commitment_of(&theirs) != commitment {
            self.refuse(now, Refusal::BrokenCommitment);
            return Ok(());
        }
        let agreement = agree(self.config.local_player, &ours, &theirs);
        // The last match ends here: its rules and its content are gone.
        let mut start = self.start.clone();
        self.simulation.begin_match(agreement.match_seed, &mut start);
        let checksum = self.simulation.checksum(&start);
        self.rematch.next = Some((agreement, start));
        self.rematch.our_ready = Some(checksum);
        self.rejoin = None;
        self.lane.hurry(false);
        self.stage = Stage::Resuming;
        self.send_step(step::READY, &checksum.to_le_bytes());
        Ok(())
    }

    fn handle_ready(&mut self, now: Duration, theirs: u64) -> Result<(), DropReason> {
        if std::mem::take(&mut self.rematch.is_word_due) {
            return Ok(());
        }
        // The peer sends its word after its nonce, and the lane keeps the order.
        let Some(ours) = self.rematch.our_ready else {
            return Err(DropReason::Message);
        };
        if ours != theirs {
            self.refuse(now, Refusal::MatchState { ours, theirs });
            return Ok(());
        }
        self.rematch.their_ready = Some(theirs);
        self.switch_to_rematch();
        Ok(())
    }

    /// The epoch of the new match, once this side has set it up.
    pub(super) fn rematch_context(&self) -> Option<TagContext> {
        let (agreement, _) = self.rematch.next.as_ref()?;
        Some(TagContext {
            session_key: agreement.session_key,
            epoch: epoch::next_match(self.context.epoch),
        })
    }

    pub(super) fn switch_to_rematch(&mut self) {
        let Some(context) = self.rematch_context() else { return };
        let Some((agreement, start)) = self.rematch.next.take() else {
            return;
        };
        self.rematch = Rematch {
            round: self.rematch.round + 1,
            is_word_due: self.rematch.their_ready.is_none(),
            ..Rematch::new()
        };
        self.context = context;
        self.match_seed = Some(agreement.match_seed);
        self.state = start;
        self.hold = None;
        self.ending = Ending::default();
        self.desk = ContentDesk::new(self.config.offer_timeout);
        self.begin_run();
        self.push_event(SessionEvent::EpochStarted {
            epoch: context.epoch,
            frame: 0,
            cause: EpochCause::Rematch {
                match_seed: agreement.match_seed,
            },
        });
    }
}

enum Said {
    Request { commitment: [u8; 32] },
    Reveal { nonce: [u8; 32] },
    Ready { checksum: u64 },
}

fn read_step(body: &[u8]) -> Option<Said> {
    let mut reader = ByteReader::new(body);
    let said = match reader.u8()? {
        step::REQUEST => Said::Request {
            commitment: reader.array()?,
        },
        step::REVEAL => Said::Reveal { nonce: reader.array()? },
        step::READY => Said::Ready {
            checksum: reader.u64()?,
        },
        _ => return None,
    };
    reader.finish()?;
    Some(said)
}
