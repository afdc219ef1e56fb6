//! Each fault behind a server that has just that fault, and the table of them in the documents.

use std::fmt::Write;
use std::net::SocketAddr;

use futures_util::future::join_all;

use super::nginx::Nginx;
use super::program::{Diagnosis, doctor};
use super::server::serve;
use super::streams;

/// The page whose table has all faults.
const PAGE: &str = include_str!("../../../docs/doctor.md");

/// A server with one fault.
struct Case {
    code: &'static str,
    /// The server, as the table of `docs/doctor.md` describes it.
    server: &'static str,
    url: String,
    seconds: u64,
}

/// The faults of answers that are no event stream: code, server and path.
const REFUSALS: [[&str; 3]; 8] = [
    [
        "no-answer",
        "a server that accepts and is silent",
        "/no-answer",
    ],
    ["redirect-loop", "a redirect to itself", "/loop"],
    ["login-page", "a redirect to a page", "/login"],
    ["status", "401", "/unauthorized"],
    ["status", "204", "/no-content"],
    ["html", "an application's page", "/html"],
    ["content-type", "JSON", "/json"],
    ["content-type", "a stream without a type", "/untyped"],
];

/// The faults of streams, with the seconds that they take to show.
const STREAMS: [(u64, [&str; 3]); 13] = [
    (
        4,
        [
            "no-blank-line",
            "one line feed after `data`",
            "/no-blank-line",
        ],
    ),
    (4, ["not-utf8", "Latin-1", "/latin-1"]),
    (
        4,
        [
            "unfinished",
            "an answer without its last empty line",
            "/unfinished",
        ],
    ),
    (
        8,
        [
            "buffered",
            "comments that are held back",
            "/comments-together",
        ],
    ),
    (10, ["cut-at-age", "a limit of 1.5 s", "/cut-at-age"]),
    (6, ["broken-off", "a server that crashes once", "/crash"]),
    (20, ["no-heartbeat", "a server that is silent", "/silent"]),
    (6, ["compressed", "a `Content-Encoding`", "/encoded"]),
    (
        4,
        [
            "content-length",
            "a body made in advance",
            "/content-length",
        ],
    ),
    (4, ["charset", "`charset=iso-8859-1`", "/charset"]),
    (4, ["no-ids", "events without `id`", "/no-ids"]),
    (8, ["not-replayed", "a server without a log", "/no-log"]),
    (
        8,
        [
            "starts-over",
            "a server that always sends its whole log",
            "/starts-over",
        ],
    ),
];

fn cases(server: SocketAddr, nginx: &Nginx) -> Vec<Case> {
    let own = |[code, named, path]: [&'static str; 3], seconds| Case {
        code,
        server: named,
        url: format!("http://{server}{path}"),
        seconds,
    };
    let case = |code, named, url, seconds| Case {
        code,
        server: named,
        url,
        seconds,
    };
    let nowhere = "http://127.0.0.1:1/".to_owned();
    let mut cases = vec![case(
        "unreachable",
        "a port on which none listens",
        nowhere,
        5,
    )];
    cases.extend(REFUSALS.map(|refusal| own(refusal, 3)));
    cases.extend(STREAMS.map(|(seconds, stream)| own(stream, seconds)));
    cases.extend([
        case(
            "status",
            "nginx without its server: 502",
            nginx.http("/down"),
            5,
        ),
        case(
            "buffered",
            "nginx over TLS as it is delivered",
            nginx.tls("/large"),
            20,
        ),
        case(
            "cut-in-silence",
            "nginx with `proxy_read_timeout 2s`",
            nginx.http("/cut"),
            10,
        ),
        case("compressed", "nginx with `gzip on`", nginx.http("/gzip"), 6),
    ]);
    cases
}

#[tokio::test]
async fn each_fault_is_found_and_is_in_the_table() {
    let server = serve(streams::handle).await;
    let nginx = Nginx::start(server).await;
    let cases = cases(server, &nginx);
    let certificate = nginx.certificate();
    let examined = cases
        .iter()
        .map(|case| doctor(&case.url, case.seconds, Some(&certificate)));
    let diagnoses = join_all(examined).await;
    let mut wrong = String::new();
    for (case, diagnosis) in cases.iter().zip(&diagnoses) {
        if diagnosis.codes() != [case.code] || diagnosis.status != Some(1) {
            writeln!(wrong, "{} of {}: {diagnosis:?}", case.code, case.url).expect("a string");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let table = table(&cases, &diagnoses);
    assert!(
        PAGE.contains(&table),
        "the table of `docs/doctor.md` should be:\n{table}"
    );
}

/// Returns a row for each fault, or for each of its texts if there are several.
fn table(cases: &[Case], diagnoses: &[Diagnosis]) -> String {
    let mut rows: Vec<(&str, [&str; 2], Vec<&str>)> = Vec::new();
    for (case, diagnosis) in cases.iter().zip(diagnoses) {
        let texts = texts(diagnosis);
        let alike = |row: &&mut (&str, [&str; 2], _)| (row.0, row.1) == (case.code, texts);
        match rows.iter_mut().find(alike) {
            Some((.., servers)) => servers.push(case.server),
            None => rows.push((case.code, texts, vec![case.server])),
        }
    }
    let mut table = "| fault | tried with | what it means | what to change |\n".to_owned();
    table += "|---|---|---|---|\n";
    for (code, [meaning, remedy], servers) in rows {
        let servers = servers.join("; ");
        writeln!(table, "| `{code}` | {servers} | {meaning} | {remedy} |").expect("a string");
    }
    table
}

/// Returns what a diagnosis says of its fault.
fn texts(diagnosis: &Diagnosis) -> [&str; 2] {
    let finding = &diagnosis.report["findings"][0];
    ["meaning", "remedy"].map(|key| finding[key].as_str().unwrap_or("none"))
}
