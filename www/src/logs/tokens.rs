//! The bearer token and its lifetime.

use core::cell::RefCell;

use serde::Deserialize;

use crate::clock;
use crate::server;
use crate::trouble::Trouble;

/// The answer of the token endpoint.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Issued {
    token: String,
    expires_in_ms: u32,
}

/// Holds the latest token.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    present: RefCell<Option<Token>>,
}

/// A token as the page shows it.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// The time of expiry on the page's clock.
    pub(crate) expires_at: f64,
    /// The number of this token, counted from 1.
    pub(crate) number: u32,
}

impl Tokens {
    /// Returns the cached token, or a new one if there is none or it was refused.
    pub(crate) async fn get(&self, refused: bool) -> Result<String, Trouble> {
        if let Some(token) = self.present().filter(|_| !refused) {
            return Ok(token.text);
        }
        let issued: Issued = server::post_for("/demo/token").await?;
        let number = self.present().map_or(0, |token| token.number) + 1;
        *self.present.borrow_mut() = Some(Token {
            text: issued.token.clone(),
            expires_at: clock::now() + f64::from(issued.expires_in_ms),
            number,
        });
        Ok(issued.token)
    }

    /// Returns the cached token.
    pub(crate) fn present(&self) -> Option<Token> {
        self.present.borrow().clone()
    }
}
