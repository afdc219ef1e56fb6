//! Changes a value that may be read during the change.

use core::cell::RefCell;

/// Passes the value to `change` outside of the cell where others read it.
///
/// `change` calls a user's `reduce`, which may read the value as a view does. A cell borrowed or locked
/// meanwhile would panic or deadlock. A stand-in takes the value's place instead; `init` creates it once.
/// `swap` exchanges the cell's content, and returns `None` if the cell is gone.
pub(super) fn change<A>(
    stand_in: &RefCell<Option<A>>,
    init: impl FnOnce() -> A,
    swap: impl Fn(A) -> Option<A>,
    change: impl FnOnce(&mut A),
) {
    let instead = stand_in.take().unwrap_or_else(init);
    let Some(mut value) = swap(instead) else {
        return;
    };
    change(&mut value);
    let instead = swap(value);
    stand_in.replace(instead);
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::*;

    #[test]
    fn the_value_can_be_looked_at_while_it_is_changed() {
        let value = RefCell::new(vec![1]);
        let stand_in = RefCell::default();
        let made = Cell::new(0);
        let init = || {
            made.set(made.get() + 1);
            Vec::new()
        };
        for n in [2, 3] {
            change(
                &stand_in,
                init,
                |other| Some(value.replace(other)),
                |own| {
                    assert!(value.borrow().is_empty(), "the stand-in");
                    own.push(n);
                },
            );
        }
        assert_eq!(*value.borrow(), [1, 2, 3]);
        assert_eq!(made.get(), 1);
    }

    #[test]
    fn a_cell_that_is_gone_changes_nothing() {
        let stand_in = RefCell::default();
        change(&stand_in, || 0, |_| None, |_| panic!("there is nothing"));
    }
}
