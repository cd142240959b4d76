//! Owns the bit code of a run of inputs: each against the one before it, the first against one that the reader already has.
//! Must not depend on what the bytes mean.
//!
//! An unchanged input costs one bit, and a run of unchanged inputs ends with a count once it is long.
//! A changed input costs a mask of changed bytes, then per changed byte either the one toggled bit (4 bits) or the whole byte (9 bits).

use super::bits::{BitReader, BitWriter};

/// Writes `inputs`, each of `reference.len()` bytes. `reference` ends as the last input.
pub(crate) fn write<'a>(writer: &mut BitWriter, reference: &mut [u8], inputs: impl Iterator<Item = &'a [u8]>) {
    let mut same_count = 0u32;
    for input in inputs {
        if input == reference {
            same_count += 1;
            continue;
        }
        write_run(writer, &mut same_count);
        write_change(writer, reference, input);
        reference.copy_from_slice(input);
    }
    write_run(writer, &mut same_count);
}

/// A pending run of unchanged inputs: `0` each for up to three, else `000` and the count in 7 bits. Changes start with `1`.
fn write_run(writer: &mut BitWriter, same_count: &mut u32) {
    let count = std::mem::take(same_count);
    if count < 3 {
        writer.write(0, count);
    } else {
        writer.write(0, 3);
        writer.write(u64::from(count - 3), 7);
    }
}

fn write_change(writer: &mut BitWriter, old: &[u8], new: &[u8]) {
    writer.write(1, 1);
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
    let mut zeros = 0;
    while left > 0 {
        if reader.read_bool()? {
            read_change(reader, reference)?;
            output.extend_from_slice(reference);
            left -= 1;
            zeros = 0;
            continue;
        }
        output.extend_from_slice(reference);
        left -= 1;
        zeros += 1;
        if zeros == 3 {
            zeros = 0;
            let more = reader.read(7)? as usize;
            if more > left {
                return None;
            }
            for _ in 0..more {
                output.extend_from_slice(reference);
            }
            left -= more;
            // A writer counts the whole run, so what follows is a change.
            if left > 0 {
                if !reader.read_bool()? {
                    return None;
                }
                read_change(reader, reference)?;
                output.extend_from_slice(reference);
                left -= 1;
            }
        }
    }
    Some(())
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
        assert_eq!(encode(&[1, 2], &vec![vec![1, 2]; 8]).len(), 2);
        assert_eq!(encode(&[1, 2], &vec![vec![1, 2]; 120]).len(), 2);
        assert_eq!(encode(&[1, 2], &[vec![3, 2]]).len(), 1);
    }
}
