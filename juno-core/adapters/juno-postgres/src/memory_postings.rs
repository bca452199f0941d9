//! Where a word stands, packed: memory after memory with the places in each, as numbers of seven bits a byte. What is
//! written last stands last, so a key may be smaller than the one before it.

/// Adds a memory behind the others; `last` is the key of the one before it, 0 at the beginning.
pub(crate) fn push(data: &mut Vec<u8>, last: i64, key: i64, places: &[u32]) {
    let step = key.wrapping_sub(last);
    put(data, (step.wrapping_shl(1) ^ (step >> 63)) as u64);
    put(data, places.len() as u64);
    let mut before = 0;
    for place in places {
        put(data, u64::from(place.wrapping_sub(before)));
        before = *place;
    }
}

/// Reads all: each memory's key and places, in the order of writing. `None` for what `push` did not write.
pub(crate) fn each(data: &[u8], mut take: impl FnMut(i64, &[u32])) -> Option<()> {
    let (mut rest, mut key) = (data, 0_i64);
    let mut places = Vec::new();
    while !rest.is_empty() {
        let step = get(&mut rest)?;
        key = key.wrapping_add((step >> 1) as i64 ^ -((step & 1) as i64));
        let count = get(&mut rest)?;
        places.clear();
        let mut place = 0_u32;
        for _ in 0..count {
            place = place.wrapping_add(u32::try_from(get(&mut rest)?).ok()?);
            places.push(place);
        }
        take(key, &places);
    }
    Some(())
}

/// The key written last; 0 where there is none.
pub(crate) fn last(data: &[u8]) -> Option<i64> {
    let mut last = 0;
    each(data, |key, _| last = key)?;
    Some(last)
}

/// The same without one memory.
pub(crate) fn without(data: &[u8], gone: i64) -> Option<Vec<u8>> {
    let (mut kept, mut last) = (Vec::with_capacity(data.len()), 0);
    each(data, |key, places| {
        if key != gone {
            push(&mut kept, last, key, places);
            last = key;
        }
    })?;
    Some(kept)
}

fn put(data: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        data.push(number as u8 | 0x80);
        number >>= 7;
    }
    data.push(number as u8);
}

fn get(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &[u8]) -> Option<Vec<(i64, Vec<u32>)>> {
        let mut all = Vec::new();
        each(data, |key, places| all.push((key, places.to_vec())))?;
        Some(all)
    }

    #[test]
    fn what_was_packed_reads_back_in_any_order_of_keys() {
        let all = [(64, vec![0]), (7, vec![3, 4, 900_000]), (i64::MAX, vec![0, u32::MAX]), (65, vec![1; 1])];
        let (mut data, mut before) = (Vec::new(), 0);
        for (key, places) in &all {
            push(&mut data, before, *key, places);
            before = *key;
        }
        assert_eq!(read(&data).unwrap(), all);
        assert_eq!((last(&data), last(&[])), (Some(65), Some(0)));
        let kept = without(&data, 7).unwrap();
        assert_eq!(read(&kept).unwrap(), [all[0].clone(), all[2].clone(), all[3].clone()]);
        assert_eq!(without(&kept, 7).unwrap(), kept);
        let none = all.iter().fold(data.clone(), |data, (key, _)| without(&data, *key).unwrap());
        assert!(none.is_empty());
    }

    #[test]
    fn what_was_cut_off_is_refused() {
        let mut data = Vec::new();
        push(&mut data, 0, 300, &[1, 300]);
        for end in 1..data.len() {
            assert_eq!(read(&data[..end]), None, "{end}");
        }
        assert_eq!(read(&[0xff; 11]), None);
    }
}
