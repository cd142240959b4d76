//! What packets of every kind ask the allocator for.

use pvp_net::hostile::Forgery;

use crate::alone;
use crate::ours::Ours;

#[test]
fn no_packet_asks_for_more_than_its_share_of_memory() {
    let _alone = alone();
    let mut ours = Ours::new();
    let mut random = 1u64;
    let mut draw = |bound: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) % bound
    };
    for round in 0..20_000 {
        let length = draw(512) as usize;
        let mut bytes: Vec<u8> = (0..length).map(|_| draw(256) as u8).collect();
        let blank = ours.blank();
        match round % 4 {
            0 => ours.attack_raw(&bytes),
            1 => {
                ours.sessions[0].sign_as_peer(&mut bytes);
                ours.attack_raw(&bytes);
            }
            2 => ours.attack(Forgery {
                // Repeats of what was received: they bring no false input into the match.
                start: blank.start - 127,
                count: draw(128) as u32,
                raw_inputs: &bytes[..length / 8],
                ..blank
            }),
            _ => ours.attack(Forgery {
                ack: blank.ack.wrapping_add(draw(256) as u32).saturating_sub(128),
                ping: (draw(2) == 0).then_some((1, 2)),
                pong: Some((draw(256) as u8, draw(256) as u8)),
                lane: Some(&bytes[..length * 9 / 10]),
                ..blank
            }),
        }
        if round % 200 == 0 {
            ours.play(1);
        }
    }
    println!(
        "{} B at most; drops {:?}",
        ours.bytes_per_packet_max,
        ours.sessions[0].stats().drops
    );
    assert!(ours.bytes_per_packet_max <= 64 * 1024, "{}", ours.bytes_per_packet_max);
    assert!(
        ours.sessions[0]
            .stats()
            .drops
            .iter()
            .filter(|&&count| count > 0)
            .count()
            >= 8
    );
}
