//! Owns the command line: its words, its help, and what it prints.
//! Must not simulate: every command calls the library.

mod args;
mod replay;
mod stress;

use args::{DemoArgs, PeerArgs, PlayArgs, WindowArgs, fighter_count};

use crate::demo::{Demo, DemoOptions};
use crate::duel::Note;
use crate::peer::{self, PeerOptions, Seat};
use crate::play::{App, Go, Shell, tidy_code};
use crate::record;
use crate::report::hex;
use crate::settings::{self, Settings};
use crate::shelf::{Recording, Shelf};
use clap::{Parser, Subcommand};
use pvp_net::Transport;
use pvp_net::transport::redial::Redial;
use pvp_net::transport::udp::{RoomKey, UdpTransport};
use pvp_net::transport::webrtc::{self, WebRtcConfig, WebRtcError, WebRtcTransport};
use pvp_sim::bot::BotKind;
use std::error::Error;
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
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
    Signal {
        /// Address to serve at; port 0 takes any free port.
        #[arg(long, default_value = "127.0.0.1:3536")]
        bind: SocketAddr,
    },
    /// Watch a replay in the window, or turn it into pictures.
    Replay(replay::ReplayArgs),
    /// Re-simulate a replay and compare every checksum in it.
    Verify {
        /// The replay file.
        file: PathBuf,
    },
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

type Outcome = Result<ExitCode, Box<dyn Error>>;

/// Runs the command line.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    init_log();
    let outcome = match cli.command.unwrap_or(Command::Play(PlayArgs::default())) {
        Command::Play(args) => play(args),
        Command::Host { code, window } => host(code.as_deref(), window),
        Command::Join { code, window } => join(&code, window),
        Command::Practice { fighters, window } => {
            let go = if fighters > 2 { Go::Crowd } else { Go::Practice };
            open_window(window, Some(go))
        }
        Command::Demo(args) => demo(args),
        Command::Peer(args) => peer(args),
        Command::Signal { bind } => signal(bind),
        Command::Replay(args) => replay::run(args),
        Command::Verify { file } => verify(&file),
        Command::Stress(args) => stress::run(args),
        Command::Desync { file } => explain_desync(&file),
    };
    // A goodbye must leave before the process does.
    webrtc::finish(GOODBYE_TIME);
    outcome.unwrap_or_else(|error| {
        eprintln!("arena: {error}");
        ExitCode::FAILURE
    })
}

/// Libraries speak through `tracing`; `RUST_LOG=debug` shows more.
fn init_log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new("error,webrtc=off,rtc=off,matchbox_socket=off,webrtc_ice=off,webrtc_mdns=off")
    });
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
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

/// Prints to standard output; a reader that has gone away, such as `head`, is no fault.
fn say(text: &str) {
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// In sync is a success.
fn verdict(in_sync: bool) -> ExitCode {
    if in_sync { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn demo(args: DemoArgs) -> Outcome {
    let mut demo = Demo::new(DemoOptions {
        frames: args.frames,
        seed: args.seed,
        rtt_ms: args.rtt_ms,
        jitter_ms: args.jitter_ms,
        loss_pct: args.loss_pct,
        prompts: args.prompts,
        replay: args.replay.clone(),
    })?;
    demo.keep_evidence(args.drill.evidence);
    if let Some(frame) = args.drill.inject_desync {
        demo.inject_desync(frame);
    }
    let mut screen = Screen::new(args.json, args.frames);
    loop {
        let done = demo.play_second()?;
        for (player, frame, note) in demo.notes() {
            // Both peers are told of everything that both see: once is enough here.
            let owner = match note {
                Note::Forged { player, .. } => usize::from(player),
                Note::RoundEnded { .. } | Note::Physics { .. } | Note::Connected { .. } => 0,
                _ => player,
            };
            if owner != player {
                continue;
            }
            // These notes name their player themselves.
            let who = match note {
                Note::Forged { .. } | Note::RoundEnded { .. } | Note::Physics { .. } => String::new(),
                _ => format!("player {}", player + 1),
            };
            screen.note(&who, frame, &note);
        }
        screen.progress(demo.confirmed_frame());
        if done {
            break;
        }
    }
    screen.clear();
    let report = demo.report();
    for path in demo.evidence() {
        eprintln!("evidence    {0} (explain it with `arena desync {0}`)", path.display());
    }
    if args.json {
        say(&(serde_json::to_string(&report)? + "\n"));
    } else {
        say(&report.summary());
        if let Some(path) = &args.replay {
            say(&format!(
                "replay      {} (check it with `arena verify`)\n",
                path.display()
            ));
        }
    }
    Ok(verdict(report.in_sync))
}

fn peer(args: PeerArgs) -> Outcome {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed))?;
    let wait = Duration::from_secs(args.wait);
    match (&args.room, args.bind, args.remote) {
        (Some(room), ..) => {
            let config = WebRtcConfig {
                ice_urls: args.ice.clone(),
                connect_timeout: wait,
                ..WebRtcConfig::default()
            };
            let (transport, player) = meet(room, &config, &interrupted)?;
            // A path that is lost in the middle of a match is looked for again in the same room.
            let again = || WebRtcTransport::connect(room, config.clone()).ok();
            play_peer(Redial::new(transport, again), Seat::OfRoom(player), &args, &interrupted)
        }
        (None, Some(bind), Some(remote)) => {
            let transport = UdpTransport::bind(bind, remote, &RoomKey::from_phrase(&args.room_key))?;
            let player = args.player.unwrap_or(0);
            play_peer(transport, Seat::Chosen(player), &args, &interrupted)
        }
        _ => Err("give either --room, or --bind, --remote and --player".into()),
    }
}

/// How long a room that is full may only seem so.
const PLACE_IS_FREE_AFTER: Duration = Duration::from_secs(1);

/// Waits in a WebRTC room until the other player is there; who plays which side follows from the peers' ids.
fn meet(room: &str, config: &WebRtcConfig, interrupted: &AtomicBool) -> Result<(WebRtcTransport, u8), Box<dyn Error>> {
    let wait = config.connect_timeout;
    let mut transport = WebRtcTransport::connect(room, config.clone())?;
    let mut waited = Duration::ZERO;
    let step = Duration::from_millis(5);
    loop {
        if let Some(player) = transport.player() {
            return Ok((transport, player));
        }
        match transport.error() {
            // The place of a process that was killed a moment ago is still being given up.
            Some(WebRtcError::RoomFull { .. }) if waited < PLACE_IS_FREE_AFTER => {
                transport = WebRtcTransport::connect(room, config.clone())?;
            }
            Some(error) => return Err(error.to_string().into()),
            None => {}
        }
        if interrupted.load(Ordering::Relaxed) {
            return Err("stopped before anybody came".into());
        }
        if waited > wait + Duration::from_secs(2) {
            return Err(format!("nobody came to {room} within {} s", wait.as_secs()).into());
        }
        let mut nothing = Vec::new();
        while transport.receive(waited, &mut nothing).is_some() {}
        std::thread::park_timeout(step);
        waited += step;
    }
}

fn play_peer<T: Transport>(transport: T, seat: Seat, args: &PeerArgs, interrupted: &AtomicBool) -> Outcome {
    let options = PeerOptions {
        seat,
        bot: args.bot,
        level: args.level,
        frames: args.frames,
        prompts: args.prompts.clone(),
        wait: Duration::from_secs(args.wait),
        entropy: entropy()?,
        replay: args.replay.clone(),
        evidence: args.drill.evidence.clone(),
        inject_desync: args.drill.inject_desync,
    };
    let mut screen = Screen::new(args.json, args.frames);
    let report = peer::play(transport, &options, interrupted, |frame, note| {
        screen.note("", frame, &note);
        screen.progress(frame);
    })?;
    screen.clear();
    if args.json {
        say(&(serde_json::to_string(&report)? + "\n"));
    } else {
        say(&report.summary());
    }
    Ok(verdict(report.in_sync))
}

/// This side's unpredictable half of the match seed.
fn entropy() -> Result<u64, Box<dyn Error>> {
    let key = RoomKey::generate()?.to_bytes();
    Ok(u64::from_le_bytes([
        key[0], key[1], key[2], key[3], key[4], key[5], key[6], key[7],
    ]))
}

fn signal(bind: SocketAddr) -> Outcome {
    crate::signal::run(bind, |address| {
        say(&format!(
            "rooms are open at ws://{address}/ROOM (two players each); Ctrl-C ends it\n"
        ));
    })?;
    Ok(ExitCode::SUCCESS)
}

fn explain_desync(file: &std::path::Path) -> Outcome {
    say(&crate::desync::explain_file(file)?);
    Ok(ExitCode::SUCCESS)
}

fn verify(file: &std::path::Path) -> Outcome {
    let verified = record::verify_file(file)?;
    let ending = if verified.is_complete {
        "complete"
    } else {
        "cut short, but sound up to here"
    };
    say(&format!(
        "{}: {} frames verified, {ending}\n",
        file.display(),
        verified.frames
    ));
    say(&format!(
        "checksum    {} at frame {}\n",
        hex(verified.checksum),
        verified.frames
    ));
    Ok(ExitCode::SUCCESS)
}

/// What a person sees on standard error while a match runs; nothing with `--json`.
struct Screen {
    silent: bool,
    bar: bool,
    frames: u32,
}

impl Screen {
    fn new(json: bool, frames: u32) -> Screen {
        Screen {
            silent: json,
            bar: !json && std::io::stderr().is_terminal(),
            frames,
        }
    }

    fn note(&mut self, who: &str, frame: u32, note: &Note) {
        if self.silent {
            return;
        }
        let Some(text) = describe(note) else { return };
        self.clear();
        eprintln!(
            "{:>6.1} s  {who}{}{text}",
            f64::from(frame) / 60.0,
            if who.is_empty() { "" } else { ": " }
        );
    }

    fn progress(&mut self, frame: u32) {
        if !self.bar {
            return;
        }
        let done = (frame.min(self.frames) as usize * 40) / self.frames.max(1) as usize;
        eprint!(
            "\r[{}{}] frame {frame} of {}",
            "#".repeat(done),
            "-".repeat(40 - done),
            self.frames
        );
        let _ = std::io::stderr().flush();
    }

    fn clear(&mut self) {
        if self.bar {
            eprint!("\r\x1b[K");
        }
    }
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
        Note::PeerLeft(reason) => format!("the other player left ({reason:?})"),
        Note::Refused(refusal) => format!("refused: {refusal}"),
        Note::PathClosed(reason) => format!("the path is closed: {reason}"),
    })
}
