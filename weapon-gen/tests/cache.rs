//! Owns the promises about the kept weapons: age, single flight, death of the process, damaged files.

#![cfg(feature = "cache")]

use pvp_sim::{Archetype, WeaponDef};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use weapon_gen::cache::disk::{DiskCache, DiskError};
use weapon_gen::cache::memory::{Clock, MemoryCache, TTL};
use weapon_gen::cache::{Kept, Key};
use weapon_gen::look::Look;
use weapon_gen::{Forged, Sprite, Tier};

fn kept(number: u64) -> Kept {
    let archetype = Archetype::ALL[number as usize % Archetype::COUNT];
    Kept {
        forged: Forged {
            name: format!("weapon {number}"),
            archetype,
            tier: Tier::Template,
            score: 50,
            weapon: WeaponDef::parse(&archetype.base_spec()).expect("a weapon"),
            sprite: Sprite::draw(&Look::plain(archetype), number),
        },
        provider: None,
        is_clamped: false,
    }
}

fn key(number: u64) -> Key {
    u128::from(number).to_be_bytes()
}

fn hand_clock() -> (Arc<AtomicU64>, Clock) {
    let seconds = Arc::new(AtomicU64::new(0));
    let read = Arc::clone(&seconds);
    (
        seconds,
        Arc::new(move || Duration::from_secs(read.load(Ordering::SeqCst))),
    )
}

#[tokio::test]
async fn an_entry_lives_for_3599_seconds_and_not_for_3600() {
    let (seconds, clock) = hand_clock();
    let cache = MemoryCache::new(clock, TTL);
    seconds.store(100, Ordering::SeqCst);
    cache.keep(key(1), Arc::new(kept(1))).await;
    seconds.store(100 + 3_599, Ordering::SeqCst);
    assert_eq!(cache.find(&key(1)).await.as_deref(), Some(&kept(1)));
    seconds.store(100 + 3_600, Ordering::SeqCst);
    assert_eq!(cache.find(&key(1)).await, None);
    let made = cache
        .find_or_make(key(1), async { Ok::<_, ()>(Arc::new(kept(2))) })
        .await;
    assert_eq!(made.as_deref(), Ok(&kept(2)), "an old entry is made anew");
    seconds.store(100 + 3_600 + 3_599, Ordering::SeqCst);
    assert_eq!(
        cache.find(&key(1)).await.as_deref(),
        Some(&kept(2)),
        "and lives on from then"
    );
}

#[tokio::test]
async fn equal_requests_at_once_become_one() {
    let (_, clock) = hand_clock();
    let cache = MemoryCache::new(clock, TTL);
    let calls = Arc::new(AtomicUsize::new(0));
    let (open, gate) = tokio::sync::watch::channel(false);
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (cache, calls, mut gate) = (cache.clone(), Arc::clone(&calls), gate.clone());
        waiting.spawn(async move {
            let make = async {
                calls.fetch_add(1, Ordering::SeqCst);
                gate.wait_for(|is_open| *is_open).await.expect("the gate opens");
                Ok::<_, ()>(Arc::new(kept(7)))
            };
            cache.find_or_make(key(7), make).await
        });
    }
    tokio::task::yield_now().await;
    open.send_replace(true);
    while let Some(made) = waiting.join_next().await {
        assert_eq!(made.expect("no panic").as_deref(), Ok(&kept(7)));
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_failure_is_shared_and_not_kept() {
    let (_, clock) = hand_clock();
    let cache = MemoryCache::new(clock, TTL);
    let failed = cache
        .find_or_make(key(1), async { Err::<Arc<Kept>, _>("nothing") })
        .await;
    assert_eq!(failed.expect_err("failed").as_ref(), &"nothing");
    assert_eq!(cache.find(&key(1)).await, None);
}

#[test]
fn the_disk_keeps_weapons_between_runs_and_lets_the_oldest_go() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("weapons.redb");
    let disk = DiskCache::with_room(&file, 3).expect("a cache");
    assert!(disk.is_empty());
    for number in 0..5 {
        disk.keep(&key(number), &kept(number));
        disk.keep(&key(number), &kept(number));
    }
    assert!(
        matches!(DiskCache::open(&file), Err(DiskError::InUse)),
        "one process at a time"
    );
    drop(disk);
    let disk = DiskCache::with_room(&file, 3).expect("a cache");
    assert_eq!(disk.len(), 3);
    for number in 0..5 {
        assert_eq!(disk.find(&key(number)), (number >= 2).then(|| kept(number)), "{number}");
    }
    assert!(DiskCache::open(&folder.path().join("no/such/folder.redb")).is_err());
}

const CHILD_FILE: &str = "WEAPON_GEN_TEST_CACHE_FILE";

/// Not a test by itself: the process that the next test kills. It says each number once that weapon is kept.
#[test]
fn child_that_keeps_weapons() {
    let Some(file) = std::env::var_os(CHILD_FILE) else {
        return;
    };
    let disk = DiskCache::open(Path::new(&file)).expect("a cache");
    for number in 0.. {
        disk.keep(&key(number), &kept(number));
        let mut out = std::io::stdout().lock();
        if writeln!(out, "kept {number}").and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

#[test]
fn what_is_kept_survives_kill_9() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("weapons.redb");
    let mut kept_count = 0;
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "child_that_keeps_weapons", "--nocapture"])
            .env(CHILD_FILE, &file)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a child");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut last = None;
        for line in lines.map_while(Result::ok) {
            if let Some(number) = line.strip_prefix("kept ").and_then(|number| number.parse::<u64>().ok()) {
                last = Some(number);
            }
            if last >= Some(10 * round) {
                break;
            }
        }
        // On Unix this is kill -9: the child gets no chance to close anything, and is in the middle of the next weapon.
        child.kill().expect("killed");
        child.wait().expect("ended");
        let last = last.expect("the child kept weapons");
        let disk = DiskCache::open(&file).expect("a cache");
        for number in 0..=last {
            assert_eq!(
                disk.find(&key(number)),
                Some(kept(number)),
                "round {round}: {number} was kept"
            );
        }
        assert!(disk.len() > last && disk.len() <= (last + 2).max(kept_count));
        kept_count = disk.len();
        assert!(
            !folder.path().join("weapons.redb.damaged").exists(),
            "nothing was built anew"
        );
    }
}

const DAMAGED_FOLDER: &str = "WEAPON_GEN_TEST_DAMAGED_FOLDER";

/// A cache of twenty weapons, as bytes.
fn honest_file(file: &Path) -> Vec<u8> {
    let disk = DiskCache::open(file).expect("a cache");
    for number in 0..20 {
        disk.keep(&key(number), &kept(number));
    }
    drop(disk);
    std::fs::read(file).expect("a file")
}

/// The honest bytes, damaged in every region and in every way that a disk or a person knows.
fn damages(honest: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut damages: Vec<(String, Vec<u8>)> = Vec::new();
    let mut draws = 7_u64;
    let mut noise = |length: usize| -> Vec<u8> {
        let draw = |_| {
            draws = draws.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (draws >> 40) as u8
        };
        (0..length).map(draw).collect()
    };
    for length in [0, 1, 8, 9, 64, 320, 511, 512, 4_096, honest.len() / 2, honest.len() - 1] {
        damages.push((format!("cut to {length}"), honest[..length].to_vec()));
    }
    for length in [1, 100, 4_096, honest.len()] {
        damages.push((format!("{length} bytes of noise"), noise(length)));
        let mut headed = honest[..9].to_vec();
        headed.extend(noise(length));
        damages.push((format!("magic and {length} bytes of noise"), headed));
    }
    // The header closely, the pages where most of the file is in stretches; three kinds of damage in turns.
    let pages = (320..honest.len()).step_by(honest.len() / 60);
    for (number, start) in (0..320).step_by(7).chain(pages).enumerate() {
        let end = (start + if start < 320 { 8 } else { 256 }).min(honest.len());
        let mut damaged = honest.to_vec();
        let kind = match number % 3 {
            0 => {
                damaged[start..end].iter_mut().for_each(|byte| *byte = !*byte);
                "turned over"
            }
            1 => {
                damaged.splice(start..end, noise(end - start));
                "noise"
            }
            _ => {
                damaged[start..end].fill(0);
                "zero"
            }
        };
        damages.push((format!("bytes {start}..{end} {kind}"), damaged));
    }
    damages
}

/// Not a test by itself: the process whose standard error the next test reads. It opens damaged files and uses them.
#[test]
fn child_that_opens_damaged_files() {
    let Some(folder) = std::env::var_os(DAMAGED_FOLDER) else {
        return;
    };
    let file = Path::new(&folder).join("weapons.redb");
    let honest = honest_file(&file);
    for (damage, bytes) in damages(&honest) {
        std::fs::write(&file, &bytes).expect("written");
        assert_works(&file, &damage);
    }
    // What cannot be a file at all is a typed error.
    assert!(matches!(DiskCache::open(Path::new(&folder)), Err(DiskError::Io(_))));
    let beneath = file.join("beneath");
    assert!(matches!(DiskCache::open(&beneath), Err(DiskError::Io(_))));
    // A panic that is not the database's is shown as ever.
    let shown = std::panic::catch_unwind(|| panic!("a panic of somebody else"));
    assert!(shown.is_err());
}

#[test]
fn no_panic_text_of_the_database_is_shown_whatever_is_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "child_that_opens_damaged_files", "--nocapture"])
        .env(DAMAGED_FOLDER, folder.path())
        .output()
        .expect("a child");
    let told = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{told}");
    assert!(told.contains("a panic of somebody else"), "{told}");
    let panics: Vec<&str> = told.lines().filter(|line| line.contains("panicked at")).collect();
    assert_eq!(panics.len(), 1, "{panics:#?}");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_an_error_and_stays() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("weapons.redb");
    let honest = honest_file(&file);
    let allow = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("ours");
    allow(0o000);
    // Whoever may do everything opens it all the same.
    match DiskCache::open(&file) {
        Ok(disk) => assert_eq!(disk.len(), 20),
        Err(error) => assert!(matches!(error, DiskError::Io(_)), "{error}"),
    }
    allow(0o600);
    assert_eq!(std::fs::metadata(&file).expect("a file").len(), honest.len() as u64);
}

#[test]
fn what_is_no_cache_is_put_aside_and_never_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("weapons.redb");
    for letter in ["first", "second"] {
        std::fs::write(&file, format!("the {letter} letter of complaint")).expect("written");
        assert_works(&file, letter);
    }
    let honest = honest_file(&file);
    for _ in 0..3 {
        std::fs::write(&file, &honest[..honest.len() / 2]).expect("written");
        assert_works(&file, "half a cache");
    }
    let mut found: Vec<String> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .filter(|name| name != "sprites")
        .collect();
    found.sort();
    let damaged = ["weapons.redb", "weapons.redb.damaged", "weapons.redb.damaged-2"];
    assert_eq!(found[..3], damaged, "{found:?}");
    assert!(found.len() <= 4, "damaged caches replace each other: {found:?}");
    for (name, letter) in [(".damaged", "first"), (".damaged-2", "second")] {
        let text = std::fs::read(folder.path().join(format!("weapons.redb{name}"))).expect("a letter");
        assert_eq!(text, format!("the {letter} letter of complaint").as_bytes());
    }
}

/// Opens a damaged file, uses it and opens it again: it may have forgotten, but it works.
fn assert_works(file: &Path, damage: &str) {
    let disk = DiskCache::open(file).unwrap_or_else(|error| panic!("{damage}: {error}"));
    for number in 0..20 {
        let found = disk.find(&key(number));
        assert!(
            found.is_none() || found == Some(kept(number)),
            "{damage}: a wrong weapon"
        );
    }
    // The first write may be what finds the damage; the second one works at the latest.
    disk.keep(&key(100), &kept(100));
    disk.keep(&key(101), &kept(101));
    drop(disk);
    let disk = DiskCache::open(file).unwrap_or_else(|error| panic!("{damage}: {error}"));
    assert_eq!(disk.find(&key(101)), Some(kept(101)), "{damage}");
}

#[test]
fn a_damaged_file_is_built_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("weapons.redb");
    let disk = DiskCache::open(&file).expect("a cache");
    for number in 0..20 {
        disk.keep(&key(number), &kept(number));
    }
    drop(disk);
    let honest = std::fs::read(&file).expect("a file");
    std::fs::write(&file, b"This is not a database, but a letter of complaint.").expect("written");
    assert_works(&file, "another file");
    assert!(
        folder.path().join("weapons.redb.damaged").exists(),
        "the damaged file is put aside"
    );
    for length in [0, 1, 100, 4096, honest.len() / 2, honest.len() - 1] {
        std::fs::write(&file, &honest[..length]).expect("written");
        assert_works(&file, &format!("cut to {length}"));
    }
    // A stretch of bytes turned over, at many places of the file.
    for start in (0..honest.len()).step_by(honest.len() / 60) {
        let mut damaged = honest.clone();
        let end = (start + 64).min(damaged.len());
        damaged[start..end].iter_mut().for_each(|byte| *byte = !*byte);
        std::fs::write(&file, &damaged).expect("written");
        assert_works(&file, &format!("bytes {start}..{end} turned over"));
    }
}
