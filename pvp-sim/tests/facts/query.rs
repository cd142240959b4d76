//! Owns the tests of rays, circle casts and overlaps, each together with its mirror image.

use crate::lab::{Lab, at, mirrored};
use proptest::prelude::*;
use pvp_sim::{
    ArenaDef, ContentStore, DuelState, Events, Fx, Layers, MatchDef, MatchState, PlayerId, Query, QueryHit, Solid,
    SolidKind, Target, Vec2, step, sweep,
};

const LEFT: PlayerId = PlayerId(0);
const RIGHT: PlayerId = PlayerId(1);

/// Solids in pairs: number 2n is the mirror image of number 2n + 1; the last two mirror themselves.
fn def() -> MatchDef {
    use SolidKind::{Block, OneWay, SlopeDown, SlopeUp};
    let solids = [
        Solid::new(Block, (10, 10), (12, 14)),
        Solid::new(Block, (52, 10), (54, 14)),
        Solid::new(SlopeUp, (20, 2), (26, 6)),
        Solid::new(SlopeDown, (38, 2), (44, 6)),
        Solid::new(OneWay, (14, 20), (20, 21)),
        Solid::new(OneWay, (44, 20), (50, 21)),
        Solid::new(Block, (0, 0), (64, 2)),
        Solid::new(Block, (30, 20), (34, 30)),
    ];
    let spawns = [Vec2::from_ints(5, 3), Vec2::from_ints(59, 3)];
    let mut def = MatchDef::duel(3);
    def.arena = ArenaDef::new(64, 36, &solids, &spawns).expect("the arena is valid");
    def.rules.countdown_frames = 0;
    def
}

/// The state before the first frame.
fn start() -> (MatchDef, DuelState) {
    let def = def();
    let state = DuelState::new(&def);
    (def, state)
}

/// The same with a projectile of each player in the air, each the mirror image of the other.
fn with_shots() -> (MatchDef, DuelState) {
    let (def, state) = start();
    let mut lab = Lab::new(def.arena.solids());
    lab.state = state;
    lab.launch(0, 0, at(17, 10), Vec2::ZERO);
    lab.launch(1, 1, at(47, 10), Vec2::ZERO);
    (def, lab.state)
}

fn mirrored_vector(vector: Vec2) -> Vec2 {
    vector.with_x(-vector.x)
}

/// What stands where the mirror shows a target; projectiles of a pair are found by their place.
fn mirrored_target(state: &DuelState, target: Target) -> Target {
    match target {
        Target::Solid(6 | 7) => target,
        Target::Solid(index) => Target::Solid(index ^ 1),
        Target::Player(player) => Target::Player(PlayerId(1 - player.0)),
        Target::Projectile(place) => {
            let wanted = mirrored(state.projectile_places()[place as usize].position);
            let (place, _) = state
                .projectiles()
                .find(|(_, projectile)| projectile.position == wanted)
                .expect("shots come in pairs");
            Target::Projectile(place as u32)
        }
    }
}

fn mirrored_hit(state: &DuelState, hit: QueryHit) -> QueryHit {
    QueryHit {
        target: mirrored_target(state, hit.target),
        t: hit.t,
        position: mirrored(hit.position),
        normal: mirrored_vector(hit.normal),
    }
}

/// The hit of a cast, after its mirror image was found to be the same.
fn cast(def: &MatchDef, state: &DuelState, layers: Layers, from: Vec2, delta: Vec2, radius: Fx) -> Option<QueryHit> {
    let query = Query::new(&def.arena, state).layers(layers);
    let hit = query.cast_circle(from, delta, radius);
    let image = query.cast_circle(mirrored(from), mirrored_vector(delta), radius);
    let expected = hit.map(|hit| mirrored_hit(state, hit));
    assert_eq!(image, expected, "the mirror image of {from:?} + {delta:?}");
    hit
}

#[test]
fn a_ray_ends_at_the_first_thing_of_its_layers() {
    let (def, state) = start();
    let hit = |layers, from, delta| cast(&def, &state, layers, from, delta, Fx::ZERO);
    // From the left over the left player (at 5, 3) to the ramp that starts at x = 20.
    let player = hit(Layers::ALL, at(1, 3), at(40, 0)).expect("a player stands there");
    assert_eq!((player.target, player.normal), (Target::Player(LEFT), Vec2::NEG_X));
    let ramp = hit(Layers::SOLIDS, at(1, 3), at(40, 0)).expect("a ramp stands there");
    assert_eq!(ramp.target, Target::Solid(2));
    assert!(
        (ramp.position.x - Fx::from_ratio(43, 2)).abs() < Fx::from_ratio(1, 1000),
        "{ramp:?}"
    );
    assert!(ramp.normal.x.is_negative() && ramp.normal.y.is_positive());
    assert_eq!(hit(Layers::NONE, at(1, 3), at(40, 0)), None);
    assert_eq!(hit(Layers::PROJECTILES, at(1, 3), at(40, 0)), None);
}

#[test]
fn platforms_are_touched_from_above_only() {
    let (def, state) = start();
    let down = cast(&def, &state, Layers::PLATFORMS, at(16, 25), at(0, -8), Fx::HALF).expect("a platform");
    assert_eq!((down.target, down.normal), (Target::Solid(4), Vec2::Y));
    assert_eq!(down.position, Vec2::new(Fx::from_int(16), Fx::from_ratio(43, 2)));
    assert_eq!(
        cast(&def, &state, Layers::PLATFORMS, at(16, 15), at(0, 10), Fx::HALF),
        None
    );
    assert_eq!(
        cast(&def, &state, Layers::SOLIDS, at(16, 25), at(0, -8), Fx::HALF),
        None
    );
}

#[test]
fn a_moving_platform_is_where_it_stands_in_the_frame() {
    let mut def = MatchDef::duel(1);
    def.rules.countdown_frames = 0;
    let lift = 15;
    let mut state = DuelState::new(&def);
    let mut heights = Vec::new();
    for _ in 0..240 {
        let query = Query::new(&def.arena, &state).layers(Layers::PLATFORMS);
        let hit = query
            .ray(Vec2::new(Fx::from_ratio(45, 2), Fx::from_int(17)), at(0, -15))
            .expect("the lift is below");
        assert_eq!(hit.target, Target::Solid(lift));
        heights.push(hit.position.y);
        let (_, top) = def.arena.solids()[lift as usize].corners(state.frame().0);
        assert!((hit.position.y - top.y).abs() <= Fx::from_bits(16), "{hit:?} {top:?}");
        step(&def, &ContentStore::new(), &mut state, &[], &mut Events::new());
    }
    heights.dedup();
    assert!(heights.len() > 200, "the lift moves");
}

#[test]
fn projectiles_are_found_and_their_sender_can_be_left_out() {
    let (def, state) = with_shots();
    let flying: Vec<_> = state.projectiles().collect();
    assert_eq!(flying.len(), 2, "each has fired once");
    let (place, projectile) = flying[0];
    let from = projectile.position + at(0, 3);
    let hit = cast(&def, &state, Layers::PROJECTILES, from, at(0, -5), Fx::HALF).expect("a shot below");
    assert_eq!((hit.target, hit.normal), (Target::Projectile(place as u32), Vec2::Y));
    let reach = Fx::HALF + state.projectile_weapon(projectile).radius();
    assert!((hit.position.distance(projectile.position) - reach).abs() <= Fx::from_bits(16));
    let query = Query::new(&def.arena, &state).layers(Layers::PROJECTILES);
    assert_eq!(
        query
            .ignoring(projectile.owner())
            .cast_circle(from, at(0, -5), Fx::HALF),
        None
    );
}

#[test]
fn all_hits_come_once_and_in_order() {
    let (def, state) = start();
    let query = Query::new(&def.arena, &state);
    let mut hits = [None; 8];
    // Along y = 3: the left player, the ramps, the right player.
    let count = query.cast_circle_all(at(0, 3), at(64, 0), Fx::ZERO, &mut hits);
    let targets: Vec<_> = hits[..count].iter().flatten().map(|hit| hit.target).collect();
    assert_eq!(
        targets,
        [
            Target::Player(LEFT),
            Target::Solid(2),
            Target::Solid(3),
            Target::Player(RIGHT)
        ]
    );
    let mut nearest = [None; 2];
    assert_eq!(query.cast_circle_all(at(0, 3), at(64, 0), Fx::ZERO, &mut nearest), 2);
    assert_eq!(nearest, hits[..2]);
    assert_eq!(query.cast_circle_all(at(0, 3), at(64, 0), Fx::ZERO, &mut []), 0);
}

#[test]
fn of_two_at_one_distance_the_lowest_is_first() {
    use SolidKind::Block;
    let twins = [
        Solid::new(Block, (20, 10), (22, 12)),
        Solid::new(Block, (20, 12), (22, 14)),
        Solid::new(Block, (0, 0), (64, 2)),
    ];
    let mut def = def();
    for order in [[0, 1, 2], [1, 0, 2]] {
        let solids = order.map(|place| twins[place]);
        def.arena = ArenaDef::new(64, 36, &solids, &[at(5, 3), at(59, 3)]).expect("the arena is valid");
        let state = DuelState::new(&def);
        for (from, delta) in [(at(10, 12), at(20, 0)), (at(32, 12), at(-20, 0))] {
            let hit = Query::new(&def.arena, &state).cast_circle(from, delta, Fx::HALF);
            assert_eq!(hit.map(|hit| hit.target), Some(Target::Solid(0)), "from {from:?}");
        }
    }
}

#[test]
fn overlaps_are_told_once_each_in_order() {
    let (def, state) = start();
    let query = Query::new(&def.arena, &state);
    let around = |query: Query<'_, DuelState>, center, radius| {
        let mut found = Vec::new();
        query.overlap_circle(center, radius, |target| found.push(target));
        found
    };
    let everything = around(query, at(32, 10), Fx::from_int(40));
    let mut expected: Vec<_> = (0..8).map(Target::Solid).collect();
    expected.extend([Target::Player(LEFT), Target::Player(RIGHT)]);
    assert_eq!(everything, expected);
    assert_eq!(
        around(
            query.layers(Layers::PLAYERS).ignoring(LEFT),
            at(32, 10),
            Fx::from_int(40)
        ),
        [Target::Player(RIGHT)]
    );
    // Touching is not overlapping: the circle's edge lies on the floor.
    assert_eq!(around(query, at(16, 4), Fx::TWO), []);
    assert_eq!(around(query, at(16, 4), Fx::TWO + Fx::EPSILON), [Target::Solid(6)]);
    let mut boxed = Vec::new();
    query.overlap_box(at(13, 15), at(21, 22), |target| boxed.push(target));
    assert_eq!(boxed, [Target::Solid(4)]);
}

#[test]
fn a_ramp_is_a_triangle() {
    let rises = Solid::new(SolidKind::SlopeUp, (20, 2), (26, 6));
    let falls = Solid::new(SolidKind::SlopeDown, (38, 2), (44, 6));
    // (place, overlaps): within half a unit of the triangle with the corners (20, 2), (26, 2), (26, 6).
    for (x, y, expected) in [
        (25, 3, true),
        (21, 5, false),
        (23, 4, true),
        (26, 7, false),
        (26, 6, true),
        (20, 3, false),
    ] {
        let place = at(x, y);
        assert_eq!(
            sweep::circle_overlaps_solid(place, Fx::HALF, &rises),
            expected,
            "{place:?}"
        );
        let image = mirrored(place);
        assert_eq!(
            sweep::circle_overlaps_solid(image, Fx::HALF, &falls),
            expected,
            "{image:?}"
        );
    }
}

fn anywhere() -> impl Strategy<Value = Vec2> {
    (0..64 << 16, 0..36 << 16).prop_map(|(x, y)| Vec2::new(Fx::from_bits(x), Fx::from_bits(y)))
}

fn any_delta() -> impl Strategy<Value = Vec2> {
    (-80 << 16..80 << 16, -40 << 16..40 << 16).prop_map(|(x, y)| Vec2::new(Fx::from_bits(x), Fx::from_bits(y)))
}

proptest! {
    #[test]
    fn casts_mirror_and_end_where_they_first_overlap(
        from in anywhere(),
        delta in any_delta(),
        radius in 0..2_i32 << 16,
        layers in 0..4_usize,
    ) {
        let (def, state) = with_shots();
        let layers = [Layers::SOLIDS, Layers::PLAYERS, Layers::PROJECTILES, Layers::PLAYERS | Layers::PROJECTILES][layers];
        let radius = Fx::from_bits(radius);
        let hit = cast(&def, &state, layers, from, delta, radius);
        let query = Query::new(&def.arena, &state).layers(layers);
        let overlapped = |center: Vec2, radius: Fx| {
            let mut count = 0;
            query.overlap_circle(center, radius, |_| count += 1);
            count > 0
        };
        // A rounded share of a long way is a little off, so the circle that must stay free is a little smaller.
        let slack = Fx::from_ratio(1, 100);
        if overlapped(from, radius) || radius <= slack {
            return Ok(());
        }
        let free_until = hit.map_or(Fx::ONE, |hit| hit.t);
        for share in 0..=32 {
            let place = from + delta * (free_until * share / 32);
            prop_assert!(!overlapped(place, radius - slack), "{:?} overlaps before {:?}", place, hit);
        }
        if let Some(hit) = hit {
            prop_assert!(overlapped(hit.position, radius + slack), "{:?} touches nothing", hit);
            prop_assert!((hit.normal.length() - Fx::ONE).abs() <= Fx::from_bits(4));
        }
    }
}
