//! Two sides of a real duel stay equal under constant rollbacks, saved and restored states.
#![cfg(feature = "sim")]

use pvp_net::sim::DuelSim;
use pvp_net::stress::{StressConfig, StressSession};
use pvp_sim::bot::{BotKind, bot_input};
use pvp_sim::{Content, MatchDef, MatchState, PlayerId};

#[test]
fn the_duel_survives_two_thousand_frames_of_bots_with_forged_weapons() {
    let config = StressConfig {
        seed: 9,
        match_seed: 77,
        depth_frames_max: 20,
        ..StressConfig::default()
    };
    let def = MatchDef::duel(config.match_seed);
    let rules = || DuelSim::new(MatchDef::duel(0));
    let mut session = StressSession::new(rules(), rules(), rules().start(), config);
    let weapon = pvp_sim::fallback_weapon(1, PlayerId(1), 1, 5);
    let content = Content::Weapon {
        player: PlayerId(1),
        request_seq: 1,
        weapon,
    };
    session.accept_content(0, &content.encode()).expect("a free slot");
    for _ in 0..2_000 {
        let outcome = session.advance(|frame, state, inputs| {
            let bots = [BotKind::Aggressive, BotKind::Trickster];
            for (player, (input, kind)) in (0..).zip(inputs.iter_mut().zip(bots)) {
                *input = bot_input(kind, 3, &def, state, PlayerId(player));
            }
            inputs[1].request_seq = u8::from(frame >= 300);
            inputs[0].commit_seq = u8::from(frame >= 400);
        });
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
    }
    let report = session.report();
    assert_eq!((report.frames, report.transfers), (2_000, 66));
    assert!(report.resimulated_frames > 10_000, "{report:?}");
    assert_eq!(session.state().checksum(), report.checksum);
}
