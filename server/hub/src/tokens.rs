//! Learns the sender of a request from its JSON Web Token (RFC 7519), and the channels that the token grants.

use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, StatusCode, header, request::Parts};
use everstream_server::hub::{Access, Grant, Refusal};
use jsonwebtoken::{DecodingKey, Validation, decode, errors::ErrorKind};
use serde::Deserialize;

use crate::{config, patterns::Patterns};

/// Judges requests by their tokens.
pub(crate) struct Gate {
    verifier: Option<Verifier>,
    anonymous: Patterns,
}

struct Verifier {
    key: DecodingKey,
    validation: Validation,
    cookie: Option<String>,
}

/// The sender of a request.
#[derive(Debug)]
pub(crate) struct Principal {
    /// Empty when the request has no token.
    identity: String,
    expires: Option<SystemTime>,
    channels: Patterns,
}

#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
    #[serde(default)]
    channels: Vec<String>,
}

impl Gate {
    pub(crate) fn new(tokens: Option<config::Tokens>, anonymous: Patterns) -> Self {
        let verifier = tokens.map(|tokens| {
            let mut validation = Validation::new(tokens.algorithm);
            validation.leeway = 0;
            validation.validate_nbf = true;
            validation.set_required_spec_claims(&["exp", "sub"]);
            match tokens.audience {
                Some(audience) => {
                    validation.required_spec_claims.insert("aud".to_owned());
                    validation.set_audience(&[audience]);
                }
                None => validation.validate_aud = false,
            }
            if let Some(issuer) = tokens.issuer {
                validation.required_spec_claims.insert("iss".to_owned());
                validation.set_issuer(&[issuer]);
            }
            Verifier {
                key: tokens.key,
                validation,
                cookie: tokens.cookie,
            }
        });
        Self {
            verifier,
            anonymous,
        }
    }

    fn judge(&self, headers: &HeaderMap) -> Result<Principal, Refusal> {
        let token = self.verifier.as_ref().and_then(|verifier| {
            let token = bearer(headers).or_else(|| cookie(headers, verifier.cookie.as_deref()?))?;
            Some((verifier, token))
        });
        match token {
            Some((verifier, token)) => verifier.verify(token),
            None if self.anonymous.is_empty() => Err(Refusal::unauthenticated()),
            None => Ok(Principal {
                identity: String::new(),
                expires: None,
                channels: self.anonymous.clone(),
            }),
        }
    }
}

impl Verifier {
    fn verify(&self, token: &str) -> Result<Principal, Refusal> {
        let refuse =
            |code, message: &str| Refusal::new(code, message).with_status(StatusCode::UNAUTHORIZED);
        let token = decode::<Claims>(token, &self.key, &self.validation);
        let claims = token.map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature => refuse("expired", "the token has expired"),
            // A client that can't sign a token must not learn how its verification fails.
            _ => refuse("invalid_token", "the token can't be verified"),
        })?;
        let claims = claims.claims;
        // The empty identity stands for clients without a token, so no token may claim it.
        if claims.sub.is_empty() {
            return Err(refuse("invalid_token", "the token's `sub` is empty"));
        }
        let channels = Patterns::new(claims.channels).map_err(|error| {
            refuse("invalid_token", &format!("the token's `channels`: {error}"))
        })?;
        Ok(Principal {
            identity: claims.sub,
            // A time beyond the range of `SystemTime` is later than any other, so it counts as no expiry.
            expires: SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(claims.exp)),
            channels,
        })
    }
}

impl Access for Gate {
    type Principal = Principal;

    async fn principal(&self, request: &Parts) -> Result<Principal, Refusal> {
        self.judge(&request.headers)
    }

    fn identity(&self, principal: &Principal) -> String {
        principal.identity.clone()
    }

    fn expires_at(&self, principal: &Principal) -> Option<SystemTime> {
        principal.expires
    }

    async fn may_subscribe(&self, principal: &Principal, channel: &str) -> Result<Grant, Refusal> {
        if principal.channels.contain(channel) {
            Ok(Grant::with_history())
        } else {
            let message = "the token doesn't grant this channel";
            Err(Refusal::new("forbidden", message))
        }
    }
}

/// Returns the credentials of `Authorization: Bearer …` (RFC 6750, section 2.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| credentials.trim())
}

/// Returns the value of a cookie.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut values = pairs.filter_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    });
    values.next()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
    use serde_json::{Value, json};

    use super::*;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn gate(change: impl FnOnce(&mut config::Tokens), anonymous: &[&str]) -> Gate {
        let mut tokens = config::Tokens {
            algorithm: Algorithm::HS256,
            key: DecodingKey::from_secret(SECRET).unwrap(),
            audience: None,
            issuer: None,
            cookie: None,
        };
        change(&mut tokens);
        let anonymous = anonymous.iter().map(ToString::to_string).collect();
        Gate::new(Some(tokens), Patterns::new(anonymous).unwrap())
    }

    fn token(claims: &Value) -> String {
        encode(
            &Header::new(Algorithm::HS256),
            claims,
            &EncodingKey::from_secret(SECRET).unwrap(),
        )
        .unwrap()
    }

    fn from_now(seconds: i64) -> u64 {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        now.unwrap().as_secs().saturating_add_signed(seconds)
    }

    fn judged(gate: &Gate, name: &'static str, value: &str) -> Result<Principal, Value> {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        let judged = gate.judge(&headers);
        judged.map_err(|refusal| serde_json::to_value(refusal).unwrap()["code"].clone())
    }

    fn with_token(gate: &Gate, claims: &Value) -> Result<Principal, Value> {
        judged(gate, "authorization", &format!("Bearer {}", token(claims)))
    }

    #[test]
    fn a_token_says_who_for_how_long_and_what() {
        let gate = gate(|_| {}, &[]);
        let exp = from_now(60);
        let claims = json!({ "sub": "alice", "exp": exp, "channels": ["chat:*"] });
        let principal = with_token(&gate, &claims).unwrap();
        assert_eq!(gate.identity(&principal), "alice");
        assert_eq!(
            gate.expires_at(&principal),
            Some(SystemTime::UNIX_EPOCH + Duration::from_secs(exp))
        );
        assert!(principal.channels.contain("chat:1") && !principal.channels.contain("prices"));
        let claims = json!({ "sub": "alice", "exp": exp });
        let principal = with_token(&gate, &claims).unwrap();
        assert!(principal.channels.is_empty(), "it grants nothing");
    }

    #[test]
    fn tokens_that_do_not_hold_are_refused() {
        let gate = gate(|_| {}, &["*"]);
        let exp = from_now(60);
        for (claims, code) in [
            (json!({ "sub": "a", "exp": from_now(-1) }), "expired"),
            (json!({ "sub": "a" }), "invalid_token"),
            (json!({ "exp": exp }), "invalid_token"),
            (json!({ "sub": "", "exp": exp }), "invalid_token"),
            (
                json!({ "sub": "a", "exp": exp, "nbf": from_now(30) }),
                "invalid_token",
            ),
            (
                json!({ "sub": "a", "exp": exp, "channels": ["*a"] }),
                "invalid_token",
            ),
        ] {
            assert_eq!(with_token(&gate, &claims).unwrap_err(), code, "{claims}");
        }
        let foreign = encode(
            &Header::default(),
            &json!({ "sub": "a", "exp": exp }),
            &EncodingKey::from_secret(b"another secret of thirty-two bytes").unwrap(),
        );
        let foreign = format!("Bearer {}", foreign.unwrap());
        assert_eq!(
            judged(&gate, "authorization", &foreign).unwrap_err(),
            "invalid_token"
        );
        // A token signed by another algorithm than the configured one, or by none, must be refused.
        let other = encode(
            &Header::new(Algorithm::HS512),
            &json!({ "sub": "a", "exp": exp }),
            &EncodingKey::from_secret(SECRET).unwrap(),
        );
        let other = format!("Bearer {}", other.unwrap());
        assert_eq!(
            judged(&gate, "authorization", &other).unwrap_err(),
            "invalid_token"
        );
        // {"alg":"none"}.{"sub":"a","exp":9999999999}.
        let none = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwiZXhwIjo5OTk5OTk5OTk5fQ.";
        assert_eq!(
            judged(&gate, "authorization", none).unwrap_err(),
            "invalid_token"
        );
    }

    #[test]
    fn audience_and_issuer_are_asked_for_where_they_are_set() {
        let gate = gate(
            |tokens| {
                tokens.audience = Some("hub".to_owned());
                tokens.issuer = Some("app".to_owned());
            },
            &[],
        );
        let exp = from_now(60);
        let claims = json!({ "sub": "a", "exp": exp, "aud": "hub", "iss": "app" });
        assert!(with_token(&gate, &claims).is_ok());
        for (aud, iss) in [
            (Some("hub"), None),
            (None, Some("app")),
            (Some("x"), Some("app")),
        ] {
            let mut claims = json!({ "sub": "a", "exp": exp });
            if let Some(aud) = aud {
                claims["aud"] = json!(aud);
            }
            if let Some(iss) = iss {
                claims["iss"] = json!(iss);
            }
            assert!(with_token(&gate, &claims).is_err(), "{claims}");
        }
    }

    #[test]
    fn a_cookie_stands_in_for_the_header_where_it_is_named() {
        let named = gate(
            |tokens| tokens.cookie = Some("session".to_owned()),
            &["public"],
        );
        let token = token(&json!({ "sub": "alice", "exp": from_now(60) }));
        let cookies = format!("a=b; session={token}; c=d");
        assert_eq!(
            judged(&named, "cookie", &cookies).unwrap().identity,
            "alice"
        );
        let unnamed = gate(|_| {}, &["public"]);
        assert_eq!(judged(&unnamed, "cookie", &cookies).unwrap().identity, "");
    }

    #[test]
    fn without_a_token_one_is_anybody_or_nobody() {
        let gate_for_all = gate(|_| {}, &["public:*"]);
        let principal = gate_for_all.judge(&HeaderMap::new()).unwrap();
        assert_eq!(principal.identity, "");
        assert!(principal.channels.contain("public:a") && !principal.channels.contain("a"));
        assert!(gate(|_| {}, &[]).judge(&HeaderMap::new()).is_err());
    }
}
