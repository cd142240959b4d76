//! Requests before their time, and what a refused prompt costs.

use crate::pair::Pair;
use arena::duel::{Note, Pilot};
use arena::forging::InlineForging;
use arena::refusals::WishRefused;
use pvp_net::transport::link::LinkConfig;
use pvp_sim::MatchState;
use weapon_gen::{Category, PromptError};

const COOLDOWN_FRAMES: u32 = 420;

fn pair() -> Pair {
    let link = LinkConfig::new(9, 100, 10, 5);
    Pair::new(link, [Pilot::Outside, Pilot::Outside], InlineForging::boxed)
}

/// Lets `asker` make a request whose edge enters the simulation in the frame after its cooldown has `left` frames to go.
fn ask_with_cooldown_left(pair: &mut Pair, asker: usize, left: u32) {
    let delay = u32::from(pair.peers[asker].session().input_delay_frames());
    while pair.peers[asker].state().players()[asker].forge_cooldown_frames != left + delay {
        pair.tick();
    }
    pair.peers[asker].wish("venomous dagger");
}

fn refused_counts(pair: &Pair) -> [[u32; 2]; 2] {
    pair.peers.each_ref().map(|peer| {
        let state = peer.session().confirmed_state();
        [0, 1].map(|player| state.players()[player].refused_count)
    })
}

#[test]
fn a_request_one_frame_early_is_refused_on_both_peers_and_one_in_time_is_not() {
    for asker in [0, 1] {
        // The cooldown's last frame is counted down before the request is looked at: with 1 left it is over.
        for (left, is_early) in [(2, true), (1, false)] {
            let mut pair = pair();
            pair.run_until(60);
            pair.peers[asker].ask("giant golden hammer").expect("a first wish");
            pair.run_until(70);
            ask_with_cooldown_left(&mut pair, asker, left);
            let frame = pair.peers[asker].state().frame().0;
            pair.run_until(frame + 300);
            let counts = refused_counts(&pair);
            assert_eq!(counts[0], counts[1], "the same on both sides");
            assert_eq!(counts[0][asker], u32::from(is_early), "with {left} frames left");
            for peer in &pair.peers {
                assert_eq!(peer.tally().requests_refused[asker], u32::from(is_early));
                let weapons = peer.tally().weapons_committed + peer.tally().weapons_fallback;
                assert_eq!(weapons, if is_early { 1 } else { 2 });
            }
            pair.assert_in_sync();
        }
    }
}

#[test]
fn forged_early_requests_of_an_altered_program_do_nothing_but_count() {
    for cheat in [0, 1] {
        let mut pair = pair();
        pair.run_until(60);
        pair.peers[cheat].ask("giant golden hammer").expect("a first wish");
        pair.run_until(100);
        for number in 0..20 {
            pair.peers[cheat].wish("venomous dagger");
            pair.run_until(100 + 10 * (number + 1));
        }
        pair.run_until(340);
        for peer in &pair.peers {
            assert_eq!(peer.tally().requests_refused[cheat], 20, "each is counted");
            assert_eq!(peer.tally().requests_refused[1 - cheat], 0);
            assert_eq!(peer.tally().weapons_committed, 1, "and none has an effect");
            assert_eq!(peer.tally().weapons_fallback, 0);
        }
        // The cooldown runs from the accepted request, whatever is forged in between.
        let left = pair.peers.each_ref().map(|peer| {
            let state = peer.session().confirmed_state();
            state.frame().0 + state.players()[cheat].forge_cooldown_frames
        });
        assert_eq!(left[0], left[1]);
        assert!(
            (60 + COOLDOWN_FRAMES..70 + COOLDOWN_FRAMES).contains(&left[0]),
            "{left:?}"
        );
        pair.assert_in_sync();
    }
}

#[test]
fn a_prompt_that_is_refused_here_costs_no_cooldown() {
    let mut pair = pair();
    pair.run_until(60);
    let asks = |pair: &mut Pair, prompt: &str| pair.peers[1].ask(prompt);
    assert_eq!(asks(&mut pair, "  "), Err(WishRefused::Prompt(PromptError::Empty)));
    let rude = asks(&mut pair, "fuck sword");
    assert_eq!(rude, Err(WishRefused::Moderated(Category::Profanity)));
    let frame = pair.peers[1].state().frame().0;
    pair.run_until(frame + 30);
    for peer in &pair.peers {
        let player = peer.session().confirmed_state().players()[1];
        assert_eq!(
            (player.request_seq, player.forge_cooldown_frames),
            (0, 0),
            "nothing was asked"
        );
    }
    assert_eq!(asks(&mut pair, "bow"), Ok(()));
    assert_eq!(asks(&mut pair, "bow"), Err(WishRefused::AtWork));
    pair.run_until(frame + 200);
    assert!(matches!(asks(&mut pair, "bow"), Err(WishRefused::OnCooldown { .. })));
    assert_eq!(pair.peers[0].tally().weapons_committed, 1);
    pair.assert_in_sync();
}

#[test]
fn a_prompt_that_the_host_refuses_costs_the_cooldown_and_ends_in_the_fallback() {
    let mut pair = pair();
    pair.run_until(60);
    // Only an altered program sends one that its own side would refuse.
    pair.peers[1].wish("fuck sword");
    pair.run_until(60 + 260);
    let why = WishRefused::Moderated(Category::Profanity);
    assert!(
        pair.notes[1].contains(&Note::PromptRefused { player: 1, why }),
        "{:?}",
        pair.notes[1]
    );
    let spare = Note::Forged {
        player: 1,
        name: "a spare weapon".to_owned(),
        fallback: true,
        why: Some(why),
    };
    assert!(pair.notes[1].contains(&spare), "{:?}", pair.notes[1]);
    for peer in &pair.peers {
        assert_eq!(peer.tally().weapons_fallback, 1);
        assert!(
            peer.session().confirmed_state().players()[1].forge_cooldown_frames > 0,
            "spent"
        );
    }
    pair.assert_in_sync();
}
