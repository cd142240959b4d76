//! Owns how files are written: never over what is read, over another file only if told to, and whole or not at all.
//! Must not decide what is written, or touch a file before its successor is ready.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file is not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputFault {
    /// The file is one that the command reads; no option allows that.
    #[error("{path} is not overwritten: it is the file {input} that is read")]
    IsInput {
        /// Where it should be written.
        path: PathBuf,
        /// The same file under the name it is read by.
        input: PathBuf,
    },
    /// A file is there already.
    #[error("{path} exists and is not overwritten without --force")]
    Exists {
        /// Which.
        path: PathBuf,
    },
    /// The system does not let it be written.
    #[error("cannot write {path}: {error}")]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// What becomes of a file that is there already.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum IfTaken {
    /// It stays, and the new one is not written.
    #[default]
    Refuse,
    /// It is replaced; other names (hard links) of it keep the old content.
    Replace,
}

impl IfTaken {
    /// What `--force` says.
    #[must_use]
    pub fn forced(force: bool) -> IfTaken {
        if force { IfTaken::Replace } else { IfTaken::Refuse }
    }
}

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where.
    pub path: PathBuf,
    /// What becomes of a file that is there.
    pub if_taken: IfTaken,
}

impl From<PathBuf> for Target {
    fn from(path: PathBuf) -> Target {
        let if_taken = IfTaken::Refuse;
        Target { path, if_taken }
    }
}

impl Target {
    fn failed(&self) -> impl Fn(io::Error) -> OutputFault + '_ {
        |error| match error.kind() {
            io::ErrorKind::AlreadyExists => OutputFault::Exists {
                path: self.path.clone(),
            },
            _ => OutputFault::Write {
                path: self.path.clone(),
                error,
            },
        }
    }

    /// Refuses what would destroy one of `inputs` (by whatever name), or a file that shall stay. To be asked before the work.
    ///
    /// # Errors
    /// [`OutputFault::IsInput`] or [`OutputFault::Exists`].
    pub fn check(&self, inputs: &[&Path]) -> Result<(), OutputFault> {
        if !is_file(&self.path) {
            return Ok(());
        }
        let is_same = |input: &&&Path| is_file(input) && same_file::is_same_file(&self.path, input).unwrap_or(false);
        if let Some(input) = inputs.iter().find(is_same) {
            return Err(OutputFault::IsInput {
                path: self.path.clone(),
                input: input.to_path_buf(),
            });
        }
        match self.if_taken {
            IfTaken::Refuse => Err(OutputFault::Exists {
                path: self.path.clone(),
            }),
            IfTaken::Replace => Ok(()),
        }
    }

    /// A file that stands under its name from now on and grows: whenever the process ends, what was written is there.
    ///
    /// # Errors
    /// [`OutputFault`].
    pub fn begin(&self) -> Result<File, OutputFault> {
        let failed = self.failed();
        if is_device(&self.path) {
            return File::options().write(true).open(&self.path).map_err(failed);
        }
        match self.if_taken {
            IfTaken::Refuse => File::create_new(&self.path).map_err(failed),
            IfTaken::Replace => {
                let fresh = temporary(&self.path).map_err(&failed)?;
                fresh.persist(&self.path).map_err(|error| failed(error.error))
            }
        }
    }

    /// Writes a file that stands under its name when all of it is written, and not before.
    ///
    /// # Errors
    /// [`OutputFault`], or what `write` says.
    pub fn write<E: From<OutputFault>>(&self, write: impl FnOnce(&mut File) -> Result<(), E>) -> Result<(), E> {
        let failed = self.failed();
        if is_device(&self.path) {
            let mut file = File::options().write(true).open(&self.path).map_err(&failed)?;
            return write(&mut file);
        }
        let mut fresh = temporary(&self.path).map_err(&failed)?;
        write(fresh.as_file_mut())?;
        let kept = match self.if_taken {
            IfTaken::Refuse => fresh.persist_noclobber(&self.path),
            IfTaken::Replace => fresh.persist(&self.path),
        };
        kept.map(drop).map_err(|error| failed(error.error).into())
    }

    /// As [`Target::write`], of bytes.
    ///
    /// # Errors
    /// [`OutputFault`].
    pub fn write_bytes(&self, bytes: &[u8]) -> Result<(), OutputFault> {
        let failed = self.failed();
        self.write(|file| io::Write::write_all(file, bytes).map_err(&failed))
    }
}

/// Something whose content can be destroyed; a link counts as what it leads to.
fn is_file(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_file())
}

/// Something that is written to and not replaced, such as a terminal or a pipe.
pub(crate) fn is_device(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// A nameless neighbor, gone with its owner unless it is given the name.
fn temporary(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".arena-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As for any new file; the user's mask takes from it.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder.unwrap_or(Path::new(".")))
}

/// The first name after `path` that nothing has: `match.replay`, then `match-2.replay`; `taken` may know more.
///
/// # Errors
/// [`OutputFault::Exists`] if a thousand names are taken.
pub(crate) fn free_name(path: &Path, taken: impl Fn(&Path) -> bool) -> Result<PathBuf, OutputFault> {
    let stem = path.file_stem().unwrap_or_default();
    let named = |number: u32| {
        let mut name = stem.to_owned();
        name.push(format!("-{number}"));
        if let Some(extension) = path.extension() {
            name.push(".");
            name.push(extension);
        }
        path.with_file_name(name)
    };
    std::iter::once(path.to_owned())
        .chain((2..=1_000).map(named))
        .find(|name| std::fs::symlink_metadata(name).is_err() && !taken(name))
        .ok_or_else(|| OutputFault::Exists { path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(path: &Path, if_taken: IfTaken) -> Target {
        Target {
            if_taken,
            ..Target::from(path.to_owned())
        }
    }

    #[test]
    fn a_file_that_is_there_stays_unless_it_is_forced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        let gentle = target(&path, IfTaken::Refuse);
        gentle.write_bytes(b"first").expect("nothing is there");
        assert!(matches!(gentle.check(&[]), Err(OutputFault::Exists { .. })));
        assert!(matches!(gentle.write_bytes(b"second"), Err(OutputFault::Exists { .. })));
        assert!(matches!(gentle.begin(), Err(OutputFault::Exists { .. })));
        assert_eq!(std::fs::read(&path).expect("a file"), b"first");
        let forced = target(&path, IfTaken::Replace);
        forced.check(&[]).expect("forced");
        forced.write_bytes(b"second").expect("forced");
        assert_eq!(std::fs::read(&path).expect("a file"), b"second");
        drop(forced.begin().expect("forced"));
        assert_eq!(std::fs::read(&path).expect("a file"), b"");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn an_input_is_known_by_every_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let input = folder.path().join("input");
        std::fs::write(&input, b"precious").expect("a file");
        let hard = folder.path().join("hard");
        std::fs::hard_link(&input, &hard).expect("a link");
        let mut names = vec![input.clone(), hard, folder.path().join(".").join("input")];
        #[cfg(unix)]
        {
            let soft = folder.path().join("soft");
            std::os::unix::fs::symlink(&input, &soft).expect("a link");
            names.push(soft);
        }
        for name in names {
            for if_taken in [IfTaken::Refuse, IfTaken::Replace] {
                let fault = target(&name, if_taken).check(&[&input]).expect_err("an input");
                assert!(matches!(fault, OutputFault::IsInput { .. }), "{fault}");
            }
        }
        let copy = folder.path().join("copy");
        std::fs::copy(&input, &copy).expect("a copy");
        target(&copy, IfTaken::Replace).check(&[&input]).expect("another file");
    }

    #[test]
    fn what_replaces_a_file_leaves_its_other_names_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, link) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&path, b"old").expect("a file");
        std::fs::hard_link(&path, &link).expect("a link");
        drop(target(&path, IfTaken::Replace).begin().expect("forced"));
        assert_eq!(std::fs::read(&link).expect("a file"), b"old");
    }

    #[test]
    fn a_write_that_fails_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        std::fs::write(&path, b"old").expect("a file");
        let failed = target(&path, IfTaken::Replace).write(|file| {
            io::Write::write_all(file, b"half of it").expect("written");
            Err(OutputFault::Exists { path: path.clone() })
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).expect("a file"), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn the_next_free_name_keeps_the_ending() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("match.replay");
        assert_eq!(free_name(&path, |_| false).expect("free"), path);
        std::fs::write(&path, []).expect("a file");
        let third = folder.path().join("match-3.replay");
        let is_second = |name: &Path| name.ends_with("match-2.replay");
        assert_eq!(free_name(&path, is_second).expect("free"), third);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_stays_a_device() {
        for if_taken in [IfTaken::Refuse, IfTaken::Replace] {
            let null = target(Path::new("/dev/null"), if_taken);
            null.check(&[]).expect("nothing to lose");
            null.write_bytes(b"x").expect("written");
            drop(null.begin().expect("opened"));
            assert!(is_device(Path::new("/dev/null")));
        }
    }
}
