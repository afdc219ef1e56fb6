//! Formatting of numbers.

use core::time::Duration;

/// Formats a count in groups of three digits.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            // The narrow no-break space permits no line break.
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// Formats a time of up to a few minutes, to a tenth of a second.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// Formats a time that is usually a whole number of seconds.
pub(crate) fn whole_seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64().ceil())
}

/// Formats a change with its sign, using a real minus.
pub(crate) fn change(amount: f64) -> String {
    if amount < 0.0 {
        format!("\u{2212}{:.2}", amount.abs())
    } else {
        format!("+{amount:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        let counts = [0, 999, 1234, 1_234_567].map(count);
        assert_eq!(
            counts,
            ["0", "999", "1\u{202f}234", "1\u{202f}234\u{202f}567"]
        );
    }

    #[test]
    fn times_are_rounded_for_the_eye() {
        assert_eq!(seconds(Duration::from_millis(1249)), "1.2 s");
        assert_eq!(whole_seconds(Duration::from_millis(41_001)), "42 s");
    }

    #[test]
    fn changes_have_a_sign() {
        assert_eq!(
            [-0.5, 0.0, 1.25].map(change),
            ["\u{2212}0.50", "+0.00", "+1.25"]
        );
    }
}
