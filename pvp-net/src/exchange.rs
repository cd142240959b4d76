//! Owns the inputs between the two peers of one epoch: what was sent and not acknowledged, and what was received.
//! Must not know about rollback; frames count from the start of the epoch, and are consecutive on both sides.
//!
//! Every datagram repeats all unacknowledged inputs, so a lost one costs nothing as long as any later one arrives.

use std::collections::VecDeque;

use crate::guard::{self, Known, REFERENCES_KEPT};
use crate::stats::DropReason;
use crate::wire::bits::BitWriter;
use crate::wire::datagram::{Frames, INPUTS_MAX, ReadError, Received};
use crate::wire::inputs;

/// Bits of a datagram that inputs may take; more of them wait for the acknowledgement of the first.
const BUDGET_BITS: usize = 3200;
/// Inputs of this side that are kept after they were acknowledged: more than any delay.
const SENT_KEPT: usize = 32;

/// Both directions of inputs.
pub(crate) struct InputExchange<I> {
    prediction_window_frames: u8,
    unacknowledged: VecDeque<I>,
    acknowledged_count: u32,
    /// The newest input that the peer is known to have.
    acknowledged: I,
    /// The newest inputs of this side, acknowledged or not.
    sent: VecDeque<I>,
    received: VecDeque<I>,
    received_count: u32,
    scratch: Vec<u8>,
}

/// What of the unacknowledged inputs goes into the next datagram.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) frames: Frames,
    /// An upper bound of what the inputs take.
    pub(crate) bytes_max: usize,
}

impl<I: Copy + Default + bytemuck::Pod + PartialEq> InputExchange<I> {
    pub(crate) fn new(prediction_window_frames: u8) -> Self {
        Self {
            prediction_window_frames,
            unacknowledged: VecDeque::new(),
            acknowledged_count: 0,
            acknowledged: I::default(),
            sent: VecDeque::new(),
            received: VecDeque::new(),
            received_count: 0,
            scratch: Vec::new(),
        }
    }

    pub(crate) fn sent_count(&self) -> u32 {
        self.acknowledged_count + self.unacknowledged.len() as u32
    }

    pub(crate) fn received_count(&self) -> u32 {
        self.received_count
    }

    /// Whether one more input could still be carried; if not, this side must wait for an acknowledgement.
    pub(crate) fn has_room(&self) -> bool {
        // One tick can fix the whole delay and the window at once.
        self.unacknowledged.len() + usize::from(guard::INPUT_DELAY_FRAMES_MAX) + 1 < INPUTS_MAX
    }

    pub(crate) fn push_local(&mut self, inputs: impl IntoIterator<Item = I>) {
        for input in inputs {
            self.unacknowledged.push_back(input);
            self.sent.push_back(input);
        }
        while self.sent.len() > SENT_KEPT {
            self.sent.pop_front();
        }
    }

    /// This side's input of a frame, or its newest one for a frame that has none yet.
    pub(crate) fn sent_or_last(&self, frame: u32) -> I {
        let oldest = self.sent_count() - self.sent.len() as u32;
        let index = frame.checked_sub(oldest).map(|index| index as usize);
        let input = index.and_then(|index| self.sent.get(index)).or(self.sent.back());
        input.copied().unwrap_or_default()
    }

    /// The peer's input of a frame, or its newest one for a frame that has not come yet.
    pub(crate) fn received_or_last(&self, frame: u32) -> I {
        let input = self.received_at(frame).or(self.received.back().copied());
        input.unwrap_or_default()
    }

    /// What the next datagram will carry.
    pub(crate) fn plan(&self) -> Plan {
        let mut last = &self.acknowledged;
        let (mut bits, mut count) = (0, 0);
        let mut is_run = false;
        for input in self.unacknowledged.iter().take(INPUTS_MAX) {
            let was_run = std::mem::replace(&mut is_run, input == last);
            bits += match (was_run, is_run) {
                (true, true) => 0,
                (false, true) => inputs::RUN_BITS_MAX,
                (_, false) => change_bits(bytemuck::bytes_of(last), bytemuck::bytes_of(input)),
            };
            if bits > BUDGET_BITS {
                break;
            }
            count += 1;
            last = input;
        }
        let frames = Frames {
            start: self.acknowledged_count,
            count,
            ack: self.received_count,
        };
        Plan {
            frames,
            bytes_max: bits.min(BUDGET_BITS).div_ceil(8),
        }
    }

    pub(crate) fn encode(&self, plan: Plan, writer: &mut BitWriter) {
        let mut reference = [0; crate::simulation::MAX_INPUT_BYTES];
        let reference = &mut reference[..size_of::<I>()];
        reference.copy_from_slice(bytemuck::bytes_of(&self.acknowledged));
        let planned = self.unacknowledged.iter().take(plan.frames.count as usize);
        inputs::write(writer, reference, planned.map(bytemuck::bytes_of));
    }

    /// Takes a datagram's inputs and acknowledgement. New inputs are appended to `fresh`; gives the frame of the first of them.
    pub(crate) fn handle(&mut self, datagram: &mut Received<'_>, fresh: &mut Vec<I>) -> Result<u32, DropReason> {
        let frames = datagram.frames;
        let known = Known {
            received_count: self.received_count,
            sent_count: self.sent_count(),
            prediction_window_frames: self.prediction_window_frames,
        };
        let has_fresh = guard::judge_frames(frames, known)?;
        let mut bytes = std::mem::take(&mut self.scratch);
        bytes.clear();
        let read = self.read_inputs(datagram, has_fresh, &mut bytes);
        let is_rewrite = read.is_ok() && self.contradicts(frames.start, &bytes);
        if read.is_ok() && has_fresh {
            let skip = self.received_count.saturating_sub(frames.start) as usize;
            for input in bytes.chunks_exact(size_of::<I>()).skip(skip) {
                fresh.push(bytemuck::pod_read_unaligned(input));
            }
        }
        self.scratch = bytes;
        read?;
        if is_rewrite {
            return Err(DropReason::Rewrite);
        }
        let first = self.received_count;
        self.received_count += fresh.len() as u32;
        self.received.extend(fresh.iter().copied());
        while self.received.len() > REFERENCES_KEPT as usize {
            self.received.pop_front();
        }
        self.acknowledge(frames.ack);
        Ok(first)
    }

    fn read_inputs(&self, datagram: &mut Received<'_>, has_fresh: bool, bytes: &mut Vec<u8>) -> Result<(), DropReason> {
        let start = datagram.frames.start;
        // Without fresh inputs the bits are still read (to reach the sections behind them), against any reference.
        let reference = match start.checked_sub(1) {
            Some(before) => self.received_at(before),
            None => Some(I::default()),
        };
        let reference = match reference {
            Some(reference) => reference,
            None if has_fresh => guard::judge_reference(None)?,
            None => I::default(),
        };
        let mut reference = reference;
        let read = datagram.inputs(bytemuck::bytes_of_mut(&mut reference), bytes);
        read.map_err(|error| match error {
            ReadError::Malformed if has_fresh => DropReason::Malformed,
            _ => DropReason::Stale,
        })
    }

    /// Whether inputs from frame `start` on differ from those that came before for the same frames.
    fn contradicts(&self, start: u32, bytes: &[u8]) -> bool {
        let is_readable = start == 0 || self.received_at(start - 1).is_some();
        let repeated = (start..self.received_count).zip(bytes.chunks_exact(size_of::<I>()));
        is_readable
            && repeated.into_iter().any(|(frame, input)| {
                self.received_at(frame)
                    .is_some_and(|known| bytemuck::bytes_of(&known) != input)
            })
    }

    fn received_at(&self, frame: u32) -> Option<I> {
        let oldest = self.received_count - self.received.len() as u32;
        let index = frame.checked_sub(oldest)?;
        self.received.get(index as usize).copied()
    }

    fn acknowledge(&mut self, count: u32) {
        while self.acknowledged_count < count {
            let Some(input) = self.unacknowledged.pop_front() else {
                return;
            };
            self.acknowledged = input;
            self.acknowledged_count += 1;
        }
    }
}

/// An upper bound of what an input costs in bits after another.
fn change_bits(old: &[u8], new: &[u8]) -> usize {
    let changed: usize = old
        .iter()
        .zip(new)
        .map(|(old, new)| match (old ^ new).count_ones() {
            0 => 0,
            1 => 4,
            _ => 9,
        })
        .sum();
    1 + old.len() + changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::datagram::{self, Sections, TagContext};
    use proptest::prelude::*;

    const CONTEXT: TagContext = TagContext {
        session_key: 1,
        epoch: 0,
    };

    fn carry<I>(from: &InputExchange<I>, to: &mut InputExchange<I>, sender: u8) -> Result<Vec<I>, DropReason>
    where
        I: Copy + Default + bytemuck::Pod + PartialEq,
    {
        let mut writer = BitWriter::default();
        let plan = from.plan();
        datagram::write(
            &mut writer,
            CONTEXT,
            sender,
            plan.frames,
            Sections::default(),
            |writer| from.encode(plan, writer),
        );
        assert!(writer.len_bytes() <= datagram::HEADER_BYTES + plan.bytes_max + 1);
        assert!(writer.len_bytes() <= 512);
        let mut received =
            datagram::read(writer.bytes(), CONTEXT, sender, to.received_count(), to.sent_count()).expect("undamaged");
        let mut fresh = Vec::new();
        to.handle(&mut received, &mut fresh)?;
        Ok(fresh)
    }

    #[test]
    fn a_lost_datagram_costs_nothing() {
        let (mut a, mut b) = (InputExchange::<u16>::new(10), InputExchange::<u16>::new(10));
        a.push_local([1, 2]);
        a.push_local([3]);
        assert_eq!(carry(&a, &mut b, 0), Ok(vec![1, 2, 3]));
        assert_eq!(carry(&a, &mut b, 0), Ok(vec![]), "a duplicate");
        assert_eq!(carry(&b, &mut a, 1), Ok(vec![]));
        assert_eq!(a.plan().frames.count, 0, "acknowledged");
        a.push_local([3, 9]);
        assert_eq!(carry(&a, &mut b, 0), Ok(vec![3, 9]));
    }

    #[test]
    fn inputs_that_do_not_fit_follow_after_the_acknowledgement() {
        type Wide = [u8; 32];
        let (mut a, mut b) = (InputExchange::<Wide>::new(60), InputExchange::<Wide>::new(60));
        let inputs: Vec<Wide> = (0..50u8)
            .map(|i| std::array::from_fn(|j| i.wrapping_mul(31) ^ j as u8))
            .collect();
        a.push_local(inputs.iter().copied());
        let mut got = Vec::new();
        for _ in 0..50 {
            got.extend(carry(&a, &mut b, 0).unwrap());
            carry(&b, &mut a, 1).unwrap();
        }
        assert_eq!(got, inputs);
    }

    proptest! {
        #[test]
        fn any_order_loss_and_repetition_delivers_each_input_once(
            script in proptest::collection::vec((any::<u8>(), 0u8..4), 1..400),
        ) {
            let (mut a, mut b) = (InputExchange::<u16>::new(60), InputExchange::<u16>::new(60));
            let (mut sent, mut got) = (Vec::new(), Vec::new());
            for (value, action) in script {
                match action {
                    0 | 1 if a.has_room() && a.sent_count() < b.sent_count() + 60 => {
                        let input = u16::from(value / 50);
                        a.push_local([input]);
                        sent.push(input);
                    }
                    2 => got.extend(carry(&a, &mut b, 0).unwrap()),
                    _ => {
                        if b.has_room() && b.sent_count() < a.sent_count() + 60 {
                            b.push_local([0]);
                        }
                        carry(&b, &mut a, 1).unwrap();
                    }
                }
            }
            prop_assert!(sent.starts_with(&got));
            while got.len() < sent.len() {
                got.extend(carry(&a, &mut b, 0).unwrap());
                carry(&b, &mut a, 1).unwrap();
            }
            prop_assert_eq!(sent, got);
        }
    }
}
