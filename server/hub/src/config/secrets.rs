//! Secrets and keys, as given in the configuration or in files that it names.

use std::{
    fmt::{self, Formatter},
    fs,
    path::{Path, PathBuf},
};

use jsonwebtoken::{Algorithm, DecodingKey};

use super::file;

/// Minimum lengths of secret and key, in bytes. HS256 needs the former (RFC 7518, section 3.2).
const SHORTEST_SECRET: usize = 32;
pub(super) const SHORTEST_KEY: usize = 16;

/// Parameters for the verification of tokens.
pub(crate) struct Tokens {
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
    pub(crate) audience: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) cookie: Option<String>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Reads the keys of tokens, and checks that they belong to the algorithm.
pub(super) fn check_tokens(tokens: file::Tokens) -> Result<Tokens, String> {
    let secret_given = tokens.secret.is_some() || tokens.secret_file.is_some();
    let public_key = |of: fn(&[u8]) -> jsonwebtoken::errors::Result<DecodingKey>| {
        let path = tokens.public_key_file.as_ref().filter(|_| !secret_given);
        let path = path.ok_or_else(|| {
            let algorithm = &tokens.algorithm;
            format!("`tokens.algorithm` is `{algorithm}`, which needs a `public_key_file` and no secret.")
        })?;
        let pem =
            fs::read(path).map_err(|error| unreadable("tokens.public_key_file", path, &error))?;
        of(&pem).map_err(|error| {
            let path = path.display();
            format!("`tokens.public_key_file`: `{path}` holds no such public key ({error}). Give one in PEM.")
        })
    };
    let (algorithm, key) = match &*tokens.algorithm {
        "HS256" if tokens.public_key_file.is_none() => {
            let given = (tokens.secret.clone(), tokens.secret_file.clone());
            let secret = secret("tokens.secret", given, SHORTEST_SECRET)?;
            let key = DecodingKey::from_secret(secret.as_bytes());
            let key = key.map_err(|error| format!("`tokens.secret` can't be used: {error}."))?;
            (Algorithm::HS256, key)
        }
        "HS256" => {
            return Err(
                "`tokens.algorithm` is `HS256`, which needs a `secret` and no `public_key_file`."
                    .to_owned(),
            );
        }
        "RS256" => (Algorithm::RS256, public_key(DecodingKey::from_rsa_pem)?),
        "ES256" => (Algorithm::ES256, public_key(DecodingKey::from_ec_pem)?),
        other => {
            return Err(format!(
                "`tokens.algorithm` is `{other}`. The algorithms are `HS256`, `RS256` and `ES256`."
            ));
        }
    };
    Ok(Tokens {
        algorithm,
        key,
        audience: tokens.audience,
        issuer: tokens.issuer,
        cookie: tokens.cookie,
    })
}

/// Returns a secret, either as given in the configuration or from the only line of a file.
pub(super) fn secret(
    name: &str,
    given: (Option<String>, Option<PathBuf>),
    shortest: usize,
) -> Result<String, String> {
    let secret = match given {
        (Some(secret), None) => secret,
        (None, Some(path)) => {
            let text = fs::read_to_string(&path)
                .map_err(|error| unreadable(&format!("{name}_file"), &path, &error))?;
            text.trim_end_matches(['\r', '\n']).to_owned()
        }
        (None, None) => return Err(format!("`{name}` is missing. Set it, or `{name}_file`.")),
        (Some(_), Some(_)) => {
            return Err(format!(
                "`{name}` and `{name}_file` are both set. Set one of them."
            ));
        }
    };
    if secret.len() < shortest {
        let length = secret.len();
        return Err(format!(
            "`{name}` has {length} bytes, which can be guessed. It needs {shortest} or more."
        ));
    }
    Ok(secret)
}

fn unreadable(name: &str, path: &Path, error: &std::io::Error) -> String {
    format!("`{name}`: `{}` can't be read: {error}.", path.display())
}
