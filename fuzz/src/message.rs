//! Owns the target `message`: any bytes are a compressed message of the lane, or are refused; and what compression saves.

/// Expands the bytes as a peer's compressed message, and compresses them as our own.
///
/// # Panics
///
/// When a message does not come back, or is longer than a message may be.
pub fn run(bytes: &[u8]) {
    pvp_net::hostile::compress_and_expand(bytes);
}

#[cfg(test)]
mod tests {
    use pvp_net::hostile::{packed_state, wire_bytes_of_message};
    use pvp_net::replay::{Recorder, RecorderConfig, ReplayHeader};
    use pvp_net::sim::DuelSim;
    use pvp_net::{Events, Inspect, LANE_MESSAGE_BYTES_MAX, Simulation};
    use pvp_sim::bot::{BotKind, bot_input};
    use pvp_sim::{Content, DuelState, MatchDef, PlayerId};
    use weapon_gen::{Forge, ForgeRequest};

    const SEED: u64 = 7;
    const FRAMES: u32 = 3_600;

    #[test]
    fn the_corpus_holds() {
        assert!(crate::replay::replay("message", super::run) > 0);
    }

    /// A minute of two bots: the newest state and the replay.
    fn played() -> (DuelState, Vec<u8>) {
        let rules = || DuelSim::new(MatchDef::duel(SEED));
        let header = ReplayHeader {
            match_seed: SEED,
            frame_rate: 60,
            names: vec!["a".to_owned(), "b".to_owned()],
            ..ReplayHeader::default()
        };
        let mut duel = rules();
        let mut state = duel.start();
        duel.begin_match(SEED, &mut state);
        let start = rules().start();
        let mut recorder =
            Recorder::new(rules(), start, Vec::new(), header, RecorderConfig::default()).expect("a valid header");
        let mut events = Events::new();
        for frame in 0..FRAMES {
            let bots = [(BotKind::Aggressive, 0), (BotKind::Trickster, 1)];
            let inputs = bots.map(|(kind, player)| bot_input(kind, 2, duel.def(), &state, PlayerId(player)));
            events.clear();
            duel.step(&mut state, &inputs, &mut events);
            recorder.frame(frame, &inputs, duel.checksum(&state)).expect("recorded");
        }
        (state, recorder.finish(None).expect("a vector takes everything"))
    }

    /// Weapons with their pictures, as the arena offers them.
    fn offers() -> Vec<Vec<u8>> {
        let mut forge = Forge::new(MatchDef::duel(1).ruleset_hash());
        let prompts = [
            "flaming ice sword",
            "a very long laser spear",
            "poison frog grenade",
            "shotgun of light",
        ];
        let offers = prompts.iter().zip(1..).map(|(prompt, request_seq)| {
            let request = ForgeRequest {
                prompt,
                match_seed: 1,
                player: 0,
                request_seq,
            };
            let forged = forge.forge_offline(&request).expect("a clean prompt");
            let content = Content::Weapon {
                player: PlayerId(0),
                request_seq,
                weapon: forged.weapon,
            };
            [&content.encode()[..], &forged.sprite.to_bytes()].concat()
        });
        offers.collect()
    }

    /// Bytes as they are, and on the wire.
    fn cost(name: &str, bytes: &[u8]) -> (usize, usize) {
        let wire: usize = bytes.chunks(LANE_MESSAGE_BYTES_MAX).map(wire_bytes_of_message).sum();
        let percent = wire * 100 / bytes.len().max(1);
        println!("{name}: {} bytes, {wire} on the wire ({percent} %)", bytes.len());
        (bytes.len(), wire)
    }

    #[test]
    fn states_and_pictures_take_less_on_the_wire_and_nothing_takes_more() {
        let (state, replay) = played();
        let rules = DuelSim::new(MatchDef::duel(SEED));
        let snapshot = rules.to_bytes(&state);
        let (whole, wire) = cost("a state as it is", &snapshot);
        assert!(wire * 2 < whole);
        let (whole, wire) = cost("a state as a rejoin packs it", &packed_state(&snapshot));
        assert!(wire <= whole);
        let (whole, wire) = cost("a replay of a minute", &replay);
        assert!(wire <= whole);
        let offers = offers();
        let costs: Vec<_> = offers
            .iter()
            .map(|offer| cost("a weapon with its picture", offer))
            .collect();
        let (whole, wire) = costs.iter().fold((0, 0), |sum, cost| (sum.0 + cost.0, sum.1 + cost.1));
        assert!(wire * 10 < whole * 9, "{wire} of {whole}");
        cost("a message of text", include_str!("message.rs").as_bytes());
    }
}
