//! Numbers, strings and lists as bytes. What is taken is checked: a list is never longer than the bytes that are left.

/// Puts values, one after the other.
#[derive(Default)]
pub(super) struct Put(pub(super) Vec<u8>);

/// Takes them again, in the same order.
pub(super) struct Take<'a>(pub(super) &'a [u8]);

impl Put {
    /// Seven bits to a byte, the low ones first.
    pub(super) fn number(&mut self, mut number: u32) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(super) fn count(&mut self, count: usize) {
        self.number(u32::try_from(count).unwrap_or(u32::MAX));
    }

    pub(super) fn flag(&mut self, flag: bool) {
        self.0.push(u8::from(flag));
    }

    pub(super) fn string(&mut self, string: &str) {
        self.count(string.len());
        self.0.extend_from_slice(string.as_bytes());
    }

    pub(super) fn maybe(&mut self, string: Option<&str>) {
        self.flag(string.is_some());
        self.string(string.unwrap_or_default());
    }

    /// A number that may be none, which is the largest.
    pub(super) fn place(&mut self, place: u32) {
        self.number(place.wrapping_add(1));
    }

    /// Numbers that never fall.
    pub(super) fn rising(&mut self, numbers: &[u32]) {
        self.count(numbers.len());
        let mut before = 0;
        for number in numbers {
            self.number(number.wrapping_sub(before));
            before = *number;
        }
    }

    /// One value of a table.
    pub(super) fn one_of<T: Copy + PartialEq>(&mut self, table: &[T], value: T) {
        let at = table.iter().position(|known| *known == value).unwrap_or_default();
        self.0.push(at as u8);
    }
}

impl<'a> Take<'a> {
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn number(&mut self) -> Option<u32> {
        let mut number = 0_u32;
        for shift in (0..32).step_by(7) {
            let byte = self.byte()?;
            let bits = u32::from(byte & 0x7f);
            if shift == 28 && bits > 0xf {
                return None;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// How many items follow, of which each takes a byte or more.
    pub(super) fn count(&mut self) -> Option<usize> {
        let count = self.number()? as usize;
        (count <= self.0.len()).then_some(count)
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(super) fn string(&mut self) -> Option<&'a str> {
        let count = self.count()?;
        std::str::from_utf8(self.bytes(count)?).ok()
    }

    pub(super) fn maybe(&mut self) -> Option<Option<&'a str>> {
        let is_some = self.flag()?;
        let string = self.string()?;
        Some(is_some.then_some(string))
    }

    pub(super) fn place(&mut self) -> Option<u32> {
        Some(self.number()?.wrapping_sub(1))
    }

    pub(super) fn rising(&mut self) -> Option<Vec<u32>> {
        let count = self.count()?;
        let mut numbers = Vec::with_capacity(count);
        let mut before = 0_u32;
        for _ in 0..count {
            before = before.checked_add(self.number()?)?;
            numbers.push(before);
        }
        Some(numbers)
    }

    pub(super) fn one_of<T: Copy>(&mut self, table: &[T]) -> Option<T> {
        let at = self.byte()?;
        table.get(at as usize).copied()
    }

    /// So many items.
    pub(super) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.count()?;
        (0..count).map(|_| item(self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_put_is_taken(
            numbers in proptest::collection::vec(any::<u32>(), 0..20),
            string in "\\PC{0,9}",
            place in any::<u32>(),
        ) {
            let mut rising = numbers.clone();
            rising.sort_unstable();
            let mut put = Put::default();
            numbers.iter().for_each(|number| put.number(*number));
            put.rising(&rising);
            put.string(&string);
            put.maybe(None);
            put.maybe(Some(&string));
            put.place(place);
            let mut take = Take(&put.0);
            for number in &numbers {
                prop_assert_eq!(take.number(), Some(*number));
            }
            prop_assert_eq!(take.rising(), Some(rising));
            prop_assert_eq!(take.string(), Some(string.as_str()));
            prop_assert_eq!(take.maybe(), Some(None));
            prop_assert_eq!(take.maybe(), Some(Some(string.as_str())));
            prop_assert_eq!(take.place(), Some(place));
            prop_assert!(take.0.is_empty() && take.number().is_none());
        }
    }

    #[test]
    fn a_number_is_no_longer_than_it_can_be() {
        assert_eq!(Take(&[0xff, 0xff, 0xff, 0xff, 0x0f]).number(), Some(u32::MAX));
        assert_eq!(Take(&[0xff, 0xff, 0xff, 0xff, 0x1f]).number(), None);
        assert_eq!(Take(&[0xff, 0xff, 0xff, 0xff, 0x8f, 0]).number(), None);
        assert_eq!(Take(&[9, 1]).count(), None);
    }
}
