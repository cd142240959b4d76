//! Owns the folder of replays: a file for every match, numbered, and limits to how many stay.
//! Must not remove anything but its own numbered files.

use crate::output::{IfTaken, Target};
use crate::record;
use pvp_net::replay::Ending;
use std::path::{Path, PathBuf};

/// Matches that stay.
const COUNT_MAX: usize = 50;
/// Bytes that stay, in all.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Where matches are recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Recording {
    /// Nowhere.
    #[default]
    Nowhere,
    /// Each into this file, so that the last one stays.
    File(PathBuf),
    /// The one match into this file, and over another one only if that is allowed.
    Target(Target),
    /// Each into a file of its own.
    Folder(Shelf),
}

impl Recording {
    /// Whether anything is recorded.
    #[must_use]
    pub fn is_on(&self) -> bool {
        *self != Recording::Nowhere
    }

    /// The file of a match that begins now; its folder exists then. Old matches give way.
    ///
    /// # Errors
    /// What the system says.
    pub fn begin(&self) -> std::io::Result<Option<Target>> {
        let path = match self {
            Recording::Nowhere => return Ok(None),
            Recording::Target(target) => return Ok(Some(target.clone())),
            Recording::File(path) => {
                path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
                path.clone()
            }
            Recording::Folder(shelf) => {
                std::fs::create_dir_all(&shelf.folder)?;
                shelf.make_room();
                shelf.reserve()?
            }
        };
        // The last match gives way, and so does the empty file that keeps a number.
        let if_taken = IfTaken::Replace;
        Ok(Some(Target { path, if_taken }))
    }

    /// The recorded matches, the newest first: what to call it, and its file.
    #[must_use]
    pub fn matches(&self) -> Vec<(String, PathBuf)> {
        match self {
            Recording::Nowhere => Vec::new(),
            Recording::File(path) | Recording::Target(Target { path, .. }) if path.exists() => {
                vec![(describe("last match", path), path.clone())]
            }
            Recording::File(_) | Recording::Target(_) => Vec::new(),
            Recording::Folder(shelf) => {
                let newest = shelf.matches().into_iter().take(LISTED);
                newest
                    .map(|(number, path)| (describe(&format!("match {number}"), &path), path))
                    .collect()
            }
        }
    }
}

/// Matches in a list for people.
const LISTED: usize = 12;

/// Who played, and how long.
fn describe(title: &str, path: &Path) -> String {
    match record::outline(path) {
        Ok(outline) => {
            let seconds = outline.frames / 60;
            let ending = match outline.ending {
                Ending::Complete(_) => "",
                Ending::Cut => ", cut short",
                Ending::Damaged { .. } => ", damaged",
            };
            let names = outline.names.join(" - ");
            format!("{title}: {names}, {}:{:02}{ending}", seconds / 60, seconds % 60)
        }
        Err(_) => format!("{title}: not readable"),
    }
}

/// A folder of numbered replays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    folder: PathBuf,
    count_max: usize,
    bytes_max: u64,
}

impl Shelf {
    /// A shelf with the usual limits.
    #[must_use]
    pub fn new(folder: PathBuf) -> Shelf {
        Shelf {
            folder,
            count_max: COUNT_MAX,
            bytes_max: BYTES_MAX,
        }
    }

    fn path(&self, number: u32) -> PathBuf {
        self.folder.join(format!("match-{number:05}.replay"))
    }

    /// Takes the next number with an empty file: another window that begins a match now gets another one.
    fn reserve(&self) -> std::io::Result<PathBuf> {
        let mut number = self.matches().first().map_or(0, |(number, _)| *number);
        loop {
            number += 1;
            match std::fs::File::create_new(self.path(number)) {
                Ok(_) => return Ok(self.path(number)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Numbers and files, the newest first.
    fn matches(&self) -> Vec<(u32, PathBuf)> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let number = |name: &str| -> Option<u32> {
            let digits = name.strip_prefix("match-")?.strip_suffix(".replay")?;
            digits.parse().ok()
        };
        let mut found: Vec<(u32, PathBuf)> = entries
            .flatten()
            .filter_map(|entry| Some((number(entry.file_name().to_str()?)?, entry.path())))
            .collect();
        found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        found
    }

    /// Removes the oldest matches until one more fits.
    fn make_room(&self) {
        let mut bytes = 0;
        for (place, (_, path)) in self.matches().into_iter().enumerate() {
            let beside = record::beside(&path);
            bytes += [&path, &beside]
                .iter()
                .map(|path| std::fs::metadata(path).map_or(0, |file| file.len()))
                .sum::<u64>();
            if place + 1 >= self.count_max || bytes > self.bytes_max {
                // What cannot be removed stays: the next match is recorded all the same.
                let _ = std::fs::remove_file(&path);
                let _ = std::fs::remove_file(&beside);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf(folder: &Path, count_max: usize, bytes_max: u64) -> Recording {
        Recording::Folder(Shelf {
            folder: folder.join("replays"),
            count_max,
            bytes_max,
        })
    }

    fn play(recording: &Recording, bytes: usize) -> PathBuf {
        let path = recording.begin().expect("a folder").expect("a file").path;
        std::fs::write(&path, vec![0; bytes]).expect("a file");
        std::fs::write(record::beside(&path), [0]).expect("a file");
        path
    }

    #[test]
    fn every_match_has_a_file_and_the_oldest_give_way() {
        let folder = tempfile::tempdir().expect("a folder");
        let recording = shelf(folder.path(), 3, 1_000_000);
        let files: Vec<PathBuf> = (0..5).map(|_| play(&recording, 10)).collect();
        let kept: Vec<bool> = files.iter().map(|file| file.exists()).collect();
        assert_eq!(kept, [false, false, true, true, true]);
        assert!(!record::beside(&files[0]).exists());
        let listed = recording.matches();
        assert_eq!(listed.len(), 3);
        assert_eq!(listed[0], ("match 5: not readable".to_owned(), files[4].clone()));
    }

    #[test]
    fn two_windows_that_begin_at_once_get_two_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let recording = shelf(folder.path(), 9, 1_000_000);
        let [first, second] = [(); 2].map(|()| recording.begin().expect("a folder").expect("a file"));
        assert_ne!(first, second);
    }

    #[test]
    fn large_matches_give_way_sooner_and_other_files_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let recording = shelf(folder.path(), 100, 1000);
        let first = play(&recording, 600);
        let foreign = first.with_file_name("holiday.replay");
        std::fs::write(&foreign, [0; 5000]).expect("a file");
        let second = play(&recording, 600);
        let third = play(&recording, 600);
        assert_eq!([first.exists(), second.exists(), third.exists()], [false, true, true]);
        assert!(foreign.exists());
    }

    #[test]
    fn one_file_keeps_the_last_match() {
        let folder = tempfile::tempdir().expect("a folder");
        let recording = Recording::File(folder.path().join("new").join("last.replay"));
        assert!(recording.matches().is_empty());
        let file = play(&recording, 1);
        assert_eq!(play(&recording, 1), file);
        assert_eq!(recording.matches().len(), 1);
        assert_eq!(Recording::Nowhere.begin().expect("nothing to do"), None);
    }
}
