use std::collections::{BTreeMap, BTreeSet};

/// What files tell about their fields, gathered before any issue is read. Merging is the same in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FieldHints {
    /// Field id → names it goes by (`names` of a page, a field list).
    pub(crate) names: BTreeMap<String, BTreeSet<String>>,
    /// Ids whose type (`schema.custom`) is the sprint field.
    pub(crate) sprint_typed: BTreeSet<String>,
    /// Ids whose type is the story-point estimate.
    pub(crate) points_typed: BTreeSet<String>,
    /// Field name → field ids, as changelog items pair them.
    pub(crate) changed: BTreeMap<String, BTreeSet<String>>,
    /// Ids whose values look like sprints.
    pub(crate) sprint_shaped: BTreeSet<String>,
    /// Ids whose values look like the impediment flag.
    pub(crate) flag_shaped: BTreeSet<String>,
}

/// More distinct fields than any site has; further ones say nothing.
const MAX_FIELDS: usize = 20_000;

impl FieldHints {
    /// Takes note of a field's name.
    pub(crate) fn add_name(&mut self, id: &str, name: &str) {
        if self.names.len() < MAX_FIELDS {
            self.names.entry(id.to_owned()).or_default().insert(name.trim().to_owned());
        }
    }

    /// Takes note of a field's type.
    pub(crate) fn add_type(&mut self, id: &str, custom: &str) {
        match custom {
            "com.pyxis.greenhopper.jira:gh-sprint" => self.sprint_typed.insert(id.to_owned()),
            "com.pyxis.greenhopper.jira:jsw-story-points" => self.points_typed.insert(id.to_owned()),
            _ => false,
        };
    }

    /// Takes note of the name and id of one changelog item.
    pub(crate) fn add_change(&mut self, name: &str, id: &str) {
        if self.changed.get(name).is_some_and(|ids| ids.contains(id)) || self.changed.len() >= MAX_FIELDS {
            return;
        }
        self.changed.entry(name.to_owned()).or_default().insert(id.to_owned());
    }

    /// Takes over what another file tells.
    pub(crate) fn merge(&mut self, other: Self) {
        for (id, names) in other.names {
            self.names.entry(id).or_default().extend(names);
        }
        for (name, ids) in other.changed {
            self.changed.entry(name).or_default().extend(ids);
        }
        self.sprint_typed.extend(other.sprint_typed);
        self.points_typed.extend(other.points_typed);
        self.sprint_shaped.extend(other.sprint_shaped);
        self.flag_shaped.extend(other.flag_shaped);
    }

    /// Ids that go by `name`: by the names files list, and by changelogs for ids no list names.
    pub(crate) fn ids_named(&self, name: &str) -> BTreeSet<String> {
        let listed = self.names.iter().filter(|(_, names)| names.iter().any(|n| same_name(n, name)));
        let mut ids: BTreeSet<String> = listed.map(|(id, _)| id.clone()).collect();
        let changed = self.changed.iter().filter(|(changed, _)| same_name(changed, name));
        let unlisted = changed.flat_map(|(_, ids)| ids).filter(|id| !self.names.contains_key(*id));
        ids.extend(unlisted.cloned());
        ids
    }
}

/// Whether two field names are the same; case does not matter.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}
