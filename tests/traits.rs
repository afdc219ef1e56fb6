//! The traits that users rely on in the library's types.

use core::fmt::Debug;

use everstream::{
    Decision, End, Error, Errors, EventStream, GapCause, LogErrors, MessageEvent, MuxStats,
    OnError, OrRaw, Response, Sharing, SharingChanges, SourceStats, State, States, StreamError,
    Subscription,
};
use futures_core::FusedStream;
use futures_util::stream;

/// The traits that props and memos require.
fn is_a_value<T: Clone + Debug + PartialEq>() {}

/// The traits that `select!` requires.
fn is_a_stream<S: FusedStream + Unpin + Debug>() {}

/// The traits of a value that is sent to another thread or put into a signal.
fn is_sent<T: Send + Sync + 'static>() {}

type Bytes = stream::Iter<std::vec::IntoIter<Result<Vec<u8>, std::io::Error>>>;

#[test]
fn values_are_compared_and_streams_are_fused() {
    is_a_value::<State>();
    is_a_value::<Error>();
    is_a_value::<GapCause>();
    is_a_value::<Response>();
    is_a_value::<End>();
    is_a_value::<Decision>();
    is_a_value::<Sharing>();
    is_a_value::<SourceStats>();
    is_a_value::<MuxStats>();
    is_a_value::<MessageEvent<f64>>();
    is_a_value::<OrRaw<f64>>();
    is_a_value::<StreamError<String>>();
    is_sent::<State>();
    is_sent::<Error>();
    is_a_stream::<Subscription<u8>>();
    is_a_stream::<LogErrors<u8>>();
    is_a_stream::<OnError<u8, fn(Error)>>();
    is_a_stream::<States>();
    is_a_stream::<SharingChanges>();
    is_a_stream::<Errors>();
    is_a_stream::<EventStream<Bytes>>();
}
