//! The return values of a provider of request headers.

use core::fmt;
use core::future::{Future, ready};
use std::rc::Rc;

use futures_core::future::LocalBoxFuture;

use super::draft::{HeadersProvider, checked, failed};
use super::request::{HeadersRequest, Pairs};
use everstream_core::Error;

/// The return value of a provider of headers: pairs of names and values, a `Result` of them, or a future of
/// either. See [`EventSourceBuilder::headers_with`](crate::EventSourceBuilder::headers_with).
///
/// `Kind` says which of these the type is, and is inferred.
#[diagnostic::on_unimplemented(
    message = "a provider of headers can't return `{Self}`",
    label = "this is neither pairs of text, nor a `Result` or a future of them",
    note = "return pairs such as `[(\"authorization\", token)]`, a `Result` of them, or a future of either"
)]
pub trait IntoHeaders<Kind> {
    /// Returns a future of the headers.
    #[doc(hidden)]
    fn into_headers(self) -> LocalBoxFuture<'static, Result<Pairs, Error>>;
}

/// The kind of pairs.
#[derive(Debug)]
pub enum Plain {}

/// The kind of a `Result`.
#[derive(Debug)]
pub enum Fallible {}

/// The kind of a future.
#[derive(Debug)]
pub struct Later<Kind>(Kind);

fn collected<H, N, V>(headers: H) -> Pairs
where
    H: IntoIterator<Item = (N, V)>,
    N: Into<String>,
    V: Into<String>,
{
    let pairs = headers.into_iter();
    pairs
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

impl<H, N, V> IntoHeaders<Plain> for H
where
    H: IntoIterator<Item = (N, V)>,
    N: Into<String>,
    V: Into<String>,
{
    fn into_headers(self) -> LocalBoxFuture<'static, Result<Pairs, Error>> {
        Box::pin(ready(Ok(collected(self))))
    }
}

impl<H, N, V, E> IntoHeaders<Fallible> for Result<H, E>
where
    H: IntoIterator<Item = (N, V)>,
    N: Into<String>,
    V: Into<String>,
    E: fmt::Display,
{
    fn into_headers(self) -> LocalBoxFuture<'static, Result<Pairs, Error>> {
        Box::pin(ready(match self {
            Ok(headers) => Ok(collected(headers)),
            Err(error) => Err(failed(&error)),
        }))
    }
}

impl<F, Kind> IntoHeaders<Later<Kind>> for F
where
    F: Future<Output: IntoHeaders<Kind>> + 'static,
{
    fn into_headers(self) -> LocalBoxFuture<'static, Result<Pairs, Error>> {
        Box::pin(async { self.await.into_headers().await })
    }
}

/// Wraps a provider of headers. Only programs that have one link its code, as with the other hooks.
pub(crate) fn headers_by<P, H, Kind>(provider: P) -> HeadersProvider
where
    P: Fn(HeadersRequest) -> H + 'static,
    H: IntoHeaders<Kind>,
{
    Rc::new(move |request| {
        let headers = provider(request).into_headers();
        Box::pin(async { checked(headers.await?) })
    })
}

#[cfg(test)]
mod tests {
    use core::task::{Context, Poll, Waker};
    use std::collections::BTreeMap;

    use super::*;

    fn provided<H: IntoHeaders<Kind>, Kind>(
        provider: impl Fn(HeadersRequest) -> H + 'static,
    ) -> Result<Pairs, Error> {
        let provider = headers_by(provider);
        let mut headers = provider(HeadersRequest {
            attempt: 7,
            unauthorized: true,
        });
        match headers
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(headers) => headers,
            Poll::Pending => panic!("it waits for nothing"),
        }
    }

    fn token(good: bool) -> Result<String, core::num::ParseIntError> {
        if good {
            Ok("7".to_owned())
        } else {
            "".parse::<u8>().map(|number| number.to_string())
        }
    }

    #[test]
    fn pairs_results_and_futures_of_either_need_no_annotation() {
        let expected = Ok(vec![("x-token".to_owned(), "7".to_owned())]);
        assert_eq!(provided(|_| [("x-token", "7")]), expected);
        assert_eq!(
            provided(|request| vec![("x-token".to_owned(), request.attempt.to_string())]),
            expected
        );
        assert_eq!(
            provided(|_| BTreeMap::from([("x-token", "7".to_owned())])),
            expected
        );
        assert_eq!(
            provided(|_| token(true).map(|token| [("x-token", token)])),
            expected
        );
        assert_eq!(provided(|_| async { [("x-token", "7")] }), expected);
        assert_eq!(
            provided(|_| async { token(true).map(|token| [("x-token", token)]) }),
            expected
        );
        assert_eq!(
            provided(|_| async { Ok::<_, String>([("x-token", "7")]) }),
            expected
        );
    }

    #[test]
    fn what_goes_wrong_is_told() {
        let expected = Err(Error::Headers {
            message: "cannot parse integer from empty string".to_owned(),
        });
        assert_eq!(
            provided(|_| async { token(false).map(|token| [("x-token", token)]) }),
            expected
        );
        assert_eq!(
            provided(|_| token(false).map(|token| [("x-token", token)])),
            expected
        );
        assert!(matches!(
            provided(|_| [("host", "a")]),
            Err(Error::InvalidHeader { .. })
        ));
    }
}
