//! Owns keys of providers: they can be put into a request and nowhere else.
//! Must not show them: `Debug` prints dots, and there is no `Display`.

use reqwest::header::HeaderValue;

/// A provider's key.
#[derive(Clone)]
pub struct Secret(HeaderValue);

impl Secret {
    /// A key as it stands in an environment variable, without surrounding white space; `None` if it is empty or no header can carry it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Secret> {
        Secret::prefixed("", text)
    }

    /// The header value `prefix` + key, marked so that HTTP clients do not log it.
    fn prefixed(prefix: &str, key: &str) -> Option<Secret> {
        let key = key.trim();
        if key.is_empty() {
            return None;
        }
        let mut value = HeaderValue::from_str(&format!("{prefix}{key}")).ok()?;
        value.set_sensitive(true);
        Some(Secret(value))
    }

    /// The key behind a word such as `Bearer`.
    pub(crate) fn after(&self, prefix: &str) -> HeaderValue {
        self.0
            .to_str()
            .ok()
            .and_then(|key| Secret::prefixed(prefix, key))
            .map_or_else(|| self.0.clone(), |secret| secret.0)
    }

    /// The bare key.
    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shows_nowhere() {
        let secret = Secret::parse(" sk-very-private\n").expect("a key");
        let shown = format!(
            "{secret:?} {:#?} {:?} {:?}",
            Some(&secret),
            secret.header(),
            secret.after("Bearer ")
        );
        assert!(!shown.contains("private"), "{shown}");
        assert_eq!(secret.after("Bearer ").as_bytes(), b"Bearer sk-very-private");
        assert_eq!(secret.header().as_bytes(), b"sk-very-private");
    }

    #[test]
    fn what_no_header_carries_is_no_key() {
        for bad in ["", "  ", "a\nb", "a\0b"] {
            assert!(Secret::parse(bad).is_none(), "{bad:?}");
        }
    }
}
