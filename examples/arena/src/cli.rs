//! Owns the command line: its words, its help, and what it prints.
//! Must not simulate: every command calls the library.

mod args;
mod screen;
mod replay;
mod room_secret;
mod rooms;
mod stress;
mod verify;

use args::{DemoArgs, PeerArgs, PlayArgs, WindowArgs, fighter_count};
use room_secret::RoomSecret;
use screen::Screen;

use crate::demo::{Demo, DemoOptions};
use crate::duel::Note;
use crate::ledger::Taste;
use crate::output::{IfTaken, OutputFault, Target};
use crate::peer::{self, PeerEnd, PeerOptions, Seat};
use crate::play::{App, Go, Shell, tidy_code};
use crate::record;
use crate::settings::{self, Settings};
use crate::shelf::{Recording, Shelf};
use crate::terminal::{LogLines, terminal};
use clap::{Parser, Subcommand};
use pvp_net::room::escaped;
use pvp_net::transport::redial::Redial;
use pvp_net::transport::udp::{RoomKey, UdpTransport};
use pvp_net::transport::webrtc::{self, Meeting, WebRtcConfig};
use pvp_net::{Comparison, Transport};
use pvp_sim::bot::BotKind;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Pixel Forge: a duel over rollback netcode, with weapons forged from prompts.
#[derive(Parser, Debug)]
#[command(
    name = "arena",
    version,
    after_help = "Without a command, `arena` opens the window (`arena play`); the first time in a match against a bot, later at the menu."
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Open the window (the default).
    Play(PlayArgs),
    /// Open a room and wait in the window for the other player.
    Host {
        /// The room's code; a new one if left out.
        code: Option<String>,
        #[command(flatten)]
        window: WindowArgs,
    },
    /// Join the room with this code, in the window.
    Join {
        /// As the hosting player reads it out.
        code: String,
        #[command(flatten)]
        window: WindowArgs,
    },
    /// Open the window in the practice room.
    Practice {
        /// How many are in the room: 2 or 4.
        #[arg(long, default_value_t = 2, value_parser = fighter_count)]
        fighters: u8,
        #[command(flatten)]
        window: WindowArgs,
    },
    /// Let two bots play over a simulated bad network, in virtual time.
    Demo(DemoArgs),
    /// Play one headless side of a match over UDP or WebRTC.
    Peer(PeerArgs),
    /// Serve the rooms where two WebRTC players meet.
    Signal(rooms::SignalArgs),
    /// Watch a replay in the window, or turn it into pictures.
    Replay(replay::ReplayArgs),
    /// Re-simulate a replay and compare everything in it that can be recomputed. Exit code 1: refused, 3: cut short.
    Verify(verify::VerifyArgs),
    /// Roll a match of two bots back by a random depth in every frame, and compare every frame with one that never was.
    Stress(stress::StressArgs),
    /// Explain the evidence of a desync: the first bad frame, the fields that differ, and whose machine to look at.
    Desync {
        /// The evidence file.
        file: PathBuf,
    },
}

/// How long the end of the process waits for what is not sent yet.
const GOODBYE_TIME: Duration = Duration::from_millis(500);

/// How long the end of the process waits for a reader of standard error that sleeps.
const LAST_WORD_TIME: Duration = Duration::from_secs(5);

type Outcome = Result<ExitCode, Box<dyn Error>>;

/// Runs the command line.
#[must_use]
pub fn run() -> ExitCode {
    outlive_full_files();
    let code = match Cli::try_parse() {
        Ok(cli) => run_command(cli),
        Err(error) => explain_usage(&error),
    };
    let failure = terminal().failure();
    if let Some(failure) = &failure {
        terminal().tell(&format!("arena: {failure}\n"));
    }
    terminal().finish(LAST_WORD_TIME);
    if failure.is_some() { ExitCode::FAILURE } else { code }
}

/// A file beyond its limit in size (`ulimit -f`) is an error of the write, as a full disk is; without this it kills the process.
fn outlive_full_files() {
    #[cfg(unix)]
    {
        let is_hit = Arc::new(AtomicBool::new(false));
        if let Err(error) = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, is_hit) {
            terminal().tell(&format!("arena: a full file will end the process: {error}\n"));
        }
    }
}

/// Help, the version, or what is wrong with the words.
fn explain_usage(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    if error.use_stderr() {
        terminal().tell(&text);
    } else {
        terminal().say(&text);
    }
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

fn run_command(cli: Cli) -> ExitCode {
    let command = cli.command.unwrap_or(Command::Play(PlayArgs::default()));
    init_log(&command);
    if plays_in_real_time(&command) {
        // No frame waits for the tables that names and prompts are judged by.
        std::thread::spawn(weapon_gen::moderation::prepare);
    }
    let outcome = match command {
        Command::Play(args) => play(args),
        Command::Host { code, window } => host(code.as_deref(), window),
        Command::Join { code, window } => join(&code, window),
        Command::Practice { fighters, window } => {
            let go = if fighters > 2 { Go::Crowd } else { Go::Practice };
            open_window(window, Some(go))
        }
        Command::Demo(args) => demo(args),
        Command::Peer(args) => peer(args),
        Command::Signal(args) => rooms::signal(&args),
        Command::Replay(args) => replay::run(args),
        Command::Verify(args) => verify::run(&args),
        Command::Stress(args) => stress::run(args),
        Command::Desync { file } => explain_desync(&file),
    };
    // A goodbye must leave before the process does.
    webrtc::finish(GOODBYE_TIME);
    outcome.unwrap_or_else(|error| {
        terminal().tell(&format!("arena: {error}\n"));
        ExitCode::FAILURE
    })
}

/// Whether somebody notices if the program stands still for half a second.
fn plays_in_real_time(command: &Command) -> bool {
    matches!(
        command,
        Command::Play(_) | Command::Host { .. } | Command::Join { .. } | Command::Practice { .. } | Command::Peer(_)
    )
}

/// Libraries speak through `tracing`; `RUST_LOG=debug` shows more. A server tells whom it refuses.
fn init_log(command: &Command) {
    use tracing_subscriber::EnvFilter;
    let quiet = "error,webrtc=off,rtc=off,matchbox_socket=off,webrtc_ice=off,webrtc_mdns=off";
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new(match command {
            Command::Signal(_) => "error,pvp_net::signaling=info,arena=info",
            _ => quiet,
        })
    });
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| LogLines)
        // It would panic over a line that cannot be written; `LogLines` takes them all.
        .log_internal_errors(false)
        .init();
}

fn play(args: PlayArgs) -> Outcome {
    let go = match (args.bot, args.versus) {
        (Some(kind), _) => Some(Go::Bot(kind, args.level.unwrap_or(1))),
        (None, true) => Some(Go::Versus),
        (None, false) => None,
    };
    open_window(args.window, go)
}

fn host(code: Option<&str>, window: WindowArgs) -> Outcome {
    let go = match code {
        None => Go::Host(None),
        Some(code) => Go::Host(Some(room(code)?)),
    };
    open_window(window, Some(go))
}

fn join(code: &str, window: WindowArgs) -> Outcome {
    let code = room(code)?;
    open_window(window, Some(Go::Join(code)))
}

fn room(code: &str) -> Result<String, String> {
    tidy_code(code).ok_or_else(|| format!("\"{code}\" is no room code: it has up to 32 letters and digits"))
}

/// Opens the window. Whoever starts the game for the first time is in a match at once.
fn open_window(window: WindowArgs, go: Option<Go>) -> Outcome {
    spare_inputs(&window, &[])?;
    let folder = directories::ProjectDirs::from("", "", "pixel-forge");
    let settings_path = window.settings.or_else(settings::default_path);
    let shelf = || {
        folder.map_or(Recording::Nowhere, |folder| {
            Recording::Folder(Shelf::new(folder.data_local_dir().join("replays")))
        })
    };
    let mut notice = None;
    let is_first_start = settings_path.as_ref().is_some_and(|path| !path.exists());
    let mut settings = settings_path
        .as_deref()
        .map_or_else(|| Ok(Settings::default()), Settings::read)
        .unwrap_or_else(|error| {
            notice = Some(error.to_string());
            Settings::default()
        });
    // A broken file is left for its owner to mend.
    let settings_path = settings_path.filter(|_| notice.is_none());
    if let Some(url) = window.signal {
        settings.signaling_url = url;
    }
    let mut shell = Shell {
        settings,
        settings_path,
        recording: window.replay.map_or_else(shelf, Recording::File),
        seed: entropy()?,
        notice,
        now: Duration::ZERO,
    };
    if is_first_start {
        shell.keep_settings();
    }
    let first = if is_first_start {
        Go::Bot(BotKind::Aggressive, 1)
    } else {
        Go::Main
    };
    let app = App::new(shell, go.unwrap_or(first), || entropy().unwrap_or(0));
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed))?;
    crate::play::run(app, interrupted)?;
    Ok(ExitCode::SUCCESS)
}

/// A window records over replays only, and over none that it is to show.
fn spare_inputs(window: &WindowArgs, inputs: &[&Path]) -> Result<(), OutputFault> {
    let Some(path) = &window.replay else { return Ok(()) };
    let if_taken = IfTaken::forced(record::is_recording(path));
    let path = path.clone();
    record::check_target(&Target { path, if_taken }, inputs)
}

/// Prints text to standard output; what came from outside and is in it cannot steer the terminal.
/// What cannot be printed fails the command at its end, and only then.
fn say(text: &str) {
    terminal().say(&escaped(text));
}

/// Prints one JSON object, which escapes what it holds itself.
fn say_json(report: &impl serde::Serialize) -> Result<(), serde_json::Error> {
    terminal().say(&(serde_json::to_string(report)? + "\n"));
    Ok(())
}

/// What is wrong with a match that came to its end is told after its figures, and fails the command.
fn verdict<E: Error + 'static>(fault: Option<E>) -> Outcome {
    fault.map_or(Ok(ExitCode::SUCCESS), |fault| Err(fault.into()))
}

fn demo(args: DemoArgs) -> Outcome {
    let replay = args.replay.target()?;
    let mut demo = Demo::new(DemoOptions {
        frames: args.frames,
        seed: args.seed,
        rtt_ms: args.rtt_ms,
        jitter_ms: args.jitter_ms,
        loss_pct: args.loss_pct,
        prompts: args.prompts,
        replay: replay.clone(),
    })?;
    demo.keep_evidence(args.drill.evidence);
    if let Some(frame) = args.drill.inject_desync {
        demo.inject_desync(frame);
    }
    let mut screen = Screen::new(args.json, args.frames);
    loop {
        let done = demo.play_second()?;
        for (player, frame, note) in demo.notes() {
            note_of_demo(&mut screen, player, frame, &note);
        }
        screen.progress(demo.confirmed_frame());
        if done {
            break;
        }
    }
    screen.clear();
    let report = demo.report();
    for path in demo.evidence() {
        terminal().tell(&format!(
            "evidence    {0} (explain it with `arena desync {0}`)\n",
            path.display()
        ));
    }
    if args.json {
        say_json(&report)?;
    } else {
        say(&report.summary());
        if let (Some(replay), Some(true)) = (&replay, report.replay_written) {
            say(&format!(
                "replay      {} (check it with `arena verify`)\n",
                replay.path.display()
            ));
        }
    }
    verdict(demo.fault())
}

/// Both peers are told of everything that both see: once is enough here.
fn note_of_demo(screen: &mut Screen, player: usize, frame: u32, note: &Note) {
    let owner = match note {
        Note::Forged { player, .. } => usize::from(*player),
        Note::RoundEnded { .. } | Note::Physics { .. } | Note::Connected { .. } => 0,
        _ => player,
    };
    if owner != player {
        return;
    }
    // These notes name their player themselves, or none.
    let who = match note {
        Note::Forged { .. } | Note::RoundEnded { .. } | Note::Physics { .. } | Note::RecordingStopped { .. } => {
            String::new()
        }
        _ => format!("player {}", player + 1),
    };
    screen.note(&who, frame, note);
}

fn peer(args: PeerArgs) -> Outcome {
    let replay = replay_of_peer(&args)?;
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed))?;
    let wait = Duration::from_secs(args.wait);
    match (&args.room[..], args.bind, args.remote) {
        (rooms @ [_, ..], ..) => {
            let config = WebRtcConfig {
                ice_urls: args.ice.clone(),
                connect_timeout: wait,
                jitter_seed: entropy()?,
                ..WebRtcConfig::default()
            };
            let (meeting, player) = rooms::meet(rooms, &config, &interrupted)?;
            // A path that is lost in the middle of a match is looked for again in the same rooms.
            let again = || Meeting::join(rooms, config.clone()).ok();
            let way = Redial::new(meeting, again, config.jitter_seed);
            play_peer(way, Seat::OfRoom(player), &args, replay, &interrupted)
        }
        ([], Some(bind), Some(remote)) => {
            let secret = RoomSecret::new(args.room_key.clone())?;
            let transport = UdpTransport::bind(bind, remote, &secret.key())?;
            secret.tell();
            let player = args.player.unwrap_or(0);
            play_peer(transport, Seat::Chosen(player), &args, replay, &interrupted)
        }
        _ => Err("give either --room, or --bind, --remote and --player".into()),
    }
}

/// Where this side records, and a word on it if that is not the file it was told.
fn replay_of_peer(args: &PeerArgs) -> Result<Option<Target>, OutputFault> {
    let target = args.replay.target_of_peer()?;
    if let (Some(told), Some(target)) = (&args.replay.file, &target)
        && told != &target.path
    {
        let (told, path) = (told.display(), target.path.display());
        terminal().tell(&format!(
            "{told} holds a match that was cut short and stays: a new match is recorded in {path}, one that goes on is not\n"
        ));
    }
    Ok(target)
}

fn play_peer<T: Transport>(
    transport: T,
    seat: Seat,
    args: &PeerArgs,
    replay: Option<Target>,
    interrupted: &AtomicBool,
) -> Outcome {
    let options = PeerOptions {
        seat,
        bot: args.bot,
        level: args.level,
        frames: args.frames,
        prompts: args.prompts.clone(),
        taste: Taste {
            accepts_provider_weapons: !args.refuse_ai_weapons,
            ..Taste::default()
        },
        wait: Duration::from_secs(args.wait),
        entropy: entropy()?,
        replay,
        evidence: args.drill.evidence.clone(),
        inject_desync: args.drill.inject_desync,
    };
    let mut screen = Screen::new(args.json, args.frames);
    let PeerEnd { report, error } = peer::play(transport, &options, interrupted, |frame, note| {
        screen.note("", frame, &note);
        screen.progress(frame);
    })?;
    screen.clear();
    if args.json {
        say_json(&report)?;
    } else {
        say(&report.summary());
    }
    verdict(error)
}

/// This side's unpredictable half of the match seed.
fn entropy() -> Result<u64, Box<dyn Error>> {
    let key = RoomKey::generate()?.to_bytes();
    Ok(u64::from_le_bytes([
        key[0], key[1], key[2], key[3], key[4], key[5], key[6], key[7],
    ]))
}

fn explain_desync(file: &Path) -> Outcome {
    say(&crate::desync::explain_file(file)?);
    Ok(ExitCode::SUCCESS)
}

/// A note in words; `None` for what both players are told about the other's weapon anyway.
fn describe(note: &Note) -> Option<String> {
    Some(match note {
        Note::Connected { peer_name } => format!("plays against {peer_name}"),
        Note::Forged {
            player,
            name,
            fallback: false,
            ..
        } => format!("player {} holds \"{name}\"", player + 1),
        Note::Forged {
            player,
            fallback: true,
            why,
            ..
        } => {
            let why = why.map_or_else(String::new, |why| format!(" ({why})"));
            format!("no weapon came in time, player {} got a spare one{why}", player + 1)
        }
        Note::RematchOffered => "the other player wants another match".to_owned(),
        Note::Rematch => "another match begins".to_owned(),
        Note::Resumed => "the match goes on".to_owned(),
        Note::RoundEnded { winner: Some(winner) } => format!("player {} takes the round", winner + 1),
        Note::RoundEnded { winner: None } => "nobody takes the round".to_owned(),
        Note::Physics { kind, factor, frames } => {
            let (percent, seconds) = (u32::from(*factor) * 100 / 256, frames / 60);
            format!("{} at {percent} % for {seconds} s", kind.name())
        }
        Note::PromptRefused { why, .. } => format!("the forge refuses: {why}"),
        Note::Liveness(liveness) => format!("connection: {liveness:?}"),
        Note::Desync { report } => format!("DESYNC: {report}"),
        Note::DesyncTraced { report } => format!("the desync began here: {report}"),
        Note::Ended {
            comparison: Comparison::Equal,
            ..
        } => return None,
        Note::Ended {
            frame,
            comparison: Comparison::Different,
        } => format!("the two sides differ at the last frame, {frame}"),
        Note::Ended { frame, .. } => format!("the last frame, {frame}, could not be compared"),
        Note::Void { frame } => format!("the match is VOID: both sides agree up to frame {frame}"),
        Note::RecordingStopped { why } => format!("recording stopped: {why}"),
        Note::PeerLeft(reason) => format!("the other player left ({reason:?})"),
        Note::Refused(refusal) => format!("refused: {refusal}"),
        Note::PathClosed(reason) => format!("the path is closed: {reason}"),
    })
}
