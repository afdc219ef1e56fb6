//! Tests of the binary, as scripts use it.

use std::process::Stdio;

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

fn server(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_everstream-testbed"));
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Starts a server, and returns it with the address that it prints.
async fn start(arguments: &[&str]) -> (Child, String) {
    let mut child = server(arguments).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .await
        .unwrap();
    let address = line
        .trim_end()
        .strip_prefix("listening on http://")
        .unwrap();
    (child, address.to_owned())
}

async fn get(address: &str, target: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

async fn text(address: &str, target: &str) -> String {
    let mut text = String::new();
    get(address, target)
        .await
        .read_to_string(&mut text)
        .await
        .unwrap();
    text
}

#[tokio::test]
async fn serves_files_for_the_browser() {
    let directory = std::env::temp_dir().join(format!("everstream-www-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("index.html"), "<p>demo").unwrap();
    std::fs::write(directory.join("app.wasm"), "\0asm").unwrap();
    let (_child, address) = start(&[
        "--listen",
        "127.0.0.1:0",
        "--www",
        directory.to_str().unwrap(),
    ])
    .await;

    let page = text(&address, "/").await;
    assert!(page.ends_with("<p>demo") && page.contains("content-type: text/html"));
    let module = text(&address, "/app.wasm").await;
    assert!(module.contains("content-type: application/wasm"));
    assert!(module.contains("cache-control: no-cache"));
    assert!(text(&address, "/none").await.starts_with("HTTP/1.1 404"));
    assert!(text(&address, "/health").await.ends_with("\r\n\r\nok"));
    std::fs::remove_dir_all(&directory).unwrap();
}

#[tokio::test]
async fn says_how_to_get_a_page() {
    let (_child, address) = start(&["--listen", "127.0.0.1:0"]).await;
    assert!(text(&address, "/").await.contains("--www DIR"));
}

#[tokio::test]
async fn refuses_what_others_can_reach() {
    let output = server(&["--listen", "0.0.0.0:0"]).output().await.unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("0.0.0.0:0 is not a loopback address"),
        "{message}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn an_open_stream_does_not_hold_up_the_end() {
    let (mut child, address) = start(&["--listen", "127.0.0.1:0"]).await;
    let stream = get(&address, "/demo/ticker").await;
    stream.readable().await.unwrap();
    let pid = child.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .await
            .unwrap()
            .success()
    );
    assert!(child.wait().await.unwrap().success());
}
