//! The standard's algorithm, word for word and without regard for speed, applied to a whole body.

use crate::run::Outcome;

pub(crate) fn interpret(body: &[u8], seed: &str) -> Outcome {
    let text = String::from_utf8_lossy(body);
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let mut outcome = Outcome {
        last_event_id: seed.to_owned(),
        ..Outcome::default()
    };
    let (mut data, mut event_type) = (String::new(), String::new());
    let mut id_buffer = seed.to_owned();

    // A line without its end doesn't count, so the unfinished event is discarded with it.
    let normal = text.replace("\r\n", "\n").replace('\r', "\n");
    let Some((complete, _)) = normal.rsplit_once('\n') else {
        return outcome;
    };
    for line in complete.split('\n') {
        if line.is_empty() {
            outcome.last_event_id.clone_from(&id_buffer);
            if !data.is_empty() {
                data.pop();
                let name = if event_type.is_empty() {
                    "message"
                } else {
                    &event_type
                };
                outcome
                    .events
                    .push(Ok((name.to_owned(), data.clone(), id_buffer.clone())));
            }
            data.clear();
            event_type.clear();
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "" => outcome.comments.push(value.to_owned()),
            "event" => value.clone_into(&mut event_type),
            "data" => {
                data.push_str(value);
                data.push('\n');
            }
            "id" if !value.contains('\0') => value.clone_into(&mut id_buffer),
            "retry" if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) => {
                outcome.retries.push(value.parse().unwrap_or(u64::MAX));
            }
            _ => {}
        }
    }
    outcome
}
