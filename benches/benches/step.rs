//! Owns the criterion benches of the simulation: the load scenes, and a duel with both bots thinking.
//!
//! Figures beside other engines are `versus -- sim`; the gate in CI counts instructions (`.ci/instructions.sh`).
#![allow(missing_docs, reason = "the macros of criterion make undocumented functions")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use pvp_sim::bot::{BotKind, bot_input};
use pvp_sim::scenario::{LoadPlay, scene_a, scene_b};
use pvp_sim::{ContentStore, DuelState, Events, MatchDef, MatchState, PlayerId, load_snapshot, save_snapshot, step};

fn load_scene<S: MatchState>(criterion: &mut Criterion, mut scene: LoadPlay<S>) {
    (0..300).for_each(|_| scene.step());
    let kept = scene.play.state;
    let mut group = criterion.benchmark_group(format!("scene {}", scene.load.name));
    group.bench_function("step", |bencher| bencher.iter(|| scene.step()));
    group.bench_function("save", |bencher| bencher.iter(|| black_box(scene.play.state)));
    group.bench_function("restore", |bencher| {
        bencher.iter(|| scene.play.state = *black_box(&kept))
    });
    group.bench_function("checksum", |bencher| {
        bencher.iter(|| black_box(&scene.play.state).checksum())
    });
    // 60 is the largest prediction window: a whole second again, which must fit into one frame of 16.6 ms.
    for depth_frames in [8, 60] {
        group.bench_function(
            format!("rollback of {depth_frames} with save and checksum"),
            |bencher| {
                bencher.iter(|| {
                    scene.play.state = *black_box(&kept);
                    for _ in 0..depth_frames {
                        scene.step();
                        black_box(scene.play.state);
                        black_box(scene.play.state.checksum());
                    }
                });
            },
        );
    }
    group.finish();
}

fn scenes(criterion: &mut Criterion) {
    load_scene(criterion, scene_a());
    load_scene(criterion, scene_b());
}

/// What headless duels cost: balance scoring, training, verification.
fn bot_duel(criterion: &mut Criterion) {
    let content = ContentStore::new();
    let mut events = Events::new();
    let mut seed = 0;
    let mut def = MatchDef::duel(seed);
    let mut state = DuelState::new(&def);
    criterion.bench_function("duel frame, both bots thinking", |bencher| {
        bencher.iter(|| {
            if state.is_finished() {
                seed += 1;
                def.seed = seed;
                state = DuelState::new(&def);
            }
            let input = |kind, player| bot_input(kind, 3, &def, &state, PlayerId(player));
            let inputs = [input(BotKind::Aggressive, 0), input(BotKind::Cautious, 1)];
            step(&def, &content, &mut state, &inputs, &mut events);
        });
    });
    let mut bytes = vec![0; pvp_sim::snapshot_bytes::<DuelState>()];
    criterion.bench_function("duel snapshot to bytes and back", |bencher| {
        bencher.iter(|| {
            save_snapshot(black_box(&state), &mut bytes).expect("the buffer fits");
            load_snapshot::<DuelState>(&bytes).expect("what was saved loads")
        });
    });
}

criterion_group!(benches, scenes, bot_duel);
criterion_main!(benches);
