use everstream::{Error, EventSource};

#[derive(serde::Serialize)]
struct Question<'a> {
    prompt: &'a str,
}

/// A `POST` with a body, as the APIs of language models want it. It is not
/// repeated by itself.
pub(crate) fn ask(prompt: &str) -> Result<EventSource, Error> {
    EventSource::builder("/demo/chat")
        .method("POST")
        .json(&Question { prompt })
        .build()
}

#[derive(Debug, serde::Deserialize)]
pub(crate) struct Chunk {
    pub(crate) choices: Vec<Choice>,
}

#[derive(Debug, serde::Deserialize)]
pub(crate) struct Choice {
    pub(crate) delta: Delta,
}

#[derive(Debug, serde::Deserialize)]
pub(crate) struct Delta {
    pub(crate) content: String,
}
