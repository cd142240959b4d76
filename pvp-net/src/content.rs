//! Owns the host commit: content is offered, validated, acknowledged, and only then committed through the host's inputs.
//! Must not change the simulation: it says which slot the host's next input commits, and keeps the bytes for replays and rejoins.

use std::collections::VecDeque;
use std::task::Poll;
use std::time::Duration;

use crate::simulation::{ContentRefused, Simulation};
use crate::stats::DropReason;
use crate::wire::bytes::{ByteReader, ByteWriter};

/// Longest content, in bytes.
pub const CONTENT_BYTES_MAX: usize = 16 * 1024;
/// Slots of a match.
const SLOTS: usize = 256;
/// Offers that wait for the guest's judgment at once; one more is refused.
const REVIEWS_MAX: usize = 8;

/// Names an offer of this side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OfferId(pub u32);

/// What the host writes into each of its inputs: the game acts when `seq` changes. `seq` 0 means that nothing was committed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Commit {
    /// Counts commits, wrapping, without 0.
    pub seq: u8,
    /// Where the content is.
    pub slot: u8,
}

/// Why content was not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OfferError {
    /// Only the host offers content.
    #[error("only the host offers content")]
    NotHost,
    /// The match has not begun or is over.
    #[error("not connected: offer content while the match runs")]
    NotConnected,
    /// This side's own game refuses the content.
    #[error("refused here: {0}")]
    Refused(#[from] ContentRefused),
    /// The lane takes nothing more right now.
    #[error("too much is waiting to be sent: try again later")]
    Busy,
}

/// What became of content.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentEvent {
    /// Host: the guest has validated and kept it; it is committed with one of the next inputs.
    Acknowledged {
        /// The offer.
        offer: OfferId,
        /// Its slot.
        slot: u8,
    },
    /// Host: the guest does not take it; it is never committed.
    RefusedByPeer {
        /// The offer.
        offer: OfferId,
        /// Its slot.
        slot: u8,
        /// Why.
        reason: ContentRefused,
    },
    /// Host: the guest did not answer in time; it is never committed.
    Expired {
        /// The offer.
        offer: OfferId,
        /// Its slot.
        slot: u8,
    },
    /// Guest: the host offers content; it is judged from now on. It comes in the lane's order, so a game that asks for something
    /// to be told before the offer looks at what came before this event.
    Offered {
        /// Its slot.
        slot: u8,
        /// The bytes as offered; nobody has looked at them yet.
        bytes: Vec<u8>,
    },
    /// Guest: the host's content was validated, kept and acknowledged.
    Received {
        /// Its slot.
        slot: u8,
        /// The bytes as offered.
        bytes: Vec<u8>,
    },
    /// Guest: the host's content does not pass this side's validation and was refused.
    RefusedByUs {
        /// Its slot.
        slot: u8,
        /// Why.
        reason: ContentRefused,
    },
}

struct Pending {
    offer: OfferId,
    slot: u8,
    digest: [u8; 16],
    expires_at: Duration,
}

/// An offer that the guest's game has not judged yet.
struct Review {
    slot: u8,
    bytes: Vec<u8>,
    expires_at: Duration,
}

/// What the guest's game does with an offer.
pub(crate) trait Judge {
    /// What it thinks of it; asked again while it is pending.
    fn review(&mut self, slot: u8, bytes: &[u8]) -> Poll<Result<(), ContentRefused>>;
    /// Validates and keeps it.
    fn accept(&mut self, slot: u8, bytes: &[u8]) -> Result<(), ContentRefused>;
}

impl<S: Simulation> Judge for S {
    fn review(&mut self, slot: u8, bytes: &[u8]) -> Poll<Result<(), ContentRefused>> {
        self.review_content(slot, bytes)
    }

    fn accept(&mut self, slot: u8, bytes: &[u8]) -> Result<(), ContentRefused> {
        self.accept_content(slot, bytes)
    }
}

/// Both roles of the host commit; a side uses one of them.
pub(crate) struct ContentDesk {
    log: Vec<(u8, Vec<u8>)>,
    next_slot: usize,
    next_offer: u32,
    pending: Vec<Pending>,
    reviews: VecDeque<Review>,
    committed: VecDeque<u8>,
    current: Commit,
    patience: Duration,
}

/// Digest of offered bytes, as the acknowledgement carries it.
fn digest(bytes: &[u8]) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    short
}

impl ContentDesk {
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            log: Vec::new(),
            next_slot: 0,
            next_offer: 0,
            pending: Vec::new(),
            reviews: VecDeque::new(),
            committed: VecDeque::new(),
            current: Commit::default(),
            patience,
        }
    }

    /// A desk as it was before this side's process was started again.
    pub(crate) fn restore(patience: Duration, log: Vec<(u8, Vec<u8>)>, next_slot: u16, commit_seq: u8) -> Self {
        let last = log.last().map_or(0, |(slot, _)| usize::from(*slot) + 1);
        let current = Commit {
            seq: commit_seq,
            ..Commit::default()
        };
        Self {
            log,
            next_slot: usize::from(next_slot).max(last),
            current,
            ..Self::new(patience)
        }
    }

    /// The first slot that was never offered.
    pub(crate) fn next_slot(&self) -> u16 {
        self.next_slot as u16
    }

    /// Host: the peer has all offers anew and says of one of those that wait whether it keeps it. `None` when none waits.
    pub(crate) fn settle(&mut self, is_kept: impl Fn(u8) -> bool) -> Option<ContentEvent> {
        if self.pending.is_empty() {
            return None;
        }
        let Pending { offer, slot, .. } = self.pending.remove(0);
        if is_kept(slot) {
            self.committed.push_back(slot);
            return Some(ContentEvent::Acknowledged { offer, slot });
        }
        let reason = ContentRefused::Malformed;
        Some(ContentEvent::RefusedByPeer { offer, slot, reason })
    }

    /// Everything accepted so far, in order.
    pub(crate) fn log(&self) -> &[(u8, Vec<u8>)] {
        &self.log
    }

    /// Host: takes a slot for the bytes if `accept` (the game) keeps them, and gives the message for the guest.
    pub(crate) fn offer(
        &mut self,
        now: Duration,
        bytes: &[u8],
        accept: impl FnOnce(u8, &[u8]) -> Result<(), ContentRefused>,
    ) -> Result<(OfferId, Vec<u8>), ContentRefused> {
        if let Some(reason) = too_large(bytes) {
            return Err(reason);
        }
        let slot = u8::try_from(self.next_slot).map_err(|_| ContentRefused::Full)?;
        accept(slot, bytes)?;
        self.next_slot += 1;
        self.log.push((slot, bytes.to_vec()));
        let offer = OfferId(self.next_offer);
        self.next_offer += 1;
        self.pending.push(Pending {
            offer,
            slot,
            digest: digest(bytes),
            expires_at: now + self.patience,
        });
        let mut message = vec![slot];
        message.put(bytes);
        Ok((offer, message))
    }

    /// Guest: takes an offer in. It is answered by [`poll_review`](Self::poll_review), at once unless the game takes its time.
    pub(crate) fn handle_offer(
        &mut self,
        now: Duration,
        message: &[u8],
        judge: &mut impl Judge,
    ) -> Result<Option<(Answer, ContentEvent)>, DropReason> {
        let (&slot, bytes) = message.split_first().ok_or(DropReason::Message)?;
        // The lane delivers in order and once, so an honest host's slots only rise.
        if usize::from(slot) < self.next_slot || self.log.len() + self.reviews.len() >= SLOTS {
            return Err(DropReason::Message);
        }
        self.next_slot = usize::from(slot) + 1;
        if let Some(reason) = too_large(bytes) {
            return Ok(Some(refuse(slot, reason)));
        }
        if self.reviews.len() >= REVIEWS_MAX {
            return Ok(Some(refuse(slot, ContentRefused::Unjudged)));
        }
        let is_next = self.reviews.is_empty();
        // Asked now even if others are waited for, so that the game can begin with it.
        if !is_next && let Poll::Ready(Err(reason)) = judge.review(slot, bytes) {
            return Ok(Some(refuse(slot, reason)));
        }
        self.reviews.push_back(Review {
            slot,
            bytes: bytes.to_vec(),
            expires_at: now + self.patience,
        });
        Ok(if is_next { self.poll_review(now, judge) } else { None })
    }

    /// Guest: the answer to the oldest waiting offer, once the game has come to one. The log keeps the order of the slots.
    pub(crate) fn poll_review(&mut self, now: Duration, judge: &mut impl Judge) -> Option<(Answer, ContentEvent)> {
        let Review {
            slot,
            bytes,
            expires_at,
        } = self.reviews.front()?;
        let verdict = match judge.review(*slot, bytes) {
            Poll::Pending if now < *expires_at => return None,
            Poll::Pending => Err(ContentRefused::Unjudged),
            Poll::Ready(verdict) => verdict,
        };
        let Review { slot, bytes, .. } = self.reviews.pop_front()?;
        let verdict = verdict.and_then(|()| judge.accept(slot, &bytes));
        Some(match verdict {
            Ok(()) => {
                self.log.push((slot, bytes.clone()));
                let digest = digest(&bytes);
                (
                    Answer::Acknowledge { slot, digest },
                    ContentEvent::Received { slot, bytes },
                )
            }
            Err(reason) => refuse(slot, reason),
        })
    }

    /// Guest: the host's process was started again and has forgotten what it offered.
    pub(crate) fn forget_reviews(&mut self) {
        self.reviews.clear();
    }

    /// Host: takes the guest's answer. An answer for nothing that is pending (too late, repeated, invented) is dropped.
    pub(crate) fn handle_answer(&mut self, answer: Answer) -> Result<ContentEvent, DropReason> {
        let slot = answer.slot();
        let index = self
            .pending
            .iter()
            .position(|pending| pending.slot == slot)
            .ok_or(DropReason::Message)?;
        match answer {
            Answer::Acknowledge { digest, .. } => {
                if digest != self.pending[index].digest {
                    return Err(DropReason::Message);
                }
                let pending = self.pending.remove(index);
                self.committed.push_back(slot);
                Ok(ContentEvent::Acknowledged {
                    offer: pending.offer,
                    slot,
                })
            }
            Answer::Refuse { reason, .. } => {
                let pending = self.pending.remove(index);
                Ok(ContentEvent::RefusedByPeer {
                    offer: pending.offer,
                    slot,
                    reason,
                })
            }
        }
    }

    /// Host: the next offer that was not answered in time.
    pub(crate) fn poll_expired(&mut self, now: Duration) -> Option<ContentEvent> {
        let index = self.pending.iter().position(|pending| pending.expires_at <= now)?;
        let Pending { offer, slot, .. } = self.pending.remove(index);
        Some(ContentEvent::Expired { offer, slot })
    }

    /// Host: what the next input carries.
    pub(crate) fn commit(&mut self) -> Commit {
        self.current
    }

    /// Host: an input with [`commit`](Self::commit) was fixed; the next one may carry the next commit. True if that is a new one.
    pub(crate) fn handle_input_fixed(&mut self) -> bool {
        let Some(slot) = self.committed.pop_front() else {
            return false;
        };
        let seq = self.current.seq.checked_add(1).unwrap_or(1);
        self.current = Commit { seq, slot };
        true
    }
}

fn too_large(content: &[u8]) -> Option<ContentRefused> {
    let bytes = content.len() as u32;
    (content.len() > CONTENT_BYTES_MAX).then_some(ContentRefused::TooLarge { bytes })
}

/// What the guest's user hears of an offer that the desk has taken in, before the answer to it. One that is too large is only refused.
pub(crate) fn heard(message: &[u8]) -> Option<ContentEvent> {
    let (&slot, bytes) = message.split_first()?;
    let bytes = too_large(bytes).is_none().then(|| bytes.to_vec())?;
    Some(ContentEvent::Offered { slot, bytes })
}

fn refuse(slot: u8, reason: ContentRefused) -> (Answer, ContentEvent) {
    (
        Answer::Refuse { slot, reason },
        ContentEvent::RefusedByUs { slot, reason },
    )
}

/// The guest's word on an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Acknowledge { slot: u8, digest: [u8; 16] },
    Refuse { slot: u8, reason: ContentRefused },
}

impl Answer {
    fn slot(&self) -> u8 {
        match *self {
            Self::Acknowledge { slot, .. } | Self::Refuse { slot, .. } => slot,
        }
    }

    pub(crate) fn write(&self, output: &mut Vec<u8>) {
        match *self {
            Self::Acknowledge { slot, digest } => {
                output.put_u8(slot);
                output.put_u8(0);
                output.put(&digest);
            }
            Self::Refuse { slot, reason } => {
                let (code, detail) = match reason {
                    ContentRefused::Unsupported => (1, 0),
                    ContentRefused::Malformed => (2, 0),
                    ContentRefused::Rule { code } => (3, u32::from(code)),
                    ContentRefused::SlotTaken { slot } => (4, u32::from(slot)),
                    ContentRefused::Full => (5, 0),
                    ContentRefused::TooLarge { bytes } => (6, bytes),
                    ContentRefused::Unjudged => (7, 0),
                };
                output.put_u8(slot);
                output.put_u8(code);
                output.put_u32(detail);
            }
        }
    }

    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = ByteReader::new(bytes);
        let slot = reader.u8()?;
        let code = reader.u8()?;
        let answer = if code == 0 {
            Self::Acknowledge {
                slot,
                digest: reader.array()?,
            }
        } else {
            let detail = reader.u32()?;
            let reason = match code {
                1 => ContentRefused::Unsupported,
                2 => ContentRefused::Malformed,
                3 => ContentRefused::Rule {
                    code: u16::try_from(detail).ok()?,
                },
                4 => ContentRefused::SlotTaken {
                    slot: u8::try_from(detail).ok()?,
                },
                5 => ContentRefused::Full,
                6 => ContentRefused::TooLarge { bytes: detail },
                7 => ContentRefused::Unjudged,
                _ => return None,
            };
            Self::Refuse { slot, reason }
        };
        reader.finish()?;
        Some(answer)
    }
}

#[cfg(test)]
mod tests;
