//! Owns the comparison of the template matchers on the labelled prompts.
//! Must not know how they work: `cargo test -p weapon-gen --features embeddings --test matchers -- --nocapture` prints both.

use weapon_gen::Prompt;
use weapon_gen::template::find;
use weapon_gen::template::matcher::{TemplateMatcher, WordMatcher, find_best_match};

/// Prompts with the name of their archetype, or `none`.
fn labelled(corpus: &'static str) -> Vec<(&'static str, &'static str)> {
    let lines = corpus.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let columns = lines.map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    columns.map(|columns| (columns[0], columns[1])).collect()
}

fn known() -> Vec<(&'static str, &'static str)> {
    labelled(include_str!("corpus/templates.txt"))
}

fn held_out() -> Vec<(&'static str, &'static str)> {
    labelled(include_str!("corpus/templates_held_out.txt"))
}

/// What a matcher makes of labelled prompts.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
struct Report {
    right: usize,
    /// Another archetype, or one where there is none.
    wrong: usize,
    /// Nothing where there is something.
    missed: usize,
    /// Nothing where there is nothing.
    quiet: usize,
}

impl Report {
    fn of(matcher: &dyn TemplateMatcher, prompts: &[(&str, &str)]) -> Report {
        let mut report = Report::default();
        for (text, label) in prompts {
            let prompt = Prompt::parse(text).expect("a prompt");
            match find_best_match(matcher, &prompt).map(|found| found.archetype.name()) {
                Some(name) if name == *label => report.right += 1,
                Some(_) => report.wrong += 1,
                None if *label == "none" => report.quiet += 1,
                None => report.missed += 1,
            }
        }
        report
    }

    /// Of a hundred answers how many are right.
    fn precision(self) -> usize {
        self.right * 100 / (self.right + self.wrong).max(1)
    }

    /// Of a hundred weapons how many are found.
    fn recall(self, prompts: &[(&str, &str)]) -> usize {
        let weapons = prompts.iter().filter(|(_, label)| *label != "none").count();
        self.right * 100 / weapons.max(1)
    }
}

fn show(matcher: &dyn TemplateMatcher, name: &str, prompts: &[(&str, &str)]) -> Report {
    let report = Report::of(matcher, prompts);
    println!(
        "{:<10} {name:<9} {} prompts: precision {} %, recall {} %, {report:?}",
        matcher.name(),
        prompts.len(),
        report.precision(),
        report.recall(prompts)
    );
    report
}

#[test]
fn the_matcher_of_the_template_tier_is_right_on_the_labelled_prompts() {
    let (known, held_out) = (known(), held_out());
    assert!(known.len() >= 140 && held_out.len() >= 90);
    let report = show(&WordMatcher, "known", &known);
    assert!(report.precision() >= 95 && report.recall(&known) >= 95, "{report:?}");
    let report = show(&WordMatcher, "held out", &held_out);
    assert!(report.precision() >= 90, "{report:?}");
}

#[test]
fn the_built_in_matcher_is_the_template_tier() {
    for (text, _) in known().into_iter().chain(held_out()) {
        let prompt = Prompt::parse(text).expect("a prompt");
        let (tier, matcher) = (find(&prompt), find_best_match(&WordMatcher, &prompt));
        let archetype = |found: Option<weapon_gen::template::Match>| found.map(|found| (found.archetype, found.score));
        assert_eq!(archetype(tier), archetype(matcher), "{text}");
    }
}

/// Always sure of the same.
struct Stubborn;

impl TemplateMatcher for Stubborn {
    fn name(&self) -> &'static str {
        "stubborn"
    }

    fn threshold(&self) -> u32 {
        1
    }

    fn guess(&self, _: &Prompt) -> Option<weapon_gen::template::matcher::Guess> {
        Some(weapon_gen::template::matcher::Guess {
            archetype: pvp_sim::Archetype::Sword,
            score: 100,
        })
    }
}

#[test]
fn a_bad_matcher_is_found_out() {
    let held_out = held_out();
    let report = show(&Stubborn, "held out", &held_out);
    assert!(report.precision() < 20 && report.recall(&held_out) < 20, "{report:?}");
    assert_eq!((report.missed, report.quiet), (0, 0));
}

#[cfg(feature = "embeddings")]
#[test]
fn both_matchers_side_by_side() {
    use weapon_gen::template::embeddings::EmbeddingMatcher;
    for (name, prompts) in [("known", known()), ("held out", held_out())] {
        let words = show(&WordMatcher, name, &prompts);
        let embeddings = show(&EmbeddingMatcher, name, &prompts);
        // The claim of the README: the words are surer, the letter groups find more that was never listed.
        assert!(
            words.precision() >= embeddings.precision(),
            "{name}: {words:?} {embeddings:?}"
        );
        assert!(
            embeddings.precision() >= 50 && embeddings.recall(&prompts) >= 50,
            "{name}: {embeddings:?}"
        );
    }
    let swordfish = Prompt::parse("swordfish").expect("a prompt");
    assert!(find_best_match(&WordMatcher, &swordfish).is_none());
    assert!(find_best_match(&EmbeddingMatcher, &swordfish).is_some());
}
