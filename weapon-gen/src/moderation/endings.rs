//! Owns how words change their ends in each language, so that the lists need to name a word once.
//! Must not know which words are bad; Japanese and Chinese have no such ends.

use std::sync::LazyLock;

/// Shorter stems meet other words.
const STEM_MIN: usize = 3;

/// What goes from the end of a word, and what may come instead.
struct Rule {
    goes: &'static str,
    comes: Vec<&'static str>,
}

/// The rules of the languages in the order of the lists.
static RULES: LazyLock<Vec<Vec<Rule>>> = LazyLock::new(|| {
    ["en", "fr", "de", "es", "it", "pt", "pl", "ru", "tr"]
        .map(rules)
        .into_iter()
        .collect()
});

fn rules(tongue: &str) -> Vec<Rule> {
    let section = format!("[{tongue}]");
    let mut rules: Vec<Rule> = include_str!("words/endings.txt")
        .lines()
        .skip_while(|line| *line != section)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(':'))
        .map(|(goes, comes)| Rule {
            goes: if goes == "-" { "" } else { goes },
            comes: comes.split_whitespace().collect(),
        })
        .collect();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.goes.len()));
    rules
}

/// The other forms of a word without accents.
pub(super) fn forms(word: &str, tongue: usize) -> Vec<String> {
    let of_rule = |rule: &Rule| {
        let stem = word.strip_suffix(rule.goes)?;
        let is_long = stem.chars().count() >= STEM_MIN;
        is_long.then(|| rule.comes.iter().map(|ending| format!("{stem}{ending}")).collect())
    };
    RULES
        .get(tongue)
        .and_then(|rules| rules.iter().find_map(of_rule))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_the_forms_of_its_language() {
        for (word, tongue, form) in [
            ("turd", 0, "turds"),
            ("encule", 1, "encules"),
            ("pendejo", 3, "pendejas"),
            ("cuzao", 5, "cuzoes"),
            ("dziwka", 6, "dziwce"),
            ("мудак", 7, "мудаками"),
            ("orospu", 8, "orospular"),
        ] {
            assert!(forms(word, tongue).contains(&form.to_owned()), "{word} {form}");
        }
        assert!(forms("くそ", 9).is_empty());
    }
}
