//! The order of positions.

use core::cmp::Ordering;

/// How one position lies to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// It lies before the other.
    Before,
    /// It is the other.
    Same,
    /// It lies behind the other.
    After,
    /// It is of another log, and the names of the logs have no order.
    OtherLog,
    /// At least one of the two has a form without an order.
    Unknown,
}

impl From<Ordering> for Order {
    fn from(ordering: Ordering) -> Self {
        match ordering {
            Ordering::Less => Self::Before,
            Ordering::Equal => Self::Same,
            Ordering::Greater => Self::After,
        }
    }
}

/// Compares two positions. Decimal numbers have an order, and so has `<epoch>-<seq>` within one epoch, or if
/// both epochs are numbers.
///
/// ```
/// use everstream_core::live::{Order, compare};
///
/// assert_eq!(compare("9", "10"), Order::Before);
/// assert_eq!(compare("e7-12", "e7-4"), Order::After);
/// assert_eq!(compare("e7-12", "e8-4"), Order::OtherLog);
/// ```
#[must_use]
pub fn compare(position: &str, other: &str) -> Order {
    match (split(position), split(other)) {
        _ if position == other => Order::Same,
        (Some((epoch, seq)), Some((its_epoch, its_seq))) => {
            if epoch == its_epoch {
                decimal(seq, its_seq).into()
            } else if is_decimal(epoch) && is_decimal(its_epoch) {
                decimal(epoch, its_epoch).into()
            } else {
                Order::OtherLog
            }
        }
        _ => Order::Unknown,
    }
}

/// Splits a position into its epoch, which is empty for a number, and its seq.
fn split(position: &str) -> Option<(&str, &str)> {
    let (epoch, seq) = match position.split_once('-') {
        None => ("", position),
        Some(("", _)) => return None,
        Some(parts) => parts,
    };
    is_decimal(seq).then_some((epoch, seq))
}

fn is_decimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Compares decimal numbers of any length.
fn decimal(one: &str, other: &str) -> Ordering {
    let [one, other] = [one, other].map(|text| text.trim_start_matches('0'));
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}
