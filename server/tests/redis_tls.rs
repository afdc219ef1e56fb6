//! Redis over TLS. The tests run again in a process of their own, which trusts the test's certificate
//! authority.

#[path = "support/redis_server.rs"]
mod redis_server;
mod support;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use everstream_server::{
    hub::{Hub, LogError},
    sse::Event,
};
use redis_server::RedisServer;
use support::{PATIENCE, Served};
use tokio::process::Command;

/// The variable by which that process learns the address.
const URL: &str = "EVERSTREAM_TEST_REDIS_URL";

/// The system's own variable for the certificate authorities that are trusted.
const AUTHORITIES: &str = "SSL_CERT_FILE";

async fn run(program: &str, arguments: &[&str], directory: &Path) {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory);
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{program}: {output:?}");
}

/// Creates a certificate authority and its certificate for 127.0.0.1.
async fn certify(directory: &Path) -> PathBuf {
    let key = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ];
    let authority = [
        "req",
        "-x509",
        "-days",
        "2",
        "-subj",
        "/CN=authority",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
    ];
    run("openssl", &[&authority[..], &key].concat(), directory).await;
    let asked = [
        "req",
        "-subj",
        "/CN=redis",
        "-keyout",
        "redis.key",
        "-out",
        "redis.csr",
    ];
    run("openssl", &[&asked[..], &key].concat(), directory).await;
    std::fs::write(directory.join("names"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    let signed = [
        "x509",
        "-req",
        "-in",
        "redis.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        "names",
        "-out",
        "redis.pem",
    ];
    run("openssl", &signed, directory).await;
    directory.join("ca.pem")
}

/// Runs one of the tests below in a process that trusts an authority, and returns whether it succeeds.
async fn run_trusting(authority: &Path, url: &str, test: &str) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored"]);
    command.env(URL, url).env(AUTHORITIES, authority);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.await.unwrap().success()
}

#[tokio::test]
async fn a_log_is_reached_over_tls_and_only_if_its_certificate_is_trusted() {
    let redis = RedisServer::start().await;
    let authority = certify(redis.directory()).await;
    let port = redis.serve_tls("redis.pem", "redis.key").await;
    let url = format!("rediss://127.0.0.1:{port}/");
    assert!(run_trusting(&authority, &url, "over_tls").await);
    // The authority isn't among the system's, so the connection must fail.
    let error = Hub::builder()
        .build_on_redis(&url, "test")
        .await
        .unwrap_err();
    let _: LogError = error;
    let by_another_name = format!("rediss://localhost:{port}/");
    assert!(!run_trusting(&authority, &by_another_name, "over_tls").await);
}

#[tokio::test]
#[ignore = "runs in a process of its own, started by the other test"]
async fn over_tls() {
    let url = std::env::var(URL).unwrap();
    let hub = Hub::builder().build_on_redis(&url, "test").await.unwrap();
    let served = Served::of(hub).await;
    let mut stream = served.open("?channel=a").await;
    served.hub.publish("a", Event::new("1")).await.unwrap();
    assert_eq!(stream.brief().await, "a 1: 1");
}
