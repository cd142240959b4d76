//! Owns the bit code of a run of inputs: each against the one before it, the first against one that the reader already has.
//! Must not depend on what the bytes mean.
//!
//! Unchanged inputs up to the last one cost two bits, however many; a shorter run of them costs two and its length, in as many bits
//! as the count of inputs makes necessary.
//! A changed input costs a mask of changed bytes, then per changed byte either the one toggled bit (4 bits) or the whole byte (9 bits).

use super::bits::{BitReader, BitWriter};

/// What a run costs at most: its mark, that it ends early, and its length.
pub(crate) const RUN_BITS_MAX: usize = 2 + 7;

/// Writes `inputs`, each of `reference.len()` bytes. `reference` ends as the last input.
pub(crate) fn write<'a>(
    writer: &mut BitWriter,
    reference: &mut [u8],
    mut inputs: impl ExactSizeIterator<Item = &'a [u8]> + Clone,
) {
    let mut follows_run = false;
    while inputs.len() > 0 {
        let run = inputs.clone().take_while(|input| *input == reference).count();
        if run > 0 {
            write_run(writer, run, inputs.len());
            inputs.nth(run - 1);
            follows_run = true;
            continue;
        }
        if !follows_run {
            writer.write(1, 1);
        }
        follows_run = false;
        if let Some(input) = inputs.next() {
            write_change(writer, reference, input);
            reference.copy_from_slice(input);
        }
    }
}

/// `0` for a run; then, if both are possible, `1` for a run of all inputs left, or `0` and its length.
/// What follows a shorter run is a change, and is not marked as such.
fn write_run(writer: &mut BitWriter, run: usize, left: usize) {
    writer.write(0, 1);
    if left > 1 {
        writer.write(u64::from(run == left), 1);
    }
    if run < left {
        writer.write(run as u64 - 1, run_bits(left));
    }
}

/// Bits for the length of a run that ends before the last of `left` inputs.
fn run_bits(left: usize) -> u32 {
    usize::BITS - left.saturating_sub(2).leading_zeros()
}

fn write_change(writer: &mut BitWriter, old: &[u8], new: &[u8]) {
    for (old, new) in old.iter().zip(new) {
        writer.write(u64::from(old != new), 1);
    }
    for (old, new) in old.iter().zip(new) {
        let delta = old ^ new;
        if delta.is_power_of_two() {
            writer.write(u64::from(delta.trailing_zeros()) << 1, 4);
        } else if delta != 0 {
            writer.write(u64::from(*new) << 1 | 1, 9);
        }
    }
}

/// Reads `count` inputs of `reference.len()` bytes each onto the end of `output`. `None` if the bits are short or not what a writer writes.
pub(crate) fn read(reader: &mut BitReader<'_>, reference: &mut [u8], count: usize, output: &mut Vec<u8>) -> Option<()> {
    let mut left = count;
    let mut follows_run = false;
    while left > 0 {
        if follows_run || reader.read_bool()? {
            read_change(reader, reference)?;
            output.extend_from_slice(reference);
            left -= 1;
            follows_run = false;
            continue;
        }
        let run = read_run(reader, left)?;
        for _ in 0..run {
            output.extend_from_slice(reference);
        }
        left -= run;
        follows_run = true;
    }
    Some(())
}

fn read_run(reader: &mut BitReader<'_>, left: usize) -> Option<usize> {
    if left == 1 || reader.read_bool()? {
        return Some(left);
    }
    let run = reader.read(run_bits(left))? as usize + 1;
    (run < left).then_some(run)
}

fn read_change(reader: &mut BitReader<'_>, reference: &mut [u8]) -> Option<()> {
    let mask = reader.read(reference.len() as u32)?;
    if mask == 0 {
        return None;
    }
    for (index, byte) in reference.iter_mut().enumerate() {
        if mask >> index & 1 == 0 {
            continue;
        }
        if reader.read_bool()? {
            let new = reader.read(8)? as u8;
            if (new ^ *byte).count_ones() < 2 {
                return None;
            }
            *byte = new;
        } else {
            *byte ^= 1 << reader.read(3)?;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encode(reference: &[u8], inputs: &[Vec<u8>]) -> Vec<u8> {
        let mut writer = BitWriter::default();
        write(&mut writer, &mut reference.to_vec(), inputs.iter().map(Vec::as_slice));
        writer.bytes().to_vec()
    }

    proptest! {
        #[test]
        fn any_inputs_read_back(
            size in 1usize..=32,
            choices in proptest::collection::vec((any::<u8>(), any::<[u8; 32]>()), 0..127),
            reference in any::<[u8; 32]>(),
        ) {
            let mut inputs: Vec<Vec<u8>> = Vec::new();
            for (kind, bytes) in choices {
                let last = inputs.last().cloned().unwrap_or_else(|| reference[..size].to_vec());
                let mut next = last;
                match kind % 4 {
                    0 => next.copy_from_slice(&bytes[..size]),
                    1 => next[usize::from(bytes[0]) % size] ^= 1 << (bytes[1] % 8),
                    _ => {}
                }
                inputs.push(next);
            }
            let encoded = encode(&reference[..size], &inputs);
            let mut output = Vec::new();
            let mut reader = BitReader::new(&encoded);
            prop_assert!(read(&mut reader, &mut reference[..size].to_vec(), inputs.len(), &mut output).is_some());
            prop_assert_eq!(output, inputs.concat());
        }

        #[test]
        fn random_bits_never_grow_beyond_the_count(bytes in proptest::collection::vec(any::<u8>(), 0..64), count in 0usize..127) {
            let mut output = Vec::new();
            let _ = read(&mut BitReader::new(&bytes), &mut [0; 6], count, &mut output);
            prop_assert!(output.len() <= count * 6);
        }
    }

    #[test]
    fn held_buttons_cost_almost_nothing() {
        let bits = |inputs: &[[u8; 2]]| {
            let mut writer = BitWriter::default();
            write(&mut writer, &mut [1, 2], inputs.iter().map(<[u8; 2]>::as_slice));
            writer.len_bits()
        };
        assert_eq!(bits(&[[1, 2]; 8]), 2);
        assert_eq!(bits(&[[1, 2]; 120]), 2);
        assert_eq!(bits(&[[1, 2]]), 1);
        assert_eq!(bits(&[[3, 2]]), 7);
        let pressed = [[1, 2], [1, 2], [1, 2], [1, 2], [1, 6], [1, 6], [1, 6], [1, 6]];
        assert_eq!(bits(&pressed), 2 + 3 + 6 + 2);
    }
}
