//! Things that JavaScript knows by their numbers.

/// A thing's number is its place, which is given to another once the thing is gone.
#[derive(Debug)]
pub(super) struct Places<T>(Vec<Option<T>>);

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Places<T> {
    /// Puts in what `make` makes, given its number.
    pub(super) fn put(&mut self, make: impl FnOnce(usize) -> T) -> usize {
        let free = self.0.iter().position(Option::is_none);
        let place = free.unwrap_or(self.0.len());
        if free.is_none() {
            self.0.push(None);
        }
        self.0[place] = Some(make(place));
        place
    }

    pub(super) fn get(&mut self, place: usize) -> Option<&mut T> {
        self.0.get_mut(place)?.as_mut()
    }

    pub(super) fn take(&mut self, place: usize) -> Option<T> {
        self.0.get_mut(place)?.take()
    }
}
