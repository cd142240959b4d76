//! Owns the stress test of the duel: bots with weapons, one simulation straight on, one rolled back in every frame.
//! Must not print, and must not know the network: `stress` of the crate does the rolling back.

use pvp_sim::bot::{BotKind, bot_input};
use pvp_sim::{Content, Input, MatchDef, PlayerId};

use super::DuelSim;
use crate::stress::{StressConfig, StressFailure, StressReport, StressSession};

/// Every so many frames one of the two players asks for a weapon.
const REQUEST_INTERVAL: u32 = 240;
/// So many frames later it is committed.
const COMMIT_AFTER: u32 = 60;
/// Slots of a match.
const WEAPONS_MAX: u32 = 255;

/// Checksum after [`GOLDEN_FRAMES`] frames with seed 1.
const GOLDEN: &str = include_str!("../../golden/duel_stress.txt");
/// Frames of the golden run: a minute and a half.
const GOLDEN_FRAMES: u32 = 5_400;

/// A stress test of the duel under way.
pub struct DuelStress {
    session: StressSession<DuelSim>,
    def: MatchDef,
    seed: u64,
}

impl DuelStress {
    /// Begins; the seed draws the match, the depths of the rollbacks and the wrong guesses.
    /// A drill: the simulation that is rolled back miscalculates once it has played `fault` frames.
    #[must_use]
    pub fn new(seed: u64, fault: Option<u32>) -> DuelStress {
        let config = StressConfig {
            seed,
            match_seed: seed,
            depth_frames_max: 20,
            ..StressConfig::default()
        };
        let rules = || DuelSim::new(MatchDef::duel(0));
        let mut rolled_back = rules();
        if let Some(frame) = fault {
            rolled_back.plant_fault(frame);
        }
        let session = StressSession::new(rules(), rolled_back, rules().start(), config);
        let def = MatchDef::duel(seed);
        DuelStress { session, def, seed }
    }

    /// Plays [`GOLDEN_FRAMES`] frames with seed 1.
    ///
    /// # Errors
    /// The first difference, named to the field.
    pub fn golden_run() -> Result<StressReport, StressFailure> {
        let mut stress = DuelStress::new(1, None);
        for _ in 0..GOLDEN_FRAMES {
            stress.advance()?;
        }
        Ok(stress.report())
    }

    /// Whether a golden run ended as it does everywhere.
    #[must_use]
    pub fn is_golden(report: &StressReport) -> bool {
        u64::from_str_radix(GOLDEN.trim(), 16) == Ok(report.checksum)
    }

    /// What was done so far.
    #[must_use]
    pub fn report(&self) -> StressReport {
        self.session.report()
    }

    /// Plays a frame.
    ///
    /// # Errors
    /// The first difference, named to the field.
    pub fn advance(&mut self) -> Result<(), StressFailure> {
        let frame = self.session.report().frames;
        let wanted = (frame / REQUEST_INTERVAL).min(WEAPONS_MAX);
        if wanted > 0 && frame.is_multiple_of(REQUEST_INTERVAL) {
            self.give_weapon(wanted - 1);
        }
        let def = &self.def;
        self.session.advance(|frame, state, inputs| {
            let bots = [BotKind::Aggressive, BotKind::Trickster];
            for (player, (input, kind)) in (0..).zip(inputs.iter_mut().zip(bots)) {
                *input = bot_input(kind, 3, def, state, PlayerId(player));
            }
            press(inputs, frame);
        })
    }

    /// The weapon that the request number `index` of the match leads to.
    fn give_weapon(&mut self, index: u32) {
        let player = PlayerId((index % 2) as u8);
        let request_seq = (index / 2 + 1) as u8;
        let weapon = pvp_sim::fallback_weapon(self.seed, player, request_seq, index as u8);
        let content = Content::Weapon {
            player,
            request_seq,
            weapon,
        };
        // A refusal is the same on both sides, and then the request ends in its fallback.
        let _ = self.session.accept_content(index as u8, &content.encode());
    }
}

/// Requests and commits in the inputs of a frame.
fn press(inputs: &mut [Input], frame: u32) {
    let requests = (frame / REQUEST_INTERVAL).min(WEAPONS_MAX);
    let commits = (frame.saturating_sub(COMMIT_AFTER) / REQUEST_INTERVAL).min(WEAPONS_MAX);
    inputs[0].request_seq = requests.div_ceil(2) as u8;
    inputs[1].request_seq = (requests / 2) as u8;
    inputs[0].commit_seq = commits as u8;
    inputs[0].commit_slot = commits.saturating_sub(1) as u8;
}

#[cfg(test)]
mod tests {
    use super::*;
    use pvp_sim::MatchState;

    #[test]
    fn the_duel_stands_rollbacks_and_commits_whatever_the_seed() {
        for seed in 1..=3 {
            let mut stress = DuelStress::new(seed, None);
            for _ in 0..1_500 {
                stress
                    .advance()
                    .unwrap_or_else(|failure| panic!("seed {seed}: {failure}"));
            }
            let state = stress.session.state();
            assert_eq!(state.players()[0].commit_seq, 5, "weapons are committed");
            let report = stress.report();
            assert_eq!((report.frames, report.transfers), (1_500, 50));
            assert!(report.resimulated_frames > 8_000, "{report:?}");
        }
    }

    /// `.ci/targets.sh` plays the same as wasm, where nothing can be printed but an exit code.
    #[test]
    fn the_golden_checksum_holds() {
        let report = DuelStress::golden_run().expect("both simulations agree");
        if std::env::var_os("PVP_BLESS").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/duel_stress.txt");
            std::fs::write(path, format!("{:016x}\n", report.checksum)).expect("the file is written");
        } else {
            assert_eq!(format!("{:016x}", report.checksum), GOLDEN.trim());
        }
    }

    #[test]
    fn a_planted_fault_is_named_in_its_frame() {
        let mut stress = DuelStress::new(1, Some(700));
        let failure = (0..1_000).find_map(|_| stress.advance().err()).expect("it is found");
        assert_eq!(
            (failure.frame, &failure.sections[..]),
            (699, &["players"][..]),
            "{failure}"
        );
    }
}
