//! Owns what the lines of the lists in `words/tongues` mean.
//! Must not look at texts; the lists hold general words, never a prompt learned by heart.
//!
//! A line holds entries between commas. `{a|b}` stands for either; `*` at an end stands for any letters; `#` starts a comment.
//! Entries match whole words, with or without accents, in all forms that the endings of their language make.
//! Entries in Chinese or Japanese script match anywhere, for there are no spaces to go by, unless `=` stands before them.

use super::endings;
use super::letters::{fold, is_unspaced, simplified};
use std::sync::LazyLock;

/// What an entry means, which its section says.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    /// Profane in every text.
    Rude,
    /// Profane in its own language only: another one has the same word for something harmless.
    Unsure,
    /// Wishes or describes self-harm.
    SelfHarm,
    /// A slogan, an organization or a crime of hate.
    Hate,
    /// Harm that is hateful if it is done to [`Kind::People`].
    Harm,
    /// Groups that no harm may be meant for, wherever it stands in the text.
    People,
    /// People who may stand beside harm in an innocent text, but not next to it.
    Kin,
    /// An attack that is hateful at a [`Kind::Place`] where people gather.
    Attack,
    Place,
    /// Looks like another entry and is not: nobody looks at it. As written, accents included.
    Innocent,
    /// An ordinary word, which shows the language of a text.
    Ordinary,
    /// A common Chinese or Japanese word that begins or ends inside of a profane one, see `joints`; not looked for itself.
    Common,
    /// Sounds like another entry to whom it is read aloud, and is not: only the table of sounds looks at it.
    Unheard,
}

/// A language by its place in [`TONGUES`].
pub(super) type Tongue = usize;

/// The languages with their lists. The last list is of names that are the same everywhere.
pub(super) const TONGUES: [&str; 12] = [
    include_str!("words/tongues/en.txt"),
    include_str!("words/tongues/fr.txt"),
    include_str!("words/tongues/de.txt"),
    include_str!("words/tongues/es.txt"),
    include_str!("words/tongues/it.txt"),
    include_str!("words/tongues/pt.txt"),
    include_str!("words/tongues/pl.txt"),
    include_str!("words/tongues/ru.txt"),
    include_str!("words/tongues/tr.txt"),
    include_str!("words/tongues/ja.txt"),
    include_str!("words/tongues/zh.txt"),
    include_str!("words/tongues/names.txt"),
];
/// Entries from a list of others, per language as in [`TONGUES`]; `words/ldnoobw/SOURCES.md` says whose.
const KEPT: [&str; 11] = [
    include_str!("words/ldnoobw/en.txt"),
    include_str!("words/ldnoobw/fr.txt"),
    include_str!("words/ldnoobw/de.txt"),
    include_str!("words/ldnoobw/es.txt"),
    include_str!("words/ldnoobw/it.txt"),
    include_str!("words/ldnoobw/pt.txt"),
    include_str!("words/ldnoobw/pl.txt"),
    include_str!("words/ldnoobw/ru.txt"),
    include_str!("words/ldnoobw/tr.txt"),
    include_str!("words/ldnoobw/ja.txt"),
    include_str!("words/ldnoobw/zh.txt"),
];
/// English, the language of a text that shows no other.
pub(super) const ENGLISH: Tongue = 0;
/// The languages that may say whom before what is done to them: German, Turkish, Japanese.
pub(super) const VERB_LAST: [Tongue; 3] = [2, 8, 9];
/// Russian, which a text shows by its alphabet alone.
pub(super) const RUSSIAN: Tongue = 7;
/// Japanese and Chinese, which have no spaces between words but in Latin letters.
pub(super) const JAPANESE: Tongue = 9;
pub(super) const CHINESE: Tongue = 10;
/// The forms of shorter words meet other words.
const WORD_MIN: usize = 5;
/// German, whose umlauts have a second spelling.
const GERMAN: Tongue = 2;

/// One entry as a list has it.
pub(super) struct Written {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// Whether the list has another form of it.
    pub(super) is_form: bool,
}

/// The entries of every language, those of its kept list too.
pub(super) static LISTS: LazyLock<Vec<Vec<Written>>> = LazyLock::new(|| {
    let of_tongue = |(tongue, list): (Tongue, &&'static str)| {
        let mut all = entries(list, tongue);
        all.extend(KEPT.get(tongue).map(|kept| entries(kept, tongue)).unwrap_or_default());
        all.extend(joints(&all));
        all
    };
    TONGUES.iter().enumerate().map(of_tongue).collect()
});

/// The entries of a list with their kinds; accents are dropped but where a section says "written" or "innocent".
fn entries(list: &'static str, tongue: Tongue) -> Vec<Written> {
    let (mut kind, mut is_as_written) = (Kind::Ordinary, false);
    let mut all = Vec::new();
    for line in list.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            kind = kind_of(section);
            is_as_written = matches!(section, "innocent" | "written");
            continue;
        }
        for written in line.to_lowercase().split(',').flat_map(|entry| expanded(entry.trim())) {
            if written.is_empty() {
                continue;
            }
            if is_as_written {
                all.push(Written {
                    kind,
                    text: written.chars().map(simplified).collect(),
                    is_form: false,
                });
                continue;
            }
            all.extend(with_forms(kind, tongue, fold(&written)));
            if tongue == GERMAN && written.contains(['ä', 'ö', 'ü']) {
                let spelled = written.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue");
                all.extend(with_forms(kind, tongue, fold(&spelled)));
            }
        }
    }
    all
}

/// The innocent neighbors of the profane words of two characters: what a common word makes of their end or their beginning.
///
/// "鸡巴" is no word in "鸡巴士", for "巴士" is one.
fn joints(all: &[Written]) -> Vec<Written> {
    let two = |text: &str| {
        let mut letters = text.chars();
        let pair = (letters.next()?, letters.next()?);
        (letters.next().is_none() && is_unspaced(pair.0) && is_unspaced(pair.1)).then_some(pair)
    };
    let pairs: Vec<(char, char)> = all
        .iter()
        .filter(|written| matches!(written.kind, Kind::Rude | Kind::SelfHarm | Kind::Hate))
        .filter_map(|written| two(&written.text))
        .collect();
    let innocent = |text: String| Written {
        kind: Kind::Innocent,
        text,
        is_form: false,
    };
    let common = all.iter().filter(|written| written.kind == Kind::Common);
    common
        .flat_map(|common| {
            let word = common.text.as_str();
            let before = pairs.iter().filter(move |pair| word.starts_with(pair.1));
            let after = pairs.iter().filter(move |pair| word.ends_with(pair.0));
            before
                .map(move |pair| format!("{}{word}", pair.0))
                .chain(after.map(move |pair| format!("{word}{}", pair.1)))
                .collect::<Vec<_>>()
        })
        .map(innocent)
        .collect()
}

/// A word with its other forms, if it is one word without a star; phrases and stems stand as they are.
fn with_forms(kind: Kind, tongue: Tongue, text: String) -> Vec<Written> {
    let changes = matches!(
        kind,
        Kind::Rude | Kind::Unsure | Kind::Hate | Kind::Harm | Kind::People | Kind::Kin
    );
    let is_word = text.chars().all(char::is_alphabetic) && text.chars().count() >= WORD_MIN;
    let forms = if changes && is_word {
        endings::forms(&text, tongue)
    } else {
        Vec::new()
    };
    let form = |text: String| Written {
        kind,
        text,
        is_form: true,
    };
    let mut all: Vec<Written> = forms.into_iter().map(form).collect();
    all.push(Written {
        kind,
        text,
        is_form: false,
    });
    all
}

fn kind_of(section: &str) -> Kind {
    match section {
        "rude" | "written" => Kind::Rude,
        "unsure" => Kind::Unsure,
        "self" => Kind::SelfHarm,
        "hate" => Kind::Hate,
        "harm" => Kind::Harm,
        "people" => Kind::People,
        "kin" => Kind::Kin,
        "attack" => Kind::Attack,
        "places" => Kind::Place,
        "innocent" => Kind::Innocent,
        "ordinary" => Kind::Ordinary,
        "common" => Kind::Common,
        "unheard" => Kind::Unheard,
        unknown => panic!("a list has the section {unknown:?}"),
    }
}

/// An entry with every choice of its braces.
fn expanded(entry: &str) -> Vec<String> {
    let braces = entry.find('{').and_then(|open| {
        let close = entry[open..].find('}')? + open;
        Some((open, close))
    });
    let Some((open, close)) = braces else {
        return vec![entry.to_owned()];
    };
    let tails = expanded(&entry[close + 1..]);
    let choices = entry[open + 1..close].split('|');
    let joined = |choice: &str, tail: &String| format!("{}{choice}{tail}", &entry[..open]);
    choices
        .flat_map(|choice| tails.iter().map(move |tail| joined(choice, tail)).collect::<Vec<_>>())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_expand_and_drop_their_accents() {
        assert_eq!(expanded("{a|b} c{|d}"), ["a c", "a cd", "b c", "b cd"]);
        let list = "# no\n[rude]\nhé*, x {y|z}\n[innocent]\nhé";
        let all = entries(list, 1);
        assert_eq!(all.len(), 4);
        assert_eq!((all[0].kind, all[0].text.as_str()), (Kind::Rude, "he*"));
        assert_eq!((all[3].kind, all[3].text.as_str()), (Kind::Innocent, "hé"));
        assert_eq!(entries("[rude]\nhöh", GERMAN).len(), 2, "an umlaut has two spellings");
    }
}
