//! Patterns by which tokens and the configuration grant channels.

/// Names of channels, and prefixes of names, which end with `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Patterns(Vec<String>);

impl Patterns {
    /// Checks patterns. A `*` stands for the rest of a name, so only the end of a pattern may have one.
    pub(crate) fn new(patterns: Vec<String>) -> Result<Self, String> {
        let is_sound = |pattern: &str| {
            let beginning = pattern.strip_suffix('*').unwrap_or(pattern);
            !pattern.is_empty() && !beginning.contains('*')
        };
        match patterns.iter().find(|pattern| !is_sound(pattern)) {
            Some(pattern) => Err(format!(
                "`{pattern}` is no pattern. Write a channel's name, or the beginning of names and `*`."
            )),
            None => Ok(Self(patterns)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contain(&self, channel: &str) -> bool {
        let mut patterns = self.0.iter();
        patterns.any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => channel.starts_with(beginning),
            None => channel == pattern,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_the_rest_of_a_name() {
        let patterns = Patterns::new(vec!["prices".to_owned(), "chat:*".to_owned()]).unwrap();
        for (channel, is_contained) in [
            ("prices", true),
            ("prices2", false),
            ("chat:", true),
            ("chat:42", true),
            ("chat", false),
            ("Prices", false),
            ("chat:*", true),
        ] {
            assert_eq!(patterns.contain(channel), is_contained, "{channel}");
        }
        assert!(!Patterns::default().contain(""));
    }

    #[test]
    fn other_stars_are_refused() {
        for pattern in ["", "*a", "a*b", "**"] {
            assert!(
                Patterns::new(vec![pattern.to_owned()]).is_err(),
                "{pattern}"
            );
        }
        assert!(Patterns::new(vec!["*".to_owned()]).unwrap().contain("any"));
    }
}
