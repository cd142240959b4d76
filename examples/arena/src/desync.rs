//! Owns the evidence files of desyncs: writing one when a match comes apart, and `arena desync`, which explains one.
//! Must not change a match, and must not believe a file.

use crate::duel::GAME_ID;
use crate::output::{OutputFault, Target, free_name};
use crate::rules;
use pvp_net::desync::{EVIDENCE_BYTES_MAX, Evidence, EvidenceError, ExplainError, Explanation, Verdict, explain};
use pvp_net::sim::DuelSim;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

/// Why evidence is not written or not explained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceFault {
    /// The file cannot be written.
    #[error("the evidence is lost: {0}")]
    Write(#[from] OutputFault),
    /// The file cannot be read.
    #[error("cannot read {path}: {error}")]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file is no evidence.
    #[error("{path}: {error}")]
    Parse {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        error: EvidenceError,
    },
    /// The file is about another game.
    #[error("{path} is about another game ({game_id:016x})")]
    Game {
        /// Which.
        path: PathBuf,
        /// The other game.
        game_id: u64,
    },
    /// The file does not fit this game's rules.
    #[error("{path}: {error}")]
    Explain {
        /// Which.
        path: PathBuf,
        /// What does not fit.
        error: ExplainError,
    },
}

/// Writes evidence into `folder`, under a name that tells match, frame and player. Gives the path.
/// Other evidence of that name stays: the new one then gets a number; the same evidence is not written twice.
///
/// # Errors
/// [`EvidenceFault::Write`] if the file cannot be written.
pub fn save(evidence: &Evidence, folder: &Path) -> Result<PathBuf, EvidenceFault> {
    let name = format!(
        "desync-{:016x}-frame{}-player{}.evidence",
        evidence.match_seed,
        evidence.first_bad_frame,
        evidence.player + 1
    );
    let (path, bytes) = (folder.join(name), evidence.to_bytes());
    if is_content(&path, &bytes) {
        return Ok(path);
    }
    let path = free_name(&path, |_| false)?;
    Target::from(path.clone()).write_bytes(&bytes)?;
    Ok(path)
}

fn is_content(path: &Path, bytes: &[u8]) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() == bytes.len() as u64)
        && std::fs::read(path).is_ok_and(|found| found == bytes)
}

/// What a file shows, for people.
///
/// # Errors
/// [`EvidenceFault`] if the file cannot be read or is not about this game.
pub fn explain_file(path: &Path) -> Result<String, EvidenceFault> {
    let named = || path.to_owned();
    let read = |error| EvidenceFault::Read { path: named(), error };
    let size = std::fs::metadata(path).map_err(read)?.len();
    if size > EVIDENCE_BYTES_MAX as u64 {
        let error = EvidenceError::TooLarge { bytes: size as usize };
        return Err(EvidenceFault::Parse { path: named(), error });
    }
    let bytes = std::fs::read(path).map_err(read)?;
    let evidence = Evidence::parse(&bytes).map_err(|error| EvidenceFault::Parse { path: named(), error })?;
    if evidence.game_id != GAME_ID {
        let game_id = evidence.game_id;
        return Err(EvidenceFault::Game { path: named(), game_id });
    }
    let mut simulation = DuelSim::new(rules::duel(0));
    let start = simulation.start();
    let explanation =
        explain(&mut simulation, start, &evidence).map_err(|error| EvidenceFault::Explain { path: named(), error })?;
    Ok(describe(&evidence, &explanation))
}

fn describe(evidence: &Evidence, explanation: &Explanation) -> String {
    let mut text = String::new();
    let frame = evidence.first_bad_frame;
    let (writer, other) = (evidence.player + 1, 2 - evidence.player);
    let _ = writeln!(
        text,
        "desync      first bad frame {frame}: the states after {frame} frames are the first that differ \
         (equal up to frame {} at the last comparison)",
        evidence.last_agreed_frame
    );
    let _ = writeln!(
        text,
        "match       seed {}, {} contents, {} frames of inputs; written by player {writer}, pvp-net {}",
        evidence.match_seed,
        evidence.content.len(),
        evidence.input_frames(),
        evidence.crate_version
    );
    for warning in warnings(evidence, explanation) {
        let _ = writeln!(text, "warning     {warning}");
    }
    let _ = writeln!(
        text,
        "checksums   player {writer} {:016x}, player {other} {:016x}{}",
        evidence.checksum_ours,
        evidence.checksum_theirs,
        explanation
            .checksum_here
            .map(|here| format!(", this machine {here:016x}"))
            .unwrap_or_default()
    );
    let _ = writeln!(text, "verdict     {}", verdict(explanation.verdict, writer, other));
    let _ = writeln!(text, "sections    {}", explanation.sections.join(", "));
    let _ = writeln!(
        text,
        "fields      {} differ (player {writer} vs player {other})",
        explanation.fields_total
    );
    for field in &explanation.fields {
        let _ = writeln!(text, "            {field}");
    }
    if let Some([player_1, player_2]) = evidence.last_inputs() {
        let _ = writeln!(
            text,
            "inputs      of the bad step: player 1 [{}], player 2 [{}]",
            bytes(player_1),
            bytes(player_2)
        );
    }
    text
}

fn bytes(input: &[u8]) -> String {
    let shown: Vec<String> = input.iter().map(|byte| format!("{byte:02x}")).collect();
    shown.join(" ")
}

fn warnings(evidence: &Evidence, explanation: &Explanation) -> Vec<String> {
    let mut warnings = Vec::new();
    if evidence.build != DuelSim::build() {
        warnings.push("written by another build of the simulation: this machine may play by other rules".to_owned());
    }
    if evidence.ruleset_hash != rules::duel(0).ruleset_hash() {
        warnings.push("the match was played with other rules than this build's duel".to_owned());
    }
    if !explanation.is_ours_sound {
        warnings.push("the writer's state is missing or does not have its checksum".to_owned());
    }
    if !explanation.is_theirs_sound {
        warnings.push("the other side's state is missing or does not have its checksum".to_owned());
    }
    warnings
}

fn verdict(verdict: Verdict, writer: u8, other: u8) -> String {
    match verdict {
        Verdict::Ours => format!("this machine comes to player {writer}'s state: look at player {other}'s machine"),
        Verdict::Theirs => format!("this machine comes to player {other}'s state: look at player {writer}'s machine"),
        Verdict::Neither => {
            "this machine comes to neither state: another build, or state outside the snapshot".to_owned()
        }
        _ => "the state before the bad frame is missing, so the step cannot be played again".to_owned(),
    }
}
