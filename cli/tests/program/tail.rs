//! `everstream tail` against servers that break, end, fall silent and refuse.

use std::io;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::timeout;

use super::program::{Folder, PATIENCE, command, run};
use super::server::{Request, event, serve};

const LAST: u64 = 20;

/// A log of twenty events, of which each connection breaks the seventh in two. After the last the server has no
/// more to say: 204.
async fn breaks(request: Request) -> io::Result<()> {
    let after = request
        .header("last-event-id")
        .and_then(|id| id.parse().ok());
    let after: u64 = after.unwrap_or_default();
    if after == LAST {
        return request.answer("204 No Content", "").await;
    }
    let mut stream = request.stream().await?;
    stream.send("retry: 1\n\n: hello\n\n").await?;
    for id in after + 1..=(after + 6).min(LAST) {
        stream.send(event(id)).await?;
    }
    let half = event(after + 7);
    stream.send(&half[..half.len() / 2]).await?;
    stream.break_off();
    Ok(())
}

fn lines(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8(output.to_vec()).expect("text");
    text.lines().map(str::to_owned).collect()
}

fn objects(text: &str) -> Vec<Value> {
    let object = |line| serde_json::from_str(line).expect("an object");
    text.lines().map(object).collect()
}

#[tokio::test]
async fn a_stream_that_breaks_is_resumed_and_recorded() {
    let server = serve(breaks).await;
    let folder = Folder::new();
    let path = folder.path().join("a.jsonl");
    let record = path.to_str().expect("a path");
    let url = format!("http://{server}/");
    let output = run(command().args(["tail", &url, "--record", record])).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let wanted: Vec<String> = (1..=LAST)
        .map(|id| format!("message {id} tick {id}"))
        .collect();
    assert_eq!(lines(&output.stdout), wanted);

    let recorded = objects(&std::fs::read_to_string(&path).expect("a recording"));
    let of = |kind: &str| -> Vec<&Value> {
        recorded
            .iter()
            .filter(|line| line["kind"] == kind)
            .collect()
    };
    assert_eq!(recorded[0]["kind"], "begin");
    assert_eq!(recorded[0]["version"], 1);
    let ids: Vec<Value> = of("event").iter().map(|line| line["id"].clone()).collect();
    let wanted: Vec<Value> = (1..=LAST).map(|id| id.to_string().into()).collect();
    assert_eq!(ids, wanted);
    let asked: Vec<Value> = of("connect")
        .iter()
        .map(|line| line["lastEventId"].clone())
        .collect();
    assert_eq!(asked, ["", "6", "12", "18", "20"]);
    assert_eq!(of("open").len(), 4);
    assert_eq!(of("comment").len(), 4);
    assert_eq!(of("wait").len(), 4);
    assert_eq!(of("gap").len(), 0);
    assert_eq!(recorded.last().expect("a line")["kind"], "close");
    let at: Vec<u64> = recorded
        .iter()
        .map(|line| line["at"].as_u64().expect("a time"))
        .collect();
    assert!(at.is_sorted(), "{at:?}");

    // A recording is never written over.
    let output = run(command().args(["tail", &url, "--record", record])).await;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = std::fs::read_to_string(&path).expect("a recording");
    assert_eq!(objects(&text), recorded);
}

/// An answer with events of two types, one of which would clear the screen.
async fn ends(request: Request) -> io::Result<()> {
    let after = request.header("last-event-id").map(str::to_owned);
    let mut stream = request.stream().await?;
    stream.send("event: price\ndata: 1\n\n").await?;
    stream
        .send("event: clear\ndata: \u{1b}[2J\ndata: b\nid: 7\n\n")
        .await?;
    if let Some(id) = after {
        stream.send(format!("data: after {id}\n\n")).await?;
    }
    stream.end().await
}

#[tokio::test]
async fn what_is_shown_is_chosen() {
    let server = serve(ends).await;
    let url = format!("http://{server}/");
    let shown = async |options: &[&str]| {
        let output = run(command().args(["tail", &url, "--once"]).args(options)).await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        lines(&output.stdout)
    };
    let clear = ["clear 7 \\u{1b}[2J", "  b"];
    assert_eq!(shown(&[]).await, ["price - 1", clear[0], clear[1]]);
    assert_eq!(shown(&["--event", "clear"]).await, clear);
    let both = ["--event", "clear", "--event", "price"];
    assert_eq!(shown(&both).await.len(), 3);
    let json = shown(&["--json", "--event", "clear"]).await.concat();
    let object = serde_json::json!({ "type": "clear", "id": "7", "data": "\u{1b}[2J\nb" });
    assert_eq!(objects(&json), [object]);
    let after = shown(&["--after", "3", "--event", "message"]).await;
    assert_eq!(after, ["message 7 after 3"]);
}

#[tokio::test]
async fn a_refusal_is_final_and_says_why() {
    let server = serve(|request: Request| request.answer("404 Not Found", "nothing")).await;
    let output = run(command().args(["tail", &format!("http://{server}/")])).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(said.contains("404"), "{said}");
    assert_eq!(output.stdout, b"");
    for arguments in [
        &["tail"][..],
        &["tail", "ftp://localhost/"],
        &["doctor"],
        &[],
    ] {
        let output = run(command().args(arguments)).await;
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
}

/// A connection that is silent after its first event, and another that has the rest.
async fn falls_silent(request: Request) -> io::Result<()> {
    let is_first = request.header("last-event-id").is_none();
    let mut stream = request.stream().await?;
    if is_first {
        stream.send(event(1)).await?;
        return stream.linger().await;
    }
    stream.send(event(2)).await?;
    stream.linger().await
}

#[tokio::test]
async fn a_silent_connection_is_replaced_and_a_closed_output_ends_it() {
    let server = serve(falls_silent).await;
    let mut child = command()
        .args(["tail", &format!("http://{server}/"), "--heartbeat", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    for id in 1..=2 {
        let line = timeout(PATIENCE, lines.next_line())
            .await
            .expect("an event");
        let line = line.expect("text");
        assert_eq!(line, Some(format!("message {id} tick {id}")));
    }
    // The next event is one too many: nobody reads it. The server sends it on each further connection.
    drop(lines);
    let status = timeout(PATIENCE, child.wait()).await.expect("it ends");
    assert_eq!(status.expect("a status").code(), Some(0));
}

#[tokio::test]
async fn without_ids_a_reconnect_is_a_gap() {
    let server = serve(|request: Request| async move {
        let mut stream = request.stream().await?;
        stream.send("data: a\n\n").await?;
        stream.break_off();
        Ok(())
    })
    .await;
    let mut child = command()
        .args(["tail", &format!("http://{server}/")])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let gap = async {
        while let Some(line) = lines.next_line().await.expect("text") {
            if line.starts_with("gap: ") {
                return line;
            }
        }
        panic!("it ended");
    };
    let gap = timeout(PATIENCE, gap).await.expect("a gap");
    assert!(gap.contains("without a last event ID"), "{gap}");
}
