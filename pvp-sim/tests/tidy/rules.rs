//! Owns the rules for a source file.
//!
//! A rule must name what to use instead; a rule with exceptions lists them here with the reason.

use crate::source::Source;

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 60;

/// A word that code must not contain, and what to use instead.
type Ban = (&'static str, &'static str);

/// Anywhere in the workspace.
const EVERYWHERE: &[Ban] = &[
    (concat!("#[", "ignore"), "make the test fast, or delete it"),
    (concat!("fn ", "get_"), "name the noun: `fn stats()`"),
    (concat!("todo", "!("), "write it"),
    (concat!("unimplemented", "!("), "write it"),
];

/// In the simulation, tests excepted: whatever would read the machine, the build or the order of memory.
const SIMULATION: &[Ban] = &[
    (concat!("f", "32"), "Fx; drawing code converts in math/boundary.rs"),
    (concat!("f", "64"), "Fx; drawing code converts in math/boundary.rs"),
    (concat!("Hash", "Map"), "a fixed array in slot order"),
    (concat!("Hash", "Set"), "a fixed array in slot order"),
    (
        concat!("sort_", "unstable_by"),
        "sort_unstable on plain (key, id) tuples: items with equal keys may move",
    ),
    (
        concat!("std", "::"),
        "core; the simulation has no clock, thread or allocator",
    ),
    (concat!("alloc", "::"), "a fixed capacity"),
    (
        concat!("Ref", "Cell"),
        "a field of the state; hidden state is not in the snapshot",
    ),
    (
        concat!("Atomic", ""),
        "a field of the state; hidden state is not in the snapshot",
    ),
    (
        concat!("static ", "mut"),
        "a field of the state; hidden state is not in the snapshot",
    ),
    (concat!("debug_", "assert"), "assert; dev and release behave the same"),
    (concat!("debug_", "assertions"), "one behavior for dev and release"),
    (
        concat!("target_", "pointer_width"),
        "u32; the size of a pointer differs between peers",
    ),
    (concat!("_ne", "_bytes"), "to_le_bytes and from_le_bytes"),
    (concat!("trans", "mute"), "bytemuck"),
    (concat!("un", "safe "), "safe code"),
];

/// Files of the simulation that may use a banned word, and the reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "pvp-sim/src/math/boundary.rs",
        concat!("f", "32"),
        "the boundary to drawing code",
    ),
    (
        "pvp-sim/src/math/boundary.rs",
        concat!("f", "64"),
        "the boundary to drawing code",
    ),
];

/// British spellings; the project writes American.
const SPELLING: &[Ban] = &[
    (concat!("colo", "ur"), "color"),
    (concat!("behavio", "ur"), "behavior"),
    (concat!("neighbo", "ur"), "neighbor"),
    (concat!("normal", "ise"), "normalize"),
    (concat!("serial", "ise"), "serialize"),
    (concat!("quant", "ise"), "quantize"),
    (concat!("synchron", "ise"), "synchronize"),
];

/// Every rule that the file breaks, one line each.
pub(crate) fn findings(source: &Source) -> Vec<String> {
    let mut findings = Vec::new();
    // A program beside the library may use the standard library.
    let simulation = source.path.starts_with("pvp-sim/src/") && !source.path.starts_with("pvp-sim/src/bin/");
    // The tests at the end of a file run on this machine only.
    let tests_from = source
        .code_lines()
        .find(|(_, line)| *line == "#[cfg(test)]")
        .map_or(usize::MAX, |(number, _)| number);
    for (number, line) in source.code_lines() {
        let simulation = simulation && number < tests_from;
        let mut check = |bans: &[Ban]| {
            for (word, instead) in bans {
                if contains_word(line, word) && !excepted(&source.path, word) {
                    findings.push(format!("{}:{number}: `{word}`: use {instead}", source.path));
                }
            }
        };
        check(EVERYWHERE);
        if simulation {
            check(SIMULATION);
            if has_float_literal(line) && !excepted(&source.path, concat!("f", "64")) {
                findings.push(format!("{}:{number}: float literal: use Fx::from_ratio", source.path));
            }
        }
    }
    findings.extend(spelling(source));
    findings.extend(pointer_sized_fields(source));
    findings.extend(sizes(source));
    if !source.text.starts_with("//!") {
        findings.push(format!(
            "{}:1: starts without `//!`: say what the file owns",
            source.path
        ));
    }
    findings
}

fn excepted(path: &str, word: &str) -> bool {
    EXCEPTIONS
        .iter()
        .any(|(file, banned, _)| *file == path && *banned == word)
}

/// Whether `line` contains `word` where no longer identifier does: `buf32` holds no float, `1_f32` does.
fn contains_word(line: &str, word: &str) -> bool {
    let starts_identifier = word.starts_with(|c: char| c.is_ascii_alphabetic());
    line.match_indices(word).any(|(at, _)| {
        let before = &line[..at];
        let suffix_of_number = before.trim_end_matches('_').ends_with(|c: char| c.is_ascii_digit());
        let in_identifier = before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        !starts_identifier || !in_identifier || suffix_of_number
    })
}

/// Whether the code of `line` holds a number with a point; `pair.0.1` and texts do not count.
///
/// No lint of the compiler or of clippy sees an inferred float inside a constant.
fn has_float_literal(line: &str) -> bool {
    let code: String = line.split('"').step_by(2).collect();
    code.match_indices('.').any(|(at, _)| {
        let whole = code[..at].trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
        let starts_number = !whole.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        let has_whole = code[whole.len()..at].starts_with(|c: char| c.is_ascii_digit());
        starts_number && has_whole && !code[at + 1..].starts_with(|c: char| c == '.' || c.is_ascii_alphabetic())
    })
}

fn spelling(source: &Source) -> Vec<String> {
    let mut findings = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        let lower = line.to_lowercase();
        for (word, instead) in SPELLING.iter().filter(|(word, _)| lower.contains(word)) {
            findings.push(format!("{}:{}: `{word}`: write {instead}", source.path, index + 1));
        }
    }
    findings
}

/// Fields of plain-data structs of the simulation whose size differs between peers.
fn pointer_sized_fields(source: &Source) -> Vec<String> {
    let mut findings = Vec::new();
    let mut in_plain_struct = false;
    let mut derives_plain = false;
    for (number, line) in source.code_lines() {
        derives_plain |= line.contains("derive(") && line.contains("Pod");
        if line.contains("struct ") {
            in_plain_struct = derives_plain;
            derives_plain = false;
        }
        let pointer_sized = contains_word(line, concat!("us", "ize")) || contains_word(line, concat!("is", "ize"));
        let is_field = line.trim_end().ends_with(',') && line.contains(": ") || line.contains("struct ");
        if source.path.starts_with("pvp-sim/src/") && in_plain_struct && is_field && pointer_sized {
            findings.push(format!(
                "{}:{number}: pointer-sized field in plain data: use u32",
                source.path
            ));
        }
        if line.starts_with('}') || line.trim_end().ends_with(");") {
            in_plain_struct = false;
        }
    }
    findings
}

/// Files and functions beyond their limits; rustfmt puts the closing brace in the column of the `fn` line.
fn sizes(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut findings = Vec::new();
    if lines.len() > FILE_LINES_MAX && !source.text.contains("rustfmt::skip") {
        findings.push(format!(
            "{}: {} lines: split the file at {FILE_LINES_MAX}",
            source.path,
            lines.len()
        ));
    }
    for (start, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        if !is_function_head(line) {
            continue;
        }
        let close = format!("{}}}", " ".repeat(indent));
        let one_line_or_declaration = line.trim_end().ends_with('}') || line.trim_end().ends_with(';');
        let length = lines[start..]
            .iter()
            .position(|line| *line == close)
            .map_or(0, |end| end + 1);
        if !one_line_or_declaration && length > FUNCTION_LINES_MAX {
            let number = start + 1;
            findings.push(format!(
                "{}:{number}: {length} lines in a function: split it at a phase",
                source.path
            ));
        }
    }
    findings
}

fn is_function_head(line: &str) -> bool {
    let words = line.split_whitespace();
    let mut words =
        words.skip_while(|word| matches!(*word, "const" | "async" | "extern" | "\"C\"") || word.starts_with("pub"));
    words.next() == Some("fn")
}
