//! Owns who is asked: the providers that the environment names, set up once.
//! Must not ask anybody: the race does.
//!
//! | setting | meaning |
//! |---|---|
//! | `GEMINI_API_KEY` | turns Gemini on |
//! | `GEMINI_IMAGE_MODEL` | turns Gemini's pictures on, such as `gemini-2.5-flash-image`; they seldom arrive within 3 s |
//! | `GEMINI_THINKING_BUDGET` | tokens for thinking, 0 if unset; `none` for models that cannot think |
//! | `ANTHROPIC_API_KEY` | turns Anthropic on |
//! | `OPENAI_API_KEY` or `OPENAI_BASE_URL` | turns OpenAI, or a server that speaks its format, on |
//! | `OPENAI_MODERATION_MODEL` | turns the second opinion on prompts and painted pictures on, such as `omni-moderation-latest` |
//! | `FAL_API_KEY` | turns fal.ai's pictures on |
//! | `FAL_MODE` | `sync` (if unset) or `queue` |
//!
//! Each of `GEMINI`, `ANTHROPIC`, `OPENAI` and `FAL` also has `…_BASE_URL` and `…_MODEL`.

use super::anthropic::{self, Anthropic};
use super::fal::{self, Fal, Mode};
use super::gemini::{self, Gemini, GeminiPainter};
use super::http::{self, Endpoint, SetupError};
use super::openai::{self, OpenAi, OpenAiModerator};
use super::secret::Secret;
use super::{Moderator, Painter, Provider};
use reqwest::Client;
use std::sync::Arc;

/// Everybody who may be asked.
#[derive(Clone, Default)]
pub struct Roster {
    /// Who proposes weapons.
    pub providers: Vec<Arc<dyn Provider>>,
    /// Who paints them.
    pub painters: Vec<Arc<dyn Painter>>,
    /// Who gives a second opinion on prompts.
    pub moderator: Option<Arc<dyn Moderator>>,
}

impl std::fmt::Debug for Roster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let providers: Vec<&str> = self.providers.iter().map(|provider| provider.name()).collect();
        let painters: Vec<&str> = self.painters.iter().map(|painter| painter.name()).collect();
        f.debug_struct("Roster")
            .field("providers", &providers)
            .field("painters", &painters)
            .field("moderator", &self.moderator.as_ref().map(|moderator| moderator.name()))
            .finish()
    }
}

/// Reads settings by name; an empty one counts as unset.
struct Settings<'a> {
    read: &'a dyn Fn(&str) -> Option<String>,
    client: Client,
}

impl Settings<'_> {
    fn text(&self, name: &str) -> Option<String> {
        (self.read)(name).filter(|text| !text.trim().is_empty())
    }

    fn key(&self, setting: &'static str) -> Result<Option<Secret>, SetupError> {
        let Some(text) = self.text(setting) else {
            return Ok(None);
        };
        Secret::parse(&text).map(Some).ok_or(SetupError::Key { setting })
    }

    fn endpoint(
        &self,
        base: (&'static str, &str),
        model: (&str, &str),
        key: Option<Secret>,
    ) -> Result<Endpoint, SetupError> {
        let base_url = self.text(base.0).unwrap_or_else(|| base.1.to_owned());
        let model = self.text(model.0).unwrap_or_else(|| model.1.to_owned());
        Endpoint::new(&self.client, base.0, &base_url, &model, key)
    }
}

impl Roster {
    /// The providers that the process's environment names. Without any key the roster is empty, which is fine.
    ///
    /// # Errors
    /// [`SetupError`] names the setting that makes no sense.
    pub fn from_env() -> Result<Roster, SetupError> {
        Roster::from_settings(&|name| std::env::var(name).ok())
    }

    /// The providers that the settings name.
    ///
    /// # Errors
    /// [`SetupError`] names the setting that makes no sense.
    pub fn from_settings(read: &dyn Fn(&str) -> Option<String>) -> Result<Roster, SetupError> {
        let settings = Settings {
            read,
            client: http::client()?,
        };
        let mut roster = Roster::default();
        roster.add_gemini(&settings)?;
        roster.add_anthropic(&settings)?;
        roster.add_openai(&settings)?;
        roster.add_fal(&settings)?;
        Ok(roster)
    }

    /// Whether nobody is there to ask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.providers.is_empty() && self.painters.is_empty() && self.moderator.is_none()
    }

    /// Only the provider of a name, for a user who asks for it. Painters and the moderator stay.
    #[must_use]
    pub fn only(mut self, name: &str) -> Roster {
        self.providers.retain(|provider| provider.name() == name);
        self
    }

    fn add_gemini(&mut self, settings: &Settings<'_>) -> Result<(), SetupError> {
        let Some(key) = settings.key("GEMINI_API_KEY")? else {
            return Ok(());
        };
        let base = ("GEMINI_BASE_URL", gemini::BASE_URL);
        let endpoint = settings.endpoint(base, ("GEMINI_MODEL", gemini::MODEL), Some(key.clone()))?;
        let thinking_budget = match settings.text("GEMINI_THINKING_BUDGET") {
            None => Some(0),
            Some(text) => text.trim().parse().ok(),
        };
        self.providers.push(Arc::new(Gemini::new(endpoint, thinking_budget)));
        if let Some(model) = settings.text("GEMINI_IMAGE_MODEL") {
            let endpoint = settings.endpoint(base, ("GEMINI_IMAGE_MODEL", &model), Some(key))?;
            self.painters.push(Arc::new(GeminiPainter::new(endpoint)));
        }
        Ok(())
    }

    fn add_anthropic(&mut self, settings: &Settings<'_>) -> Result<(), SetupError> {
        if let Some(key) = settings.key("ANTHROPIC_API_KEY")? {
            let base = ("ANTHROPIC_BASE_URL", anthropic::BASE_URL);
            let endpoint = settings.endpoint(base, ("ANTHROPIC_MODEL", anthropic::MODEL), Some(key))?;
            self.providers.push(Arc::new(Anthropic::new(endpoint)));
        }
        Ok(())
    }

    fn add_openai(&mut self, settings: &Settings<'_>) -> Result<(), SetupError> {
        let key = settings.key("OPENAI_API_KEY")?;
        if key.is_none() && settings.text("OPENAI_BASE_URL").is_none() {
            return Ok(());
        }
        let base = ("OPENAI_BASE_URL", openai::BASE_URL);
        let endpoint = settings.endpoint(base, ("OPENAI_MODEL", openai::MODEL), key.clone())?;
        self.providers.push(Arc::new(OpenAi::new(endpoint)));
        if let Some(model) = settings.text("OPENAI_MODERATION_MODEL") {
            let endpoint = settings.endpoint(base, ("OPENAI_MODERATION_MODEL", &model), key)?;
            self.moderator = Some(Arc::new(OpenAiModerator::new(endpoint)));
        }
        Ok(())
    }

    fn add_fal(&mut self, settings: &Settings<'_>) -> Result<(), SetupError> {
        let Some(key) = settings.key("FAL_API_KEY")? else {
            return Ok(());
        };
        let mode = settings
            .text("FAL_MODE")
            .map_or(Ok(Mode::Sync), |text| fal::mode(&text))?;
        let base = ("FAL_BASE_URL", Fal::base_url(mode));
        let endpoint = settings.endpoint(base, ("FAL_MODEL", fal::MODEL), Some(key))?;
        self.painters.push(Arc::new(Fal::new(endpoint, mode)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roster(settings: &[(&str, &str)]) -> Result<Roster, SetupError> {
        Roster::from_settings(&|name| {
            let found = settings.iter().find(|(known, _)| *known == name)?;
            Some(found.1.to_owned())
        })
    }

    #[test]
    fn a_provider_is_used_when_its_key_is_set() {
        assert!(roster(&[]).expect("a roster").is_empty());
        assert!(
            roster(&[("GEMINI_API_KEY", " "), ("GEMINI_BASE_URL", "http://localhost:1")])
                .expect("a roster")
                .is_empty()
        );
        let all = roster(&[
            ("GEMINI_API_KEY", "key-one"),
            ("ANTHROPIC_API_KEY", "key-two"),
            ("OPENAI_API_KEY", "key-three"),
            ("FAL_API_KEY", "key-four"),
            ("GEMINI_IMAGE_MODEL", "gemini-2.5-flash-image"),
            ("OPENAI_MODERATION_MODEL", "omni-moderation-latest"),
        ]);
        let all = all.expect("a roster");
        let shown = format!("{all:?}");
        assert_eq!(
            shown,
            r#"Roster { providers: ["gemini", "anthropic", "openai"], painters: ["gemini image", "fal"], moderator: Some("openai moderation") }"#
        );
        assert_eq!(all.only("anthropic").providers.len(), 1);
        let local = roster(&[("OPENAI_BASE_URL", "http://localhost:11434/v1")]).expect("a roster");
        assert_eq!(local.providers.len(), 1, "a local server needs no key");
    }

    #[test]
    fn a_setting_that_makes_no_sense_is_named_without_its_value() {
        let error = roster(&[("GEMINI_API_KEY", "private\nkey")]).expect_err("no key");
        assert_eq!(
            error,
            SetupError::Key {
                setting: "GEMINI_API_KEY"
            }
        );
        assert!(!format!("{error} {error:?}").contains("private"));
        let error = roster(&[("FAL_API_KEY", "k"), ("FAL_BASE_URL", "localhost")]).expect_err("no URL");
        assert_eq!(
            error,
            SetupError::BaseUrl {
                setting: "FAL_BASE_URL"
            }
        );
        assert_eq!(
            roster(&[("FAL_API_KEY", "k"), ("FAL_MODE", "later")]).err(),
            Some(SetupError::Mode)
        );
    }
}
