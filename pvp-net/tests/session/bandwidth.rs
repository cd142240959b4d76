//! What a match costs on the wire.

use pvp_net::transport::link::LinkConfig;

use crate::duel::Duel;

#[test]
fn a_match_costs_less_than_twenty_kilobits_and_sixty_two_packets_a_second() {
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
        assert!(bits_per_second <= 20_000, "{bits_per_second} bit/s");
        assert!(packets_per_second <= 62, "{packets_per_second} packets/s");
        assert!(after.datagram_bytes_max <= 200, "{} B", after.datagram_bytes_max);
    }
    duel.assert_in_sync();
}
