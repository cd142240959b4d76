//! Owns where the host's forge works: at once, or on a thread of its own beside the frame loop.
//! Must not decide what is forged.

use crate::armory::{Armory, Made, RequestKey};
use std::collections::VecDeque;
#[cfg(not(target_arch = "wasm32"))]
use std::sync::Arc;

/// A confirmed request with its prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The match that it belongs to: what is done after a rematch has begun is thrown away.
    pub match_seed: u64,
    /// Whose request, and which.
    pub key: RequestKey,
    /// What was typed.
    pub prompt: String,
}

/// A finished job: what was made, or why the prompt is not forged.
#[derive(Clone, Debug)]
pub struct Done {
    /// The match that it belongs to.
    pub match_seed: u64,
    /// Whose request, and which.
    pub key: RequestKey,
    /// What came of it.
    pub result: Result<Made, String>,
}

impl Done {
    fn of(armory: &Armory, job: &Job) -> Done {
        Done {
            match_seed: job.match_seed,
            key: job.key,
            result: armory.make(job.key, &job.prompt),
        }
    }
}

/// A place where weapons are made.
pub trait Forging {
    /// Takes a job.
    fn begin(&mut self, job: Job);
    /// Gives back the next finished job, if one is done.
    fn finished(&mut self) -> Option<Done>;
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
        self.done.push_back(Done::of(&self.armory, &job));
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
}

#[cfg(not(target_arch = "wasm32"))]
impl ThreadForging {
    /// A forge that works on a thread until it is dropped; a host asks the AI providers that the environment names.
    #[must_use]
    pub fn boxed(armory: Armory) -> Box<dyn Forging> {
        let (jobs, inbox) = std::sync::mpsc::sync_channel::<Job>(16);
        let (outbox, done) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let armory = armory.with_providers();
            // Counts the threads that wait for a provider.
            let waiting = Arc::new(());
            for job in inbox {
                if armory.has_providers() && Arc::strong_count(&waiting) <= WAITING_MAX {
                    let (armory, outbox, token) = (armory.clone(), outbox.clone(), Arc::clone(&waiting));
                    std::thread::spawn(move || {
                        let _waits = token;
                        let _ = outbox.send(Done::of(&armory, &job));
                    });
                } else if outbox.send(Done::of(&armory, &job)).is_err() {
                    return;
                }
            }
        });
        Box::new(ThreadForging { jobs, done })
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
}
