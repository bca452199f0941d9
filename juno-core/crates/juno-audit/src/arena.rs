/// Bytes of records, laid end to end in large blocks: one allocation for thousands of records, and none of them is
/// moved when more come.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    blocks: Vec<Vec<u8>>,
    places: Vec<Place>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    block: u32,
    from: u32,
    to: u32,
}

/// Bytes in a block; a longer record gets a block of its own.
const BLOCK: usize = 1 << 20;

impl Arena {
    /// Keeps a copy of `bytes`; false if there is no more room to address, at 2^32 blocks.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> bool {
        if self.blocks.last().is_none_or(|block| block.capacity() - block.len() < bytes.len()) {
            self.blocks.push(Vec::with_capacity(bytes.len().max(BLOCK)));
        }
        let block = self.blocks.len() - 1;
        let Some(last) = self.blocks.last_mut() else { return false };
        let from = last.len();
        let (Ok(block), Ok(from), Ok(to)) =
            (u32::try_from(block), u32::try_from(from), u32::try_from(from + bytes.len()))
        else {
            return false;
        };
        last.extend_from_slice(bytes);
        self.places.push(Place { block, from, to });
        true
    }

    /// How many records there are.
    pub(crate) const fn len(&self) -> usize {
        self.places.len()
    }

    /// The bytes of record `nth`.
    pub(crate) fn get(&self, nth: usize) -> Option<&[u8]> {
        let Place { block, from, to } = *self.places.get(nth)?;
        self.blocks.get(block as usize)?.get(from as usize..to as usize)
    }

    /// Forgets the records from `len` on. Their bytes stay unused: taking an append back is rare.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.places.truncate(len);
    }

    /// Puts other bytes in the place of record `nth`, as only a test that tampers does.
    #[cfg(test)]
    pub(crate) fn replace(&mut self, nth: usize, bytes: &[u8]) {
        assert!(self.push(bytes));
        let place = self.places.pop().unwrap();
        self.places[nth] = place;
    }
}
