use std::collections::{BTreeMap, BTreeSet};

use juno_domain::Field;

use super::FieldHints;
use super::hints::same_name;
use crate::ConnectorSettings;

/// Names of the two story-point fields Jira makes: company-managed projects use the first, team-managed ones
/// the second. A site has both; an issue uses one.
const POINTS_NAMES: [&str; 2] = ["Story Points", "Story point estimate"];

/// Which fields play which part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FieldMap {
    points: Vec<PointsField>,
    sprint: BTreeSet<String>,
    sprint_names: Vec<String>,
    flagged: BTreeSet<String>,
    flagged_names: Vec<String>,
    /// The one id of a field name, for changelog items that come without an id.
    ids: BTreeMap<String, String>,
    /// Columns of a CSV export that hold points, by name.
    points_columns: Vec<String>,
    notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct PointsField {
    id: String,
    names: BTreeSet<String>,
}

/// The part a changelog item's field plays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// One of the point fields, by its index; which of them counts differs by issue.
    Points(usize),
    /// Anything else.
    Field(Field),
}

impl FieldMap {
    /// Decides from settings first, then from names, types, changelogs and, for sprint and flag, from values.
    /// A number alone never makes a field the points.
    pub(crate) fn resolve(hints: &FieldHints, settings: &ConnectorSettings) -> Self {
        let mut map = Self { ids: unique_ids(hints), ..Self::default() };
        map.resolve_points(hints, settings);
        let sprint_setting = settings.sprint_field.as_deref();
        map.sprint = match sprint_setting {
            Some(set) => map.set_ids(hints, "sprint field", set),
            None if !hints.sprint_typed.is_empty() => hints.sprint_typed.clone(),
            None => or_else(hints.ids_named("Sprint"), &hints.sprint_shaped),
        };
        map.sprint_names = names_of(hints, &map.sprint, sprint_setting, "Sprint");
        let flagged_setting = settings.flagged_field.as_deref();
        map.flagged = match flagged_setting {
            Some(set) => map.set_ids(hints, "flagged field", set),
            None => or_else(hints.ids_named("Flagged"), &hints.flag_shaped),
        };
        map.flagged_names = names_of(hints, &map.flagged, flagged_setting, "Flagged");
        map
    }

    fn resolve_points(&mut self, hints: &FieldHints, settings: &ConnectorSettings) {
        let wanted: Vec<&str> = if settings.points_fields.is_empty() {
            POINTS_NAMES.to_vec()
        } else {
            settings.points_fields.iter().map(String::as_str).collect()
        };
        let mut ids: Vec<String> = Vec::new();
        for &want in &wanted {
            let found = if settings.points_fields.is_empty() {
                hints.ids_named(want)
            } else {
                self.set_ids(hints, "story points field", want)
            };
            if found.len() > 1 {
                let list = found.iter().cloned().collect::<Vec<_>>().join(", ");
                self.notes.push(format!(
                    "{} fields are named `{want}` ({list}): the first one with a value counts; \
                     name the right one in the settings, by its id",
                    found.len()
                ));
            }
            ids.extend(found);
            self.points_columns.push(want.to_owned());
        }
        if settings.points_fields.is_empty() {
            ids.extend(hints.points_typed.iter().cloned());
        }
        let mut seen = BTreeSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        self.points = ids
            .into_iter()
            .map(|id| {
                let mut names = hints.names.get(&id).cloned().unwrap_or_default();
                names.extend(
                    hints.changed.iter().filter(|(_, ids)| ids.contains(&id)).map(|(name, _)| name.clone()),
                );
                self.points_columns.extend(names.iter().cloned());
                PointsField { id, names }
            })
            .collect();
    }

    /// The ids a setting means: itself if it is an id, else the ids of that name.
    fn set_ids(&mut self, hints: &FieldHints, setting: &str, value: &str) -> BTreeSet<String> {
        let value = value.trim();
        if value.starts_with("customfield_") || hints.names.contains_key(value) {
            return BTreeSet::from([value.to_owned()]);
        }
        let ids = hints.ids_named(value);
        if ids.is_empty() && !(hints.names.is_empty() && hints.changed.is_empty()) {
            self.notes.push(format!(
                "no JSON file knows a field named `{value}`, which the settings give as the {setting}: give its id \
                 (`customfield_…`)"
            ));
        }
        ids
    }

    /// What a reader of the results should know about the choice.
    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Parts no field of the JSON files plays, as notes for a load that has issues in JSON.
    pub(crate) fn missing(&self) -> impl Iterator<Item = &'static str> {
        let points = "no story-points field was found in the JSON files, so no issue has an estimate: export with \
                      `expand=names`, or name the story points field in the settings";
        let sprint = "no sprint field was found in the JSON files: if the export has sprints, export with \
                      `expand=names`, or name the sprint field in the settings";
        let points = self.points.is_empty().then_some(points);
        points.into_iter().chain(self.sprint.is_empty().then_some(sprint))
    }

    /// Ids of the point fields, the preferred one first.
    pub(crate) fn points_ids(&self) -> impl Iterator<Item = &str> {
        self.points.iter().map(|field| field.id.as_str())
    }

    /// Whether a field holds sprints.
    pub(crate) fn is_sprint(&self, id: &str) -> bool {
        self.sprint.contains(id)
    }

    /// Whether a field is the flag.
    pub(crate) fn is_flagged(&self, id: &str) -> bool {
        self.flagged.contains(id)
    }

    /// The rank of a point field's column in a CSV export; the lowest counts first.
    pub(crate) fn points_column(&self, name: &str) -> Option<usize> {
        self.points_columns.iter().position(|column| same_name(column, name))
    }

    /// Whether a CSV column is the flag.
    pub(crate) fn is_flagged_column(&self, name: &str) -> bool {
        self.flagged_names.iter().any(|flagged| same_name(flagged, name))
    }

    /// Whether a CSV column holds sprint names.
    pub(crate) fn is_sprint_column(&self, name: &str) -> bool {
        self.sprint_names.iter().any(|sprint| same_name(sprint, name))
    }

    /// The part of a changelog item: its field id decides where it has one, else its name. `kind` is the
    /// item's `fieldtype` (`jira` or `custom`).
    pub(crate) fn role(&self, name: &str, id: Option<&str>, kind: Option<&str>) -> Role {
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            if let Some(index) = self.points.iter().position(|field| field.id == id) {
                return Role::Points(index);
            }
            return Role::Field(if self.is_sprint(id) {
                Field::Sprint
            } else if self.is_flagged(id) {
                Field::Flagged
            } else if id.starts_with("customfield_") {
                Field::Other(id.to_owned())
            } else {
                system_field(id).or_else(|| system_field(name)).unwrap_or_else(|| Field::Other(id.to_owned()))
            });
        }
        if kind != Some("jira") {
            let named = |field: &PointsField| field.names.iter().any(|n| same_name(n, name));
            if let Some(index) = self.points.iter().position(named) {
                return Role::Points(index);
            }
            if self.is_sprint_column(name) {
                return Role::Field(Field::Sprint);
            }
            if self.is_flagged_column(name) {
                return Role::Field(Field::Flagged);
            }
        }
        let system = if kind == Some("custom") { None } else { system_field(name) };
        let other = || Field::Other(self.ids.get(name).map_or(name, String::as_str).to_owned());
        Role::Field(system.unwrap_or_else(other))
    }
}

/// Names that changelog items without an id and CSV columns use for a field.
fn names_of(hints: &FieldHints, ids: &BTreeSet<String>, setting: Option<&str>, usual: &str) -> Vec<String> {
    let mut names: BTreeSet<&str> =
        ids.iter().filter_map(|id| hints.names.get(id)).flatten().map(String::as_str).collect();
    match setting {
        Some(set) if !set.starts_with("customfield_") => {
            names.insert(set);
        }
        Some(_) if !names.is_empty() => {}
        _ => {
            names.insert(usual);
        }
    }
    names.into_iter().map(str::to_owned).collect()
}

fn or_else(first: BTreeSet<String>, second: &BTreeSet<String>) -> BTreeSet<String> {
    if first.is_empty() { second.clone() } else { first }
}

/// Names that go with exactly one id.
fn unique_ids(hints: &FieldHints) -> BTreeMap<String, String> {
    let mut ids: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
    for (id, names) in &hints.names {
        for name in names {
            ids.entry(name).or_default().insert(id);
        }
    }
    for (name, changed) in &hints.changed {
        ids.entry(name).or_default().extend(changed);
    }
    ids.into_iter()
        .filter(|(_, ids)| ids.len() == 1)
        .filter_map(|(name, ids)| Some((name.clone(), ids.into_iter().next()?.clone())))
        .collect()
}

/// Jira's own fields, by id or by the name changelogs use.
fn system_field(text: &str) -> Option<Field> {
    const FIELDS: [(&str, Field); 18] = [
        ("status", Field::Status),
        ("assignee", Field::Assignee),
        ("priority", Field::Priority),
        ("issuetype", Field::IssueType),
        ("issue type", Field::IssueType),
        ("resolution", Field::Resolution),
        ("labels", Field::Labels),
        ("label", Field::Labels),
        ("component", Field::Components),
        ("components", Field::Components),
        ("component/s", Field::Components),
        ("key", Field::Key),
        ("issuekey", Field::Key),
        ("project", Field::Project),
        ("link", Field::Link),
        ("issuelinks", Field::Link),
        ("summary", Field::Summary),
        ("description", Field::Description),
    ];
    FIELDS.iter().find(|(name, _)| same_name(name, text)).map(|(_, field)| field.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints() -> FieldHints {
        let mut hints = FieldHints::default();
        hints.add_name("customfield_10001", "Effort (days)");
        hints.add_name("customfield_10016", "Story Points");
        hints.add_name("customfield_10020", "Sprint");
        hints.add_name("customfield_10021", "Flagged");
        hints.add_type("customfield_10024", "com.pyxis.greenhopper.jira:jsw-story-points");
        hints
    }

    #[test]
    fn both_point_fields_are_found_and_the_named_one_leads() {
        let map = FieldMap::resolve(&hints(), &ConnectorSettings::default());
        assert_eq!(map.points_ids().collect::<Vec<_>>(), ["customfield_10016", "customfield_10024"]);
        assert!(map.is_sprint("customfield_10020") && map.is_flagged("customfield_10021"));
        assert_eq!(map.role("x", Some("customfield_10024"), Some("custom")), Role::Points(1));
        assert_eq!(map.role("Story Points", None, Some("custom")), Role::Points(0));
    }

    #[test]
    fn settings_win_by_id_and_by_name() {
        let set = |field: &str| ConnectorSettings { points_fields: vec![field.into()], ..Default::default() };
        for field in ["customfield_10001", "effort (days)"] {
            let map = FieldMap::resolve(&hints(), &set(field));
            assert_eq!(map.points_ids().collect::<Vec<_>>(), ["customfield_10001"], "{field}");
            let old = map.role("Story Points", Some("customfield_10016"), None);
            assert_eq!(old, Role::Field(Field::Other("customfield_10016".into())));
        }
        let unknown = FieldMap::resolve(&hints(), &set("Size"));
        assert_eq!(unknown.points_ids().count(), 0);
        assert!(unknown.notes()[0].contains("`Size`"));
    }

    #[test]
    fn a_changelog_names_the_field_only_where_no_list_does() {
        let mut hints = FieldHints::default();
        hints.add_change("Story Points", "customfield_7");
        let map = FieldMap::resolve(&hints, &ConnectorSettings::default());
        assert_eq!(map.points_ids().collect::<Vec<_>>(), ["customfield_7"]);
        hints.add_name("customfield_7", "Old estimate");
        let map = FieldMap::resolve(&hints, &ConnectorSettings::default());
        assert_eq!(map.points_ids().count(), 0);
    }

    #[test]
    fn an_item_without_field_id_goes_by_its_name_and_type() {
        let map = FieldMap::resolve(&hints(), &ConnectorSettings::default());
        assert_eq!(map.role("status", None, Some("jira")), Role::Field(Field::Status));
        assert_eq!(map.role("Component", None, None), Role::Field(Field::Components));
        assert_eq!(map.role("Sprint", None, Some("custom")), Role::Field(Field::Sprint));
        assert_eq!(map.role("Flagged", None, None), Role::Field(Field::Flagged));
        let custom_status = Role::Field(Field::Other("Status".into()));
        assert_eq!(map.role("Status", None, Some("custom")), custom_status);
        let effort = Role::Field(Field::Other("customfield_10001".into()));
        assert_eq!(map.role("Effort (days)", None, Some("custom")), effort);
        assert_eq!(
            map.role("RemoteIssueLink", None, Some("jira")),
            Role::Field(Field::Other("RemoteIssueLink".into()))
        );
        assert_eq!(map.role("issuekey", Some("issuekey"), Some("jira")), Role::Field(Field::Key));
    }

    #[test]
    fn two_fields_of_one_name_are_told() {
        let mut hints = hints();
        hints.add_name("customfield_10099", "Story points");
        let map = FieldMap::resolve(&hints, &ConnectorSettings::default());
        assert!(map.notes()[0].contains("customfield_10016, customfield_10099"), "{:?}", map.notes());
    }
}
