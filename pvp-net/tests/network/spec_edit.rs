//! A weapon whose spec one process edits after both have agreed on it: a desync that names the field, and evidence that names the content.

use pvp_net::desync::{Verdict, explain};
use pvp_net::sim::DuelSim;
use pvp_net::transport::link::LinkConfig;
use pvp_net::{CloseCause, ContentRefused, Events, Inspect, Phase, SessionEvent, Simulation, TraceEnd};
use pvp_sim::{Content, DuelState, Event, Input, MatchState, WEAPONS_PER_PLAYER, WeaponDef, WeaponSpec};

use crate::pair::{Linked, config, offered, rules};

type Edit = fn(&mut WeaponSpec);

/// A process that keeps another weapon than the one it acknowledged, and says nothing.
struct Edited {
    duel: DuelSim,
    edit: Option<Edit>,
}

impl Simulation for Edited {
    type Input = Input;
    type State = DuelState;
    type Event = Event;

    fn step(&self, state: &mut DuelState, inputs: &[Input], events: &mut Events<Event>) {
        self.duel.step(state, inputs, events);
    }

    fn checksum(&self, state: &DuelState) -> u64 {
        self.duel.checksum(state)
    }

    fn begin_match(&mut self, match_seed: u64, state: &mut DuelState) {
        self.duel.begin_match(match_seed, state);
    }

    fn accept_content(&mut self, slot: u8, bytes: &[u8]) -> Result<(), ContentRefused> {
        let mut content = Content::decode(bytes).map_err(|_| ContentRefused::Malformed)?;
        if let (Some(edit), Content::Weapon { weapon, .. }) = (self.edit, &mut content) {
            let mut spec = *weapon.spec();
            edit(&mut spec);
            *weapon = WeaponDef::parse(&spec).expect("still a weapon");
        }
        self.duel.accept_content(slot, &content.encode())
    }
}

impl Inspect for Edited {
    fn sections(&self, state: &DuelState) -> Vec<(&'static str, u64)> {
        self.duel.sections(state)
    }

    fn to_bytes(&self, state: &DuelState) -> Vec<u8> {
        self.duel.to_bytes(state)
    }

    fn from_bytes(&self, bytes: &[u8]) -> Option<DuelState> {
        self.duel.from_bytes(bytes)
    }

    fn field_name(&self, offset: usize) -> String {
        self.duel.field_name(offset)
    }
}

/// The guest asks for a weapon, the host commits it in its second slot, and the process `side` edits it.
fn play_with_edit(side: usize, edit: Edit) -> Linked<Edited> {
    let simulations = [0, 1].map(|own| Edited {
        duel: rules(),
        edit: (own == side).then_some(edit),
    });
    let mut linked = Linked::with(simulations, LinkConfig::new(5, 80, 5, 2), [config(0), config(1)]);
    linked.run_until_confirmed(60, 20);
    for (player, seq) in [(0, 1), (1, 1)] {
        linked.pair.request_seqs[usize::from(player)] = seq;
        linked.run_frames(30);
        let now = linked.pair.now;
        let bytes = offered(player, seq).encode();
        let offered = linked.pair.sessions[0].offer_content(now, &bytes);
        // The first edited weapon ends the match.
        let is_void = matches!(linked.pair.sessions[0].phase(), Phase::Closed(CloseCause::Void { .. }));
        assert!(offered.is_ok() || is_void, "{offered:?}");
        linked.run_frames(120);
    }
    linked
}

#[test]
fn an_edited_spec_is_a_desync_that_names_the_weapon_its_field_and_its_content() {
    let edits: [(&str, Edit, i64); 3] = [
        ("damage", |spec| spec.damage -= 1, -1),
        // 65 becomes 265: both bytes of the field change.
        ("cooldown_frames", |spec| spec.cooldown_frames += 200, 200),
        ("self_damage", |spec| spec.self_damage += 1, 1),
    ];
    for (side, (field, edit, change)) in [(0, edits[0]), (1, edits[1]), (1, edits[2])] {
        let linked = play_with_edit(side, edit);
        for (own, events) in linked.pair.events.iter().enumerate() {
            assert!(
                events.iter().any(|event| matches!(event, SessionEvent::Desync(_))),
                "{events:?}"
            );
            let trace = events.iter().find_map(|event| match event {
                SessionEvent::DesyncTraced(trace) => Some(trace),
                _ => None,
            });
            let trace = trace.unwrap_or_else(|| panic!("not traced: {events:?}"));
            assert_eq!(trace.end, TraceEnd::Named, "{trace}");
            let [difference] = &trace.fields[..] else {
                panic!("one field differs: {trace}")
            };
            // The first player's weapons come first, and a new weapon takes the second place.
            assert_eq!(difference.name, format!("weapons[1].{field}"), "{trace}");
            let wanted = if own == side { change } else { -change };
            assert_eq!(difference.ours - difference.theirs, wanted, "{trace}");
            let evidence = linked.pair.sessions[own].desync_evidence().expect("traced");
            let inputs = evidence.last_inputs().expect("the step of the commit");
            let host: Input = bytemuck::pod_read_unaligned(inputs[0]);
            assert_eq!((host.commit_seq, host.commit_slot), (1, 0), "the frame of the commit");
            let (slot, bytes) = &evidence.content[0];
            assert_eq!(
                (*slot, Content::decode(bytes)),
                (0, Ok(offered(0, 1))),
                "the content as it was agreed"
            );
            let explanation = explain(&mut rules(), rules().start(), evidence).expect("the same game");
            let verdict = if own == side { Verdict::Theirs } else { Verdict::Ours };
            assert_eq!(
                explanation.verdict, verdict,
                "the agreed content gives the honest side's state"
            );
            assert_eq!(explanation.fields, trace.fields);
        }
    }
}

#[test]
fn without_an_edit_the_same_match_stays_in_sync_with_both_weapons() {
    let linked = play_with_edit(0, |_| {});
    linked.pair.assert_in_sync();
    let state = linked.pair.sessions[1].state();
    for player in 0..2 {
        let Content::Weapon { weapon, .. } = offered(player, 1) else {
            panic!("a weapon was offered")
        };
        let kept = &state.weapons()[usize::from(player) * WEAPONS_PER_PLAYER..][..WEAPONS_PER_PLAYER];
        assert!(kept.iter().any(|kept| kept.spec() == *weapon.spec()), "player {player}");
    }
}
