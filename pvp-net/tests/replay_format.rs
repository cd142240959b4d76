//! Reads the example of `docs/REPLAY.md` by that text alone, and compares it with what the library reads and writes.
//!
//! Must not: use the library's reader for the first part; this is a second implementation, written from the document.

use pvp_net::replay::{Ending, Replay, ReplayHeader, ReplayWriter};
use xxhash_rust::xxh3::xxh3_64_with_seed;

const DOCUMENT: &str = include_str!("../../docs/REPLAY.md");

/// The bytes of the document's example.
fn example() -> Vec<u8> {
    let block = DOCUMENT
        .split("```hex")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let digits = block.expect("the document has an example").split_whitespace();
    digits
        .map(|byte| u8::from_str_radix(byte, 16).expect("two hexadecimal digits"))
        .collect()
}

/// What the document says that the example says.
fn write_example() -> Vec<u8> {
    let header = ReplayHeader {
        game_id: 7,
        build: 1,
        ruleset_hash: 99,
        content_version: 3,
        match_seed: 3_735_928_559,
        start_checksum: 1_000,
        frame_rate: 60,
        input_bytes: 2,
        names: vec!["Ada".into(), "Bo".into()],
        app: b"hi".to_vec(),
    };
    let mut writer = ReplayWriter::new(Vec::new(), &header, 120).expect("a header");
    writer.content(5, &[10, 20, 30]).expect("written");
    for (frame, inputs) in (1_001..).zip(INPUTS) {
        writer.frame(&inputs, frame).expect("written");
    }
    writer.finish(Some(1)).expect("written")
}

const INPUTS: [[u8; 4]; 4] = [[0; 4], [2, 0, 0, 0], [2, 0, 0, 0], [255, 255, 0, 0]];

struct Reader<'a> {
    bytes: &'a [u8],
    bit: usize,
}

impl Reader<'_> {
    fn number(&mut self, bytes: usize) -> u64 {
        (0..bytes).map(|index| u64::from(self.byte()) << (8 * index)).sum()
    }

    fn byte(&mut self) -> u8 {
        let byte = self.bytes[0];
        self.bytes = &self.bytes[1..];
        byte
    }

    fn varint(&mut self) -> usize {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            value |= usize::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return value;
            }
            shift += 7;
        }
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.byte()).collect()
    }

    fn bits(&mut self, count: usize) -> usize {
        let mut value = 0;
        for index in 0..count {
            value |= usize::from(self.bytes[self.bit / 8] >> (self.bit % 8) & 1) << index;
            self.bit += 1;
        }
        value
    }

    fn gamma(&mut self) -> usize {
        let mut zeros = 0;
        while self.bits(1) == 0 {
            zeros += 1;
        }
        (0..zeros).fold(1, |value, _| value * 2 + self.bits(1))
    }
}

/// "File": kinds and payloads, with every digest checked.
fn records(file: &[u8]) -> Vec<(u8, Vec<u8>)> {
    assert_eq!(&file[..5], b"PVPR\x01");
    let low = |bytes: &[u8], seed: u32| xxh3_64_with_seed(bytes, u64::from(seed)) as u32;
    let mut seed = low(&file[..5], 0);
    let mut reader = Reader {
        bytes: &file[5..],
        bit: 0,
    };
    let mut records = Vec::new();
    while !reader.bytes.is_empty() {
        let start = reader.bytes;
        let kind = reader.byte();
        let length = reader.varint();
        let payload = reader.take(length);
        let expected = low(&start[..start.len() - reader.bytes.len()], seed);
        seed = reader.number(4) as u32;
        assert_eq!(seed, expected, "digest of a record of kind {kind}");
        records.push((kind, payload));
    }
    records
}

/// "Run": tags and each player's inputs, frame by frame.
fn read_run(payload: &[u8], input_bytes: usize, players: usize) -> (u32, Vec<usize>, Vec<Vec<Vec<u8>>>) {
    let mut head = Reader { bytes: payload, bit: 0 };
    let (count, checksum) = (head.byte() as usize, head.number(4) as u32);
    let mut bits = Reader {
        bytes: head.bytes,
        bit: 0,
    };
    let tags = (0..count).map(|_| bits.bits(1)).collect();
    let mut inputs = Vec::new();
    for _ in 0..players {
        let mut held = vec![0_u8; input_bytes];
        let mut frames = Vec::new();
        while frames.len() < count {
            for _ in 0..bits.gamma() - 1 {
                frames.push(held.clone());
            }
            if frames.len() < count {
                change(&mut bits, &mut held);
                frames.push(held.clone());
            }
        }
        assert_eq!(frames.len(), count);
        inputs.push(frames);
    }
    (checksum, tags, inputs)
}

fn change(bits: &mut Reader<'_>, held: &mut [u8]) {
    if bits.bits(1) == 1 {
        let largest = held.len() * 8 - 1;
        let index = bits.bits((usize::BITS - largest.leading_zeros()) as usize);
        held[index / 8] ^= 1 << (index % 8);
    } else {
        let differs: Vec<bool> = held.iter().map(|_| bits.bits(1) == 1).collect();
        for (byte, _) in held.iter_mut().zip(differs).filter(|(_, differs)| *differs) {
            *byte ^= bits.bits(8) as u8;
        }
    }
}

#[test]
fn the_example_reads_by_the_document_alone() {
    let records = records(&example());
    assert_eq!(records.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [1, 2, 3, 5]);

    let mut header = Reader {
        bytes: &records[0].1,
        bit: 0,
    };
    assert_eq!(
        [8, 8, 8, 4, 8, 8].map(|bytes| header.number(bytes)),
        [7, 1, 99, 3, 3_735_928_559, 1_000]
    );
    assert_eq!([(); 3].map(|()| header.byte()), [60, 2, 2]);
    for name in ["Ada", "Bo"] {
        let length = header.byte() as usize;
        assert_eq!(header.take(length), name.as_bytes());
    }
    assert_eq!(header.number(2), 2);
    assert_eq!(header.bytes, b"hi");

    assert_eq!(records[1].1, [5, 10, 20, 30]);

    let (checksum, tags, inputs) = read_run(&records[2].1, 2, 2);
    assert_eq!((checksum, tags), (1_004, vec![1, 0, 1, 0]));
    for (frame, expected) in INPUTS.iter().enumerate() {
        assert_eq!([&inputs[0][frame][..], &inputs[1][frame][..]].concat(), expected);
    }

    let mut end = Reader {
        bytes: &records[3].1,
        bit: 0,
    };
    assert_eq!((end.number(4), end.number(8), end.byte()), (4, 1_004, 1));
}

#[test]
fn the_library_writes_and_reads_the_example() {
    let written = write_example();
    let digits: Vec<String> = written.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<String> = digits.chunks(24).map(|line| line.join(" ")).collect();
    assert!(written == example(), "the example is now:\n{}", lines.join("\n"));
    let replay = Replay::parse(written).expect("a replay");
    let mut cursor = replay.cursor();
    for (frame, inputs) in (0..).zip(&INPUTS) {
        assert_eq!(cursor.advance(), Some((frame, &inputs[..])));
    }
    assert!(matches!(replay.ending(), Ending::Complete(end) if end.winner == Some(1)));
}
