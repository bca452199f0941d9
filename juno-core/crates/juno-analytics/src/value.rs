//! What a changelog value means, field by field.

use std::collections::{BTreeMap, BTreeSet};

use juno_domain::{Field, FieldValue, SprintId, StoryPoints};

/// A text that is there and not empty.
pub(crate) fn filled<T: AsRef<str>>(text: &Option<T>) -> Option<&str> {
    text.as_ref().map(AsRef::as_ref).filter(|t| !t.is_empty())
}

/// The sprint ids in a value, in the source's order, each once. Names are never taken for ids: they may hold
/// commas.
pub(crate) fn sprint_ids(value: &FieldValue) -> Vec<SprintId> {
    let list = filled(&value.id).or_else(|| filled(&value.text)).unwrap_or_default();
    let mut ids = Vec::new();
    for part in list.trim_matches(['[', ']']).split(',') {
        match part.trim().parse() {
            Ok(id) if !ids.contains(&SprintId(id)) => ids.push(SprintId(id)),
            Ok(_) => {}
            Err(_) if filled(&value.id).is_none() => return Vec::new(),
            Err(_) => {}
        }
    }
    ids
}

/// The story points in a value: `3`, `3.0` and `3,0` are the same.
pub(crate) fn points(value: &FieldValue) -> Option<StoryPoints> {
    let text = filled(&value.text).or_else(|| filled(&value.id))?.trim();
    let number = text.parse().or_else(|_| text.replacen(',', ".", 1).parse()).ok()?;
    StoryPoints::new(number).ok()
}

/// The elements of a list value.
pub(crate) fn elements(field: &Field, value: &FieldValue) -> BTreeSet<String> {
    let text = filled(&value.text).or_else(|| filled(&value.id)).unwrap_or_default();
    let parts: Vec<&str> = match field {
        Field::Labels => text.split_whitespace().collect(),
        _ => text.split(',').collect(),
    };
    parts.into_iter().map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned).collect()
}

/// Whether two values of a field are the same: points as numbers, sprint and label lists as sets, the flag as
/// set or not, all else by [`FieldValue::same_as`].
pub(crate) fn same(field: &Field, a: &FieldValue, b: &FieldValue) -> bool {
    match field {
        Field::Points => match (points(a), points(b)) {
            (Some(a), Some(b)) => a == b,
            _ => a.same_as(b),
        },
        Field::Sprint => {
            let set = |v| sprint_ids(v).into_iter().collect::<BTreeSet<_>>();
            let (left, right) = (set(a), set(b));
            if left.is_empty() && right.is_empty() { a.same_as(b) } else { left == right }
        }
        Field::Flagged => a.is_empty() == b.is_empty(),
        Field::Labels | Field::Components => elements(field, a) == elements(field, b),
        _ => a.same_as(b),
    }
}

/// Gives equal text to equal values, so that chains can be walked by comparing text. Where only one of two
/// values has an id, the names seen beside ids connect them.
#[derive(Debug, Default)]
pub(crate) struct Canon<'a> {
    ids: BTreeMap<&'a str, &'a str>,
}

impl<'a> Canon<'a> {
    pub(crate) fn learn(&mut self, value: &'a FieldValue) {
        if let (Some(id), Some(text)) = (filled(&value.id), filled(&value.text)) {
            self.ids.insert(text, id);
        }
    }

    pub(crate) fn key(&self, field: &Field, value: &FieldValue) -> String {
        let tagged = |tag: &str, text: &str| format!("{tag}:{text}");
        match field {
            Field::Flagged if value.is_empty() => return String::new(),
            Field::Flagged => return tagged("flag", "set"),
            Field::Points => {
                if let Some(points) = points(value) {
                    return tagged("points", &points.get().to_string());
                }
            }
            Field::Sprint => {
                let ids: BTreeSet<_> = sprint_ids(value).into_iter().collect();
                if !ids.is_empty() {
                    return ids.iter().fold(String::from("sprint"), |all, id| format!("{all}:{id}"));
                }
            }
            Field::Labels | Field::Components => {
                return elements(field, value).iter().fold(String::new(), |all, e| format!("{all}\n{e}"));
            }
            _ => {}
        }
        match (filled(&value.id), filled(&value.text)) {
            (Some(id), _) => tagged("id", id),
            (None, Some(text)) => match self.ids.get(text) {
                Some(id) => tagged("id", id),
                None => tagged("text", text),
            },
            (None, None) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_compare_as_numbers_and_lists_as_sets() {
        let text = FieldValue::text;
        assert!(same(&Field::Points, &text("3"), &text("3.0")));
        assert!(!same(&Field::Points, &text("3"), &FieldValue::EMPTY));
        assert!(same(&Field::Points, &text(""), &FieldValue::EMPTY));
        assert!(same(&Field::Labels, &text("b a"), &text("a b")));
        let ids = |t: &str| FieldValue { id: Some(t.into()), text: None };
        assert!(same(&Field::Sprint, &ids("5, 6"), &FieldValue::new("6,5", "B, A")));
        assert!(!same(&Field::Sprint, &ids("5"), &ids("5, 6")));
        assert!(same(&Field::Flagged, &text("Impediment"), &text("Blocked")));
    }

    #[test]
    fn sprint_names_with_commas_are_not_ids() {
        assert_eq!(sprint_ids(&FieldValue::new("7", "Sprint 1, 2")), [SprintId(7)]);
        assert!(sprint_ids(&FieldValue::text("Sprint 1, 2")).is_empty());
        assert_eq!(sprint_ids(&FieldValue::new("5, 6, 5", "")), [SprintId(5), SprintId(6)]);
    }

    #[test]
    fn a_name_without_id_meets_its_id() {
        let (whole, bare) = (FieldValue::new("3", "Open"), FieldValue::text("Open"));
        let mut canon = Canon::default();
        canon.learn(&whole);
        assert_eq!(canon.key(&Field::Status, &whole), canon.key(&Field::Status, &bare));
    }
}
