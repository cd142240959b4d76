//! A recorded ten-minute duel of two bots: verifying it, and seeking in it. Prints its size once.
//!
//! `cargo bench -p pvp-benches --bench replay`; elements are frames, so 60 per second is real time.
#![allow(missing_docs, clippy::print_stderr, reason = "a benchmark")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pvp_net::replay::{Player, Recorder, RecorderConfig, Replay, ReplayRules, verify};
use pvp_net::sim::DuelSim;
use pvp_net::{Events, Simulation};
use pvp_sim::bot::{BotKind, bot_input};
use pvp_sim::{DuelState, MatchDef, MatchState, PlayerId};

const FRAMES: u32 = 36_000;
const SEED: u64 = 11;

fn duel_rules() -> ReplayRules {
    ReplayRules {
        game_id: 1,
        build: DuelSim::build(),
        ruleset_hash: MatchDef::duel(SEED).ruleset_hash(),
        content_version: 0,
        frame_rate: 60,
        players: 2,
        app: None,
    }
}

fn winner_of(state: &DuelState) -> Option<u8> {
    state.winner().map(|winner| winner.0)
}

fn record() -> Vec<u8> {
    let header = duel_rules().header(SEED, vec!["a".to_owned(), "b".to_owned()]);
    let rules = || DuelSim::new(MatchDef::duel(SEED));
    let mut played = rules();
    let mut state = played.start();
    played.begin_match(SEED, &mut state);
    let start = rules().start();
    let mut recorder =
        Recorder::new(rules(), start, Vec::new(), header, RecorderConfig::default()).expect("a valid header");
    let mut events = Events::new();
    for frame in 0..FRAMES {
        let bots = [(BotKind::Aggressive, 0), (BotKind::Trickster, 1)];
        let inputs = bots.map(|(kind, player)| bot_input(kind, 2, played.def(), &state, PlayerId(player)));
        events.clear();
        played.step(&mut state, &inputs, &mut events);
        recorder
            .frame(frame, &inputs, played.checksum(&state))
            .expect("recorded");
    }
    recorder.finish(winner_of(&state)).expect("a vector takes everything")
}

fn replay(criterion: &mut Criterion) {
    let file = record();
    eprintln!(
        "{FRAMES} frames of two bots: {} bytes, {} per minute",
        file.len(),
        file.len() * 3_600 / FRAMES as usize
    );
    let replay = Replay::parse(file.clone()).expect("just written");
    let rules = || DuelSim::new(MatchDef::duel(SEED));
    let held = duel_rules();
    let verified = || verify(&mut rules(), rules().start(), &replay, &held, winner_of);
    let mut group = criterion.benchmark_group("replay");
    group.throughput(Throughput::Elements(u64::from(FRAMES)));
    group.sample_size(10);
    group.bench_function("parse", |bencher| {
        bencher.iter(|| Replay::parse(file.clone()).expect("just written"))
    });
    group.bench_function("verify", |bencher| {
        bencher.iter(|| verified().expect("a good replay"));
    });
    group.throughput(Throughput::Elements(1));
    let played = Player::new(rules(), rules().start(), replay.clone(), &held, winner_of);
    let mut player = played.expect("a good replay");
    let mut target = 0;
    group.bench_function("seek", |bencher| {
        bencher.iter(|| {
            // The worst place between two keyframes, alternating backwards and forwards.
            target = if target == 3_599 { FRAMES - 1 } else { 3_599 };
            player.seek(target).expect("a frame of the replay");
        });
    });
    group.finish();
}

criterion_group!(benches, replay);
criterion_main!(benches);
