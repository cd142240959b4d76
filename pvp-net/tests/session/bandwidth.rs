//! What a match costs on the wire.

use pvp_net::SessionEvent;
use pvp_net::transport::link::LinkConfig;

use crate::duel::{Duel, config};
use crate::game::Tiny;

#[test]
fn a_match_costs_less_than_eighteen_kilobits_and_sixty_two_packets_a_second() {
    let mut duel = Duel::over(LinkConfig::new(1, 100, 0, 0));
    duel.connect();
    duel.run_ms(2000);
    let before = duel.peers.each_ref().map(|peer| peer.session.stats());
    duel.run_ms(60_000);
    for (peer, before) in duel.peers.iter().zip(before) {
        let after = peer.session.stats();
        let bits_per_second = (after.wire_bytes_sent - before.wire_bytes_sent) * 8 / 60;
        let packets_per_second = (after.packets_sent - before.packets_sent).div_ceil(60);
        println!(
            "{bits_per_second} bit/s, {packets_per_second} packets/s, {} B",
            after.datagram_bytes_max
        );
        assert!(bits_per_second <= 18_000, "{bits_per_second} bit/s");
        assert!(packets_per_second <= 62, "{packets_per_second} packets/s");
        assert!(after.datagram_bytes_max <= 200, "{} B", after.datagram_bytes_max);
    }
    duel.assert_in_sync();
}

#[test]
fn a_long_message_over_a_bad_link_keeps_every_datagram_within_five_hundred_and_twelve_bytes() {
    let mut duel = Duel::over(LinkConfig::new(2, 240, 30, 20));
    duel.connect();
    for peer in &mut duel.peers {
        // Nothing that compression makes shorter.
        let words = (0..7_500_u64).map(|word| xxhash_rust::xxh3::xxh3_64(&word.to_le_bytes()));
        let message: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
        peer.session.send_message(&message).unwrap();
    }
    duel.run_ms(20_000);
    for peer in &duel.peers {
        assert!(peer.saw(|event| matches!(event, SessionEvent::Message(bytes) if bytes.len() == 60_000)));
        let stats = peer.session.stats();
        assert!(
            (400..=512).contains(&stats.datagram_bytes_max),
            "{} B",
            stats.datagram_bytes_max
        );
        // It rides along: not one packet more than frames and pulses need.
        let frames = stats.frames_stepped + stats.stalled_frames;
        assert!(stats.packets_sent <= frames + 120, "{} packets", stats.packets_sent);
    }
    duel.assert_in_sync();
}

#[test]
fn two_frames_in_a_datagram_halve_the_packets_and_play_the_same_match() {
    let run = |frames_per_datagram| {
        let configs = [config(0), config(1)].map(|mut config| {
            config.frames_per_datagram = frames_per_datagram;
            config
        });
        let link = LinkConfig::new(1, 100, 5, 2);
        let mut duel = Duel::with([link; 2], configs, [Tiny::default(), Tiny::default()]);
        duel.connect();
        duel.run_ms(1_000);
        let before = duel.peers[0].session.stats();
        duel.run_ms(30_000);
        let after = duel.peers[0].session.stats();
        duel.assert_in_sync();
        assert_eq!(after.stalled_frames, 0);
        let packets_per_second = (after.packets_sent - before.packets_sent) / 30;
        let bits_per_second = (after.wire_bytes_sent - before.wire_bytes_sent) * 8 / 30;
        println!("{frames_per_datagram}: {packets_per_second} packets/s, {bits_per_second} bit/s");
        (
            packets_per_second,
            bits_per_second,
            duel.peers[0].session.checksum_at(1_700),
        )
    };
    let [(usual, usual_bits, checksum), (halved, halved_bits, same_checksum)] = [1, 2].map(run);
    assert!((58..=61).contains(&usual) && (29..=31).contains(&halved));
    assert!(halved_bits * 10 < usual_bits * 6, "{usual_bits}, {halved_bits}");
    assert!(checksum.is_some());
    assert_eq!(checksum, same_checksum);
}
