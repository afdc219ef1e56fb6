//! Secrets are sent to the server, and are never printed or recorded.

use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use super::program::{Folder, PATIENCE, command, run};
use super::server::{Request, event, serve};

const SECRET: &str = "s3cret";

/// The server's answers to requests with the right header, by path.
async fn handle(request: Request, heads: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let head = request.head.clone();
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    heads.lock().expect("no panic").push(head);
    match request.path() {
        "/events" => {
            let head = "200 OK\r\nContent-Type: text/event-stream\r\nSet-Cookie: a=s3cret-too";
            let mut stream = request.open(head).await?;
            stream.send(event(1)).await?;
            stream.send(event(2)).await?;
            stream.end().await
        }
        "/login" => {
            let location = format!("302 Found\r\nLocation: /sign-in?next={target}");
            request.answer(&location, "").await
        }
        "/sign-in" => {
            let page = format!("<title>{target}</title>");
            request
                .answer("200 OK\r\nContent-Type: text/html", &page)
                .await
        }
        "/nowhere" => {
            let location = "302 Found\r\nLocation: http://127.0.0.1:1/?code=s3cret";
            request.answer(location, "").await
        }
        "/hang-up" => Ok(()),
        _ => request.answer("403 Forbidden", SECRET).await,
    }
}

#[tokio::test]
async fn no_secret_is_printed_or_recorded() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&heads);
    let server = serve(move |request| handle(request, Arc::clone(&noted))).await;
    let folder = Folder::new();
    let paths = ["/events", "/login", "/nowhere", "/hang-up", "/forbidden"];
    for (at, path) in paths.iter().enumerate() {
        let url = format!("http://{server}{path}?token={SECRET}");
        let record = folder.path().join(format!("{at}.jsonl"));
        let record = record.to_str().expect("a path");
        for arguments in [
            &["doctor", &url, "--seconds", "2"][..],
            &["doctor", &url, "--seconds", "2", "--json"],
            &["tail", &url, "--once", "--record", record],
        ] {
            let mut command = command();
            command.args(arguments);
            command.args(["--header", &format!("Authorization: Bearer {SECRET}")]);
            command.args(["--header", &format!("Cookie: session={SECRET}")]);
            // Without the answer of a server, `tail` tries again until it is told to stop.
            let output = if arguments[0] == "tail" && matches!(*path, "/nowhere" | "/hang-up") {
                command.args(["--json"]);
                interrupted(command).await
            } else {
                run(&mut command).await
            };
            let printed = [output.stdout, output.stderr].concat();
            let printed = String::from_utf8(printed).expect("text");
            assert!(!printed.is_empty(), "{arguments:?}");
            assert!(!printed.contains(SECRET), "{arguments:?}: {printed}");
        }
        let recorded = std::fs::read_to_string(record).expect("a recording");
        assert!(recorded.lines().count() > 2, "{recorded}");
        assert!(!recorded.contains(SECRET), "{path}: {recorded}");
    }
    let heads = heads.lock().expect("no panic");
    assert!(heads.len() >= 3 * paths.len());
    for head in heads.iter().filter(|head| !head.contains("/sign-in")) {
        assert!(head.contains(&format!("token={SECRET}")), "{head}");
    }
    for head in heads.iter() {
        let head = head.to_lowercase();
        assert!(
            head.contains(&format!("authorization: bearer {SECRET}")),
            "{head}"
        );
        assert!(
            head.contains(&format!("cookie: session={SECRET}")),
            "{head}"
        );
    }
}

/// Runs `tail` until it waits for its next attempt, and interrupts it.
async fn interrupted(mut command: Command) -> Output {
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.expect("it runs");
    let id = child.id().expect("it runs").to_string();
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let mut said = String::new();
    while !said.contains("lost: ") {
        let line = timeout(PATIENCE, lines.next_line())
            .await
            .expect("it waits");
        said += &line.expect("text").expect("it still runs");
    }
    let sent = Command::new("kill").args(["-s", "INT", &id]).status().await;
    assert!(sent.expect("kill runs").success());
    while let Some(line) = lines.next_line().await.expect("text") {
        said += &line;
    }
    let output = timeout(PATIENCE, child.wait_with_output()).await;
    let mut output = output.expect("it ends").expect("its output");
    assert_eq!(output.status.code(), Some(0), "{said}");
    output.stderr = said.into_bytes();
    output
}

#[tokio::test]
async fn another_origin_gets_none_of_the_headers() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&heads);
    let other = serve(move |request| handle(request, Arc::clone(&noted))).await;
    let server = serve(move |request: Request| async move {
        let location = format!("302 Found\r\nLocation: http://{other}/events");
        request.answer(&location, "").await
    })
    .await;
    let url = format!("http://{server}/");
    let headers = [
        "--header",
        "Authorization: s3cret",
        "--header",
        "Cookie: s3cret",
        "--header",
        "X-Api-Key: s3cret",
    ];
    for arguments in [
        &["doctor", &url, "--seconds", "3"][..],
        &["tail", &url, "--once"],
    ] {
        let output = run(command().args(arguments).args(headers)).await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    let heads = heads.lock().expect("no panic");
    assert!(heads.len() > 1);
    for head in heads.iter() {
        assert!(!head.contains(SECRET), "{head}");
        assert!(head.contains("text/event-stream"), "{head}");
    }
}
