//! [`Live`], a stream of states.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::rc::Rc;

use futures_core::Stream;

use super::state::{LiveError, LiveState};
use super::time::{Sleep, now, random, sleep};
use everstream_core::connection::{Instant, State};
use everstream_core::live::{self, Freshness, Input, LiveConfig, LoadId, Loaded, Output, Stamp};
use everstream_core::{Error, Next};

type Answer<S> = Result<Loaded<S>, String>;
type Loading<S> = Pin<Box<dyn Future<Output = Answer<S>>>>;
type Boxed<T> = Pin<Box<dyn Stream<Item = T>>>;
type Reduce<S, E> = Box<dyn FnMut(&mut S, E)>;

/// The number of inputs after which a state is yielded, even if more are ready.
const BATCH: usize = 256;

/// Joins a state that `load` requests with the changes of a stream, which `reduce` applies to it.
///
/// `stream` is a pair: the states of a source or channel, and a subscription of the same. The load begins once
/// the stream is open, and changes that arrive meanwhile are kept. After a gap, or an event that could not be
/// decoded, the state is [`Freshness::Stale`] until it has been loaded again. Loads that fail are repeated
/// after waits that grow.
///
/// Without positions or versions, a change that arrives during a load may be applied to a state that contains
/// it already. [`Live::with_stamps`] prevents that.
///
/// ```no_run
/// use std::collections::HashMap;
/// use everstream::{EventSource, Freshness, Loaded, MessageEvent, Stamp, live};
///
/// #[derive(Clone, serde::Deserialize)]
/// struct Board {
///     position: String,
///     rows: HashMap<String, f64>,
/// }
///
/// # async fn fetch_board() -> Result<Board, everstream::Error> { unimplemented!() }
/// # async fn run(show: impl Fn(&Board, bool)) -> Result<(), everstream::Error> {
/// let source = EventSource::new("/changes")?;
/// let changes = source.on_message::<(String, f64)>("change");
/// let load = || async {
///     let board = fetch_board().await?;
///     let position = board.position.clone();
///     Ok::<_, everstream::Error>(Loaded::new(board).with_position(position))
/// };
/// let reduce = |board: &mut Board, change: MessageEvent<(String, f64)>| {
///     let (key, value) = change.data;
///     board.rows.insert(key, value);
/// };
/// let mut boards = live(load, (source.states(), changes), reduce)
///     .with_stamps(|change| Stamp::at(&change.last_event_id));
/// while let Some(now) = boards.next().await {
///     if let Some(board) = &now.state {
///         show(board, now.freshness == Freshness::Live);
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub fn live<S, E, Failure, Load, Answered>(
    mut load: Load,
    (states, changes): (
        impl Stream<Item = State> + 'static,
        impl Stream<Item = Result<E, Error>> + 'static,
    ),
    reduce: impl FnMut(&mut S, E) + 'static,
) -> Live<S, E>
where
    S: Clone + 'static,
    E: 'static,
    Failure: fmt::Display,
    Load: FnMut() -> Answered + 'static,
    Answered: Future<Output = Result<Loaded<S>, Failure>> + 'static,
{
    let load = move || -> Loading<S> {
        let answer = load();
        Box::pin(async move { answer.await.map_err(|failure| failure.to_string()) })
    };
    Live {
        machine: live::Live::new(now(), LiveConfig::default()),
        load: Box::new(load),
        states: Some(Box::pin(states)),
        changes: Some(Box::pin(changes)),
        reduce: Box::new(reduce),
        stamp: Box::new(|_| Stamp::default()),
        loading: None,
        timer: None,
        failure: None,
        shown: LiveState {
            state: None,
            freshness: Freshness::Loading,
            error: None,
        },
        is_changed: true,
        is_over: false,
    }
}

/// A stream of the states of [`live()`]: the present one first, then one after each change. Changes that are
/// ready together cause one item. The stream ends with its source.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Live<S, E> {
    machine: live::Live<S, E>,
    load: Box<dyn FnMut() -> Loading<S>>,
    states: Option<Boxed<State>>,
    changes: Option<Boxed<Result<E, Error>>>,
    reduce: Reduce<S, E>,
    stamp: Box<dyn Fn(&E) -> Stamp>,
    loading: Option<(LoadId, Loading<S>)>,
    timer: Option<(Instant, Sleep)>,
    /// The error that has ended the subscription.
    failure: Option<Error>,
    shown: LiveState<S>,
    is_changed: bool,
    is_over: bool,
}

impl<S, E> Live<S, E> {
    /// Sets the function that returns position and version of a change, so that none is applied to a state
    /// that contains it. Positions count if loads return a [position](Loaded::with_position).
    pub fn with_stamps(mut self, stamp: impl Fn(&E) -> Stamp + 'static) -> Self {
        self.stamp = Box::new(stamp);
        self
    }

    /// Sets how often is loaded, and how many changes are kept meanwhile.
    pub fn with_config(mut self, config: LiveConfig) -> Self {
        self.machine = live::Live::new(now(), config);
        self
    }
}

impl<S: Clone, E> Live<S, E> {
    /// Waits for the next state. Yields `None` once the source is closed.
    #[allow(clippy::should_implement_trait)] // The name that every stream adapter uses.
    pub fn next(&mut self) -> Next<'_, Self> {
        Next::of(self)
    }

    /// Loads the state again.
    pub fn reload(&mut self) {
        self.give(Input::Reload);
    }

    fn give(&mut self, input: Input<S, E>) {
        self.machine.handle(now(), random(), input);
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Load(id) => self.loading = Some((id, (self.load)())),
                Output::Abort(_) => self.loading = None,
                Output::Replace(state) => {
                    self.shown.state = Some(Rc::new(state));
                    self.shown.error = None;
                    self.is_changed = true;
                }
                Output::Apply(change) => {
                    if let Some(state) = &mut self.shown.state {
                        (self.reduce)(Rc::make_mut(state), change);
                        self.is_changed = true;
                    }
                }
                Output::Refused(refusal) => self.tell(LiveError::Refused(refusal)),
            }
        }
        let freshness = self.machine.freshness();
        self.is_changed |= freshness != self.shown.freshness;
        self.shown.freshness = freshness;
    }

    fn tell(&mut self, error: LiveError) {
        self.shown.error = Some(error);
        self.is_changed = true;
    }

    /// Takes one input that is ready, and passes it in. Returns whether there was one.
    fn take(&mut self, context: &mut Context<'_>) -> bool {
        if let Some(states) = &mut self.states {
            match states.as_mut().poll_next(context) {
                Poll::Ready(Some(State::Open { .. })) => {
                    self.give(Input::Open);
                    return true;
                }
                // Changes from before the end may still wait, so the changes' own end counts.
                Poll::Ready(Some(State::Closed { error })) => self.failure = error,
                Poll::Ready(Some(_)) => {
                    self.give(Input::Lost);
                    return true;
                }
                Poll::Ready(None) => self.states = None,
                Poll::Pending => {}
            }
        }
        if let Some(changes) = &mut self.changes
            && let Poll::Ready(item) = changes.as_mut().poll_next(context)
        {
            match item {
                Some(Ok(change)) => {
                    let stamp = (self.stamp)(&change);
                    self.give(Input::Event(stamp, change));
                }
                Some(Err(error)) if error.is_terminal() => self.failure = Some(error),
                // Each of the others says that a change is missing.
                Some(Err(_)) => self.give(Input::Gap),
                None => self.close(),
            }
            return true;
        }
        if let Some((id, loading)) = &mut self.loading
            && let Poll::Ready(answer) = loading.as_mut().poll(context)
        {
            let id = *id;
            self.loading = None;
            match answer {
                Ok(loaded) => self.give(Input::Loaded(id, loaded)),
                Err(message) => {
                    self.tell(LiveError::Load(message));
                    let is_final = false;
                    self.give(Input::LoadFailed { id, is_final });
                }
            }
            return true;
        }
        self.wait(context)
    }

    fn close(&mut self) {
        self.changes = None;
        self.is_over = true;
        let failure = self.failure.take();
        let failed = failure.is_some();
        if let Some(error) = failure {
            self.tell(LiveError::Stream(error));
        }
        self.give(Input::Closed { failed });
    }

    /// Waits for the machine's timeout. Returns whether it has come.
    fn wait(&mut self, context: &mut Context<'_>) -> bool {
        let wanted = self.machine.poll_timeout();
        if self.timer.as_ref().map(|(at, _)| *at) != wanted {
            self.timer = wanted.map(|at| (at, sleep(at - now())));
        }
        let Some((_, timer)) = &mut self.timer else {
            return false;
        };
        if timer.as_mut().poll(context).is_pending() {
            return false;
        }
        self.timer = None;
        self.give(Input::Timeout);
        true
    }
}

// Nothing inside is pinned in place: the streams and futures are boxed.
impl<S, E> Unpin for Live<S, E> {}

impl<S: Clone, E> Stream for Live<S, E> {
    type Item = LiveState<S>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<LiveState<S>>> {
        let this = self.get_mut();
        for _ in 0..BATCH {
            if this.is_over || !this.take(context) {
                break;
            }
        }
        if core::mem::take(&mut this.is_changed) {
            Poll::Ready(Some(this.shown.clone()))
        } else if this.is_over {
            Poll::Ready(None)
        } else {
            Poll::Pending
        }
    }
}

impl<S, E> fmt::Debug for Live<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live")
            .field("freshness", &self.shown.freshness)
            .finish_non_exhaustive()
    }
}
