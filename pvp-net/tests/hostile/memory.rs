//! Small packets that ask for much memory, and crowds of packets.

use pvp_net::hostile::Forgery;
use pvp_net::{DropReason, SessionEvent};

use crate::bare::{Bare, InputMessage, run};
use crate::ours::{Ours, assert_dropped};
use crate::{alone, bytes_allocated};

/// Acknowledges nothing, then one fragment.
fn fragment(sequence: u16, is_last: bool, payload: &[u8]) -> Vec<u8> {
    let mut section = vec![0; 10];
    section.extend(sequence.to_le_bytes());
    section.extend((payload.len() as u16 | u16::from(is_last) << 15).to_le_bytes());
    section.extend(payload);
    section
}

/// Bare `ggrs` allocates what a run of zeros promises. 2^61 of them abort the process, so the test asks for less.
#[test]
fn a_bomb_of_zeros_is_dropped() {
    let _alone = alone();
    let mut bare = Bare::after(60);
    let (bytes, ()) = bytes_allocated(|| {
        bare.deliver_input(&InputMessage {
            payload: run(1 << 22, false),
            ..InputMessage::honest(60, 0, 59)
        });
        bare.tick();
    });
    assert!(bytes > 10 << 20, "{bytes} B for a packet of 45");
    // The longest run that our code can write is of all inputs counted, and a datagram holds 120.
    let mut ours = Ours::new();
    let blank = ours.blank();
    ours.attack(Forgery {
        count: 120,
        raw_inputs: &[0xfc, 0x01],
        ..blank
    });
    ours.attack(Forgery {
        count: 127,
        raw_inputs: &[0xfc, 0x01],
        ..blank
    });
    assert!(ours.bytes_per_packet_max <= 2048, "{}", ours.bytes_per_packet_max);
    ours.assert_unharmed();
}

#[test]
fn oversized_and_empty_packets_are_dropped() {
    let _alone = alone();
    assert_dropped(DropReason::Size, 3, |ours| {
        ours.attack_raw(&[]);
        ours.attack_raw(&[1; 513]);
        ours.attack_raw(&[1; 65_000]);
    });
}

#[test]
fn a_lane_section_outside_the_window_or_cut_short_is_dropped() {
    let _alone = alone();
    assert_dropped(DropReason::Lane, 4, |ours| {
        let blank = ours.blank();
        let cut = &fragment(0, true, &[1; 30])[..20];
        let far = fragment(5000, true, &[1; 30]);
        let acknowledged = [&5000u16.to_le_bytes()[..], &[0; 8]].concat();
        for lane in [cut, &[1, 2, 3], &far, &acknowledged] {
            ours.attack(Forgery {
                lane: Some(lane),
                ..blank
            });
        }
    });
}

/// A stream of zeros that says it is a message of 64 KiB, a length that is a lie, and the flag on a fragment that ends nothing.
#[test]
fn a_compressed_message_that_is_a_bomb_or_a_lie_is_dropped_before_it_costs_anything() {
    let _alone = alone();
    // Raw DEFLATE: one literal 0 and then runs of 258 of them, as a compressor writes 65,536 zeros.
    let zeros = miniz_oxide::deflate::compress_to_vec(&[0; 1 << 16], 9);
    let bomb = [&[0xff, 0xff][..], &zeros].concat();
    let lie = [&[0xe8, 0x03][..], &zeros].concat();
    assert!(bomb.len() < 100, "{} bytes", bomb.len());
    let compressed = |sequence: u16, payload: &[u8]| {
        let mut section = fragment(sequence, true, payload);
        section[13] |= 0x40;
        section
    };
    assert_dropped(DropReason::Lane, 3, |ours| {
        let mut middle = fragment(2, false, &zeros);
        middle[13] |= 0x40;
        for lane in [compressed(0, &bomb), compressed(1, &lie), middle] {
            let blank = ours.blank();
            ours.attack(Forgery {
                lane: Some(&lane),
                ..blank
            });
        }
        println!("{} B for the costliest packet", ours.bytes_per_packet_max);
        assert!(ours.bytes_per_packet_max <= 10 * 1024, "{}", ours.bytes_per_packet_max);
        // What comes after them still counts.
        let blank = ours.blank();
        let lane = fragment(2, true, &[0, 7]);
        ours.attack(Forgery {
            lane: Some(&lane),
            ..blank
        });
        assert!(ours.events.contains(&SessionEvent::Message(vec![7])));
    });
}

/// What compression gains is bounded, so the longest message takes a thirty-second part of itself on the wire at least.
#[test]
fn the_longest_message_from_the_fewest_packets_costs_its_own_length_once() {
    let _alone = alone();
    let mut ours = Ours::new();
    let blank = ours.blank();
    let mut message = [
        &[0xff, 0xff][..],
        &miniz_oxide::deflate::compress_to_vec(&[0; 1 << 16], 9),
    ]
    .concat();
    message.resize(2 + (1 << 16) / 32, 0);
    let count = message.len().div_ceil(380);
    for (sequence, payload) in message.chunks(380).enumerate() {
        let is_last = sequence + 1 == count;
        let mut lane = fragment(sequence as u16, is_last, payload);
        lane[13] |= u8::from(is_last) << 6;
        ours.attack(Forgery {
            lane: Some(&lane),
            ..blank
        });
    }
    let is_whole = |event: &SessionEvent| matches!(event, SessionEvent::Message(bytes) if bytes.len() == (1 << 16) - 1);
    assert!(ours.events.iter().any(is_whole));
    println!(
        "{count} packets, {} B for the costliest of them",
        ours.bytes_per_packet_max
    );
    assert!(ours.bytes_per_packet_max <= 68 * 1024, "{}", ours.bytes_per_packet_max);
}

#[test]
fn messages_of_unknown_kinds_are_dropped() {
    let _alone = alone();
    assert_dropped(DropReason::Message, 3, |ours| {
        for (sequence, message) in [&[][..], &[250], &[99, 1, 2, 3]].into_iter().enumerate() {
            let blank = ours.blank();
            let lane = fragment(sequence as u16, true, message);
            ours.attack(Forgery {
                lane: Some(&lane),
                ..blank
            });
        }
    });
}

/// The last fragment of the longest message costs the most that one packet can.
#[test]
fn the_longest_message_costs_less_than_the_bound_in_its_last_packet() {
    let _alone = alone();
    let mut ours = Ours::new();
    let blank = ours.blank();
    let count = (64 * 1024 / 380) as u16;
    for sequence in 0..=count {
        let length = if sequence < count { 380 } else { 64 * 1024 % 380 };
        let lane = fragment(sequence, sequence == count, &vec![0; length]);
        ours.attack(Forgery {
            lane: Some(&lane),
            ..blank
        });
    }
    let is_whole = |event: &SessionEvent| matches!(event, SessionEvent::Message(bytes) if bytes.len() == 64 * 1024 - 1);
    assert!(ours.events.iter().any(is_whole));
    println!("{} B for the costliest packet", ours.bytes_per_packet_max);
    assert!(ours.bytes_per_packet_max <= 64 * 1024, "{}", ours.bytes_per_packet_max);
}

/// Bare `ggrs` answers each synchronization request.
#[test]
fn a_thousand_handshakes_at_once_are_hardly_answered() {
    let _alone = alone();
    let mut bare = Bare::after(60);
    bare.tick();
    bare.take_sent();
    (0..1000).for_each(|_| bare.deliver(0, &[1, 2, 3, 4]));
    bare.tick();
    assert!(bare.take_sent() >= 1000);

    // The peer's own first handshake, again and again in the middle of the match.
    let mut ours = Ours::new();
    let hello = ours.hello.clone();
    assert!(hello.starts_with(b"PVPN"));
    let sent = ours.sessions[0].stats().packets_sent;
    (0..1000).for_each(|_| ours.inject(&hello));
    ours.play(1);
    let answers = ours.sessions[0].stats().packets_sent - sent;
    assert!(answers <= 5, "{answers} packets after a thousand handshakes");
    ours.assert_unharmed();
}

/// Damaged handshakes do not use up what a poll grants to true packets.
#[test]
fn a_crowd_of_damaged_handshakes_does_not_hold_up_the_match() {
    let _alone = alone();
    let mut ours = Ours::new();
    let mut hello = ours.hello.clone();
    hello[20] ^= 1;
    let before = ours.sessions[0].confirmed_frame();
    for _ in 0..60 {
        (0..500).for_each(|_| ours.inject(&hello));
        ours.play(1);
    }
    assert!(ours.sessions[0].confirmed_frame() >= before + 58);
    assert_eq!(ours.dropped(DropReason::Tag), 60 * 500);
    ours.assert_unharmed();
}

#[test]
fn a_crowd_of_true_packets_is_cut_off_in_each_poll() {
    let _alone = alone();
    let mut ours = Ours::new();
    let packet = ours.sessions[0].forge_as_peer(&ours.blank());
    (0..1000).for_each(|_| ours.inject(&packet));
    ours.play(1);
    assert!(
        ours.dropped(DropReason::Flood) >= 900,
        "{}",
        ours.dropped(DropReason::Flood)
    );
    ours.assert_unharmed();
}
