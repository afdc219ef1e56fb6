//! Scans a GraphQL document for mutations.

/// Returns whether any definition of the document is a mutation.
pub(super) fn has_mutation(document: &str) -> bool {
    let mut rest = document;
    let mut depth = 0_u32;
    // A definition begins with its keyword. Later names may equal a keyword, such as `query mutation`.
    let mut begins = true;
    while let Some(first) = rest.chars().next() {
        match first {
            '#' => {
                rest = rest.find(['\n', '\r']).map_or("", |end| &rest[end..]);
                continue;
            }
            '"' => {
                rest = behind_string(rest);
                continue;
            }
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => {
                depth = depth.saturating_sub(1);
                begins |= depth == 0 && first == '}';
            }
            _ if is_name(first) => {
                let end = rest.find(|next| !is_name(next)).unwrap_or(rest.len());
                let name;
                (name, rest) = rest.split_at(end);
                if depth == 0 && core::mem::take(&mut begins) && name == "mutation" {
                    return true;
                }
                continue;
            }
            _ => {}
        }
        rest = &rest[first.len_utf8()..];
    }
    false
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// Returns the text after the string, or the block string, at the start of `text`.
fn behind_string(text: &str) -> &str {
    let quotes = if text.starts_with("\"\"\"") { 3 } else { 1 };
    let (quote, mut rest) = text.split_at(quotes);
    while let Some(at) = rest.find(['"', '\\']) {
        rest = &rest[at..];
        if let Some(behind) = rest.strip_prefix(quote) {
            return behind;
        }
        // A backslash escapes the next character.
        let taken = if rest.starts_with('\\') { 2 } else { 1 };
        rest = rest
            .char_indices()
            .nth(taken)
            .map_or("", |(at, _)| &rest[at..]);
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::has_mutation;

    #[test]
    fn a_mutation_is_found_wherever_it_stands() {
        for document in [
            "mutation { add }",
            "\u{feff} ,\n# a comment\nmutation Add($a: Int = 1) @fast { add(a: $a) }",
            "fragment F on T { a } mutation { add { ...F } }",
            "query A { a(text: \"}\") } mutation B { add }",
            "query A($a: [T] = [{ b: 1 }]) { a } mutation B { add }",
            r#"{ a(text: """ \""" { """) } mutation { add }"#,
            r#"{ a(text: "\"{") } mutation { add }"#,
        ] {
            assert!(has_mutation(document), "{document}");
        }
    }

    #[test]
    fn what_is_only_named_so_is_none() {
        for document in [
            "",
            "{ mutation }",
            "query mutation { a }",
            "subscription mutation($mutation: T) @mutation { mutation }",
            "fragment mutation on mutation { mutation }",
            "# mutation { add }\n{ a }",
            "{ a(text: \"} mutation { add }\") }",
            "{ a(text: \"\"\"\" } mutation { add }\"\"\") }",
            "{ a(text: \"unclosed } mutation { add }",
            "{ a(text: \"\\",
            "{ größe }",
        ] {
            assert!(!has_mutation(document), "{document}");
        }
    }
}
