//! Owns the rule that a document names only tests that exist.
//!
//! It must not judge whether a test shows what the document says of it.

use crate::source::Source;

/// Documents whose claims name their tests.
pub(crate) const DOCUMENTS: [&str; 2] = ["docs/threat-model.md", "docs/hostile.md"];
/// Fewer words than this make no sentence: `ulimit_f` is no test.
const WORDS_MIN: usize = 4;

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The names of tests in a document: the last part of a path, a sentence of words. An ellipsis stands for the rest of a name.
fn named_tests(text: &str) -> Vec<&str> {
    let is_name = |word: &&str| {
        let plain = word.trim_end_matches('…');
        let is_plain = plain
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        is_plain && plain.split('_').filter(|part| !part.is_empty()).count() >= WORDS_MIN
    };
    let words = quoted(text).flat_map(|quote| quote.split([' ', '/', '.', ':', ',', '(', ')']));
    words.filter(is_name).collect()
}

/// Names in `text` that no function of `sources` has.
pub(crate) fn findings(document: &str, text: &str, sources: &[Source]) -> Vec<String> {
    let exists = |name: &&str| {
        let declared = match name.strip_suffix('…') {
            Some(beginning) => format!("fn {beginning}"),
            None => format!("fn {name}("),
        };
        sources.iter().any(|source| source.text.contains(&declared))
    };
    let missing = named_tests(text).into_iter().filter(|name| !exists(name));
    missing
        .map(|name| format!("{document} names the test {name}, which does not exist"))
        .collect()
}

#[test]
fn a_test_that_is_gone_is_missed() {
    let source = Source {
        path: "a.rs".to_owned(),
        text: "fn a_test_that_is_there() {}\nfn another_one_that_is_long_and_there() {}".to_owned(),
    };
    let missed = |text: &str| findings("a.md", text, std::slice::from_ref(&source)).len();
    assert_eq!(
        missed("as `a_test_that_is_there` shows, and `tests::another_one_that_is…`"),
        0
    );
    assert_eq!(missed("`a_test_that_was_there` and `cli a_test_that_is_gone`"), 2);
    assert_eq!(
        missed("`reconnect_window`, `cargo test -p pvp-net`, a_test_without_marks_at_all"),
        0
    );
}
