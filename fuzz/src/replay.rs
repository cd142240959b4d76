//! Owns the replay of a corpus folder through the body of a fuzz target.
//!
//! It must not depend on libFuzzer: this is what runs on stable.

use std::fs;
use std::path::PathBuf;

/// The files of `fuzz/corpus/<target>`, in the order of their names.
///
/// # Panics
///
/// When the folder or a file cannot be read, or the folder is empty.
pub fn corpus(target: &str) -> Vec<Vec<u8>> {
    files(target).into_iter().map(|(_, bytes)| bytes).collect()
}

/// Runs `body` on every file of `fuzz/corpus/<target>`, in the order of their names, and returns how many there were.
///
/// # Panics
///
/// When the folder cannot be read, is empty, or a file makes the body panic; the file is named first.
pub fn replay(target: &str, body: fn(&[u8])) -> usize {
    let files = files(target);
    for (file, bytes) in &files {
        if let Err(panic) = std::panic::catch_unwind(|| body(bytes)) {
            let reason = panic.downcast_ref::<String>().map_or("see above", String::as_str);
            panic!("{} fails: {reason}", file.display());
        }
    }
    files.len()
}

fn files(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/corpus")).join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, bytes)
    };
    paths.into_iter().map(read).collect()
}
