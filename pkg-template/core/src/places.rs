//! Values that JavaScript knows by their numbers.

/// A value's number is its index, which is given to another value once this one is forgotten.
#[derive(Debug)]
pub(crate) struct Places<T>(Vec<Place<T>>);

#[derive(Debug)]
enum Place<T> {
    Free,
    /// A caller works with the value.
    Taken,
    Here(T),
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Places<T> {
    /// Reserves a number for a value that is stored by [`put`](Self::put).
    pub(crate) fn reserve(&mut self) -> usize {
        let free = |place: &Place<T>| matches!(place, Place::Free);
        let number = self.0.iter().position(free).unwrap_or(self.0.len());
        if number == self.0.len() {
            self.0.push(Place::Free);
        }
        self.0[number] = Place::Taken;
        number
    }

    /// Takes a value out to work with it. A value that is not put back, as when the work has ended in a
    /// trap, is gone. Its number is not given to another before it is forgotten.
    pub(crate) fn take(&mut self, number: usize) -> Option<T> {
        let place = self.0.get_mut(number)?;
        match core::mem::replace(place, Place::Taken) {
            Place::Here(thing) => Some(thing),
            other => {
                *place = other;
                None
            }
        }
    }

    /// Puts a value back, unless it was forgotten meanwhile.
    pub(crate) fn put(&mut self, number: usize, thing: T) {
        if let Some(place @ Place::Taken) = self.0.get_mut(number) {
            *place = Place::Here(thing);
        }
    }

    pub(crate) fn forget(&mut self, number: usize) {
        if let Some(place) = self.0.get_mut(number) {
            *place = Place::Free;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn a_number_is_given_again_when_its_thing_is_forgotten() {
        let mut places = Places::default();
        let [first, second] = ["first", "second"].map(|name| {
            let number = places.reserve();
            places.put(number, name);
            number
        });
        assert_eq!(places.take(first), Some("first"));
        assert_eq!(places.take(first), None, "it is being worked with");
        assert_ne!(places.reserve(), first, "it was not forgotten");
        places.forget(first);
        places.put(first, "late");
        assert_eq!(places.take(first), None);
        assert_eq!(places.reserve(), first);
        assert_eq!(places.take(second), Some("second"));
    }
}
