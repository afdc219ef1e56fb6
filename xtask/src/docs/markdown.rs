//! The parts of Markdown that the checks read: fences, links and headings.

use std::collections::BTreeSet;

/// Returns each line, with whether it belongs to a code block. The fences belong to it, too.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut fence: Option<&str> = None;
    text.lines().map(move |line| {
        let trimmed = line.trim_start();
        let ticks = &trimmed[..trimmed.len() - trimmed.trim_start_matches('`').len()];
        match fence {
            None if ticks.len() >= 3 => fence = Some(ticks),
            Some(open) if trimmed.trim_end() == open => fence = None,
            Some(_) => {}
            None => return (line, false),
        }
        (line, true)
    })
}

/// Replaces the target of each link outside of code by what `replace` returns; `None` keeps it.
pub(super) fn replace_links(text: &str, mut replace: impl FnMut(&str) -> Option<String>) -> String {
    let mut replaced = String::with_capacity(text.len());
    for (line, is_code) in lines(text) {
        if is_code {
            replaced.push_str(line);
        } else {
            let mut kept = 0;
            for (start, end) in targets(line) {
                if let Some(target) = replace(&line[start..end]) {
                    replaced.push_str(&line[kept..start]);
                    replaced.push_str(&target);
                    kept = end;
                }
            }
            replaced.push_str(&line[kept..]);
        }
        replaced.push('\n');
    }
    replaced
}

/// Returns the targets of all links outside of code.
pub(super) fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    replace_links(text, |target| {
        found.push(target.to_owned());
        None
    });
    found
}

/// Returns where the targets of a line's links begin and end.
fn targets(line: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let masked = without_code(line);
    if let Some((name, target)) = masked.split_once("]: ")
        && name.starts_with('[')
        && !name.starts_with("[^")
    {
        found.push((masked.len() - target.len(), masked.trim_end().len()));
    }
    let mut from = 0;
    while let Some(at) = masked[from..].find("](") {
        let start = from + at + 2;
        let mut depth = 0;
        let length = masked[start..].find(|character| match character {
            '(' => {
                depth += 1;
                false
            }
            ')' if depth == 0 => true,
            ')' => {
                depth -= 1;
                false
            }
            _ => character == ' ',
        });
        let Some(length) = length else { break };
        found.push((start, start + length));
        from = start + length;
    }
    found
}

/// Returns a line whose inline code is blank, with each byte in its place.
fn without_code(line: &str) -> String {
    let mut masked = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        let after = &rest[start..];
        let ticks = after.len() - after.trim_start_matches('`').len();
        let end = after[ticks..].find(&after[..ticks]);
        let Some(end) = end.map(|end| start + ticks + end + ticks) else {
            break;
        };
        masked.push_str(&rest[..start]);
        masked.push_str(&"x".repeat(end - start));
        rest = &rest[end..];
    }
    masked.push_str(rest);
    masked
}

/// Returns the anchors of the headings, as GitHub and the site name them.
pub(super) fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for heading in headings(text) {
        let anchor = slug(&plain(heading));
        let more = (1..).map(|number| format!("{anchor}-{number}"));
        let mut names = [anchor.clone()].into_iter().chain(more);
        anchors.extend(names.find(|name| !anchors.contains(name)));
    }
    anchors
}

/// Returns the texts of the headings.
pub(super) fn headings(text: &str) -> impl Iterator<Item = &str> {
    lines(text).filter_map(|(line, is_code)| {
        let heading = line.strip_prefix('#')?.trim_start_matches('#');
        (!is_code).then_some(heading.strip_prefix(' ')?.trim())
    })
}

/// Returns the text of inline Markdown without its marks.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut kept = 0;
    for (start, end) in targets(text) {
        if let Some(label) = text[kept..start].strip_suffix("](") {
            plain.push_str(&label.replacen('[', "", 1));
            kept = end + 1;
        }
    }
    plain.push_str(&text[kept..]);
    plain.replace(['`', '*'], "")
}

fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let kept = lower
        .chars()
        .filter(|character| character.is_alphanumeric() || " _-".contains(*character));
    kept.map(|character| if character == ' ' { '-' } else { character })
        .collect()
}

/// Returns the first sentence of the first paragraph.
pub(super) fn summary(text: &str) -> String {
    let body = text.strip_prefix("---\n").map_or(text, |front| {
        front.split_once("\n---\n").map_or(front, |(_, body)| body)
    });
    let is_paragraph = |line: &&str| {
        line.starts_with(|first: char| first.is_alphanumeric() || "`*[".contains(first))
    };
    let mut prose = lines(body).filter_map(|(line, is_code)| (!is_code).then_some(line));
    let paragraph = plain(prose.find(is_paragraph).unwrap_or_default());
    let end = paragraph.find(". ").map_or(paragraph.len(), |end| end + 1);
    paragraph[..end].trim_end_matches(':').to_owned()
}

/// Returns the part of a file between `#region NAME` and `#endregion NAME`, in the file's own comments.
pub(super) fn region<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let marks = |mark: String| {
        move |line: &&str| {
            line.split_once(&*mark).is_some_and(|(_, rest)| {
                !rest.starts_with(|next: char| next.is_alphanumeric() || next == '-')
            })
        }
    };
    let first = text.lines().find(marks(format!("#region {name}")))?;
    let last = text.lines().find(marks(format!("#endregion {name}")))?;
    let offset = |line: &str| line.as_ptr().addr() - text.as_ptr().addr();
    text.get(offset(first) + first.len() + 1..offset(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "\
# The `first` [one](a.md#b)

See [this](b.md), `[not](c.md)` and [that](https://example.com/a_(b)).

```md
[nor](d.md)
# no heading
```

[later]: e.md
## The first one
";

    #[test]
    fn links_are_found_outside_of_code() {
        let wanted = ["a.md#b", "b.md", "https://example.com/a_(b)", "e.md"];
        assert_eq!(links(DOCUMENT), wanted);
        let replaced = replace_links(DOCUMENT, |target| (target == "b.md").then(|| "z.md".into()));
        assert_eq!(replaced, DOCUMENT.replace("(b.md)", "(z.md)"));
    }

    #[test]
    fn headings_are_named_as_github_does() {
        let anchors = anchors(DOCUMENT);
        assert_eq!(
            anchors.into_iter().collect::<Vec<_>>(),
            ["the-first-one", "the-first-one-1"]
        );
        assert_eq!(
            slug("From @microsoft/fetch-event-source"),
            "from-microsoftfetch-event-source"
        );
        assert_eq!(slug("Coming from…"), "coming-from");
    }

    #[test]
    fn a_page_is_summed_up_by_its_first_sentence() {
        assert_eq!(
            summary("---\na: b\n---\n# T\n\n| a |\n\nOne `x` [y](z). Two."),
            "One x y."
        );
        assert_eq!(summary("# T\n\nAs follows:\n"), "As follows");
    }

    #[test]
    fn a_region_lies_between_its_marks() {
        let text = "a\n<!-- #region one-more -->\nb\n<!-- #region one -->\nc\n<!-- #endregion one -->\nd\n";
        assert_eq!(region(text, "one"), Some("c\n"));
        assert_eq!(region(text, "two"), None);
    }
}
