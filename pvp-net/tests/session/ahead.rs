//! Looking ahead for drawing: the own fighter without its delay, the match untouched.

use std::collections::VecDeque;

use pvp_net::transport::link::LinkConfig;

use crate::duel::{Duel, config};
use crate::game::Tiny;

const DELAY: u8 = 5;

fn duel() -> Duel {
    let configs = [config(0), config(1)].map(|mut config| {
        config.input_delay_frames = DELAY;
        config
    });
    let mut duel = Duel::with(
        [LinkConfig::new(3, 120, 10, 5); 2],
        configs,
        [Tiny::default(), Tiny::default()],
    );
    duel.connect();
    duel.run_ms(500);
    duel
}

#[test]
fn the_own_fighter_is_seen_where_it_will_be_after_the_delay() {
    let mut duel = duel();
    let mut foreseen: VecDeque<(u32, [i32; 2])> = VecDeque::new();
    let (mut compared, mut differs_now) = (0, 0);
    for _ in 0..10_000 {
        duel.run_ms(1);
        let session = &mut duel.peers[0].session;
        let (frame, now) = (session.current_frame(), *session.state());
        if foreseen
            .back()
            .is_none_or(|(newest, _)| *newest < frame + u32::from(DELAY))
        {
            let ahead = session.state_ahead(DELAY);
            assert_eq!(ahead.frame, frame + u32::from(DELAY));
            differs_now += u32::from(ahead.position[0] != now.position[0]);
            foreseen.push_back((ahead.frame, [ahead.position[0], ahead.speed[0]]));
        }
        while let Some(&(due, expected)) = foreseen.front()
            && due <= frame
        {
            foreseen.pop_front();
            if due == frame {
                assert_eq!([now.position[0], now.speed[0]], expected, "frame {frame}");
                compared += 1;
            }
        }
    }
    assert!(compared > 500 && differs_now > 300, "{compared}, {differs_now}");
    duel.assert_in_sync();
}

#[test]
fn looking_ahead_changes_nothing() {
    let run = |looks: bool| {
        let mut duel = duel();
        for _ in 0..3_000 {
            duel.run_ms(1);
            if looks {
                for peer in &mut duel.peers {
                    let frame = peer.session.state().frame;
                    assert_eq!(peer.session.state_ahead(0).frame, frame);
                    peer.session.state_ahead(200);
                }
            }
        }
        duel.peers.map(|peer| {
            (
                peer.session.confirmed_checksum(),
                peer.session.stats(),
                peer.game_events,
            )
        })
    };
    assert_eq!(run(true), run(false));
}
