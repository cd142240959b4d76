//! Owns why a wish does not come true, as types: on this side before anything is sent, on the host, and on the side that an offer reaches.
//! Must not decide; it names, and has the words for the players and the numbers for the wire.

use crate::master::Mastery;
use pvp_net::ContentRefused;
use weapon_gen::prompt::PROMPT_GRAPHEMES_MAX;
use weapon_gen::{Category, PromptError, Refusal};

/// Why a guest refuses what the host offers. The number travels to the host; the fallback comes instead.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfferRefused {
    /// The bytes are none of this version, or a part of them contradicts another.
    #[error("it does not decode")]
    Malformed,
    /// The weapon is stronger than any that an honest forge makes.
    #[error("the weapon is too strong")]
    OverBudget,
    /// The prompt makes something else in the tier that the offer names.
    #[error("the prompt makes something else")]
    Deviates,
    /// Nobody told the prompt before the offer came.
    #[error("the prompt was not told before")]
    PromptUnknown,
    /// The offer names another prompt than the one that was told.
    #[error("the prompt is not the one that was told")]
    PromptDiffers,
    /// The prompt is none, or not for all audiences.
    #[error("the prompt is not forged here")]
    PromptRefused,
    /// The request's input promised another kind of weapon than the prompt names.
    #[error("the prompt does not fit the request")]
    HintDiffers,
    /// The host claims an AI provider without having announced any at the start.
    #[error("no AI was announced")]
    ProviderUnannounced,
    /// This side's player takes no weapons of AI providers.
    #[error("weapons made by an AI are not taken")]
    ProviderUnwanted,
    /// A change of the physics came before the last one's pause was over.
    #[error("the last change of the physics is too recent")]
    MasterTooSoon,
    /// There was no judgment in time.
    #[error("it was not judged in time")]
    Unjudged,
}

impl OfferRefused {
    /// Every reason; its place, counted from 1, is its number on the wire.
    pub const ALL: [OfferRefused; 11] = [
        OfferRefused::Malformed,
        OfferRefused::OverBudget,
        OfferRefused::Deviates,
        OfferRefused::PromptUnknown,
        OfferRefused::PromptDiffers,
        OfferRefused::PromptRefused,
        OfferRefused::HintDiffers,
        OfferRefused::ProviderUnannounced,
        OfferRefused::ProviderUnwanted,
        OfferRefused::MasterTooSoon,
        OfferRefused::Unjudged,
    ];

    /// The number on the wire.
    #[must_use]
    pub fn code(self) -> u16 {
        let place = OfferRefused::ALL.iter().position(|reason| *reason == self);
        place.map_or(0, |place| place as u16 + 1)
    }

    /// What a session says about a refused offer. A number that nobody knows is the guest's affair: it does not decode here.
    #[must_use]
    pub fn told(reason: ContentRefused) -> OfferRefused {
        match reason {
            ContentRefused::Rule { code } => {
                let place = usize::from(code).checked_sub(1);
                let known = place.and_then(|place| OfferRefused::ALL.get(place));
                known.copied().unwrap_or(OfferRefused::Malformed)
            }
            ContentRefused::Unjudged => OfferRefused::Unjudged,
            _ => OfferRefused::Malformed,
        }
    }
}

/// Why a player's wish does not come true as it was typed. The text is for that player.
///
/// The first five are found on the player's own machine, before the request is made: they cost no cooldown.
/// After the others a spare weapon comes at the deadline, and the cooldown runs on.
#[derive(Copy, Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WishRefused {
    /// The text is no prompt.
    #[error("{0}")]
    Prompt(#[from] PromptError),
    /// The text is not for all audiences.
    #[error("{}", .0.message())]
    Moderated(Category),
    /// The last request is not answered yet.
    #[error("the forge is still at work")]
    AtWork,
    /// The cooldown runs.
    #[error("the forge cools down for {} s", seconds(*frames))]
    OnCooldown {
        /// Frames that are left.
        frames: u32,
    },
    /// The pause between two changes of the physics runs.
    #[error("{title} must wait {} s", seconds(*frames))]
    MasterMustWait {
        /// The change.
        title: &'static str,
        /// Frames that are left.
        frames: u32,
    },
    /// The simulation did not take the request: it came during the cooldown or while another was open.
    #[error("the request came too early")]
    TooEarly,
    /// The host does not forge the prompt, and does not say why in words that this side knows.
    #[error("the host does not forge that")]
    ByHost,
    /// The other player's game does not take what was made.
    #[error("the other player's game refused it: {0}")]
    ByPeer(OfferRefused),
    /// This game does not take what the host made.
    #[error("the host's offer was refused: {0}")]
    Here(OfferRefused),
    /// The other player's game said nothing to the offer.
    #[error("the other player's game did not answer")]
    PeerSilent,
    /// Nothing came before the deadline.
    #[error("the forge was too slow")]
    TooSlow,
}

fn seconds(frames: u32) -> u32 {
    frames / 60 + 1
}

impl From<Refusal> for WishRefused {
    fn from(refusal: Refusal) -> WishRefused {
        match refusal {
            Refusal::Prompt(error) => WishRefused::Prompt(error),
            Refusal::Moderated(category) => WishRefused::Moderated(category),
            _ => WishRefused::ByHost,
        }
    }
}

impl WishRefused {
    /// Number and detail for the wire: what a host says about a guest's prompt.
    #[must_use]
    pub fn to_wire(self) -> (u8, u32) {
        match self {
            WishRefused::Prompt(PromptError::Empty) => (1, 0),
            WishRefused::Prompt(PromptError::TooLong { graphemes }) => {
                (2, u32::try_from(graphemes).unwrap_or(u32::MAX))
            }
            WishRefused::Moderated(Category::Profanity) => (3, 0),
            WishRefused::Moderated(Category::Hate) => (3, 1),
            WishRefused::Moderated(Category::SelfHarm) => (3, 2),
            WishRefused::MasterMustWait { frames, .. } => (4, frames),
            _ => (0, 0),
        }
    }

    /// What a host said about `prompt`; its words are this side's own, whatever it sent.
    #[must_use]
    pub fn from_wire(code: u8, detail: u32, prompt: &str) -> WishRefused {
        match (code, detail) {
            (1, _) => WishRefused::Prompt(PromptError::Empty),
            (2, graphemes) => WishRefused::Prompt(PromptError::TooLong {
                graphemes: (graphemes as usize).clamp(PROMPT_GRAPHEMES_MAX, 9999),
            }),
            (3, 0) => WishRefused::Moderated(Category::Profanity),
            (3, 1) => WishRefused::Moderated(Category::Hate),
            (3, 2) => WishRefused::Moderated(Category::SelfHarm),
            (4, frames) => Mastery::of(prompt).map_or(WishRefused::ByHost, |mastery| WishRefused::MasterMustWait {
                title: mastery.title,
                frames: frames.min(crate::master::MASTERY_COOLDOWN_FRAMES),
            }),
            _ => WishRefused::ByHost,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_number_of_its_own_and_comes_back() {
        for reason in OfferRefused::ALL {
            assert_eq!(OfferRefused::told(ContentRefused::Rule { code: reason.code() }), reason);
        }
        for code in [0, 12, u16::MAX] {
            let told = OfferRefused::told(ContentRefused::Rule { code });
            assert_eq!(told, OfferRefused::Malformed, "{code}");
        }
        assert_eq!(OfferRefused::told(ContentRefused::Unjudged), OfferRefused::Unjudged);
    }

    #[test]
    fn what_a_host_says_of_a_prompt_comes_back_in_words_of_this_side() {
        let known = [
            WishRefused::Prompt(PromptError::Empty),
            WishRefused::Prompt(PromptError::TooLong { graphemes: 300 }),
            WishRefused::Moderated(Category::Profanity),
            WishRefused::Moderated(Category::Hate),
            WishRefused::Moderated(Category::SelfHarm),
            WishRefused::MasterMustWait {
                title: "moon gravity",
                frames: 600,
            },
        ];
        for why in known {
            let (code, detail) = why.to_wire();
            assert_eq!(WishRefused::from_wire(code, detail, "moon gravity"), why);
        }
        for (code, detail) in [(0, 0), (3, 9), (4, 9), (255, u32::MAX)] {
            assert_eq!(WishRefused::from_wire(code, detail, "a bow"), WishRefused::ByHost);
        }
    }
}
