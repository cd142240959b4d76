//! `arena signal` under attack: how much memory visitors can take, what happens without descriptors, and what a visitor is told.
//!
//! `PVP_SOCKETS=10000` takes that many idle visitors instead of 1,500.

use crate::support::{arena, run};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);
const UPGRADE: &str = "HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                       sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A server with its log kept; ended when dropped.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn open(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("a line");
        let address = line
            .split_whitespace()
            .find_map(|word| word.strip_prefix("ws://")?.strip_suffix("/ROOM")?.parse().ok());
        Self {
            child,
            address: address.unwrap_or_else(|| panic!("no address in {line:?}")),
        }
    }

    /// Resident memory in KiB, where the system tells.
    fn resident_kb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }

    /// Ends it and gives back its log.
    fn log(mut self) -> String {
        self.child.kill().expect("it runs");
        let mut log = String::new();
        let mut pipe = self.child.stderr.take().expect("a pipe");
        pipe.read_to_string(&mut log).expect("text");
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A visitor made by hand, so that it can do what no library lets it do.
struct Guest(TcpStream);

impl Guest {
    fn open(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).expect("a setting");
        stream.set_write_timeout(Some(PATIENCE)).expect("a setting");
        Some(Self(stream))
    }

    /// Knocks and reads what is said first, such as the own id or a refusal.
    fn enter(address: SocketAddr, room: &str) -> Option<(Self, String)> {
        let mut guest = Self::open(address)?;
        guest.0.write_all(format!("GET /{room} {UPGRADE}").as_bytes()).ok()?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            guest.0.read_exact(&mut byte).ok()?;
            head.push(byte[0]);
        }
        let mut frame = [0; 2];
        guest.0.read_exact(&mut frame).ok()?;
        let mut text = vec![0; usize::from(frame[1])];
        guest.0.read_exact(&mut text).ok()?;
        Some((guest, String::from_utf8_lossy(&text).into_owned()))
    }

    /// A frame masked with zeros whose header says `says` bytes.
    fn send(&mut self, says: u64, payload: &[u8]) -> bool {
        let mut frame = vec![0x81, 0xff];
        frame.extend(says.to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(payload);
        self.0.write_all(&frame).is_ok()
    }
}

fn signal(options: &[&str]) -> Server {
    Server::open(arena(&[&["signal", "--bind", "127.0.0.1:0"][..], options].concat()))
}

fn id_of(heard: &str) -> &str {
    heard
        .split('"')
        .find(|word| word.len() == 36)
        .unwrap_or_else(|| panic!("no id in {heard:?}"))
}

#[test]
fn no_visitor_makes_the_server_grow() {
    let server = signal(&["--per-address", "20000"]);
    let Some(base) = server.resident_kb() else { return };
    let grown = |what: &str, limit_kb: u64| {
        let grown = server.resident_kb().expect("just told").saturating_sub(base);
        println!("{what}: {grown} KiB more than the {base} KiB before");
        assert!(grown <= limit_kb, "{what}: {grown} KiB");
    };
    // The second one of a room never reads what the first one sends as fast as it can.
    let mut deaf = Vec::new();
    for round in 0..30 {
        let room = format!("loud-{round}");
        let (listener, heard) = Guest::enter(server.address, &room).expect("a place");
        let (mut loud, _) = Guest::enter(server.address, &room).expect("a place");
        let start = format!(r#"{{"Signal":{{"receiver":"{}","data":""#, id_of(&heard));
        let message = format!("{start}{}\"}}}}", "x".repeat(30_000));
        let bytes: usize = (0..2_000)
            .take_while(|_| loud.send(message.len() as u64, message.as_bytes()))
            .map(|_| message.len())
            .sum();
        assert!(bytes < 20_000_000, "the flood of {bytes} bytes was taken");
        deaf.push((listener, loud));
    }
    grown("30 rooms flooded and not read", 8 * 1024);
    let mut large = Vec::new();
    for number in 0..60 {
        let (mut guest, _) = Guest::enter(server.address, &format!("large-{number}")).expect("a place");
        match number % 2 {
            // 16 MiB are announced.
            0 => drop(guest.send(16 << 20, &vec![b'x'; 1 << 20])),
            _ => drop(guest.send(32_000, &[b'x'; 31_000])),
        }
        large.push(guest);
    }
    grown("60 large messages unfinished", 12 * 1024);
    drop((deaf, large));
    let sockets: u64 = std::env::var("PVP_SOCKETS").map_or(1_500, |text| text.parse().expect("a number"));
    let idle: Vec<_> = (0..sockets)
        .map(|number| Guest::enter(server.address, &format!("idle-{}", number / 2)).expect("a place"))
        .collect();
    assert!(idle.iter().all(|(_, heard)| heard.contains("IdAssigned")));
    // 10,000 within 64 MiB, and what the attacks before have left.
    grown(
        &format!("{sockets} idle visitors"),
        12 * 1024 + sockets * 64 * 1024 / 10_000,
    );
    let log = server.log();
    assert!(log.contains("sends more than"), "{log}");
    assert!(log.contains("too long"), "{log}");
}

#[cfg(unix)]
#[test]
fn without_descriptors_every_visitor_is_told_and_the_log_too() {
    let mut command = Command::new("sh");
    let binary = env!("CARGO_BIN_EXE_arena");
    command.args(["-c", "ulimit -n 64; exec \"$0\" signal --bind 127.0.0.1:0", binary]);
    command.env_remove("RUST_LOG");
    let server = Server::open(command);
    let mut inside = Vec::new();
    let mut refused = 0;
    for number in 0..100 {
        let Some((guest, heard)) = Guest::enter(server.address, &format!("room-{number}")) else {
            panic!("visitor {number} was told nothing");
        };
        match heard.contains("IdAssigned") {
            true => inside.push(guest),
            false => {
                assert_eq!(heard, r#"{"Refused":"NoDescriptor"}"#);
                refused += 1;
            }
        }
    }
    assert!((20..50).contains(&inside.len()), "{} are inside", inside.len());
    assert_eq!(refused, 100 - inside.len());
    // A player is told as well, and at once.
    let room = format!("ws://{}/mine", server.address);
    let output = run(&["peer", "--room", &room, "--wait", "10"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("no descriptor left"), "{said}");
    drop(inside);
    // Places that were given back are given again.
    let (_guest, heard) = (0..1_000)
        .find_map(|_| Guest::enter(server.address, "again").filter(|(_, heard)| heard.contains("IdAssigned")))
        .expect("a place");
    assert!(heard.contains("IdAssigned"));
    let log = server.log();
    assert!(log.contains("the system grants 64 descriptors"), "{log}");
    assert!(log.contains("no descriptor left"), "{log}");
}

#[test]
fn a_room_that_cannot_be_is_refused_for_what_it_is() {
    let server = signal(&[]);
    let address = server.address;
    let too_long = format!("ws://{address}/{}", "x".repeat(65));
    let far_too_long = format!("ws://{address}/{}", "x".repeat(100_000));
    let steering = format!("ws://{address}/\u{1b}]0;title\u{7}\u{1b}[2Jroom");
    for (room, word) in [
        (too_long.as_str(), "65 bytes"),
        (far_too_long.as_str(), "100000 bytes"),
        (steering.as_str(), "1 to 64 letters"),
        (&format!("ws://{address}/a/b"), "its name is not allowed: 1 to 64"),
        (&format!("ws://{address}"), "ws://HOST:PORT/ROOM"),
        (&format!("ws://{address}/ok,ws://{address}/not ok"), "\"not ok\""),
    ] {
        let output = run(&["peer", "--room", room, "--wait", "5"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains(word) && said.lines().count() == 1 && said.len() < 500,
            "{said}"
        );
        let is_steering = |character: char| character.is_control() && character != '\n';
        assert!(!said.chars().any(is_steering), "{said:?}");
    }
    for code in ["a b\u{1b}[31m", "\u{202e}evil"] {
        let output = run(&["join", code]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("no room code"), "{said}");
        assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{said:?}");
    }
}

#[test]
fn what_is_no_signaling_server_is_named_as_such() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let room = format!("ws://{}/room", listener.local_addr().expect("bound"));
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a visitor");
        let mut request = [0; 1024];
        let _ = stream.read(&mut request);
        stream
            .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
            .expect("it reads");
    });
    let output = run(&["peer", "--room", &room, "--wait", "5"]);
    serving.join().expect("it served");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("no signaling server is at") && said.contains("404"),
        "{said}"
    );
}
