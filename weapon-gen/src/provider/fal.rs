//! Owns the fal.ai client: FLUX pictures, waiting on the line (sync) or in the queue.
//! Must not let a job run on: a queued job is canceled when its answer is dropped.

use super::http::{self, Endpoint, SetupError};
use super::{Answer, Order, Painter, ProviderError, ask, picture};
use crate::sprite::Sprite;
use reqwest::{RequestBuilder, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

/// Where the public service answers on the line.
pub const BASE_URL: &str = "https://fal.run";
/// Where the public service takes jobs into its queue.
pub const QUEUE_BASE_URL: &str = "https://queue.fal.run";
/// The model if none is named.
pub const MODEL: &str = "fal-ai/flux/schnell";
/// Pause between two looks at a queued job.
const POLL_PAUSE: Duration = Duration::from_millis(200);
/// How long the request that cancels a job may take.
const CANCEL_PATIENCE: Duration = Duration::from_secs(5);
/// Side of the picture in pixels.
const SIDE: u32 = 512;

/// How a picture is waited for.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Mode {
    /// One request; a broken connection loses a picture that is paid for.
    Sync,
    /// A job that is looked at until it is done, and canceled at the deadline.
    Queue,
}

/// Pictures by FLUX.
#[derive(Clone, Debug)]
pub struct Fal {
    endpoint: Endpoint,
    mode: Mode,
}

#[derive(Deserialize)]
struct Reply {
    images: Vec<Image>,
    #[serde(default)]
    has_nsfw_concepts: Vec<bool>,
}

#[derive(Deserialize)]
struct Image {
    url: String,
}

#[derive(Deserialize)]
struct Queued {
    status_url: String,
    response_url: String,
    cancel_url: String,
}

impl Fal {
    /// A client. The endpoint's base has to fit the mode.
    #[must_use]
    pub const fn new(endpoint: Endpoint, mode: Mode) -> Fal {
        Fal { endpoint, mode }
    }

    /// The base of the public service for a mode.
    #[must_use]
    pub const fn base_url(mode: Mode) -> &'static str {
        match mode {
            Mode::Sync => BASE_URL,
            Mode::Queue => QUEUE_BASE_URL,
        }
    }

    fn keyed(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.endpoint.key {
            Some(key) => request.header("authorization", key.after("Key ")),
            None => request,
        }
    }

    fn submission(&self, order: &Order) -> RequestBuilder {
        let url = format!("{}/{}", self.endpoint.base, self.endpoint.model);
        let mut body = json!({
            "prompt": ask::picture_prompt(order),
            "seed": ask::seed(order),
            "image_size": { "width": SIDE, "height": SIDE },
            "num_images": 1,
            "num_inference_steps": 4,
            "output_format": "png",
            "enable_safety_checker": true,
        });
        // The picture then comes inside the answer.
        body["sync_mode"] = Value::Bool(true);
        self.keyed(self.endpoint.client.post(url).json(&body))
    }

    /// A URL from an answer that gets to see the key: on our server only.
    fn own_url(&self, text: &str) -> Result<Url, ProviderError> {
        let url = Url::parse(text).map_err(|_| ProviderError::Malformed)?;
        if self.endpoint.owns(&url) {
            Ok(url)
        } else {
            Err(ProviderError::Malformed)
        }
    }

    async fn on_the_line(&self, order: &Order) -> Result<Sprite, ProviderError> {
        let bytes = http::patiently(order, || http::send(self.submission(order), http::PICTURE_BYTES_MAX)).await?;
        self.picture(&bytes).await
    }

    async fn queued(&self, order: &Order) -> Result<Sprite, ProviderError> {
        let bytes = http::patiently(order, || http::send(self.submission(order), http::TEXT_BYTES_MAX)).await?;
        let queued: Queued = parse(&bytes)?;
        let (status, response) = (self.own_url(&queued.status_url)?, self.own_url(&queued.response_url)?);
        let cancel = self.own_url(&queued.cancel_url)?;
        let job = Job {
            cancel: Some(self.keyed(self.endpoint.client.put(cancel))),
        };
        loop {
            let look = self.keyed(self.endpoint.client.get(status.clone()));
            let seen: Value = parse(&http::send(look, http::TEXT_BYTES_MAX).await?)?;
            match seen.get("status").and_then(Value::as_str) {
                Some("IN_QUEUE" | "IN_PROGRESS") => sleep(POLL_PAUSE).await,
                Some("COMPLETED") => break,
                _ => return Err(ProviderError::Malformed),
            }
        }
        job.finish();
        let result = self.keyed(self.endpoint.client.get(response));
        self.picture(&http::send(result, http::PICTURE_BYTES_MAX).await?).await
    }

    async fn picture(&self, bytes: &[u8]) -> Result<Sprite, ProviderError> {
        let reply: Reply = parse(bytes)?;
        if reply.has_nsfw_concepts.contains(&true) {
            return Err(ProviderError::Declined);
        }
        let image = reply.images.into_iter().next().ok_or(ProviderError::Malformed)?;
        if let Some(data) = image.url.strip_prefix("data:") {
            let (_, data) = data.split_once(";base64,").ok_or(ProviderError::Malformed)?;
            return picture::from_base64(data).await;
        }
        // Pictures of the queue lie on another server, which does not get the key.
        let url = Url::parse(&image.url).map_err(|_| ProviderError::Malformed)?;
        if !is_store(&url) && !self.endpoint.owns(&url) {
            return Err(ProviderError::Malformed);
        }
        let bytes = http::send(self.endpoint.client.get(url), http::PICTURE_BYTES_MAX).await?;
        picture::from_bytes(bytes).await
    }
}

/// Whether a URL leads to where fal.ai keeps pictures; an answer must not send us anywhere else.
fn is_store(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    url.scheme() == "https" && (host == "fal.media" || host.ends_with(".fal.media"))
}

fn parse<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, ProviderError> {
    serde_json::from_slice(bytes).map_err(|_| ProviderError::Malformed)
}

/// A queued job that nobody may forget: dropped before it is done, it is canceled.
struct Job {
    cancel: Option<RequestBuilder>,
}

impl Job {
    fn finish(mut self) {
        self.cancel = None;
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let Some(cancel) = self.cancel.take() else {
            return;
        };
        // Without a runtime (it is shutting down) the job ends by itself.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(http::send(cancel.timeout(CANCEL_PATIENCE), http::TEXT_BYTES_MAX));
        }
    }
}

impl Painter for Fal {
    fn name(&self) -> &str {
        "fal"
    }

    fn paint<'a>(&'a self, order: &'a Order) -> Answer<'a, Sprite> {
        match self.mode {
            Mode::Sync => Box::pin(self.on_the_line(order)),
            Mode::Queue => Box::pin(async move {
                tokio::time::timeout(order.patience, self.queued(order))
                    .await
                    .unwrap_or(Err(ProviderError::TooSlow))
            }),
        }
    }
}

/// The mode of a setting's text: `sync` or `queue`.
///
/// # Errors
/// [`SetupError::Mode`] for any other text.
pub fn mode(text: &str) -> Result<Mode, SetupError> {
    match text.trim() {
        "sync" => Ok(Mode::Sync),
        "queue" => Ok(Mode::Queue),
        _ => Err(SetupError::Mode),
    }
}
