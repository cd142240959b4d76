//! Owns the way over HTTP: one client, bounded bodies, errors without text, retries within the patience.
//! Must not know any provider's format.

use super::secret::Secret;
use super::{Order, ProviderError};
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// The largest answer with text, in bytes.
pub const TEXT_BYTES_MAX: usize = 256 << 10;
/// The largest answer with a picture, in bytes.
pub const PICTURE_BYTES_MAX: usize = 4 << 20;
/// Tries per order, the first one included.
const TRIES_MAX: u32 = 3;
/// A try that has less time than this does not begin.
const TRY_MIN: Duration = Duration::from_millis(250);
/// The pause before the second try if the provider names none; doubles with every try.
const PAUSE: Duration = Duration::from_millis(100);

/// Why a provider cannot be set up. It names the setting and never its value.
#[derive(Copy, Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The base URL is none, or not `http` or `https`.
    #[error("{setting} is not an http or https URL")]
    BaseUrl {
        /// The setting's name.
        setting: &'static str,
    },
    /// No HTTP header can carry the key.
    #[error("{setting} is not a usable key")]
    Key {
        /// The setting's name.
        setting: &'static str,
    },
    /// Not a whole number.
    #[error("{setting} is not a whole number")]
    Number {
        /// The setting's name.
        setting: &'static str,
    },
    /// The system gives no thread for the runtime.
    #[error("no thread for the runtime")]
    Runtime,
    /// The mode of fal.ai is neither `sync` nor `queue`.
    #[error("FAL_MODE is neither sync nor queue")]
    Mode,
    /// The system's TLS roots or the HTTP client cannot be used.
    #[error("the HTTP client cannot be built")]
    Client,
}

/// Where a provider is, which model answers, and with which key.
#[derive(Clone)]
pub struct Endpoint {
    /// The base, without a slash at its end.
    pub(crate) base: String,
    /// The model's name.
    pub(crate) model: String,
    /// The key, if it needs one.
    pub(crate) key: Option<Secret>,
    /// The client that all providers share.
    pub(crate) client: Client,
}

impl Endpoint {
    /// An endpoint below a base URL. `setting` is named in the error.
    ///
    /// # Errors
    /// [`SetupError::BaseUrl`] if the base is no `http` or `https` URL.
    pub fn new(
        client: &Client,
        setting: &'static str,
        base: &str,
        model: &str,
        key: Option<Secret>,
    ) -> Result<Endpoint, SetupError> {
        let base = base.trim().trim_end_matches('/');
        let url = Url::parse(base).map_err(|_| SetupError::BaseUrl { setting })?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(SetupError::BaseUrl { setting });
        }
        Ok(Endpoint {
            base: base.to_owned(),
            model: model.trim().to_owned(),
            key,
            client: client.clone(),
        })
    }

    /// Whether a URL from an answer leads to the same server, which may then see the key.
    pub(crate) fn owns(&self, url: &Url) -> bool {
        Url::parse(&self.base).is_ok_and(|base| base.origin() == url.origin())
    }
}

impl std::fmt::Debug for Endpoint {
    /// Shows the host only: a base URL may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = Url::parse(&self.base)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        f.debug_struct("Endpoint")
            .field("host", &host)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

/// The HTTP client: TLS 1.2 and 1.3 by rustls with ring, the system's roots, no redirects, since they could carry keys away.
///
/// # Errors
/// [`SetupError::Client`] if the system's roots cannot be read.
pub fn client() -> Result<Client, SetupError> {
    use rustls_platform_verifier::BuilderVerifierExt;
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|_| SetupError::Client)?
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("weapon-gen/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|_| SetupError::Client)
}

/// Sends a request and reads the body of a success, at most `max_bytes` of it.
pub(crate) async fn send(request: RequestBuilder, max_bytes: usize) -> Result<Vec<u8>, ProviderError> {
    let mut response = request.send().await.map_err(|error| named(&error))?;
    judge_status(&response)?;
    let too_long = ProviderError::Oversized { max_bytes };
    if response
        .content_length()
        .is_some_and(|length| length > max_bytes as u64)
    {
        return Err(too_long);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| named(&error))? {
        if body.len() + chunk.len() > max_bytes {
            return Err(too_long);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Repeats what fails for a while (too many requests, server errors) as long as the order's patience lasts.
pub(crate) async fn patiently<T, F>(order: &Order, mut attempt: impl FnMut() -> F) -> Result<T, ProviderError>
where
    F: Future<Output = Result<T, ProviderError>>,
{
    let end = Instant::now() + order.patience;
    let mut tries = 0;
    loop {
        tries += 1;
        let error = match timeout_at(end, attempt()).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error,
            Err(_) => return Err(ProviderError::TooSlow),
        };
        let own_pause = PAUSE * (1 << (tries - 1));
        let pause = match error {
            ProviderError::Busy { retry_after } => retry_after.unwrap_or(own_pause),
            ProviderError::Status(408 | 409 | 500..=599) => own_pause,
            _ => return Err(error),
        };
        let left = end.saturating_duration_since(Instant::now());
        if tries >= TRIES_MAX || left < pause.saturating_add(TRY_MIN) {
            return Err(error);
        }
        sleep(pause).await;
    }
}

fn named(error: &reqwest::Error) -> ProviderError {
    if error.is_timeout() {
        ProviderError::TooSlow
    } else {
        ProviderError::Unreachable
    }
}

fn judge_status(response: &Response) -> Result<(), ProviderError> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let retry_after = retry_after(response.headers());
    match status {
        StatusCode::TOO_MANY_REQUESTS => Err(ProviderError::Busy { retry_after }),
        StatusCode::SERVICE_UNAVAILABLE if retry_after.is_some() => Err(ProviderError::Busy { retry_after }),
        StatusCode::GATEWAY_TIMEOUT => Err(ProviderError::TooSlow),
        _ => Err(ProviderError::Status(status.as_u16())),
    }
}

/// `retry-after-ms`, or `retry-after` in seconds; a date is not understood, which means "unknown".
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str, unit_ms: u64| {
        let text = headers.get(name)?.to_str().ok()?.trim();
        let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
        let rounded_up = u64::from(whole.len() < text.len());
        let count = whole.parse::<u64>().ok()?.saturating_add(rounded_up);
        Some(Duration::from_millis(count.saturating_mul(unit_ms).min(86_400_000)))
    };
    number("retry-after-ms", 1).or_else(|| number("retry-after", 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    reqwest::header::HeaderName::from_static(name),
                    reqwest::header::HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn pauses_are_read_in_both_units() {
        let ms = |pairs: &[_]| retry_after(&headers(pairs)).map(|pause| pause.as_millis());
        assert_eq!(ms(&[("retry-after", "3")]), Some(3_000));
        assert_eq!(ms(&[("retry-after", "0.4")]), Some(1_000));
        assert_eq!(ms(&[("retry-after", "3"), ("retry-after-ms", "250")]), Some(250));
        assert_eq!(ms(&[("retry-after", "99999999999999999999")]), None);
        assert_eq!(ms(&[("retry-after", "18446744073709551615")]), Some(86_400_000));
        assert_eq!(ms(&[("retry-after", "Sat, 21 Nov 2026 08:00:00 GMT")]), None);
        assert_eq!(ms(&[]), None);
    }

    #[test]
    fn a_base_url_is_checked_and_its_password_not_shown() {
        let client = client().expect("a client");
        let bad = Endpoint::new(&client, "X_BASE_URL", "file:///etc/passwd", "m", None);
        assert_eq!(bad.err(), Some(SetupError::BaseUrl { setting: "X_BASE_URL" }));
        let good = Endpoint::new(
            &client,
            "X_BASE_URL",
            "http://me:hunter2@localhost:1/v1/",
            "m",
            Secret::parse("k1"),
        );
        let good = good.expect("an endpoint");
        assert_eq!(good.base, "http://me:hunter2@localhost:1/v1");
        let shown = format!("{good:?}");
        assert!(
            shown.contains("localhost") && !shown.contains("hunter2") && !shown.contains("k1"),
            "{shown}"
        );
        let own = |text: &str| good.owns(&Url::parse(text).expect("a URL"));
        assert!(own("http://localhost:1/other"));
        assert!(!own("http://localhost:2/") && !own("https://localhost:1/"));
    }
}
