//! Golden pictures: every scene must come out pixel by pixel as its committed hash says, on every machine.
//!
//! `PICTURES=write` writes all of them to `target/pictures` and renews the hashes.

mod stage;
mod scenes;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn folder(under: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(under)
}

/// FNV-1a over the pixels' bytes.
fn hash(pixels: &[u32]) -> u64 {
    let bytes = pixels.iter().flat_map(|pixel| pixel.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[test]
fn every_scene_looks_as_committed() {
    let output = folder("../../target/pictures");
    std::fs::create_dir_all(&output).expect("the target folder can be written");
    let list = folder("tests/pictures/golden.txt");
    let is_renewing = std::env::var("PICTURES").is_ok_and(|value| value == "write");
    let golden = std::fs::read_to_string(&list).unwrap_or_default();
    let (mut lines, mut wrong) = (String::new(), Vec::new());
    for (name, scene) in scenes::ALL {
        let canvas = scene();
        let line = format!("{:016x} {name}", hash(canvas.pixels()));
        let is_known = golden.lines().any(|known| known == line);
        writeln!(lines, "{line}").expect("a string takes every line");
        if is_renewing || !is_known {
            let path = output.join(format!("{name}.png"));
            std::fs::write(&path, arena::capture::png(&canvas, 2)).expect("the picture can be written");
            wrong.push(format!("{name}: look at {}", path.display()));
        }
    }
    if is_renewing {
        std::fs::write(&list, lines).expect("the list can be written");
        return;
    }
    assert_eq!(
        golden.lines().count(),
        scenes::ALL.len(),
        "scenes and golden.txt differ in number"
    );
    assert!(wrong.is_empty(), "these scenes changed:\n{}", wrong.join("\n"));
}
