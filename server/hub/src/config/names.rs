//! Finds keys of the file that no section has, and the name that was probably meant.

use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use toml::de::{DeTable, DeValue};

use super::file::{Anonymous, File, History, Limits, Log, Publish, Queue, Shutdown, Tokens};

/// A key that no section has.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    /// Position of the key in the file.
    pub(super) span: Range<usize>,
    /// The fault and its remedy.
    pub(super) message: String,
}

/// Returns the first key of a file that no section has.
pub(super) fn unknown(table: &DeTable<'_>) -> Option<Unknown> {
    let sections = [
        ("publish", fields::<Publish>()),
        ("tokens", fields::<Tokens>()),
        ("anonymous", fields::<Anonymous>()),
        ("log", fields::<Log>()),
        ("history", fields::<History>()),
        ("queue", fields::<Queue>()),
        ("limits", fields::<Limits>()),
        ("shutdown", fields::<Shutdown>()),
    ];
    let top = unknown_of(table, "", fields::<File>());
    let below = sections.iter().filter_map(|(section, known)| {
        match table.get(*section).map(toml::Spanned::get_ref) {
            Some(DeValue::Table(table)) => unknown_of(table, section, known),
            _ => None,
        }
    });
    top.into_iter()
        .chain(below)
        .min_by_key(|unknown| unknown.span.start)
}

fn unknown_of(table: &DeTable<'_>, section: &str, known: &[&str]) -> Option<Unknown> {
    let mut keys = table.keys();
    let key = keys.find(|key| !known.contains(&&**key.get_ref()))?;
    let place = if section.is_empty() {
        "at the top".to_owned()
    } else {
        format!("in `[{section}]`")
    };
    let name = key.get_ref();
    let meant = match nearest(name, known) {
        Some(nearest) => format!("Did you mean `{nearest}`?"),
        None => format!("The keys there are `{}`.", known.join("`, `")),
    };
    Some(Unknown {
        span: key.span(),
        message: format!("there is no key `{name}` {place}. {meant}"),
    })
}

/// Returns the known name that takes the fewest changes, if they are few enough for it to have been meant.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let most = (name.chars().count() / 3).max(1);
    let distances = known
        .iter()
        .map(|known| (distance(&name.to_lowercase(), known), *known));
    let (distance, nearest) = distances.min()?;
    (distance <= most).then_some(nearest)
}

/// Counts the characters to be added, removed, replaced or exchanged with the next one.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    for (i, &a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &b) in other.iter().enumerate() {
            let mut least = (rows[i][j] + usize::from(a != b))
                .min(rows[i][j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && a == other[j - 1] && one[i - 1] == b {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

/// Returns the names that serde knows of a struct's fields.
fn fields<T: for<'de> Deserialize<'de>>() -> &'static [&'static str] {
    match T::deserialize(Asking) {
        Err(Fields(fields)) => fields,
        Ok(_) => &[],
    }
}

/// A deserializer that yields nothing: its error carries the fields that were asked for.
struct Asking;

#[derive(Debug)]
struct Fields(&'static [&'static str]);

impl std::fmt::Display for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Fields {}

impl Error for Fields {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self(&[])
    }
}

impl<'de> Deserializer<'de> for Asking {
    type Error = Fields;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fields> {
        Err(Fields(&[]))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Fields> {
        Err(Fields(fields))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_if_there_is_one() {
        let known = ["listen", "internal", "path", "log_level"];
        for (name, meant) in [
            ("lisen", Some("listen")),
            ("litsen", Some("listen")),
            ("Listen", Some("listen")),
            ("pth", Some("path")),
            ("loglevel", Some("log_level")),
            ("colour", None),
        ] {
            assert_eq!(nearest(name, &known), meant, "{name}");
        }
    }

    #[test]
    fn every_section_is_looked_at() {
        for section in fields::<File>() {
            let text = format!("[{section}]\nnot_a_key = 1\n");
            let table = DeTable::parse(&text).unwrap();
            let is_table = [
                "publish",
                "tokens",
                "anonymous",
                "log",
                "history",
                "queue",
                "limits",
                "shutdown",
            ];
            assert_eq!(
                unknown(table.get_ref()).is_some(),
                is_table.contains(section),
                "{section}"
            );
        }
        assert!(fields::<File>().contains(&"limits") && fields::<Limits>().contains(&"set"));
    }
}
