//! Owns reading and writing of single bits, least significant first.
//! Must not panic on short input: the reader gives `None`.

/// Appends bits to a byte buffer.
#[derive(Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    bit_count: usize,
}

impl BitWriter {
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bit_count = 0;
    }

    /// Appends the low `count` bits of `value` (at most 64).
    pub(crate) fn write(&mut self, value: u64, count: u32) {
        let mut value = if count < 64 { value & ((1 << count) - 1) } else { value };
        let mut left = count as usize;
        while left > 0 {
            let used = self.bit_count % 8;
            if used == 0 {
                self.bytes.push(0);
            }
            let take = left.min(8 - used);
            let last = self.bytes.len() - 1;
            self.bytes[last] |= ((value & ((1 << take) - 1)) << used) as u8;
            value = value.checked_shr(take as u32).unwrap_or(0);
            self.bit_count += take;
            left -= take;
        }
    }

    /// Fills the current byte with zeros.
    pub(crate) fn align(&mut self) {
        self.bit_count = self.bytes.len() * 8;
    }

    /// Appends whole bytes; the writer must be aligned.
    pub(crate) fn write_bytes(&mut self, bytes: &[u8]) {
        debug_assert!(self.bit_count.is_multiple_of(8));
        self.bytes.extend_from_slice(bytes);
        self.align();
    }

    pub(crate) fn len_bytes(&self) -> usize {
        self.bytes.len()
    }

    #[cfg(test)]
    pub(crate) fn len_bits(&self) -> usize {
        self.bit_count
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads bits from a byte slice.
#[derive(Debug, Clone)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// The next `count` bits (at most 64), or `None` if fewer are left.
    pub(crate) fn read(&mut self, count: u32) -> Option<u64> {
        if self.position + count as usize > self.bytes.len() * 8 {
            return None;
        }
        let mut value = 0u64;
        let mut done = 0;
        while done < count {
            let used = self.position % 8;
            let take = (count - done).min(8 - used as u32);
            let bits = (self.bytes[self.position / 8] >> used) & (0xff >> (8 - take));
            value |= u64::from(bits) << done;
            done += take;
            self.position += take as usize;
        }
        Some(value)
    }

    pub(crate) fn read_bool(&mut self) -> Option<bool> {
        Some(self.read(1)? == 1)
    }

    /// Skips to the next byte; the skipped bits must be zero, so that one meaning has one encoding.
    pub(crate) fn align(&mut self) -> Option<()> {
        let used = self.position % 8;
        if used != 0 && self.read(8 - used as u32)? != 0 {
            return None;
        }
        Some(())
    }

    /// The whole bytes that are left; the reader must be aligned.
    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.position.div_ceil(8)..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_reads_back(fields in proptest::collection::vec((any::<u64>(), 1u32..=64), 0..40)) {
            let mut writer = BitWriter::default();
            for &(value, count) in &fields {
                writer.write(value, count);
            }
            let mut reader = BitReader::new(writer.bytes());
            for &(value, count) in &fields {
                let expected = if count < 64 { value & ((1 << count) - 1) } else { value };
                prop_assert_eq!(reader.read(count), Some(expected));
            }
            prop_assert!(reader.read(8).is_none());
        }
    }
}
