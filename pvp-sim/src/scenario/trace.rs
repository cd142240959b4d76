//! Owns golden traces: running a scenario and comparing it with its committed lines.
//!
//! It must not write files; the test `golden` does that on request.

use core::fmt;

use crate::event::Event;

/// Watches a scenario being played.
pub trait Watch {
    /// A line of the trace: the frame, and the checksum of the state after it.
    fn line(&mut self, frame: u32, checksum: u64);

    /// Something happened in the match.
    fn event(&mut self, event: &Event) {
        let _ = event;
    }
}

/// A scene with a name and a golden trace.
#[derive(Clone, Copy)]
pub struct Scenario {
    /// What the golden file is called.
    pub name: &'static str,
    /// The committed trace: one `frame checksum` line for each 60 frames, the checksum in 16 hex digits.
    pub golden: &'static str,
    run: fn(&mut dyn Watch),
}

/// The first line in which a trace differs from its golden file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line of the file, from one.
    pub line: u32,
    /// What the file says: nothing, or a frame and a checksum.
    pub expected: Option<(u32, u64)>,
    /// What this build computed: nothing when the trace ended before the file.
    pub found: Option<(u32, u64)>,
}

impl Scenario {
    pub(super) const fn new(name: &'static str, golden: &'static str, run: fn(&mut dyn Watch)) -> Scenario {
        Scenario { name, golden, run }
    }

    /// Plays the scenario.
    pub fn run(&self, watch: &mut dyn Watch) {
        (self.run)(watch);
    }

    /// Runs the scenario and compares it with its golden trace; returns the number of lines.
    ///
    /// # Errors
    ///
    /// The first line that differs: this build computes something else than the one that wrote the file.
    pub fn check(&self) -> Result<u32, Difference> {
        self.check_against(self.golden)
    }

    /// Runs the scenario and compares it with another trace; returns the number of lines.
    ///
    /// # Errors
    ///
    /// The first line that differs.
    pub fn check_against(&self, golden: &str) -> Result<u32, Difference> {
        let mut comparison = Comparison {
            golden: golden.lines(),
            count: 0,
            first: None,
        };
        self.run(&mut comparison);
        let Comparison {
            mut golden,
            count,
            first,
        } = comparison;
        let left = golden.next().map(|line| Difference {
            line: count + 1,
            expected: parse(line),
            found: None,
        });
        first.or(left).map_or(Ok(count), Err)
    }
}

struct Comparison<'a> {
    golden: core::str::Lines<'a>,
    count: u32,
    first: Option<Difference>,
}

impl Watch for Comparison<'_> {
    fn line(&mut self, frame: u32, checksum: u64) {
        self.count += 1;
        let (expected, found) = (self.golden.next().and_then(parse), Some((frame, checksum)));
        if expected != found && self.first.is_none() {
            self.first = Some(Difference {
                line: self.count,
                expected,
                found,
            });
        }
    }
}

fn parse(line: &str) -> Option<(u32, u64)> {
    let (frame, checksum) = line.split_once(' ')?;
    Some((frame.parse().ok()?, u64::from_str_radix(checksum, 16).ok()?))
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |f: &mut fmt::Formatter<'_>, value: Option<(u32, u64)>| match value {
            Some((frame, checksum)) => write!(f, "frame {frame} checksum {checksum:016x}"),
            None => write!(f, "no such line"),
        };
        write!(f, "line {}: expected ", self.line)?;
        side(f, self.expected)?;
        write!(f, ", found ")?;
        side(f, self.found)
    }
}
