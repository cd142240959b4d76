//! Owns what a game holds against a replay's header, and which statements of a replay nobody can check.
//!
//! Must not: let a field of the header be forgotten; a new one does not compile until it is compared or claimed.

use std::fmt;

use xxhash_rust::xxh3::xxh3_64;

use super::format::ReplayHeader;
use super::verify::VerifyError;

/// What a game writes into the header of each of its replays, whoever plays and whatever happens.
///
/// The rest of a header depends on the match: the seed, the start checksum and the input size follow from the simulation
/// and are recomputed; the names are a [`Claim`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayRules {
    /// Names the game.
    pub game_id: u64,
    /// Names the version and state layout of the simulation.
    pub build: u64,
    /// Digest of the rules.
    pub ruleset_hash: u64,
    /// Version of the content format.
    pub content_version: u32,
    /// Frames per second.
    pub frame_rate: u8,
    /// Players in a match: 1 to 8.
    pub players: u8,
    /// The application's own bytes, if every replay of the game has the same; `None` if they differ, then they are a claim.
    pub app: Option<Vec<u8>>,
}

/// A field of the header that is the same in every replay of a game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderField {
    /// Names the game.
    GameId,
    /// Names the version and state layout of the simulation.
    Build,
    /// Digest of the rules.
    RulesetHash,
    /// Version of the content format.
    ContentVersion,
    /// Frames per second.
    FrameRate,
    /// How many players there are.
    Players,
    /// Digest of the application's own bytes.
    App,
}

impl fmt::Display for HeaderField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GameId => "game",
            Self::Build => "build",
            Self::RulesetHash => "ruleset hash",
            Self::ContentVersion => "content version",
            Self::FrameRate => "frame rate",
            Self::Players => "number of players",
            Self::App => "digest of the application's bytes",
        })
    }
}

/// What a replay says and no re-simulation can check: only a signature of both players, or the other one's log, could.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Claim {
    /// Who the players are.
    Names,
    /// That the match seed was drawn by both sides: a match with any seed can be played.
    SeedOrigin,
    /// That these players pressed these buttons: a rewritten replay is a true record of another match.
    Inputs,
    /// What the simulation does not read of content (a name, a picture), content that no input commits, and when it arrived.
    Content,
    /// That the match was not left earlier or later than the file ends.
    Length,
    /// The application's own bytes in the header.
    App,
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Names => "who the players are",
            Self::SeedOrigin => "that both drew the match seed",
            Self::Inputs => "that these players pressed these buttons",
            Self::Content => "names and pictures of content, and when it arrived",
            Self::Length => "that nothing was played after the last frame",
            Self::App => "the application's bytes",
        })
    }
}

impl ReplayRules {
    /// The header of a replay of this game; the recorder fills in start checksum and input size.
    #[must_use]
    pub fn header(&self, match_seed: u64, names: Vec<String>) -> ReplayHeader {
        ReplayHeader {
            game_id: self.game_id,
            build: self.build,
            ruleset_hash: self.ruleset_hash,
            content_version: self.content_version,
            match_seed,
            start_checksum: 0,
            frame_rate: self.frame_rate,
            input_bytes: 0,
            names,
            app: self.app.clone().unwrap_or_default(),
        }
    }

    /// What of a replay of this game stays a claim after it has verified.
    #[must_use]
    pub fn claims(&self) -> Vec<Claim> {
        let mut claims = vec![
            Claim::Names,
            Claim::SeedOrigin,
            Claim::Inputs,
            Claim::Content,
            Claim::Length,
        ];
        claims.extend(self.app.is_none().then_some(Claim::App));
        claims
    }

    /// Compares what every replay of the game has.
    pub(super) fn check(&self, header: &ReplayHeader) -> Result<(), VerifyError> {
        // Every field by its name: whoever adds one decides here what becomes of it.
        let ReplayHeader {
            game_id,
            build,
            ruleset_hash,
            content_version,
            match_seed: _,     // Recomputed: the start state depends on it.
            start_checksum: _, // Recomputed.
            frame_rate,
            input_bytes: _, // Compared with the simulation's input.
            names,          // A claim, but for their number.
            app,
        } = header;
        let players = names.len() as u64;
        let fields = [
            (HeaderField::GameId, self.game_id, *game_id),
            (HeaderField::Build, self.build, *build),
            (HeaderField::RulesetHash, self.ruleset_hash, *ruleset_hash),
            (
                HeaderField::ContentVersion,
                self.content_version.into(),
                (*content_version).into(),
            ),
            (HeaderField::FrameRate, self.frame_rate.into(), (*frame_rate).into()),
            (HeaderField::Players, self.players.into(), players),
        ];
        let app = self
            .app
            .iter()
            .filter(|expected| *expected != app)
            .map(|expected| (HeaderField::App, xxh3_64(expected), xxh3_64(app)));
        match fields
            .into_iter()
            .chain(app)
            .find(|(_, expected, found)| expected != found)
        {
            Some((field, expected, found)) => Err(VerifyError::Header { field, expected, found }),
            None => Ok(()),
        }
    }
}
