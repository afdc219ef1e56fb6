//! Messages as bytes: numbers in LEB128, texts and lists after their lengths, alternatives after their
//! numbers.
//!
//! The codec is our own because of its size. In a program with a shared source, derived code for JSON or
//! CBOR came to more than half of what sharing weighs.

use std::rc::Rc;
use std::sync::Arc;

/// A value that can be sent to another tab.
pub(super) trait Wire: Sized {
    fn write(&self, to: &mut Vec<u8>);

    /// Returns `None` if the bytes can't be understood.
    fn read(from: &mut &[u8]) -> Option<Self>;
}

/// Reads a message. Bytes that a later release has added at the end are ignored.
pub(super) fn decode<T: Wire>(mut bytes: &[u8]) -> Option<T> {
    T::read(&mut bytes)
}

/// Writes a message.
pub(super) fn encode(message: &impl Wire) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.write(&mut bytes);
    bytes
}

impl Wire for u64 {
    fn write(&self, to: &mut Vec<u8>) {
        let mut rest = *self;
        while rest > 0x7f {
            to.push(low_bits(rest) | 0x80);
            rest >>= 7;
        }
        to.push(low_bits(rest));
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        let mut number = 0;
        for shift in (0..Self::BITS).step_by(7) {
            let (first, rest) = from.split_first()?;
            *from = rest;
            number |= Self::from(first & 0x7f) << shift;
            if first & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

fn low_bits(number: u64) -> u8 {
    (number & 0x7f) as u8
}

/// Implements `Wire` for types that convert to and from `u64`.
macro_rules! as_number {
    ($($type:ty = $widen:expr),*) => {
        $(impl Wire for $type {
            fn write(&self, to: &mut Vec<u8>) {
                $widen(*self).write(to);
            }

            fn read(from: &mut &[u8]) -> Option<Self> {
                u64::read(from)?.try_into().ok()
            }
        })*
    };
}

as_number!(u16 = u64::from, u32 = u64::from, usize = |size| size as u64);

impl Wire for bool {
    fn write(&self, to: &mut Vec<u8>) {
        to.push(u8::from(*self));
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some(u64::read(from)? != 0)
    }
}

impl Wire for String {
    fn write(&self, to: &mut Vec<u8>) {
        self.len().write(to);
        to.extend_from_slice(self.as_bytes());
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        let length = usize::read(from)?;
        let (text, rest) = from.split_at_checked(length)?;
        *from = rest;
        Some(core::str::from_utf8(text).ok()?.to_owned())
    }
}

impl Wire for Box<str> {
    fn write(&self, to: &mut Vec<u8>) {
        self.len().write(to);
        to.extend_from_slice(self.as_bytes());
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        String::read(from).map(Into::into)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, to: &mut Vec<u8>) {
        self.is_some().write(to);
        if let Some(item) = self {
            item.write(to);
        }
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some(if bool::read(from)? {
            Some(T::read(from)?)
        } else {
            None
        })
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, to: &mut Vec<u8>) {
        self.len().write(to);
        for item in self {
            item.write(to);
        }
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        let length = usize::read(from)?;
        // Memory isn't reserved for `length`, which may claim anything: each item takes at least a byte of
        // `from`.
        let mut items = Self::new();
        for _ in 0..length {
            items.push(T::read(from)?);
        }
        Some(items)
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn write(&self, to: &mut Vec<u8>) {
        self.0.write(to);
        self.1.write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some((A::read(from)?, B::read(from)?))
    }
}

/// Implements `Wire` for types that hold one value.
macro_rules! as_content {
    ($($holder:ident),*) => {
        $(impl<T: Wire> Wire for $holder<T> {
            fn write(&self, to: &mut Vec<u8>) {
                (**self).write(to);
            }

            fn read(from: &mut &[u8]) -> Option<Self> {
                T::read(from).map(Self::new)
            }
        })*
    };
}

as_content!(Box, Rc, Arc);

/// Implements `Wire` with the given order of a struct's fields, or the given numbers of an enum's
/// alternatives. Both are part of the [version](super::Message::VERSION).
macro_rules! wire {
    (struct $name:ident { $($field:tt),* $(,)? }) => {
        impl $crate::tabs::codec::Wire for $name {
            fn write(&self, to: &mut Vec<u8>) {
                $(self.$field.write(to);)*
            }

            fn read(from: &mut &[u8]) -> Option<Self> {
                Some(Self { $($field: $crate::tabs::codec::Wire::read(from)?),* })
            }
        }
    };
    (enum $name:ident {
        $($number:literal = $variant:ident $(($item:ident))? $({ $($field:ident),* })?),* $(,)?
    }) => {
        impl $crate::tabs::codec::Wire for $name {
            fn write(&self, to: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $(($item))? $({ $($field),* })? => {
                        let number: u64 = $number;
                        number.write(to);
                        $($item.write(to);)?
                        $($($field.write(to);)*)?
                    })*
                }
            }

            fn read(from: &mut &[u8]) -> Option<Self> {
                Some(match u64::read(from)? {
                    $($number => {
                        $(let $item = $crate::tabs::codec::Wire::read(from)?;)?
                        $($(let $field = $crate::tabs::codec::Wire::read(from)?;)*)?
                        Self::$variant $(($item))? $({ $($field),* })?
                    })*
                    _ => return None,
                })
            }
        }
    };
}

pub(super) use wire;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    enum Tree {
        Leaf,
        Number(u64),
        Node { name: Box<str>, nodes: Vec<Tree> },
    }

    wire!(enum Tree {
        0 = Leaf,
        1 = Number(number),
        200 = Node { name, nodes },
    });

    fn tree() -> impl Strategy<Value = Tree> {
        let leaf = prop_oneof![Just(Tree::Leaf), any::<u64>().prop_map(Tree::Number)];
        leaf.prop_recursive(3, 16, 4, |inner| {
            (".*", proptest::collection::vec(inner, 0..4)).prop_map(|(name, nodes)| Tree::Node {
                name: name.into(),
                nodes,
            })
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(tree in tree(), behind: Vec<u8>) {
            let mut bytes = encode(&tree);
            for end in 0..bytes.len() {
                prop_assert_eq!(decode::<Tree>(&bytes[..end]), None, "it lacks its end");
            }
            bytes.extend(behind);
            prop_assert_eq!(decode(&bytes), Some(tree));
        }

        #[test]
        fn whatever_is_read_does_no_harm(bytes: Vec<u8>) {
            if let Some(tree) = decode::<Tree>(&bytes) {
                prop_assert_eq!(decode(&encode(&tree)), Some(tree));
            }
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        assert_eq!(decode(&encode(&u64::MAX)), Some(u64::MAX));
        assert_eq!(decode::<u32>(&encode(&u64::MAX)), None);
        assert_eq!(decode::<u64>(&[0xff; 10]), None);
        let endless = encode(&usize::MAX);
        assert_eq!(decode::<Vec<u64>>(&endless), None);
        assert_eq!(decode::<Box<str>>(&endless), None);
    }
}
