//! Work spread over threads, in an order that does not depend on how many there are.

use std::num::NonZeroUsize;
use std::thread;

use ndarray::ArrayView2;

/// `work` of 0, 1, … `count` − 1, in that order. Each must depend on its number alone.
pub(crate) fn map<T: Send>(count: usize, threads: NonZeroUsize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = threads.get().min(count);
    if threads <= 1 {
        return (0..count).map(work).collect();
    }
    let part = count.div_ceil(threads);
    let mut parts: Vec<Vec<T>> = Vec::new();
    parts.resize_with(count.div_ceil(part), Vec::new);
    thread::scope(|scope| {
        for (number, own) in parts.iter_mut().enumerate() {
            let work = &work;
            let numbers = number * part..((number + 1) * part).min(count);
            scope.spawn(move || own.extend(numbers.map(work)));
        }
    });
    parts.into_iter().flatten().collect()
}

/// `work` of every row of a matrix, in order.
pub(crate) fn rows<T: Send>(
    x: ArrayView2<'_, f64>,
    threads: NonZeroUsize,
    work: impl Fn(&[f64]) -> T + Sync,
) -> Vec<T> {
    map(x.nrows(), threads, |number| {
        let row = x.row(number);
        // Rows of a matrix in another layout are gathered first.
        match row.as_slice() {
            Some(row) => work(row),
            None => work(&row.to_vec()),
        }
    })
}
