use super::*;

const LEAST: &str = "[publish]\nkey = '0123456789abcdef'\n[anonymous]\nchannels = ['*']\n";

fn error(text: &str) -> String {
    let (at, message) = Config::parse(text).unwrap_err();
    assert!(!message.contains('\n'), "{message}");
    let line = at.map_or(0, |at| text[..at].matches('\n').count() + 1);
    format!("{line}: {message}")
}

#[test]
fn the_example_has_every_key_and_the_defaults() {
    let example = include_str!("../../everstream-hub.toml");
    let uncommented: String = example
        .lines()
        .map(|line| match line.strip_prefix("#") {
            // A line with a key behind a `#` is a key that the example leaves unset.
            Some(key) if !key.starts_with(' ') => format!("{key}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    // A key that the configuration doesn't know would fail here.
    let table = DeTable::parse(&uncommented).unwrap();
    assert_eq!(names::unknown(table.get_ref()), None);
    let file: File = toml::from_str(example).unwrap();
    let (example, default) = (Config::check(file).unwrap(), Config::parse(LEAST).unwrap());
    assert_eq!(example.listen, default.listen);
    assert_eq!(example.internal, default.internal);
    assert_eq!(example.path, default.path);
    assert_eq!(example.heartbeat, default.heartbeat);
    assert_eq!(example.limits, default.limits);
    assert_eq!(example.limits, Limits::default());
    assert_eq!(example.history, default.history);
    assert_eq!(example.queue, default.queue);
    assert_eq!(format!("{:?}", example.log), format!("{:?}", default.log));
    assert_eq!(
        (example.drain, example.grace),
        (default.drain, default.grace)
    );
}

#[test]
fn trying_out_needs_no_file() {
    let config = Config::dev(None);
    assert!(config.listen.ip().is_loopback() && config.internal.ip().is_loopback());
    assert!(config.anonymous.contain("any") && config.key.as_deref() == Some(DEV_KEY));
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_one() {
    let text = format!("lisen = '127.0.0.1:1'\n{LEAST}");
    assert_eq!(
        error(&text),
        "1: there is no key `lisen` at the top. Did you mean `listen`?"
    );
    let text = format!("{LEAST}[limits]\n\nchanels = 3\n");
    assert_eq!(
        error(&text),
        "7: there is no key `chanels` in `[limits]`. Did you mean `channels`?"
    );
    let text = format!("{LEAST}[shutdown]\ncolour = 3\n");
    let keys = "The keys there are `drain_seconds`, `grace_seconds`.";
    assert_eq!(
        error(&text),
        format!("6: there is no key `colour` in `[shutdown]`. {keys}")
    );
}

#[test]
fn what_is_no_toml_or_of_another_type_is_said_in_a_line() {
    assert!(error("listen = \n").starts_with("1: "));
    let text = format!("{LEAST}[limits]\nchannels = 'many'\n");
    assert!(
        error(&text).starts_with("6: invalid type"),
        "{}",
        error(&text)
    );
    assert!(error("listen = 'here'\n").starts_with("1: "));
}

#[test]
fn a_hub_that_would_be_of_no_use_is_refused() {
    assert!(error("[anonymous]\nchannels = ['a']").contains("nobody could publish"));
    assert!(error("[publish]\nkey = '0123456789abcdef'").contains("nobody could subscribe"));
}

#[test]
fn secrets_that_can_be_guessed_are_refused() {
    let text = LEAST.replace("0123456789abcdef", "short");
    assert!(error(&text).contains("`publish.key` has 5 bytes"));
    let text = format!("{LEAST}[tokens]\nalgorithm = 'HS256'\nsecret = 'short'\n");
    assert!(error(&text).contains("`tokens.secret` has 5 bytes"));
    let text = format!("{LEAST}[tokens]\nalgorithm = 'HS256'\n");
    assert!(error(&text).contains("`tokens.secret` is missing"));
}

#[test]
fn algorithms_and_keys_belong_together() {
    for (tokens, expected) in [
        ("algorithm = 'none'", "The algorithms are"),
        ("", "The algorithms are"),
        ("algorithm = 'RS256'", "needs a `public_key_file`"),
        (
            "algorithm = 'ES256'\nsecret = 'x'",
            "needs a `public_key_file`",
        ),
        (
            "algorithm = 'HS256'\npublic_key_file = 'x'",
            "needs a `secret`",
        ),
        (
            "algorithm = 'RS256'\npublic_key_file = '/no/such'",
            "can't be read",
        ),
    ] {
        let error = error(&format!("{LEAST}[tokens]\n{tokens}\n"));
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn numbers_paths_and_origins_are_checked() {
    for (top, expected) in [
        ("heartbeat_seconds = 0", "`heartbeat_seconds` is `0`"),
        ("heartbeat_seconds = -1", "`heartbeat_seconds` is `-1`"),
        ("heartbeat_seconds = nan", "`heartbeat_seconds` is `NaN`"),
        ("path = 'events'", "no path"),
        ("path = '//'", "no path"),
        ("path = '/a//b'", "no path"),
        ("path = '/:id'", "no path"),
        ("path = '/*all'", "no path"),
        ("path = '/{id}'", "no path"),
        ("path = '/a?b'", "no path"),
        ("path = '/publish'", "is taken"),
        ("path = '/presence'", "is taken"),
        ("path = '/healthz/'", "is taken"),
        ("path = '/'", "is taken"),
        ("origins = ['*']", "no origin"),
        ("origins = ['https://a.example/']", "no origin"),
        ("log_level = 'loud'", "`log_level` is `loud`"),
    ] {
        let error = error(&format!("{top}\n{LEAST}"));
        assert!(error.contains(expected), "{error}");
    }
    let text = format!("{LEAST}[history]\nage_seconds = -1\n");
    assert!(error(&text).contains("`history.age_seconds` is `-1`"));
    let text = LEAST.replace("'*'", "'a*b'");
    assert!(error(&text).contains("`anonymous.channels`"));
}
