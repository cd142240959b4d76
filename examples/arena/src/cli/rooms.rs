//! Owns the commands around rooms: serving them, and waiting in one for the other player.
//! Must not know the match that follows.

use super::{Outcome, say};
use clap::Args;
use pvp_net::Transport;
use pvp_net::signaling::SignalingLimits;
use pvp_net::transport::webrtc::{Meeting, WebRtcConfig};
use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[derive(Args, Debug)]
pub(super) struct SignalArgs {
    /// Address to serve at; port 0 takes any free port.
    #[arg(long, default_value = "127.0.0.1:3536")]
    bind: SocketAddr,
    /// Visitors in all.
    #[arg(long, default_value_t = 10_000, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    visitors: u32,
    /// Visitors from one address; raise it behind a reverse proxy, where all seem to come from one.
    #[arg(long, default_value_t = 64, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    per_address: u32,
}

pub(super) fn signal(args: &SignalArgs) -> Outcome {
    let mut limits = SignalingLimits::default();
    limits.visitors_max = args.visitors;
    limits.visitors_per_address_max = args.per_address;
    crate::signal::run(args.bind, limits, |address| {
        say(&format!(
            "rooms are open at ws://{address}/ROOM (two players each); Ctrl-C ends it\n"
        ));
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Waits in a WebRTC room until the other player is there; who plays which side follows from the peers' ids.
pub(super) fn meet(
    rooms: &[String],
    config: &WebRtcConfig,
    interrupted: &AtomicBool,
) -> Result<(Meeting, u8), Box<dyn Error>> {
    let wait = config.connect_timeout;
    let mut meeting = Meeting::join(rooms, config.clone())?;
    let mut waited = Duration::ZERO;
    let step = Duration::from_millis(5);
    loop {
        if let Some(player) = meeting.player() {
            return Ok((meeting, player));
        }
        if let Some(error) = meeting.error() {
            return Err(error.to_string().into());
        }
        if interrupted.load(Ordering::Relaxed) {
            return Err("stopped before anybody came".into());
        }
        if waited > wait + Duration::from_secs(2) {
            let failures = match meeting.failures() {
                failures if failures.is_empty() => failures,
                failures => format!(" ({failures})"),
            };
            return Err(format!(
                "nobody came to {} within {} s{failures}",
                meeting.room(),
                wait.as_secs()
            )
            .into());
        }
        let mut nothing = Vec::new();
        while meeting.receive(waited, &mut nothing).is_some() {}
        std::thread::park_timeout(step);
        waited += step;
    }
}
