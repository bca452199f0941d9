//! The same export, delivered in another order or twice: a reader must come to the same result.

use serde_json::Value;

use super::dice::Dice;

/// The pages in random order, with the issues of each page, the entries of each changelog and the items of each
/// entry in random order too.
#[must_use]
pub fn shuffled(pages: &[Value], seed: u64) -> Vec<Value> {
    let mut dice = Dice::new(seed);
    let mut pages = pages.to_vec();
    for page in &mut pages {
        let Some(issues) = page.get_mut("issues").and_then(Value::as_array_mut) else { continue };
        for issue in issues.iter_mut() {
            let Some(entries) = issue.pointer_mut("/changelog/histories").and_then(Value::as_array_mut)
            else {
                continue;
            };
            for entry in entries.iter_mut() {
                if let Some(items) = entry.get_mut("items").and_then(Value::as_array_mut) {
                    shuffle(items, &mut dice);
                }
            }
            shuffle(entries, &mut dice);
        }
        shuffle(issues, &mut dice);
    }
    shuffle(&mut pages, &mut dice);
    pages
}

/// The pages with about a `share` of the issues, and of the entries of each changelog, given twice.
#[must_use]
pub fn doubled(pages: &[Value], seed: u64, share: f64) -> Vec<Value> {
    let mut dice = Dice::new(seed);
    let mut pages = pages.to_vec();
    for page in &mut pages {
        let Some(issues) = page.get_mut("issues").and_then(Value::as_array_mut) else { continue };
        for issue in issues.iter_mut() {
            if let Some(entries) = issue.pointer_mut("/changelog/histories").and_then(Value::as_array_mut) {
                double(entries, &mut dice, share);
            }
        }
        double(issues, &mut dice, share);
    }
    pages
}

fn shuffle(values: &mut [Value], dice: &mut Dice) {
    for i in (1..values.len()).rev() {
        values.swap(i, dice.index(i + 1));
    }
}

fn double(values: &mut Vec<Value>, dice: &mut Dice, share: f64) {
    for i in (0..values.len()).rev() {
        if dice.chance(share) {
            values.insert(i + 1, values[i].clone());
        }
    }
}
