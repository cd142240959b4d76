//! Owns the comparison of the template matchers on the labelled prompts.
//! Must not know how they work: `cargo test -p weapon-gen --features embeddings --test matchers -- --nocapture` prints both.
#![allow(clippy::print_stdout, reason = "tests print their figures")]

use weapon_gen::template::find;
use weapon_gen::template::matcher::{TemplateMatcher, WordMatcher};
use weapon_gen::{Forge, ForgeRequest, Prompt, Tier};

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
            match matcher.find_best_match(&prompt).map(|found| found.archetype.name()) {
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
        let (tier, matcher) = (find(&prompt), WordMatcher.find_best_match(&prompt));
        assert_eq!(tier, matcher, "{text}");
    }
}

/// Always sure of the same.
#[derive(Debug)]
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

#[test]
fn a_forge_takes_the_matcher_that_it_is_given() {
    static STUBBORN: Stubborn = Stubborn;
    let request = ForgeRequest {
        prompt: "my homework",
        match_seed: 1,
        player: 0,
        request_seq: 1,
    };
    let usual = Forge::new(5).forge_offline(&request).expect("a weapon");
    assert_eq!(usual.tier, Tier::Fallback);
    let other = Forge::with_matcher(5, &STUBBORN)
        .forge_offline(&request)
        .expect("a weapon");
    assert_eq!(
        (other.tier, other.archetype),
        (Tier::Template, pvp_sim::Archetype::Sword)
    );
}

#[cfg(feature = "embeddings")]
#[test]
fn both_matchers_side_by_side() {
    use weapon_gen::template::embeddings::EmbeddingMatcher;
    for (name, prompts) in [("known", known()), ("held out", held_out())] {
        let words = show(&WordMatcher, name, &prompts);
        let embeddings = show(&EmbeddingMatcher, name, &prompts);
        // The claim of the README: the word matcher is the better one, in what it says and in what it finds.
        assert!(
            words.precision() >= embeddings.precision(),
            "{name}: {words:?} {embeddings:?}"
        );
        assert!(
            words.recall(&prompts) >= embeddings.recall(&prompts),
            "{name}: {words:?} {embeddings:?}"
        );
        assert!(
            embeddings.precision() >= 60 && embeddings.recall(&prompts) >= 30,
            "{name}: {embeddings:?}"
        );
    }
    for text in ["flamethrowerz", "boomerangish"] {
        let prompt = Prompt::parse(text).expect("a prompt");
        let sure = |matcher: &dyn TemplateMatcher| matcher.guess(&prompt).map(|guess| guess.score);
        println!(
            "{text}: {:?} by words, {:?} by letter groups",
            sure(&WordMatcher),
            sure(&EmbeddingMatcher)
        );
        assert!(sure(&EmbeddingMatcher).is_some(), "half of a name is like something");
    }
}
