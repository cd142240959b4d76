//! Streams that are closed, full, or read by nobody, and disks that are full: a match goes on, and what was lost is told.
#![cfg(target_os = "linux")]

use crate::support::{arena, free_addresses, json, run, run_json, start, udp_peer};
use serde_json::Value;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// Through a shell, with redirections and limits around the binary; streams that are not redirected are kept.
fn around(before: &str, redirections: &str, args: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c");
    command.arg(format!("{before} exec \"$0\" \"$@\" {redirections}"));
    let arena = arena(args);
    command.arg(arena.get_program()).args(args);
    for (name, value) in arena.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]]
        .map(String::from_utf8_lossy)
        .concat();
    assert!(!text.contains("panicked"), "{text}");
    assert!(output.status.code().is_some_and(|code| code < 100), "{output:?}");
    text
}

/// A stream whose other end nobody reads, filled to the brim.
fn asleep() -> (OwnedFd, UnixStream) {
    let (mut near, far) = UnixStream::pair().expect("a pair");
    near.set_nonblocking(true).expect("a setting");
    while near.write(&[b'.'; 4096]).is_ok() {}
    while near.write(b".").is_ok() {}
    near.set_nonblocking(false).expect("a setting");
    (near.into(), far)
}

const FRAMES: &str = "150";

/// Two processes play; `start_host` decides about the host's streams. Gives the host's outcome and the guest's report.
fn play_with(more: &[&str], start_host: impl FnOnce(&[&str]) -> Child) -> (Output, Value) {
    play_for(FRAMES, more, start_host)
}

fn play_for(frames: &str, more: &[&str], start_host: impl FnOnce(&[&str]) -> Child) -> (Output, Value) {
    let addresses = free_addresses();
    let usual = ["--frames", frames, "--json"];
    let host = udp_peer(0, addresses, &[&usual, more].concat());
    let host: Vec<&str> = host.iter().map(String::as_str).collect();
    let host = start_host(&host);
    let guest = start(&udp_peer(1, addresses, &usual));
    let guest = guest.wait_with_output().expect("it ends");
    (host.wait_with_output().expect("it ends"), json(&guest))
}

fn assert_guest_played(guest: &Value, what: &str) {
    assert_eq!(guest["compared"], "equal", "{what}: {guest}");
    assert_eq!(guest["in_sync"], true, "{what}: {guest}");
    assert_eq!(guest["confirmed_frame"], guest["frames"], "{what}: {guest}");
}

#[test]
fn a_match_goes_on_with_closed_or_full_streams() {
    for (redirections, is_product_lost) in [
        (">&-", false),
        ("2>&-", false),
        (">&- 2>&-", false),
        (">/dev/full", true),
        ("2>/dev/full", false),
        (">/dev/full 2>&1", true),
    ] {
        let (host, guest) = play_with(&[], |args| {
            // Every line of the log meets the stream as well.
            let mut host = around("", redirections, args);
            host.env("RUST_LOG", "debug").spawn().expect("a shell")
        });
        let text = said(&host);
        assert_guest_played(&guest, redirections);
        assert_eq!(host.status.success(), !is_product_lost, "{redirections}: {text}");
        if redirections == ">/dev/full" {
            assert!(text.contains("arena: the output could not be written"), "{text}");
        }
        if redirections == "2>/dev/full" {
            assert_eq!(json(&host)["compared"], "equal");
        }
    }
}

#[test]
fn a_match_goes_on_when_nobody_reads_its_streams() {
    for which in ["stdout", "stderr"] {
        let (host, guest) = play_with(&[], |args| {
            let mut host = arena(args);
            host.stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut host = host.env("RUST_LOG", "debug").spawn().expect("the binary starts");
            match which {
                "stdout" => drop(host.stdout.take()),
                _ => drop(host.stderr.take()),
            }
            host
        });
        said(&host);
        assert!(host.status.success(), "{host:?}");
        assert_guest_played(&guest, which);
    }
    // A reader that sleeps: its pipe is full and stays so.
    let (stream, _far) = asleep();
    let (host, guest) = play_with(&[], |args| {
        let mut host = arena(args);
        host.stdout(Stdio::piped()).stderr(Stdio::from(stream));
        host.env("RUST_LOG", "debug").spawn().expect("the binary starts")
    });
    assert_guest_played(&guest, "asleep");
    assert_eq!(json(&host)["compared"], "equal");
}

#[test]
fn a_product_that_cannot_be_written_fails_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let replay = folder.path().join("match.replay");
    let replay = replay.to_str().expect("a plain name");
    let place = folder.path().to_str().expect("a plain name");
    run_json(&["demo", "--frames", "120", "--json", "--replay", replay]);
    run(&["demo", "--frames", "300", "--inject-desync", "100", "--evidence", place]);
    let files = std::fs::read_dir(folder.path()).expect("a folder");
    let mut paths = files.map(|file| file.expect("a file").path());
    let evidence = paths
        .find(|path| path.extension().is_some_and(|extension| extension == "evidence"))
        .expect("evidence");
    for args in [
        &["demo", "--frames", "60", "--json"][..],
        &["demo", "--frames", "60"],
        &["stress", "--frames", "60", "--json"],
        &["stress", "--frames", "60"],
        &["verify", replay],
        &["desync", evidence.to_str().expect("a plain name")],
        &["--help"],
        &["peer", "--help"],
        &["--version"],
    ] {
        for redirections in [">/dev/full", ">/dev/full 2>/dev/full", ">/dev/full 2>&-"] {
            let output = around("", redirections, args).output().expect("a shell");
            let text = said(&output);
            assert!(!output.status.success(), "{args:?} {redirections}");
            if redirections == ">/dev/full" {
                assert!(
                    text.contains("arena: the output could not be written"),
                    "{args:?}: {text}"
                );
            }
        }
        // Who has read enough may go.
        let mut child = start(args);
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        said(&output);
        assert!(output.status.success(), "{args:?}: {output:?}");
    }
}

#[test]
fn mistakes_are_refused_without_a_stream_to_say_it() {
    for redirections in ["2>&-", "2>/dev/full"] {
        for (args, code) in [(&["demo", "--frames", "0"][..], 2), (&["verify", "/nonexistent"], 1)] {
            let output = around("", redirections, args).output().expect("a shell");
            said(&output);
            assert_eq!(output.status.code(), Some(code), "{args:?} {redirections}");
        }
    }
}

/// What a host says whose recording stopped in the middle of the match.
fn assert_stopped(host: &Output, guest: &Value) {
    let text = said(host);
    assert_guest_played(guest, &text);
    assert_eq!(host.status.code(), Some(1), "{text}");
    assert_eq!(text.matches("recording stopped: ").count(), 1, "told once: {text}");
    assert!(text.contains("arena: the replay is not complete"), "{text}");
    let report: Value = serde_json::from_slice(&host.stdout).expect("one object");
    assert_eq!(report["replay_written"], false, "{report}");
    assert_eq!(report["compared"], "equal", "{report}");
    assert_eq!(report["checksum"], guest["checksum"]);
}

#[test]
fn a_disk_that_is_full_stops_the_recording_and_not_the_match() {
    let (host, guest) = play_with(&["--replay", "/dev/full"], |words| start(words));
    assert_stopped(&host, &guest);
    assert!(!Path::new("/dev/full.net").exists(), "nothing belongs beside a device");
}

#[test]
fn a_disk_that_fills_in_the_middle_stops_the_recording_and_not_the_match() {
    let folder = tempfile::tempdir().expect("a folder");
    let replay = folder.path().join("match.replay");
    // 150 frames of idle players would fit into the 512 bytes that are left.
    let (host, guest) = play_for("300", &["--replay", replay.to_str().expect("a plain name")], |args| {
        around("ulimit -f 1;", "", args).spawn().expect("a shell")
    });
    assert_stopped(&host, &guest);
    assert!(std::fs::metadata(&replay).expect("the file").len() > 0);
    // In virtual time, and with other limits: before, in and after the header.
    for blocks in [0, 2, 8] {
        let replay = folder.path().join(format!("{blocks}.replay"));
        let args = [
            "demo",
            "--frames",
            "1800",
            "--json",
            "--replay",
            replay.to_str().expect("a plain name"),
        ];
        let before = format!("ulimit -f {blocks};");
        let output = around(&before, "", &args).output().expect("a shell");
        let text = said(&output);
        assert_eq!(output.status.code(), Some(1), "{blocks} blocks: {text}");
        let report: Value = serde_json::from_slice(&output.stdout).expect("one object");
        assert_eq!(report["replay_written"], false, "{report}");
        assert_eq!(report["compared"], "equal", "{report}");
        assert_eq!(text.matches("recording stopped: ").count(), 1, "told once: {text}");
    }
}

#[test]
fn a_whole_replay_is_called_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let replay = folder.path().join("match.replay");
    let (host, _) = play_with(&["--replay", replay.to_str().expect("a plain name")], |words| {
        start(words)
    });
    assert_eq!(json(&host)["replay_written"], true);
    assert_eq!(
        run_json(&["demo", "--frames", "60", "--json"])["replay_written"],
        Value::Null
    );
}

#[test]
fn evidence_that_cannot_be_written_is_told_and_the_match_is_void_on_both_sides() {
    let addresses = free_addresses();
    let nowhere = ["--frames", FRAMES, "--json", "--evidence", "/nonexistent"];
    let drill = [&nowhere[..], &["--inject-desync", "60"]].concat();
    let host = start(&udp_peer(0, addresses, &nowhere));
    let guest = start(&udp_peer(1, addresses, &drill));
    for peer in [host, guest] {
        let output = peer.wait_with_output().expect("it ends");
        let text = said(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(
            text.contains("arena: the two simulations differ: first bad frame 60"),
            "{text}"
        );
        assert!(text.contains("void after frame 59"), "{text}");
        assert!(text.contains("the evidence is lost: cannot write "), "{text}");
    }
}

/// The first start writes the settings before the window opens.
#[test]
fn settings_that_cannot_be_written_end_nothing_and_leave_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = folder.path().join("settings.json");
    let args = ["play", "--settings", settings.to_str().expect("a plain name")];
    let output = around("ulimit -f 0;", "", &args).output().expect("a shell");
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("`arena demo`"), "as without a display: {text}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
    assert!(left.is_empty(), "{left:?}");
}
