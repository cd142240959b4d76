//! Owns how tests start the binary, and the ports and rooms they use.

use serde_json::Value;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Output, Stdio};

/// What both sides of a UDP match are given.
const ROOM_KEY: &str = "tests of the command line";

/// The binary under test, without a display and without a log filter from outside.
pub(crate) fn arena<S: AsRef<OsStr>>(args: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arena"));
    command.args(args);
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "RUST_LOG"] {
        command.env_remove(name);
    }
    command
}

/// Runs to the end.
pub(crate) fn run<S: AsRef<OsStr>>(args: &[S]) -> Output {
    arena(args).output().expect("the binary starts")
}

/// Runs to the end and reads the one object on standard output.
pub(crate) fn run_json(args: &[&str]) -> Value {
    json(&run(args))
}

/// The one object on standard output of a successful run.
pub(crate) fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    let text = std::str::from_utf8(&output.stdout).expect("text");
    assert_eq!(text.lines().count(), 1, "one object and nothing else: {text}");
    serde_json::from_str(text).expect("JSON")
}

/// Starts in the background, with its output kept.
pub(crate) fn start<S: AsRef<OsStr>>(args: &[S]) -> Child {
    let mut command = arena(args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the binary starts")
}

/// Two UDP addresses that nobody uses: the kernel hands them out and they are free again at once.
pub(crate) fn free_addresses() -> [SocketAddr; 2] {
    let sockets = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").expect("a free port"));
    sockets.map(|socket| socket.local_addr().expect("an address"))
}

/// The words of one side of a UDP match: what both must be given, then `more`.
pub(crate) fn udp_peer(player: usize, addresses: [SocketAddr; 2], more: &[&str]) -> Vec<String> {
    let [bind, remote] = [addresses[player], addresses[1 - player]].map(|address| address.to_string());
    let player = player.to_string();
    let words = [
        "peer",
        "--bind",
        &bind,
        "--remote",
        &remote,
        "--player",
        &player,
        "--room-key",
        ROOM_KEY,
    ];
    words.iter().chain(more).copied().map(str::to_owned).collect()
}

/// `arena signal`, ended when it is dropped.
pub(crate) struct Signal {
    child: Child,
    /// `ws://ADDRESS`.
    pub(crate) url: String,
}

impl Signal {
    pub(crate) fn open() -> Signal {
        let mut child = start(&["signal", "--bind", "127.0.0.1:0"]);
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("a line");
        let url = line
            .split_whitespace()
            .find_map(|word| word.strip_suffix("/ROOM"))
            .unwrap_or_else(|| panic!("no address in {line:?}"));
        Signal {
            url: url.to_owned(),
            child,
        }
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
