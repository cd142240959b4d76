//! Owns what bots ask the forge for.
//! Must not be clever: a bot takes the next one.

/// Prompts of the bots, varied in shape, element and behavior.
pub const BOT_PROMPTS: [[&str; 6]; 2] = [
    [
        "flaming ice sword",
        "ricocheting rifle",
        "giant slow bomb",
        "staff of thunder",
        "twin pistols",
        "homing rocket launcher",
    ],
    [
        "golden shotgun",
        "venomous dagger",
        "frost bow",
        "bouncing grenade",
        "vampire orb",
        "my grandmother's revenge",
    ],
];

/// The prompts of one player: `given` in turns between the players, or the bots' own if there are none.
#[must_use]
pub fn for_player(given: &[String], player: usize) -> Vec<String> {
    if given.is_empty() {
        return BOT_PROMPTS[player % 2]
            .iter()
            .map(|prompt| (*prompt).to_owned())
            .collect();
    }
    let own: Vec<String> = given.iter().skip(player).step_by(2).cloned().collect();
    if own.is_empty() { given.to_vec() } else { own }
}

/// A prompt for somebody who cannot type, as on a gamepad: another one each time.
#[must_use]
pub fn surprise(seed: u64, number: usize) -> &'static str {
    let [left, right] = &BOT_PROMPTS;
    let count = left.len() + right.len();
    let place = ((seed % count as u64) as usize + number % count * 5) % count;
    left.get(place).unwrap_or_else(|| &right[place - left.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_surprises_are_twelve_weapons() {
        for seed in [0, 7, u64::MAX] {
            let seen: std::collections::BTreeSet<_> = (0..12).map(|number| surprise(seed, number)).collect();
            assert_eq!(seen.len(), 12);
        }
        assert_ne!(surprise(3, usize::MAX), "");
    }

    #[test]
    fn given_prompts_are_dealt_in_turns() {
        let given = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(for_player(&given, 0), ["a", "c"]);
        assert_eq!(for_player(&given, 1), ["b"]);
        assert_eq!(for_player(&given[..1], 1), ["a"]);
        assert_eq!(for_player(&[], 1).len(), 6);
    }
}
