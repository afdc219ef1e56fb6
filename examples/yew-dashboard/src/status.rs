//! Shows the state of the connection.

use everstream::State;
use yew::prelude::*;

use crate::SourceProps;

#[component]
pub(crate) fn Status(SourceProps { source }: &SourceProps) -> Html {
    let (class, text) = match source.state() {
        State::Idle => ("off", "paused".to_owned()),
        State::Connecting { .. } => ("busy", "connecting".to_owned()),
        State::Open { .. } => ("good", "live".to_owned()),
        State::Waiting { error, .. } => ("bad", format!("{error}; trying again")),
        State::Closed { error: Some(error) } => ("bad", error.to_string()),
        _ => ("off", "closed".to_owned()),
    };
    html! { <p class={classes!("status", class)} role="status">{ text }</p> }
}
