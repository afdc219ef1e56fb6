//! URLs as a diagnosis may show them.

use crate::http::without_credentials;

/// Returns a URL without its user name, password and fragment, and with `…` for each value of its query: any
/// of them may be a secret.
#[must_use]
pub fn masked(url: &str) -> String {
    let url = without_credentials(url);
    let url = url.split_once('#').map_or(&*url, |(url, _)| url);
    let Some((path, query)) = url.split_once('?') else {
        return url.to_owned();
    };
    let mut shown = path.to_owned();
    for (at, pair) in query.split('&').enumerate() {
        shown.push(if at == 0 { '?' } else { '&' });
        // Without `=`, the whole pair is a value.
        if let Some((name, _)) = pair.split_once('=') {
            shown.push_str(name);
            shown.push('=');
        }
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn nothing_secret_is_shown() {
        for (url, shown) in [
            ("https://a.example/b", "https://a.example/b"),
            ("https://me:secret@a.example/b", "https://a.example/b"),
            (
                "https://a.example/b?token=secret",
                "https://a.example/b?token=…",
            ),
            ("/b?a=1&token=x=y&secret", "/b?a=…&token=…&…"),
            (
                "https://a.example/b#access_token=secret",
                "https://a.example/b",
            ),
            (
                "https://a.example/?next=/c?d=secret#e",
                "https://a.example/?next=…",
            ),
        ] {
            assert_eq!(masked(url), shown);
        }
    }
}
