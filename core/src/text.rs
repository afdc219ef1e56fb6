//! Byte-wise text helpers. The standard library's patterns and formatting would each add several times as
//! much code to a page.

/// Splits at the first `separator`, which must be ASCII.
pub(crate) fn cut(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    around(text, at)
}

/// Splits at the last `separator`, which must be ASCII.
pub(crate) fn cut_last(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().rposition(|byte| byte == separator)?;
    around(text, at)
}

fn around(text: &str, at: usize) -> Option<(&str, &str)> {
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Parses decimal digits; `None` for an empty text, any other character, or an overflow.
pub(crate) fn read_number(digits: &str) -> Option<u64> {
    let mut number = None;
    for digit in digits.bytes() {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        let tens = number.unwrap_or(0_u64).checked_mul(10)?;
        number = Some(tens.checked_add(u64::from(digit))?);
    }
    number
}

/// Appends a number in decimal digits.
pub(crate) fn write_number(number: u64, to: &mut String) {
    if number > 9 {
        write_number(number / 10, to);
    }
    to.push(char::from(b'0' + (number % 10) as u8));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_are_cut_as_the_standard_library_does(text in "[a ö]{0,6}") {
            prop_assert_eq!(cut(&text, b' '), text.split_once(' '));
            prop_assert_eq!(cut_last(&text, b' '), text.rsplit_once(' '));
        }

        #[test]
        fn numbers_are_written_as_the_standard_library_does(number in any::<u64>(), shift in 0..64) {
            for number in [number >> shift, u64::MAX, 0] {
                let mut text = "x".to_owned();
                write_number(number, &mut text);
                prop_assert_eq!(&text, &format!("x{number}"));
                prop_assert_eq!(read_number(&text[1..]), Some(number));
            }
        }

        #[test]
        fn digits_are_read_as_the_standard_library_does(digits in "[0-9]{1,22}") {
            prop_assert_eq!(read_number(&digits), digits.parse().ok());
        }
    }

    #[test]
    fn what_is_no_number_is_not_read() {
        for text in ["", "+1", "-1", "1 ", "1a", "١", "18446744073709551616"] {
            assert_eq!(read_number(text), None, "{text}");
        }
    }
}
