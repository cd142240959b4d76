//! Two tunnels find each other, and nothing recorded, altered or foreign gets through.

use super::*;

fn tunnel(phrase: &str, secret: u8) -> Tunnel {
    Tunnel::new(&RoomKey::from_phrase(phrase), [secret; 32])
}

fn reply_of(tunnel: &mut Tunnel, hello: &Hello) -> Option<Hello> {
    match tunnel.open(&mut hello.clone()) {
        Ok(Opened::Hello { reply, .. }) => reply,
        other => panic!("expected a hello, got {other:?}"),
    }
}

/// Runs hellos until neither side answers any more.
fn meet(a: &mut Tunnel, b: &mut Tunnel) {
    let mut hello = Some(a.hello());
    for _ in 0..4 {
        hello = hello.and_then(|hello| reply_of(b, &hello));
        hello = hello.and_then(|hello| reply_of(a, &hello));
    }
    assert_eq!(hello, None, "hellos must come to rest");
    assert!(a.is_open() && b.is_open());
}

fn sealed(tunnel: &mut Tunnel, payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    assert!(tunnel.seal(payload, &mut packet));
    packet
}

fn opened(tunnel: &mut Tunnel, packet: &[u8]) -> Result<Vec<u8>, Dropped> {
    let mut packet = packet.to_vec();
    match tunnel.open(&mut packet)? {
        Opened::Data { range, .. } => Ok(packet[range].to_vec()),
        Opened::Hello { .. } => panic!("expected data"),
    }
}

#[test]
fn two_ends_with_the_same_room_key_understand_each_other() {
    let (mut a, mut b) = (tunnel("room", 1), tunnel("room", 2));
    meet(&mut a, &mut b);
    let packet = sealed(&mut a, b"attack at dawn");
    assert_eq!(packet.len(), 14 + SEAL_BYTES);
    assert!(!packet.windows(6).any(|bytes| bytes == b"attack"));
    assert_eq!(opened(&mut b, &packet).as_deref(), Ok(&b"attack at dawn"[..]));
    let packet = sealed(&mut b, b"");
    assert_eq!(opened(&mut a, &packet).as_deref(), Ok(&b""[..]));
}

#[test]
fn the_order_of_the_hellos_does_not_matter() {
    let (mut a, mut b) = (tunnel("room", 1), tunnel("room", 2));
    let (from_a, from_b) = (a.hello(), b.hello());
    let (reply_a, reply_b) = (reply_of(&mut a, &from_b), reply_of(&mut b, &from_a));
    let last_a = reply_of(&mut a, &reply_b.expect("a stranger is answered"));
    let last_b = reply_of(&mut b, &reply_a.expect("a stranger is answered"));
    assert!(a.is_open() && b.is_open());
    for (hello, end) in [(last_a, &mut b), (last_b, &mut a)] {
        assert_eq!(hello.and_then(|hello| reply_of(end, &hello)), None);
    }
}

#[test]
fn another_room_key_is_noise() {
    let (mut a, mut b) = (tunnel("room", 1), tunnel("another room", 2));
    assert_eq!(b.open(&mut a.hello().clone()), Err(Dropped::Forged));
    assert_eq!(a.open(&mut b.hello().clone()), Err(Dropped::Forged));
    assert!(!a.is_open() && !b.is_open());
}

#[test]
fn a_replayed_datagram_is_refused() {
    let (mut a, mut b) = (tunnel("room", 1), tunnel("room", 2));
    meet(&mut a, &mut b);
    let packets: Vec<_> = (0..50_u8).map(|n| sealed(&mut a, &[n])).collect();
    for packet in packets.iter().rev() {
        assert!(opened(&mut b, packet).is_ok());
    }
    for packet in &packets {
        assert_eq!(opened(&mut b, packet), Err(Dropped::Replayed));
    }
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed() {
    let (mut a, mut b) = (tunnel("room", 1), tunnel("room", 2));
    meet(&mut a, &mut b);
    let packet = sealed(&mut a, b"payload");
    for bit in 0..packet.len() * 8 {
        let mut altered = packet.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(opened(&mut b, &altered).is_err(), "bit {bit}");
    }
    for length in 0..packet.len() {
        assert!(opened(&mut b, &packet[..length]).is_err(), "length {length}");
    }
    let hello = a.hello();
    for bit in 0..hello.len() * 8 {
        let mut altered = hello;
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(b.open(&mut altered).is_err(), "bit {bit}");
    }
    assert!(opened(&mut b, &packet).is_ok());
}

#[test]
fn a_packet_reflected_to_its_sender_is_refused() {
    let (mut a, mut b) = (tunnel("room", 1), tunnel("room", 2));
    meet(&mut a, &mut b);
    let packet = sealed(&mut a, b"x");
    assert_eq!(opened(&mut a, &packet), Err(Dropped::Forged));
    assert_eq!(a.open(&mut a.hello().clone()), Err(Dropped::Replayed));
}

#[test]
fn a_restarted_peer_takes_over_and_its_former_self_cannot_come_back() {
    let (mut a, mut b) = (tunnel("room", 1), tunnel("room", 2));
    let first_hello = b.hello();
    let answering = reply_of(&mut a, &first_hello).expect("a stranger is answered");
    let proof = reply_of(&mut b, &answering).expect("the survivor wants proof");
    reply_of(&mut a, &proof);
    let old_packet = sealed(&mut b, b"old");

    let mut restarted = tunnel("room", 3);
    meet(&mut restarted, &mut a);
    let packet = sealed(&mut restarted, b"new");
    assert_eq!(opened(&mut a, &packet).as_deref(), Ok(&b"new"[..]));
    assert!(opened(&mut a, &old_packet).is_err());
    assert_eq!(a.open(&mut first_hello.clone()), Err(Dropped::Replayed));
    assert_eq!(a.open(&mut proof.clone()), Err(Dropped::Replayed));
    let packet = sealed(&mut restarted, b"still");
    assert!(opened(&mut a, &packet).is_ok());
}

#[test]
fn a_recorded_hello_alone_moves_nothing() {
    let (mut a, mut b) = (tunnel("room", 1), tunnel("room", 2));
    let recorded = b.hello();
    meet(&mut a, &mut b);
    let mut c = tunnel("room", 4);
    let stranger = c.hello();
    let packet = sealed(&mut b, b"x");
    assert!(matches!(
        a.open(&mut recorded.clone()),
        Ok(Opened::Hello { is_new_peer: false, .. })
    ));
    assert!(matches!(
        a.open(&mut stranger.clone()),
        Ok(Opened::Hello { is_new_peer: false, .. })
    ));
    assert!(opened(&mut a, &packet).is_ok(), "the peer is still the peer");
    assert!(!c.seal(b"x", &mut Vec::new()));
}

#[test]
fn packet_numbers_are_rebuilt_across_the_24_bit_edge() {
    for expected in [0_u64, 1, 5_000, (1 << 24) - 3, 1 << 24, (1 << 24) + 4, 123_456_789_012] {
        for offset in -3_000_i64..3_000 {
            let Some(number) = expected.checked_add_signed(offset) else {
                continue;
            };
            assert_eq!(full_number(number & 0xFF_FFFF, expected), number);
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]
    #[test]
    fn any_bytes_are_refused_without_a_panic(
        mut packet in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
        kind in 0x70_u8..0x74,
    ) {
        let (mut a, mut b) = (tunnel("room", 1), tunnel("room", 2));
        meet(&mut a, &mut b);
        if let Some(first) = packet.first_mut() {
            *first = kind;
        }
        proptest::prop_assert!(a.open(&mut packet).is_err());
    }
}
