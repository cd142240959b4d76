//! Owns the options of the commands and their help.
//! Must not do what they ask for.

use crate::output::{IfTaken, OutputFault, Target};
use crate::record;
use clap::Args;
use pvp_sim::bot::BotKind;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What the keys are before anybody changes them in the settings.
const KEYS_HELP: &str = "\
Keys of the first player: A D run, W or Space jumps (briefly pressed: lower), S drops, the mouse aims and fires,
Enter opens the forge (type any weapon, or \"moon gravity\"), X throws the forged weapon away.
Second player: arrows run, jump and aim, . fires, / opens the forge, comma throws away.
Everywhere: Tab what was forged, F3 the network, Esc pause. All keys can be changed in the settings.
Gamepad: left stick, lower button jumps, right stick aims, right trigger fires, upper button forges a surprise.";

#[derive(Args, Debug, Default)]
#[command(after_help = KEYS_HELP)]
pub(super) struct PlayArgs {
    /// Start at once against a bot: aggressive, cautious or trickster.
    #[arg(long, value_parser = bot_kind, conflicts_with = "versus")]
    pub(super) bot: Option<BotKind>,
    /// Strength of the bot, 1 to 3.
    #[arg(long, default_value = "1", value_parser = clap::value_parser!(u8).range(1..=3), requires = "bot")]
    pub(super) level: Option<u8>,
    /// Start at once with two players at this machine.
    #[arg(long)]
    pub(super) versus: bool,
    #[command(flatten)]
    pub(super) window: WindowArgs,
}

#[derive(Args, Debug, Default)]
pub(super) struct WindowArgs {
    /// Where rooms are looked for, such as ws://192.168.1.4:3536, with commas between several; the settings say otherwise.
    #[arg(long, value_name = "URL")]
    pub(super) signal: Option<String>,
    /// Where the settings are kept.
    #[arg(long, value_name = "FILE")]
    pub(super) settings: Option<PathBuf>,
    /// Record into this file, so that the last match stays; otherwise each match has a file in the data folder.
    /// What is there must be a replay, or nothing.
    #[arg(long, value_name = "FILE")]
    pub(super) replay: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct DemoArgs {
    /// Frames to play (60 are a second).
    #[arg(long, default_value_t = 3600, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) frames: u32,
    /// Decides the network's whims and the match.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Round trip time.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(0..=2000))]
    pub(super) rtt_ms: u32,
    /// How much the latency of each packet varies.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub(super) jitter_ms: u32,
    /// Packets lost, in percent.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=95))]
    pub(super) loss_pct: u8,
    /// What the bots ask the forge for, in turns; can be given several times.
    #[arg(long = "prompt", value_name = "TEXT")]
    pub(super) prompts: Vec<String>,
    /// Print one JSON object and nothing else.
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) replay: ReplayOut,
    #[command(flatten)]
    pub(super) drill: DrillArgs,
}

/// Where a match is recorded.
#[derive(Args, Debug)]
pub(super) struct ReplayOut {
    /// Write a replay of the match, and beside it (FILE.net) what the network was like.
    #[arg(long = "replay", value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    /// Overwrite a replay that is there.
    #[arg(long, requires = "file")]
    pub(super) force: bool,
}

impl ReplayOut {
    /// The file, if none that is there is in its way.
    pub(super) fn target(&self) -> Result<Option<Target>, OutputFault> {
        let Some(path) = self.file.clone() else { return Ok(None) };
        let if_taken = IfTaken::forced(self.force);
        let target = Target { path, if_taken };
        record::check_target(&target, &[]).map(|()| Some(target))
    }

    /// As [`ReplayOut::target`], for a process that may be one that was started again.
    pub(super) fn target_of_peer(&self) -> Result<Option<Target>, OutputFault> {
        let if_taken = IfTaken::forced(self.force);
        let target = self.file.as_deref().map(|path| record::target_of_peer(path, if_taken));
        target.transpose()
    }
}

/// What happens when the two simulations differ.
#[derive(Args, Debug)]
pub(super) struct DrillArgs {
    /// Folder for the evidence of a desync; explain it with `arena desync`.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(super) evidence: PathBuf,
    /// A drill: one side miscalculates in this frame.
    #[arg(long, value_name = "FRAME", hide = true)]
    pub(super) inject_desync: Option<u32>,
}

#[derive(Args, Debug)]
pub(super) struct PeerArgs {
    /// UDP: the local address, such as 127.0.0.1:7000.
    #[arg(long, requires = "remote", requires = "player", conflicts_with = "room")]
    pub(super) bind: Option<SocketAddr>,
    /// UDP: the other side's address.
    #[arg(long, requires = "bind")]
    pub(super) remote: Option<SocketAddr>,
    /// UDP: which player this side is; 0 hosts.
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=1))]
    pub(super) player: Option<u8>,
    /// UDP: a secret that both sides know; who has it may play. Without it, one is made and shown, for the other side to be started with.
    #[arg(long, value_name = "SECRET", requires = "bind", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(super) room_key: Option<String>,
    /// WebRTC: the room, such as ws://127.0.0.1:3536/my-room (up to 64 letters, digits and -_.~); with commas between, or given
    /// several times, rooms of other servers that are tried in this order: both players give the same list.
    #[arg(long, value_name = "URL", required_unless_present = "bind", value_delimiter = ',')]
    pub(super) room: Vec<String>,
    /// WebRTC: a STUN or TURN server, such as stun:stun.example.org:3478; none is needed on one machine or local network.
    #[arg(long = "ice", value_name = "URL")]
    pub(super) ice: Vec<String>,
    /// Style of the bot: aggressive, cautious or trickster.
    #[arg(long, default_value = "aggressive", value_parser = bot_kind)]
    pub(super) bot: BotKind,
    /// Strength of the bot, 1 to 3.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=3))]
    pub(super) level: u8,
    /// Frames to play (60 are a second).
    #[arg(long, default_value_t = 3600, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) frames: u32,
    /// What the bot asks the forge for; can be given several times.
    #[arg(long = "prompt", value_name = "TEXT")]
    pub(super) prompts: Vec<String>,
    /// Refuse weapons that an AI made on the other player's machine: nobody can recompute them. Their players get a fallback.
    #[arg(long)]
    pub(super) refuse_ai_weapons: bool,
    /// How long to wait for the other side, in seconds.
    #[arg(long, default_value_t = 20, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(super) wait: u64,
    /// Print one JSON object and nothing else.
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) replay: ReplayOut,
    #[command(flatten)]
    pub(super) drill: DrillArgs,
}

pub(super) fn bot_kind(name: &str) -> Result<BotKind, String> {
    let names = BotKind::ALL.map(BotKind::name).join(", ");
    BotKind::parse(name).ok_or_else(|| format!("no bot of that name; there are {names}"))
}

pub(super) fn fighter_count(text: &str) -> Result<u8, String> {
    match text {
        "2" => Ok(2),
        "4" => Ok(4),
        _ => Err("2 or 4 fit into the room".to_owned()),
    }
}
