//! Owns the client of OpenAI and of everything that speaks its format: llama.cpp, vLLM, Ollama below `/v1`.
//! Must not need a key: a local server has none.

use super::http::{self, Endpoint};
use super::{Answer, Moderator, Order, Proposal, Provider, ProviderError, answer, ask};
use crate::moderation::Category;
use crate::prompt::Prompt;
use crate::sprite::Sprite;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// Where the public service is.
pub const BASE_URL: &str = "https://api.openai.com/v1";
/// The model if none is named.
pub const MODEL: &str = "gpt-4.1-mini";

/// Weapons as a structured output of chat completions.
#[derive(Clone, Debug)]
pub struct OpenAi {
    endpoint: Endpoint,
}

/// A second opinion on prompts and pictures by the moderation endpoint.
#[derive(Clone, Debug)]
pub struct OpenAiModerator {
    endpoint: Endpoint,
}

impl OpenAi {
    /// A client.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> OpenAi {
        OpenAi { endpoint }
    }

    fn body(&self, order: &Order) -> Value {
        json!({
            "model": self.endpoint.model,
            "messages": [
                { "role": "system", "content": ask::instructions() },
                { "role": "user", "content": ask::wish(order) },
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": { "name": ask::SCHEMA_NAME, "strict": true, "schema": ask::schema() },
            },
            "seed": ask::seed(order),
            "temperature": 1,
        })
    }
}

impl OpenAiModerator {
    /// A client whose endpoint names a moderation model.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> OpenAiModerator {
        OpenAiModerator { endpoint }
    }
}

async fn post(endpoint: &Endpoint, path: &str, body: &Value) -> Result<Value, ProviderError> {
    let mut request = endpoint.client.post(format!("{}{path}", endpoint.base)).json(body);
    if let Some(key) = &endpoint.key {
        request = request.header("authorization", key.after("Bearer "));
    }
    let bytes = http::send(request, http::TEXT_BYTES_MAX).await?;
    serde_json::from_slice(&bytes).map_err(|_| ProviderError::Malformed)
}

/// The text of the first choice.
fn content(reply: &Value) -> Result<&str, ProviderError> {
    let choice = reply.pointer("/choices/0").ok_or(ProviderError::Malformed)?;
    let is_refused = choice.pointer("/message/refusal").is_some_and(Value::is_string);
    match choice.get("finish_reason").and_then(Value::as_str) {
        _ if is_refused => Err(ProviderError::Declined),
        Some("content_filter") => Err(ProviderError::Declined),
        Some("length") => Err(ProviderError::Malformed),
        _ => choice
            .pointer("/message/content")
            .and_then(Value::as_str)
            .ok_or(ProviderError::Malformed),
    }
}

/// What the endpoint's categories mean here. Violence is what weapons are about, so it counts only when it is graphic.
fn category(reply: &Value) -> Result<Option<Category>, ProviderError> {
    let named = reply
        .pointer("/results/0/categories")
        .and_then(Value::as_object)
        .ok_or(ProviderError::Malformed)?;
    let fires = |start: &str| {
        named
            .iter()
            .any(|(name, flag)| name.starts_with(start) && flag.as_bool() == Some(true))
    };
    if fires("hate") || fires("harassment") {
        return Ok(Some(Category::Hate));
    }
    if fires("self-harm") {
        return Ok(Some(Category::SelfHarm));
    }
    Ok((fires("sexual") || fires("violence/graphic")).then_some(Category::Profanity))
}

/// The highest score among the categories that [`category`] minds, in thousandths.
fn picture_score(reply: &Value) -> Result<u16, ProviderError> {
    let scores = reply
        .pointer("/results/0/category_scores")
        .and_then(Value::as_object)
        .ok_or(ProviderError::Malformed)?;
    let minded = ["hate", "harassment", "self-harm", "sexual", "violence/graphic"];
    let mut worst = 0;
    for (name, score) in scores {
        if minded.iter().any(|start| name.starts_with(start)) {
            let score = score.as_f64().ok_or(ProviderError::Malformed)?;
            worst = worst.max((score.clamp(0.0, 1.0) * 1000.0).round() as u16);
        }
    }
    Ok(worst)
}

impl Provider for OpenAi {
    fn name(&self) -> &str {
        "openai"
    }

    fn propose<'a>(&'a self, order: &'a Order) -> Answer<'a, Proposal> {
        Box::pin(async move {
            let body = self.body(order);
            let reply = http::patiently(order, || post(&self.endpoint, "/chat/completions", &body)).await?;
            answer::parse(content(&reply)?)
        })
    }
}

impl Moderator for OpenAiModerator {
    fn name(&self) -> &str {
        "openai moderation"
    }

    fn judge<'a>(&'a self, prompt: &'a Prompt) -> Answer<'a, Option<Category>> {
        Box::pin(async move {
            let body = json!({
                "model": self.endpoint.model,
                "input": [{ "type": "text", "text": prompt.as_str() }],
            });
            category(&post(&self.endpoint, "/moderations", &body).await?)
        })
    }

    fn judge_picture<'a>(&'a self, picture: &'a Sprite) -> Answer<'a, u16> {
        Box::pin(async move {
            let url = format!("data:image/png;base64,{}", BASE64_STANDARD.encode(picture.to_png()));
            let body = json!({
                "model": self.endpoint.model,
                "input": [{ "type": "image_url", "image_url": { "url": url } }],
            });
            picture_score(&post(&self.endpoint, "/moderations", &body).await?)
        })
    }
}
