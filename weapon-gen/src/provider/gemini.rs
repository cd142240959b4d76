//! Owns the Gemini client: `generateContent` for text as JSON, and for pictures.
//! Must not follow what an answer says beyond its fields.

use super::http::{self, Endpoint};
use super::{Answer, Order, Painter, Proposal, Provider, ProviderError, answer, ask, picture};
use crate::sprite::Sprite;
use serde::Deserialize;
use serde_json::{Value, json};

/// Where the public service is.
pub const BASE_URL: &str = "https://generativelanguage.googleapis.com";
/// The model for text if none is named.
pub const MODEL: &str = "gemini-2.5-flash";

/// Weapons as JSON.
#[derive(Clone, Debug)]
pub struct Gemini {
    endpoint: Endpoint,
    /// Tokens for thinking; `None` leaves the setting out, which models without thinking need.
    thinking_budget: Option<u32>,
}

/// Pictures by an image model of the same service.
#[derive(Clone, Debug)]
pub struct GeminiPainter {
    endpoint: Endpoint,
}

impl Gemini {
    /// A client; `thinking_budget` is 0 to answer at once, `None` for models that cannot think.
    #[must_use]
    pub const fn new(endpoint: Endpoint, thinking_budget: Option<u32>) -> Gemini {
        Gemini {
            endpoint,
            thinking_budget,
        }
    }

    fn body(&self, order: &Order) -> Value {
        let mut config = json!({
            "temperature": 1,
            "seed": ask::seed(order),
            "maxOutputTokens": ask::TOKENS_MAX,
            "responseMimeType": "application/json",
            "responseJsonSchema": ask::schema(),
        });
        if let Some(tokens) = self.thinking_budget {
            config["thinkingConfig"] = json!({ "thinkingBudget": tokens });
        }
        json!({
            "systemInstruction": { "parts": [{ "text": ask::instructions() }] },
            "contents": [{ "role": "user", "parts": [{ "text": ask::wish(order) }] }],
            "safetySettings": safety(),
            "generationConfig": config,
        })
    }
}

impl GeminiPainter {
    /// A client whose endpoint names an image model.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> GeminiPainter {
        GeminiPainter { endpoint }
    }
}

/// The service's own filters, at the level for all ages; weapons are wanted, so danger is left to the other filters.
fn safety() -> Value {
    let category = |name: &str, threshold: &str| json!({ "category": name, "threshold": threshold });
    json!([
        category("HARM_CATEGORY_HATE_SPEECH", "BLOCK_LOW_AND_ABOVE"),
        category("HARM_CATEGORY_HARASSMENT", "BLOCK_LOW_AND_ABOVE"),
        category("HARM_CATEGORY_SEXUALLY_EXPLICIT", "BLOCK_LOW_AND_ABOVE"),
        category("HARM_CATEGORY_DANGEROUS_CONTENT", "BLOCK_ONLY_HIGH"),
    ])
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    #[serde(default)]
    candidates: Vec<Candidate>,
    prompt_feedback: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    content: Option<Content>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    text: Option<String>,
    #[serde(default)]
    thought: bool,
    inline_data: Option<Blob>,
}

#[derive(Deserialize)]
struct Blob {
    data: String,
}

async fn generate(endpoint: &Endpoint, body: &Value, max_bytes: usize) -> Result<Vec<Part>, ProviderError> {
    let url = format!("{}/v1beta/models/{}:generateContent", endpoint.base, endpoint.model);
    let mut request = endpoint.client.post(url).json(body);
    if let Some(key) = &endpoint.key {
        request = request.header("x-goog-api-key", key.header());
    }
    let bytes = http::send(request, max_bytes).await?;
    let reply: Reply = serde_json::from_slice(&bytes).map_err(|_| ProviderError::Malformed)?;
    let Some(first) = reply.candidates.into_iter().next() else {
        // The prompt was blocked; without a reason the answer makes no sense.
        let blocked = reply
            .prompt_feedback
            .is_some_and(|feedback| feedback.get("blockReason").is_some());
        return Err(if blocked {
            ProviderError::Declined
        } else {
            ProviderError::Malformed
        });
    };
    match first.finish_reason.as_deref() {
        None | Some("STOP") => Ok(first.content.map(|content| content.parts).unwrap_or_default()),
        Some("MAX_TOKENS" | "MALFORMED_FUNCTION_CALL") => Err(ProviderError::Malformed),
        Some(_) => Err(ProviderError::Declined),
    }
}

impl Provider for Gemini {
    fn name(&self) -> &str {
        "gemini"
    }

    fn propose<'a>(&'a self, order: &'a Order) -> Answer<'a, Proposal> {
        Box::pin(async move {
            let body = self.body(order);
            let parts = http::patiently(order, || generate(&self.endpoint, &body, http::TEXT_BYTES_MAX)).await?;
            let text: String = parts
                .into_iter()
                .filter(|part| !part.thought)
                .filter_map(|part| part.text)
                .collect();
            answer::parse(&text)
        })
    }
}

impl Painter for GeminiPainter {
    fn name(&self) -> &str {
        "gemini image"
    }

    fn paint<'a>(&'a self, order: &'a Order) -> Answer<'a, Sprite> {
        Box::pin(async move {
            let body = json!({
                "contents": [{ "role": "user", "parts": [{ "text": ask::picture_prompt(order) }] }],
                "safetySettings": safety(),
                "generationConfig": {
                    "seed": ask::seed(order),
                    "responseModalities": ["TEXT", "IMAGE"],
                    "imageConfig": { "aspectRatio": "1:1", "imageSize": "1K" },
                },
            });
            let parts = http::patiently(order, || generate(&self.endpoint, &body, http::PICTURE_BYTES_MAX)).await?;
            let data = parts
                .into_iter()
                .find_map(|part| part.inline_data)
                .ok_or(ProviderError::Declined)?;
            picture::from_base64(data.data).await
        })
    }
}
