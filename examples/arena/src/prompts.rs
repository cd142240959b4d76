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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_prompts_are_dealt_in_turns() {
        let given = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(for_player(&given, 0), ["a", "c"]);
        assert_eq!(for_player(&given, 1), ["b"]);
        assert_eq!(for_player(&given[..1], 1), ["a"]);
        assert_eq!(for_player(&[], 1).len(), 6);
    }
}
