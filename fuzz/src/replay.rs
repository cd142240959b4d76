//! Owns the replay of a corpus folder through the body of a fuzz target.
//!
//! It must not depend on libFuzzer: this is what runs on stable.

use std::fs;
use std::path::PathBuf;

/// Runs `body` on every file of `fuzz/corpus/<target>`, in the order of their names, and returns how many there were.
///
/// # Panics
///
/// When the folder cannot be read, is empty, or a file makes the body panic; the file is named first.
pub fn replay(target: &str, body: fn(&[u8])) -> usize {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/corpus")).join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    for file in &files {
        let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        if let Err(panic) = std::panic::catch_unwind(|| body(&bytes)) {
            let reason = panic.downcast_ref::<String>().map_or("see above", String::as_str);
            panic!("{} fails: {reason}", file.display());
        }
    }
    files.len()
}
