//! Owns where the forge works: at once, or on a thread of its own beside the frame loop.
//! Must not decide what is forged.

use crate::armory::{Armory, Made, RequestKey};
use crate::refusals::{OfferRefused, WishRefused};
use pvp_sim::WeaponDef;
use std::collections::VecDeque;
#[cfg(not(target_arch = "wasm32"))]
use std::sync::Arc;
use weapon_gen::Forged;

/// Work for the forge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The match that it belongs to: what is done after a rematch has begun is thrown away.
    pub match_seed: u64,
    /// Whose request, and which.
    pub key: RequestKey,
    /// What is to be done.
    pub task: Task,
}

/// What the forge can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Make what a confirmed request wishes for: the host to offer it, the guest to know what to expect.
    Make {
        /// What was typed.
        prompt: String,
        /// Whether AI providers may be asked, if there are any.
        asks_providers: bool,
    },
    /// Find out whether a weapon that an AI made on the host's machine keeps the budget.
    Weigh {
        /// What was typed.
        prompt: String,
        /// The offered weapon.
        weapon: WeaponDef,
    },
}

/// A finished job.
#[derive(Clone, Debug)]
pub struct Done {
    /// The match that it belongs to.
    pub match_seed: u64,
    /// Whose request, and which.
    pub key: RequestKey,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a job.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// What was made, or why the prompt is not forged.
    Made(Result<Made, WishRefused>),
    /// The weapon, and how this side shows it or why it does not take it.
    Weighed(WeaponDef, Result<Forged, OfferRefused>),
}

/// A place where weapons are made.
pub trait Forging {
    /// Takes a job.
    fn begin(&mut self, job: Job);
    /// Gives back the next finished job, if one is done.
    fn finished(&mut self) -> Option<Done>;
    /// Whether AI providers may make weapons here: the other side is told so at the start.
    fn has_providers(&self) -> bool {
        false
    }
}

/// Forges at once: the result depends on nothing but the job, so a match in virtual time repeats exactly.
pub struct InlineForging {
    armory: Armory,
    done: VecDeque<Done>,
}

impl InlineForging {
    /// A forge that works while you wait.
    #[must_use]
    pub fn boxed(armory: Armory) -> Box<dyn Forging> {
        Box::new(InlineForging {
            armory,
            done: VecDeque::new(),
        })
    }
}

impl Forging for InlineForging {
    fn begin(&mut self, job: Job) {
        self.done.push_back(self.armory.work(&job));
    }

    fn finished(&mut self) -> Option<Done> {
        self.done.pop_front()
    }
}

/// Requests that wait for a provider at once; the next one lets the others wait.
#[cfg(not(target_arch = "wasm32"))]
const WAITING_MAX: usize = 8;

/// Forges on a thread, so that no frame waits for a balance test.
#[cfg(not(target_arch = "wasm32"))]
pub struct ThreadForging {
    jobs: std::sync::mpsc::SyncSender<Job>,
    done: std::sync::mpsc::Receiver<Done>,
    has_providers: bool,
}

#[cfg(not(target_arch = "wasm32"))]
impl ThreadForging {
    /// A forge that works on a thread until it is dropped; a host asks the AI providers that the environment names.
    #[must_use]
    pub fn boxed(armory: Armory) -> Box<dyn Forging> {
        ThreadForging::working(armory.with_providers())
    }

    /// A forge that works on a thread until it is dropped, with the providers that the armory has.
    #[must_use]
    pub fn working(armory: Armory) -> Box<dyn Forging> {
        let has_providers = armory.has_providers();
        let (jobs, inbox) = std::sync::mpsc::sync_channel::<Job>(16);
        let (outbox, done) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            // Counts the threads that wait for a provider.
            let waiting = Arc::new(());
            for job in inbox {
                if has_providers && Arc::strong_count(&waiting) <= WAITING_MAX {
                    let (armory, outbox, token) = (armory.clone(), outbox.clone(), Arc::clone(&waiting));
                    std::thread::spawn(move || {
                        let _waits = token;
                        let _ = outbox.send(armory.work(&job));
                    });
                } else if outbox.send(armory.work(&job)).is_err() {
                    return;
                }
            }
        });
        Box::new(ThreadForging {
            jobs,
            done,
            has_providers,
        })
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Forging for ThreadForging {
    fn begin(&mut self, job: Job) {
        // More than 16 waiting jobs are lost: their players get the fallback.
        let _ = self.jobs.try_send(job);
    }

    fn finished(&mut self) -> Option<Done> {
        self.done.try_recv().ok()
    }

    fn has_providers(&self) -> bool {
        self.has_providers
    }
}
