//! What a session counts of the network is what the network did.

use pvp_net::transport::link::{End, LinkConfig};

use crate::pair::Linked;

/// Lost and sent datagrams of both directions as the sessions counted them, and as the link did.
fn lost_and_sent(loss_pct: u8) -> ([u64; 2], [u64; 2]) {
    let mut linked = Linked::over(LinkConfig::new(3, 90, 6, loss_pct));
    linked.run_frames(120 * 60);
    linked.pair.assert_in_sync();
    let mut counted = [0; 2];
    for session in &linked.pair.sessions {
        let network = session.stats().network;
        counted[0] += network.datagrams_lost();
        counted[1] += network.peer_datagrams_sent;
    }
    let truth = [End::A, End::B].map(|end| linked.control.stats(end));
    let truth = [
        truth.iter().map(|stats| stats.lost_packets).sum(),
        truth.iter().map(|stats| stats.sent_packets).sum(),
    ];
    (counted, truth)
}

#[test]
fn at_five_percent_loss_four_to_six_of_a_hundred_are_counted_as_lost() {
    for loss_pct in [0, 5, 20] {
        let ([lost, sent], [lost_truly, sent_truly]) = lost_and_sent(loss_pct);
        println!("loss {loss_pct} %: {lost} of {sent} counted, {lost_truly} of {sent_truly} by the link");
        assert!(sent > 13_000, "{sent} datagrams in two minutes");
        let permille = lost * 1_000 / sent;
        let wanted = u64::from(loss_pct) * 10;
        let tolerance = wanted / 5;
        assert!(
            permille.abs_diff(wanted) <= tolerance,
            "{permille} per mille lost of {wanted}"
        );
        assert!(
            permille.abs_diff(lost_truly * 1_000 / sent_truly) <= 3,
            "the sessions and the link agree"
        );
    }
}
