//! A run of frames as bits: one bit of each frame's checksum, then each player's inputs as changes.
//!
//! Must not: allocate by a length that a file states; a run holds at most 255 frames.
//!
//! Held buttons cost nothing: per player, the distance to the next change as an Elias gamma code, then the changed bytes.

use crate::wire::bits::{BitReader, BitWriter};

/// Frames in one run at most.
pub(super) const RUN_FRAMES_MAX: usize = 255;

/// Inputs of one player over a run, `input_bytes` per frame, back to back.
pub(super) struct Run<'a> {
    pub(super) input_bytes: usize,
    /// One bit per frame: the lowest of the checksum after it.
    pub(super) tags: &'a [bool],
    /// Frame-major: frame 0 of every player, then frame 1, …
    pub(super) inputs: &'a [u8],
}

/// Appends a run; `previous` is every player's last input before it, and becomes the last of the run.
pub(super) fn write_run(run: &Run<'_>, previous: &mut [u8], out: &mut BitWriter) {
    for tag in run.tags {
        out.write(u64::from(*tag), 1);
    }
    let frame_bytes = previous.len();
    for (player, held) in previous.chunks_exact_mut(run.input_bytes).enumerate() {
        let mut unchanged = 0_u64;
        for frame in run.inputs.chunks_exact(frame_bytes) {
            let input = &frame[player * run.input_bytes..][..run.input_bytes];
            if input == held {
                unchanged += 1;
                continue;
            }
            write_gamma(out, unchanged + 1);
            write_change(out, held, input);
            held.copy_from_slice(input);
            unchanged = 0;
        }
        if unchanged > 0 {
            write_gamma(out, unchanged + 1);
        }
    }
}

/// Reads a run of `count` frames into `tags` and `inputs` (frame-major); `None` if the bits are not what [`write_run`] writes.
pub(super) fn read_run(
    bits: &mut BitReader<'_>,
    count: usize,
    input_bytes: usize,
    previous: &mut [u8],
    tags: &mut Vec<bool>,
    inputs: &mut Vec<u8>,
) -> Option<()> {
    tags.clear();
    for _ in 0..count {
        tags.push(bits.read(1)? == 1);
    }
    let frame_bytes = previous.len();
    inputs.clear();
    inputs.resize(count * frame_bytes, 0);
    for (player, held) in previous.chunks_exact_mut(input_bytes).enumerate() {
        let mut frame = 0;
        while frame < count {
            let unchanged = usize::try_from(read_gamma(bits)? - 1).ok()?;
            if unchanged > count - frame {
                return None;
            }
            for held_frame in frame..frame + unchanged {
                inputs[held_frame * frame_bytes + player * input_bytes..][..input_bytes].copy_from_slice(held);
            }
            frame += unchanged;
            if frame < count {
                read_change(bits, held)?;
                inputs[frame * frame_bytes + player * input_bytes..][..input_bytes].copy_from_slice(held);
                frame += 1;
            }
        }
    }
    Some(())
}

/// One flipped bit: 1 and its index. Anything else: 0, which bytes changed (one bit each), and their differences.
fn write_change(out: &mut BitWriter, from: &[u8], to: &[u8]) {
    let differences = || from.iter().zip(to).map(|(from, to)| from ^ to);
    let flipped: u32 = differences().map(u8::count_ones).sum();
    let first = differences().position(|byte| byte != 0);
    if let (1, Some(index)) = (flipped, first) {
        let bit = index as u64 * 8 + u64::from((from[index] ^ to[index]).trailing_zeros());
        out.write(1, 1);
        out.write(bit, bit_index_bits(from.len()));
        return;
    }
    out.write(0, 1);
    for difference in differences() {
        out.write(u64::from(difference != 0), 1);
    }
    for difference in differences().filter(|byte| *byte != 0) {
        out.write(u64::from(difference), 8);
    }
}

fn read_change(bits: &mut BitReader<'_>, held: &mut [u8]) -> Option<()> {
    if bits.read(1)? == 1 {
        let bit = bits.read(bit_index_bits(held.len()))? as usize;
        *held.get_mut(bit / 8)? ^= 1 << (bit % 8);
        return Some(());
    }
    let changed = bits.read(held.len() as u32)?;
    let mut flipped = 0;
    for (index, byte) in held.iter_mut().enumerate() {
        if changed >> index & 1 == 1 {
            let difference = bits.read(8)? as u8;
            if difference == 0 {
                return None;
            }
            flipped += difference.count_ones();
            *byte ^= difference;
        }
    }
    // One meaning, one encoding: a change changes something, and one bit has its own form.
    (flipped > 1).then_some(())
}

/// Bits that name one bit of an input: enough for the largest index.
fn bit_index_bits(input_bytes: usize) -> u32 {
    (input_bytes * 8 - 1).ilog2() + 1
}

/// Elias gamma: as many zeros as the value has bits after its first, then the value, most significant bit first.
fn write_gamma(out: &mut BitWriter, value: u64) {
    let extra = value.ilog2();
    out.write(0, extra);
    for bit in (0..=extra).rev() {
        out.write(value >> bit & 1, 1);
    }
}

fn read_gamma(bits: &mut BitReader<'_>) -> Option<u64> {
    let mut extra = 0;
    while bits.read(1)? == 0 {
        extra += 1;
        if extra > 8 {
            return None;
        }
    }
    let mut value = 1;
    for _ in 0..extra {
        value = value << 1 | bits.read(1)?;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            players in 1_usize..=4,
            input_bytes in 1_usize..=8,
            count in 1_usize..=RUN_FRAMES_MAX,
            seed in any::<u64>(),
        ) {
            let mut draws = seed;
            let mut inputs = vec![0; count * players * input_bytes];
            for byte in &mut inputs {
                draws = draws.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                *byte = if draws >> 60 == 0 { (draws >> 32) as u8 } else { 7 };
            }
            let tags: Vec<bool> = (0..count).map(|frame| seed >> (frame % 64) & 1 == 1).collect();
            let mut previous = vec![0; players * input_bytes];
            let mut writer = BitWriter::default();
            write_run(&Run { input_bytes, tags: &tags, inputs: &inputs }, &mut previous, &mut writer);

            let mut reader = BitReader::new(writer.bytes());
            let mut previous_read = vec![0; players * input_bytes];
            let (mut tags_read, mut inputs_read) = (Vec::new(), Vec::new());
            let outcome = read_run(
                &mut reader, count, input_bytes, &mut previous_read, &mut tags_read, &mut inputs_read,
            );
            prop_assert_eq!(outcome, Some(()));
            prop_assert_eq!(tags_read, tags);
            prop_assert_eq!(inputs_read, inputs);
            prop_assert_eq!(previous_read, previous);
        }
    }
}
