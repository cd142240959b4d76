//! How long it takes from a request to a usable weapon, even if the forge waits for a provider that never answers.

use crate::pair::Pair;
use arena::armory::{Armory, Made};
use arena::duel::{Note, Pilot};
use arena::forging::{Done, Forging, InlineForging, Job, Outcome, Task};
use arena::prompts;
use pvp_net::transport::link::LinkConfig;
use pvp_sim::bot::BotKind;
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use weapon_gen::Tier;

/// The budget of the service: whatever hangs, it delivers then (`weapon-gen/tests/service` shows it with providers that hang).
const BUDGET: Duration = Duration::from_millis(3000);
/// Three seconds of frames.
const BUDGET_FRAMES: u32 = 180;
/// From the offer to the commit: the acknowledgement's round trip of 100 ms with jitter and a resend, the input delay, and the
/// wait for the request's confirmation.
const LEAD_FRAMES: u32 = 45;

/// A host whose service waits for a provider until its budget is spent, and then falls back.
struct HangingForging {
    inner: Box<dyn Forging>,
    clock: Rc<Cell<Duration>>,
    waiting: VecDeque<(Duration, Job)>,
}

impl Forging for HangingForging {
    fn begin(&mut self, job: Job) {
        self.waiting.push_back((self.clock.get() + BUDGET, job));
    }

    fn finished(&mut self) -> Option<Done> {
        let (due, _) = self.waiting.front()?;
        if self.clock.get() < *due {
            return None;
        }
        let (_, job) = self.waiting.pop_front()?;
        self.inner.begin(job);
        self.inner.finished()
    }

    fn has_providers(&self) -> bool {
        true
    }
}

fn bots() -> [Pilot; 2] {
    [0, 1].map(|player| Pilot::Bot {
        kind: BotKind::Cautious,
        level: 3,
        prompts: prompts::for_player(&[], player),
    })
}

#[test]
fn a_weapon_is_usable_within_180_frames_and_the_commits_lead_though_a_provider_hangs() {
    let clock = Rc::new(Cell::new(Duration::ZERO));
    let forging = |armory: Armory| -> Box<dyn Forging> {
        Box::new(HangingForging {
            inner: InlineForging::boxed(armory),
            clock: Rc::clone(&clock),
            waiting: VecDeque::new(),
        })
    };
    let mut pair = Pair::new(LinkConfig::new(4, 100, 10, 5), bots(), forging);
    while pair.peers[0].session().confirmed_frame() < 2400 {
        clock.set(pair.now);
        pair.tick();
    }
    let tally = pair.peers[0].tally();
    println!("{tally:?}");
    assert!(tally.weapons_committed >= 8 && tally.weapons_fallback == 0, "{tally:?}");
    assert!((BUDGET_FRAMES..=BUDGET_FRAMES + LEAD_FRAMES).contains(&tally.forge_frames_max));
    assert!((BUDGET..BUDGET + Duration::from_millis(20)).contains(&tally.forge_time_max));
    pair.assert_in_sync();
}

#[test]
fn a_forge_that_answers_at_once_is_seen_within_the_commits_lead() {
    let mut pair = Pair::new(LinkConfig::new(4, 100, 10, 5), bots(), InlineForging::boxed);
    pair.run_until(2400);
    let tally = pair.peers[0].tally();
    println!("{tally:?}");
    assert!(tally.weapons_committed >= 8 && tally.weapons_fallback == 0, "{tally:?}");
    assert!(tally.forge_frames_max <= LEAD_FRAMES, "{tally:?}");
    pair.assert_in_sync();
}

/// A host that says what it takes no time for: weapons of a provider.
struct ProvidedForging(Box<dyn Forging>);

impl Forging for ProvidedForging {
    fn begin(&mut self, job: Job) {
        self.0.begin(job);
    }

    fn finished(&mut self) -> Option<Done> {
        let mut done = self.0.finished()?;
        if let Outcome::Made(Ok(Made::Weapon(forged))) = &mut done.outcome {
            forged.tier = Tier::Provider;
            forged.name = "Test Pattern".to_owned();
        }
        Some(done)
    }

    fn has_providers(&self) -> bool {
        true
    }
}

#[test]
fn a_hosts_ai_is_asked_only_for_a_guest_who_takes_its_weapons_and_the_guest_counts_them() {
    let asked = Rc::new(Cell::new([0u32; 2]));
    struct Asking(ProvidedForging, Rc<Cell<[u32; 2]>>);
    impl Forging for Asking {
        fn begin(&mut self, job: Job) {
            if let Task::Make { asks_providers, .. } = &job.task {
                let mut counts = self.1.get();
                counts[usize::from(*asks_providers)] += 1;
                self.1.set(counts);
            }
            self.0.begin(job);
        }
        fn finished(&mut self) -> Option<Done> {
            self.0.finished()
        }
        fn has_providers(&self) -> bool {
            true
        }
    }
    let forging = |armory: Armory| -> Box<dyn Forging> {
        Box::new(Asking(ProvidedForging(InlineForging::boxed(armory)), Rc::clone(&asked)))
    };
    let mut pair = Pair::new(LinkConfig::new(4, 60, 5, 0), bots(), forging);
    pair.run_until(600);
    let tally = pair.peers[1].tally();
    assert!(tally.weapons_by_provider >= 2, "{tally:?}");
    assert_eq!(tally.weapons_by_provider, tally.weapons_committed);
    let named = |note: &Note| matches!(note, Note::Forged { name, .. } if name == "test pattern");
    assert!(pair.notes[1].iter().any(named), "{:?}", pair.notes[1]);
    assert_eq!(asked.get()[0], 0, "both sides take them");
    pair.assert_in_sync();
}
