//! Owns the Anthropic client: Messages with one forced, strict tool whose input is the weapon.
//! Must not run tools: the call's input is the answer.

use super::http::{self, Endpoint};
use super::{Answer, Order, Proposal, Provider, ProviderError, answer, ask};
use serde_json::{Value, json};

/// Where the public service is.
pub const BASE_URL: &str = "https://api.anthropic.com";
/// The model if none is named.
pub const MODEL: &str = "claude-haiku-4-5";

/// Weapons as the input of a tool call.
#[derive(Clone, Debug)]
pub struct Anthropic {
    endpoint: Endpoint,
}

impl Anthropic {
    /// A client.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> Anthropic {
        Anthropic { endpoint }
    }

    fn body(&self, order: &Order) -> Value {
        json!({
            "model": self.endpoint.model,
            "max_tokens": ask::TOKENS_MAX,
            "system": ask::instructions(),
            "messages": [{ "role": "user", "content": ask::wish(order) }],
            "tools": [{
                "name": ask::SCHEMA_NAME,
                "description": "Hands over the designed weapon.",
                "strict": true,
                "input_schema": ask::schema(),
            }],
            "tool_choice": { "type": "tool", "name": ask::SCHEMA_NAME, "disable_parallel_tool_use": true },
        })
    }

    async fn message(&self, body: &Value) -> Result<Value, ProviderError> {
        let url = format!("{}/v1/messages", self.endpoint.base);
        let mut request = self
            .endpoint
            .client
            .post(url)
            .header("anthropic-version", "2023-06-01")
            .json(body);
        if let Some(key) = &self.endpoint.key {
            request = request.header("x-api-key", key.header());
        }
        let bytes = http::send(request, http::TEXT_BYTES_MAX).await?;
        serde_json::from_slice(&bytes).map_err(|_| ProviderError::Malformed)
    }
}

/// The input of the answer's tool call.
fn tool_input(reply: &Value) -> Result<&Value, ProviderError> {
    match reply.get("stop_reason").and_then(Value::as_str) {
        Some("refusal") => return Err(ProviderError::Declined),
        Some("tool_use") => {}
        _ => return Err(ProviderError::Malformed),
    }
    let blocks = reply
        .get("content")
        .and_then(Value::as_array)
        .ok_or(ProviderError::Malformed)?;
    let is_ours = |block: &&Value| {
        block.get("type").and_then(Value::as_str) == Some("tool_use")
            && block.get("name").and_then(Value::as_str) == Some(ask::SCHEMA_NAME)
    };
    blocks
        .iter()
        .find(is_ours)
        .and_then(|block| block.get("input"))
        .ok_or(ProviderError::Malformed)
}

impl Provider for Anthropic {
    fn name(&self) -> &str {
        "anthropic"
    }

    fn propose<'a>(&'a self, order: &'a Order) -> Answer<'a, Proposal> {
        Box::pin(async move {
            let body = self.body(order);
            let reply = http::patiently(order, || self.message(&body)).await?;
            answer::parse_value(tool_input(&reply)?)
        })
    }
}
