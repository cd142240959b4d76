//! Owns the run-length format inside `ggrs` input messages (crate `bitfield-rle` 0.2.1): a bounded reader and a plain writer.
//! Must not allocate more than its limit: the crate's own reader allocates what the bytes ask for, and panics on truncated numbers.

/// Reads a run-length encoded buffer into `output` (cleared first). `None` if it is malformed or longer than `limit`.
pub(super) fn decode(mut bytes: &[u8], limit: usize, output: &mut Vec<u8>) -> Option<()> {
    output.clear();
    while !bytes.is_empty() {
        let header = read_varint(&mut bytes)?;
        let is_run = header & 1 == 1;
        let length = usize::try_from(if is_run { header >> 2 } else { header >> 1 }).ok()?;
        if length > limit.checked_sub(output.len())? {
            return None;
        }
        if is_run {
            let fill = if header & 2 == 2 { 0xff } else { 0 };
            output.resize(output.len() + length, fill);
        } else {
            if length > bytes.len() {
                return None;
            }
            let (literal, rest) = bytes.split_at(length);
            output.extend_from_slice(literal);
            bytes = rest;
        }
    }
    Some(())
}

/// Writes `bytes` as one literal run, which the crate's reader takes like any other.
pub(super) fn encode_literal(bytes: &[u8], output: &mut Vec<u8>) {
    output.clear();
    let mut header = (bytes.len() as u64) << 1;
    while header >= 0x80 {
        output.push((header as u8 & 0x7f) | 0x80);
        header >>= 7;
    }
    output.push(header as u8);
    output.extend_from_slice(bytes);
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_literals_are_read() {
        let mut output = Vec::new();
        // 3 zeros, 2 x 0xff, literal 7 8.
        let bytes = [3 << 2 | 1, 2 << 2 | 3, 2 << 1, 7, 8];
        decode(&bytes, 64, &mut output).unwrap();
        assert_eq!(output, [0, 0, 0, 0xff, 0xff, 7, 8]);
    }

    #[test]
    fn a_bomb_is_refused_without_allocating() {
        let mut output = Vec::new();
        // Run of 2^30 zeros.
        let mut bytes = Vec::new();
        let mut header: u64 = (1 << 30) << 2 | 1;
        while header >= 0x80 {
            bytes.push(header as u8 | 0x80);
            header >>= 7;
        }
        bytes.push(header as u8);
        assert_eq!(decode(&bytes, 4096, &mut output), None);
        assert!(output.capacity() <= 4096);
    }

    #[test]
    fn truncated_and_endless_numbers_are_refused() {
        let mut output = Vec::new();
        assert_eq!(decode(&[0x80], 64, &mut output), None);
        assert_eq!(decode(&[0xff; 11], 64, &mut output), None);
        assert_eq!(decode(&[4 << 1, 1, 2], 64, &mut output), None);
    }

    #[test]
    fn a_literal_reads_back() {
        let (mut encoded, mut output) = (Vec::new(), Vec::new());
        let bytes: Vec<u8> = (0..=255).collect();
        encode_literal(&bytes, &mut encoded);
        decode(&encoded, 256, &mut output).unwrap();
        assert_eq!(output, bytes);
    }
}
