//! Owns the search for the beginning of a desync, as both peers lead it: checksums frame by frame, then digests, then bytes.
//! Must not touch a session or a simulation: states come in as [`Exhibit`]s, messages go out through [`Tracer::take_message`].
//!
//! 1. Each side tells its checksums since the last agreed frame; the first difference is the first bad frame, the same on both sides.
//! 2. Each side tells digests of its state at that frame.
//! 3. Each side tells the pieces whose digests differ.

use std::collections::VecDeque;
use std::time::Duration;

use crate::stats::DropReason;

use super::message::SECTIONS_MAX;
use super::{TraceEnd, TraceMessage, diff};

/// How long the other side may take for the whole search while it is there. After an outage a reliable channel may stand still
/// for many seconds although datagrams arrive again.
pub(crate) const TRACE_TIMEOUT: Duration = Duration::from_secs(20);

/// This side's state at the first bad frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exhibit {
    pub(crate) sections: Vec<(&'static str, u64)>,
    pub(crate) bytes: Vec<u8>,
}

/// The first frame whose checksums differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadFrame {
    pub(crate) frame: u32,
    pub(crate) ours: u64,
    pub(crate) theirs: u64,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) end: TraceEnd,
    pub(crate) bad: Option<BadFrame>,
    pub(crate) sections: Vec<&'static str>,
    /// This side's state at the first bad frame; empty if it is not there.
    pub(crate) ours: Vec<u8>,
    /// The other side's; empty if it was not told.
    pub(crate) theirs: Vec<u8>,
    pub(crate) is_truncated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Checksums,
    Digests,
    Pieces,
}

/// One side of a search.
pub(crate) struct Tracer {
    deadline: Duration,
    stage: Stage,
    first: u32,
    checksums: Vec<u64>,
    exhibit: Option<Exhibit>,
    outbox: VecDeque<TraceMessage>,
    finding: Finding,
    is_done: bool,
}

impl Tracer {
    /// Begins a search over this side's `checksums` of the frames from `first` on.
    pub(crate) fn new(now: Duration, first: u32, checksums: Vec<u64>) -> Self {
        let message = TraceMessage::Checksums {
            first,
            checksums: checksums.clone(),
        };
        Self {
            deadline: now + TRACE_TIMEOUT,
            stage: Stage::Checksums,
            first,
            checksums,
            exhibit: None,
            outbox: VecDeque::from([message]),
            finding: Finding {
                end: TraceEnd::PeerSilent,
                bad: None,
                sections: Vec::new(),
                ours: Vec::new(),
                theirs: Vec::new(),
                is_truncated: false,
            },
            is_done: false,
        }
    }

    /// The next message for the other side.
    pub(crate) fn take_message(&mut self) -> Option<TraceMessage> {
        self.outbox.pop_front()
    }

    /// Takes a message of the other side. `exhibit` shows this side's state at a frame, if it is there.
    pub(crate) fn handle(
        &mut self,
        message: TraceMessage,
        exhibit: impl FnOnce(u32) -> Option<Exhibit>,
    ) -> Result<(), DropReason> {
        if self.is_done {
            return Err(DropReason::Message);
        }
        match (self.stage, message) {
            (Stage::Checksums, TraceMessage::Checksums { first, checksums }) => {
                match first_difference(self.first, &self.checksums, first, &checksums) {
                    Some(bad) => self.show(bad, exhibit(bad.frame)),
                    None => self.finish(TraceEnd::NoDifference),
                }
                Ok(())
            }
            (
                Stage::Digests,
                TraceMessage::Digests {
                    frame,
                    state_bytes,
                    sections,
                    pieces,
                },
            ) if self.is_at(frame) => {
                self.compare(state_bytes, &sections, &pieces);
                Ok(())
            }
            (
                Stage::Pieces,
                TraceMessage::Pieces {
                    frame,
                    is_truncated,
                    told,
                },
            ) if self.is_at(frame) => {
                self.finding.theirs = diff::apply_pieces(&self.finding.ours, &told).ok_or(DropReason::Message)?;
                self.finding.is_truncated |= is_truncated;
                self.finish(TraceEnd::Named);
                Ok(())
            }
            _ => Err(DropReason::Message),
        }
    }

    /// What was found, once the search is over or its time is.
    pub(crate) fn poll(&mut self, now: Duration) -> Option<Finding> {
        (self.is_done || now >= self.deadline).then(|| self.finding.clone())
    }

    /// The other side cannot be reached right now: its time begins again.
    pub(crate) fn defer(&mut self, now: Duration) {
        self.deadline = now + TRACE_TIMEOUT;
    }

    /// What was found so far: the other side is gone.
    pub(crate) fn give_up(&self) -> Finding {
        self.finding.clone()
    }

    fn is_at(&self, frame: u32) -> bool {
        self.finding.bad.is_some_and(|bad| bad.frame == frame)
    }

    fn finish(&mut self, end: TraceEnd) {
        self.finding.end = end;
        self.is_done = true;
    }

    /// Tells digests of this side's state.
    fn show(&mut self, bad: BadFrame, exhibit: Option<Exhibit>) {
        self.finding.bad = Some(bad);
        self.stage = Stage::Digests;
        let usable = exhibit.filter(|exhibit| exhibit.bytes.len() <= diff::STATE_BYTES_MAX);
        let (state_bytes, sections, pieces) = match &usable {
            Some(exhibit) => (
                exhibit.bytes.len() as u32,
                exhibit
                    .sections
                    .iter()
                    .take(SECTIONS_MAX)
                    .map(|(_, sum)| *sum)
                    .collect(),
                diff::digests(&exhibit.bytes),
            ),
            None => (0, Vec::new(), Vec::new()),
        };
        self.outbox.push_back(TraceMessage::Digests {
            frame: bad.frame,
            state_bytes,
            sections,
            pieces,
        });
        if let Some(exhibit) = &usable {
            self.finding.ours = exhibit.bytes.clone();
        }
        self.exhibit = usable;
    }

    /// Names the sections that differ and tells the pieces that do.
    fn compare(&mut self, state_bytes: u32, sections: &[u64], pieces: &[u64]) {
        let Some(exhibit) = self.exhibit.take().filter(|_| state_bytes > 0) else {
            return self.finish(TraceEnd::FrameOnly);
        };
        let pairs = exhibit.sections.iter().zip(sections);
        let differing = pairs.filter(|((_, ours), theirs)| ours != *theirs);
        self.finding.sections = differing.map(|((name, _), _)| *name).collect();
        if exhibit.bytes.len() != state_bytes as usize {
            return self.finish(TraceEnd::FrameOnly);
        }
        let mut told = Vec::new();
        let is_truncated = diff::tell_pieces(&exhibit.bytes, pieces, &mut told);
        self.finding.is_truncated = is_truncated;
        let frame = self.finding.bad.map_or(0, |bad| bad.frame);
        self.outbox.push_back(TraceMessage::Pieces {
            frame,
            is_truncated,
            told,
        });
        self.stage = Stage::Pieces;
    }
}

/// The first frame that both lists know and that differs.
fn first_difference(first_ours: u32, ours: &[u64], first_theirs: u32, theirs: &[u64]) -> Option<BadFrame> {
    let first = first_ours.max(first_theirs);
    let ours = ours.iter().skip((first - first_ours) as usize);
    let theirs = theirs.iter().skip((first - first_theirs) as usize);
    let (index, (&ours, &theirs)) = ours.zip(theirs).enumerate().find(|(_, (a, b))| a != b)?;
    Some(BadFrame {
        frame: first + index as u32,
        ours,
        theirs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exhibit(byte: u8) -> Exhibit {
        let mut bytes = vec![0; 200];
        bytes[100] = byte;
        Exhibit {
            sections: vec![("calm", 1), ("wild", u64::from(byte))],
            bytes,
        }
    }

    /// Lets both sides talk until nobody has anything to say.
    fn talk(a: &mut Tracer, b: &mut Tracer, states: [Option<Exhibit>; 2]) {
        loop {
            let (from_a, from_b) = (a.take_message(), b.take_message());
            if from_a.is_none() && from_b.is_none() {
                return;
            }
            if let Some(message) = from_a {
                b.handle(message, |_| states[1].clone()).unwrap();
            }
            if let Some(message) = from_b {
                a.handle(message, |_| states[0].clone()).unwrap();
            }
        }
    }

    #[test]
    fn both_sides_find_the_first_bad_frame_and_each_others_state() {
        let mut a = Tracer::new(Duration::ZERO, 31, vec![1, 2, 3, 40, 50]);
        let mut b = Tracer::new(Duration::ZERO, 32, vec![2, 3, 41]);
        talk(&mut a, &mut b, [Some(exhibit(5)), Some(exhibit(6))]);
        let (a, b) = (a.poll(Duration::ZERO).unwrap(), b.poll(Duration::ZERO).unwrap());
        let bad = BadFrame {
            frame: 34,
            ours: 40,
            theirs: 41,
        };
        assert_eq!((a.end, a.bad), (TraceEnd::Named, Some(bad)));
        assert_eq!((&a.ours, &a.theirs), (&b.theirs, &b.ours));
        assert_eq!((a.ours[100], a.theirs[100]), (5, 6));
        assert_eq!(a.sections, ["wild"]);
    }

    #[test]
    fn without_states_the_frame_is_still_found() {
        let mut a = Tracer::new(Duration::ZERO, 1, vec![1, 2]);
        let mut b = Tracer::new(Duration::ZERO, 1, vec![1, 3]);
        talk(&mut a, &mut b, [Some(exhibit(5)), None]);
        for finding in [a.poll(Duration::ZERO).unwrap(), b.poll(Duration::ZERO).unwrap()] {
            assert_eq!(finding.end, TraceEnd::FrameOnly);
            assert_eq!(finding.bad.unwrap().frame, 2);
        }
    }

    #[test]
    fn equal_checksums_end_the_search() {
        let mut a = Tracer::new(Duration::ZERO, 1, vec![1, 2]);
        let theirs = TraceMessage::Checksums {
            first: 2,
            checksums: vec![2, 3],
        };
        a.handle(theirs, |_| panic!("nothing to show")).unwrap();
        assert_eq!(a.poll(Duration::ZERO).unwrap().end, TraceEnd::NoDifference);
    }

    #[test]
    fn a_silent_peer_ends_the_search_at_the_deadline_with_what_is_known() {
        let mut a = Tracer::new(Duration::ZERO, 1, vec![1, 2]);
        let theirs = TraceMessage::Checksums {
            first: 1,
            checksums: vec![9],
        };
        a.handle(theirs, |_| Some(exhibit(1))).unwrap();
        assert!(a.poll(TRACE_TIMEOUT - Duration::from_nanos(1)).is_none());
        let finding = a.poll(TRACE_TIMEOUT).unwrap();
        assert_eq!((finding.end, finding.bad.unwrap().frame), (TraceEnd::PeerSilent, 1));
    }

    #[test]
    fn messages_out_of_turn_or_for_another_frame_are_dropped() {
        let mut a = Tracer::new(Duration::ZERO, 1, vec![1, 2]);
        let pieces = TraceMessage::Pieces {
            frame: 1,
            is_truncated: false,
            told: Vec::new(),
        };
        assert_eq!(a.handle(pieces, |_| None), Err(DropReason::Message));
        let theirs = TraceMessage::Checksums {
            first: 0,
            checksums: vec![9, 9],
        };
        a.handle(theirs, |_| Some(exhibit(1))).unwrap();
        let digests = TraceMessage::Digests {
            frame: 2,
            state_bytes: 0,
            sections: Vec::new(),
            pieces: Vec::new(),
        };
        assert_eq!(a.handle(digests, |_| None), Err(DropReason::Message));
        assert!(a.poll(Duration::ZERO).is_none(), "still waiting for the right ones");
    }
}
