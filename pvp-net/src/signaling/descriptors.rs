//! Owns the spare descriptors: with them a visitor can still be accepted, and told why not, when the system gives no more.
//! Must not be the last holder of anything that matters; a spare is an open null device.

use std::fs::File;
use std::io;

/// Spares kept; so many visitors can be refused at once.
const SPARES: usize = 16;
/// What a spare is open on.
const NULL_DEVICE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// Descriptors held only to be given up.
#[derive(Debug, Default)]
pub(super) struct Reserve(Vec<File>);

impl Reserve {
    /// Takes what is missing; `false` if the system gives not all of it.
    pub(super) fn fill(&mut self) -> bool {
        while self.0.len() < SPARES {
            match File::open(NULL_DEVICE) {
                Ok(spare) => self.0.push(spare),
                Err(_) => return false,
            }
        }
        true
    }

    /// Gives one back to the system; `false` if none is left.
    pub(super) fn give_one(&mut self) -> bool {
        self.0.pop().is_some()
    }
}

/// Whether the system has no descriptor left, for this process or at all.
pub(super) fn is_shortage(error: &io::Error) -> bool {
    // ENFILE and EMFILE; WSAEMFILE.
    let codes: &[i32] = if cfg!(windows) { &[10024] } else { &[23, 24] };
    error.raw_os_error().is_some_and(|code| codes.contains(&code))
}

/// Raises this process's limit of open descriptors as far as the system lets it, for a server with many visitors.
///
/// Returns the limit now in force; `None` where there is none or it is unknown.
#[must_use]
pub fn raise_descriptor_limit() -> Option<u64> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        // A refusal leaves the limit as it is.
        let _ = setrlimit(Resource::Nofile, limit);
        getrlimit(Resource::Nofile).current
    }
    #[cfg(not(unix))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spares_are_given_one_by_one_and_taken_again() {
        let mut reserve = Reserve::default();
        assert!(!reserve.give_one(), "nothing yet");
        assert!(reserve.fill());
        assert_eq!((0..100).filter(|_| reserve.give_one()).count(), SPARES);
        assert!(reserve.fill());
    }

    #[cfg(unix)]
    #[test]
    fn only_a_shortage_of_descriptors_is_one() {
        assert!(is_shortage(&io::Error::from_raw_os_error(24)));
        assert!(!is_shortage(&io::ErrorKind::ConnectionAborted.into()));
    }
}
