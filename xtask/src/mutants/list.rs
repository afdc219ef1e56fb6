//! The list of mutants, `list.txt`, and their application.

use core::fmt;

use anyhow::{Result, bail};

/// The list beside this file. Each mutant has its file, the text before and the text after. Where needed, it
/// has a text behind which to search, and a reason why no test notices it.
const LIST: &str = include_str!("list.txt");

/// A deliberate break within one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mutant {
    pub(super) file: &'static str,
    /// The text behind which the first occurrence counts.
    pub(super) behind: Option<&'static str>,
    pub(super) before: &'static str,
    pub(super) after: &'static str,
    /// The reason why the mutant may survive.
    pub(super) reason: Option<&'static str>,
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: `{}` → `{}`", self.file, self.before, self.after)
    }
}

impl Mutant {
    pub(super) fn matches(&self, filter: Option<&str>) -> bool {
        filter.is_none_or(|filter| self.to_string().contains(filter))
    }

    /// Returns the file's text with the break applied.
    pub(super) fn apply(&self, whole: &str) -> Result<String> {
        let start = match self.behind {
            None => 0,
            Some(behind) => match whole.find(behind) {
                Some(at) => at + behind.len(),
                None => bail!("`{behind}` is not found any more, for {self}"),
            },
        };
        let (head, tail) = whole.split_at(start);
        let Some(at) = tail.find(self.before) else {
            bail!("the text is not found any more: {self}");
        };
        let is_once = !tail[at + 1..].contains(self.before);
        if self.behind.is_none() && !is_once {
            bail!("the text is found more than once, so say behind what: {self}");
        }
        let end = at + self.before.len();
        Ok([head, &tail[..at], self.after, &tail[end..]].concat())
    }
}

/// Reads the list.
pub(super) fn read() -> Result<Vec<Mutant>> {
    let blocks = LIST.split("\n\n").map(str::trim);
    let blocks = blocks.filter(|block| !block.is_empty());
    blocks
        .filter_map(|block| parse(block).transpose())
        .collect()
}

/// Parses a block. Returns `None` for a block of nothing but comments.
fn parse(block: &'static str) -> Result<Option<Mutant>> {
    let (mut file, mut behind, mut before, mut after, mut reason) = (None, None, None, None, None);
    for line in block.lines() {
        let (place, text) = match line.split_once(' ') {
            Some(("#", _)) => continue,
            Some(("@", text)) => (&mut behind, text),
            Some(("-", text)) => (&mut before, text),
            Some(("+", text)) => (&mut after, text),
            Some(("?", text)) => (&mut reason, text),
            _ => (&mut file, line),
        };
        if place.replace(text).is_some() {
            bail!("twice the same in one block: `{line}`");
        }
    }
    match (file, before, after) {
        (Some(file), Some(before), Some(after)) => Ok(Some(Mutant {
            file,
            behind,
            before,
            after,
            reason,
        })),
        (None, None, None) => Ok(None),
        _ => bail!("a block needs a file, a line with `-` and one with `+`:\n{block}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_list_fits_the_sources() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let all = read().unwrap();
        assert!(all.len() >= 40, "{} breaks", all.len());
        let mut texts = HashSet::new();
        for mutant in all {
            let whole = fs::read_to_string(root.join(mutant.file)).unwrap();
            let broken = mutant.apply(&whole).unwrap();
            assert_ne!(broken, whole, "{mutant}");
            assert!(texts.insert(broken), "twice: {mutant}");
        }
    }

    #[test]
    fn a_block_is_read() {
        let block = "# why\na.rs\n@ fn b\n- c d\n+ e\n? f";
        let mutant = Mutant {
            file: "a.rs",
            behind: Some("fn b"),
            before: "c d",
            after: "e",
            reason: Some("f"),
        };
        assert_eq!(parse(block).unwrap(), Some(mutant));
        assert_eq!(parse("# nothing but a comment").unwrap(), None);
        assert!(parse("a.rs\n- b").is_err());
        assert!(parse("a.rs\n- b\n- c\n+ d").is_err());
    }

    #[test]
    fn a_text_that_is_there_twice_needs_a_place() {
        let mutant = Mutant {
            file: "a.rs",
            behind: None,
            before: "x",
            after: "y",
            reason: None,
        };
        assert!(mutant.apply("a").is_err());
        assert_eq!(mutant.apply("a x b").unwrap(), "a y b");
        assert!(mutant.apply("x fn x").is_err());
        let placed = Mutant {
            behind: Some("fn"),
            ..mutant
        };
        assert_eq!(placed.apply("x fn x x").unwrap(), "x fn y x");
    }
}
