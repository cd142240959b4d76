//! Owns what differs between the text providers: settings, path, shape of the answers.

use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use weapon_gen::Prompt;
use weapon_gen::provider::roster::Roster;
use weapon_gen::provider::{Order, Provider};

/// A text provider under test.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Brand {
    Gemini,
    Anthropic,
    OpenAi,
}

/// The key that every provider gets here.
pub(crate) const KEY: &str = "sk-very-private-0123456789";

pub(crate) fn roster(settings: &[(&str, &str)]) -> Roster {
    let roster = Roster::from_settings(&|name| {
        let found = settings.iter().find(|(known, _)| *known == name)?;
        Some(found.1.to_owned())
    });
    roster.expect("a roster")
}

pub(crate) fn order(patience: Duration) -> Order {
    Order {
        prompt: Prompt::parse("a \"moon\" umbrella").expect("a prompt"),
        seed: 0x1_2345_6789,
        patience,
    }
}

/// Longer than any machine needs.
pub(crate) const LONG: Duration = Duration::from_secs(120);

impl Brand {
    pub(crate) fn provider(self, base_url: &str) -> Arc<dyn Provider> {
        let name = match self {
            Brand::Gemini => "GEMINI",
            Brand::Anthropic => "ANTHROPIC",
            Brand::OpenAi => "OPENAI",
        };
        let (key, base, model) = (
            format!("{name}_API_KEY"),
            format!("{name}_BASE_URL"),
            format!("{name}_MODEL"),
        );
        let roster = roster(&[(&key, KEY), (&base, base_url), (&model, "model-7")]);
        roster.providers.into_iter().next().expect("one provider")
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Brand::Gemini => "/v1beta/models/model-7:generateContent",
            Brand::Anthropic => "/v1/messages",
            Brand::OpenAi => "/chat/completions",
        }
    }

    /// The header that carries the key, and its value.
    pub(crate) fn key_header(self) -> (&'static str, String) {
        match self {
            Brand::Gemini => ("x-goog-api-key", KEY.to_owned()),
            Brand::Anthropic => ("x-api-key", KEY.to_owned()),
            Brand::OpenAi => ("authorization", format!("Bearer {KEY}")),
        }
    }

    /// Where the instructions, the player's text and the schema are in a request.
    pub(crate) fn pointers(self) -> [&'static str; 3] {
        match self {
            Brand::Gemini => [
                "/systemInstruction/parts/0/text",
                "/contents/0/parts/0/text",
                "/generationConfig/responseJsonSchema",
            ],
            Brand::Anthropic => ["/system", "/messages/0/content", "/tools/0/input_schema"],
            Brand::OpenAi => [
                "/messages/0/content",
                "/messages/1/content",
                "/response_format/json_schema/schema",
            ],
        }
    }

    /// A success that carries a weapon.
    pub(crate) fn success(self, weapon: &Value) -> Value {
        match self {
            Brand::Gemini => json!({
                "candidates": [{
                    "content": { "role": "model", "parts": [
                        { "text": "{not this}", "thought": true },
                        { "text": weapon.to_string() },
                    ]},
                    "finishReason": "STOP",
                }],
                "usageMetadata": { "totalTokenCount": 9 },
            }),
            Brand::Anthropic => json!({
                "type": "message",
                "stop_reason": "tool_use",
                "content": [
                    { "type": "text", "text": "Here." },
                    { "type": "tool_use", "id": "toolu_1", "name": "weapon", "input": weapon },
                ],
            }),
            Brand::OpenAi => json!({
                "choices": [{
                    "index": 0,
                    "finish_reason": "stop",
                    "message": { "role": "assistant", "content": weapon.to_string(), "refusal": null },
                }],
            }),
        }
    }

    /// Answers that decline the prompt.
    pub(crate) fn refusals(self) -> Vec<Value> {
        match self {
            Brand::Gemini => vec![
                json!({ "promptFeedback": { "blockReason": "SAFETY" } }),
                json!({ "candidates": [{ "finishReason": "PROHIBITED_CONTENT" }] }),
            ],
            Brand::Anthropic => vec![json!({ "stop_reason": "refusal", "content": [] })],
            Brand::OpenAi => vec![
                json!({ "choices": [{ "finish_reason": "stop", "message": { "content": null, "refusal": "No." } }] }),
                json!({ "choices": [{ "finish_reason": "content_filter", "message": { "content": "" } }] }),
            ],
        }
    }

    /// Successes that make no sense.
    pub(crate) fn nonsense(self) -> Vec<Value> {
        let no_weapon = [
            json!({ "archetype": "nuke" }),
            json!([]),
            json!("hello"),
            json!({ "archetype": "bow", "ammo": "9" }),
        ];
        let mut all: Vec<Value> = no_weapon.iter().map(|weapon| self.success(weapon)).collect();
        all.extend([
            json!({}),
            json!([]),
            json!(null),
            json!({ "candidates": 7, "content": 7, "choices": 7 }),
        ]);
        all.push(match self {
            Brand::Gemini => {
                json!({ "candidates": [{ "finishReason": "MAX_TOKENS", "content": { "parts": [{ "text": "{" }] } }] })
            }
            Brand::Anthropic => json!({ "stop_reason": "max_tokens", "content": [] }),
            Brand::OpenAi => json!({ "choices": [{ "finish_reason": "length", "message": { "content": "{" } }] }),
        });
        all
    }
}
