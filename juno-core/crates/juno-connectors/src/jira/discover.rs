//! The first reading of a JSON file: only what tells which custom field is which.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use juno_domain::DomainError;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::field_values::looks_like_flag;
use super::history::{RawItems, read_log};
use super::raw::Text;
use super::sprint::looks_like_sprints;
use crate::fields::FieldHints;
use crate::json::{DocumentVisitor, Element, Fault, JsonScanner, List, walk};

/// Gathers hints from a whole file; asks `go_on` now and then, with the number of elements so far. What cannot be read gives none; the second reading reports it. A failing
/// reader is reported there too.
///
/// # Errors
/// What `go_on` says.
pub(crate) fn discover<R: Read>(
    scanner: &mut JsonScanner<R>,
    go_on: &dyn Fn(u64) -> Result<(), DomainError>,
) -> Result<FieldHints, DomainError> {
    let mut visitor = HintVisitor { hints: FieldHints::default(), go_on, elements: 0 };
    walk(scanner, &mut visitor)?;
    Ok(visitor.hints)
}

struct HintVisitor<'p> {
    hints: FieldHints,
    go_on: &'p dyn Fn(u64) -> Result<(), DomainError>,
    elements: u64,
}

/// Members of a page, an issue or a field description that tell something.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Telling<'a> {
    #[serde(borrow, default)]
    names: Option<&'a RawValue>,
    #[serde(borrow, default)]
    schema: Option<&'a RawValue>,
    #[serde(borrow, default)]
    fields: Option<CustomFields<'a>>,
    #[serde(borrow, default)]
    changelog: Option<&'a RawValue>,
    #[serde(borrow, default)]
    change_histories: Option<&'a RawValue>,
    #[serde(borrow, default)]
    items: Option<RawItems<'a>>,
    #[serde(borrow, default)]
    id: Option<Text<'a>>,
    #[serde(borrow, default)]
    name: Option<Text<'a>>,
}

/// Custom fields with a list in them: only such can be sprints or the flag.
struct CustomFields<'a>(Vec<(Text<'a>, &'a RawValue)>);

struct CustomVisitor;

impl<'de> Visitor<'de> for CustomVisitor {
    type Value = CustomFields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the issue's fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut lists = Vec::new();
        while let Some(key) = map.next_key::<Text<'de>>()? {
            if key.as_str().starts_with("customfield_") {
                let value: &'de RawValue = map.next_value()?;
                if value.get().starts_with('[') && value.get() != "[]" {
                    lists.push((key, value));
                }
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(CustomFields(lists))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for CustomFields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(CustomVisitor)
    }
}

impl HintVisitor<'_> {
    fn take(&mut self, raw: &[u8]) {
        let Ok(telling) = serde_json::from_slice::<Telling<'_>>(raw) else { return };
        if let Some(names) = telling.names {
            self.names(names);
        }
        if let Some(schema) = telling.schema {
            match (&telling.id, &telling.name) {
                // A field description has one type; a page or an issue has a map of them.
                (Some(id), Some(name)) => {
                    self.hints.add_name(id.as_str(), name.as_str());
                    self.kind(id.as_str(), schema);
                }
                _ => self.kinds(schema),
            }
        } else if let (Some(id), Some(name), None) = (&telling.id, &telling.name, &telling.fields)
            && id.as_str().starts_with("customfield_")
        {
            self.hints.add_name(id.as_str(), name.as_str());
        }
        for (id, value) in telling.fields.into_iter().flat_map(|fields| fields.0) {
            let id = id.as_str();
            if !self.hints.sprint_shaped.contains(id) && looks_like_sprints(value) {
                self.hints.sprint_shaped.insert(id.to_owned());
            }
            if !self.hints.flag_shaped.contains(id) && looks_like_flag(value) {
                self.hints.flag_shaped.insert(id.to_owned());
            }
        }
        for log in telling.changelog.into_iter().chain(telling.change_histories) {
            let entries = read_log(log).map(|log| log.entries).unwrap_or_default();
            entries.into_iter().flatten().for_each(|entry| self.items(&entry.items));
        }
        self.items(&telling.items.unwrap_or_default());
    }

    fn items(&mut self, items: &RawItems<'_>) {
        for item in &items.0 {
            if let (Some(field), Some(id)) = (&item.field, &item.field_id)
                && !id.as_str().is_empty()
            {
                self.hints.add_change(field.as_str(), id.as_str());
            }
        }
    }

    fn names(&mut self, raw: &RawValue) {
        let names: Result<BTreeMap<String, Text<'_>>, _> = serde_json::from_str(raw.get());
        for (id, name) in names.into_iter().flatten() {
            self.hints.add_name(&id, name.as_str());
        }
    }

    fn kinds(&mut self, raw: &RawValue) {
        let kinds: Result<BTreeMap<String, &RawValue>, _> = serde_json::from_str(raw.get());
        for (id, kind) in kinds.into_iter().flatten() {
            self.kind(&id, kind);
        }
    }

    fn kind(&mut self, id: &str, raw: &RawValue) {
        #[derive(Deserialize)]
        struct Kind<'a> {
            #[serde(borrow, default)]
            custom: Option<Text<'a>>,
        }
        let kind: Option<Kind<'_>> = serde_json::from_str(raw.get()).ok();
        if let Some(custom) = kind.and_then(|kind| kind.custom) {
            self.hints.add_type(id, custom.as_str());
        }
    }
}

impl DocumentVisitor for HintVisitor<'_> {
    type Stop = DomainError;

    fn element(&mut self, element: Element<'_>) -> Result<(), Self::Stop> {
        self.take(element.raw);
        self.elements += 1;
        if self.elements.is_multiple_of(256) {
            (self.go_on)(self.elements)?;
        }
        Ok(())
    }

    fn list_begins(&mut self, _: List, _: &[u8]) -> Result<(), Self::Stop> {
        Ok(())
    }

    fn page(&mut self, _: List, _: u64, members: &[u8]) -> Result<(), Self::Stop> {
        self.take(members);
        Ok(())
    }

    fn fault(&mut self, _: Fault, _: bool) -> Result<(), Self::Stop> {
        Ok(())
    }
}
