use juno_memory::MemoryFilter;
use rusqlite::types::Value;

use crate::memory_vault::Forms;

/// A filter's conditions on kind and tags as SQL on a table called `m`. Values are bound, never spelled out; the
/// scope's key is parameter 1 and the others follow from `first` on.
pub(crate) struct Conditions {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
}

impl Conditions {
    pub(crate) fn of(filter: &MemoryFilter, forms: &Forms, first: usize) -> Self {
        let mut all = Self { sql: "1".into(), values: Vec::new() };
        if !filter.kinds.is_empty() {
            let kinds = filter.kinds.iter().map(|kind| kind.as_str());
            let places = all.bind(first, kinds);
            all.sql.push_str(&format!(" AND m.kind IN ({places})"));
        }
        for tag in &filter.all_tags {
            all.tagged(first, &forms.tag(tag));
        }
        if !filter.any_tags.is_empty() {
            let any: Vec<String> = filter.any_tags.iter().flat_map(|tag| forms.tag(tag)).collect();
            all.tagged(first, &any);
        }
        all
    }

    /// Lists the keys of what carries one of the tags once, instead of looking at each memory's tags.
    fn tagged(&mut self, first: usize, tags: &[String]) {
        let places = self.bind(first, tags.iter().map(String::as_str));
        self.sql.push_str(&format!(
            " AND m.key IN (SELECT memory FROM memory_tags WHERE scope = ?1 AND tag IN ({places}))"
        ));
    }

    fn bind<'a>(&mut self, first: usize, values: impl Iterator<Item = &'a str>) -> String {
        let places: Vec<String> = values
            .map(|value| {
                self.values.push(Value::Text(value.to_owned()));
                format!("?{}", first + self.values.len() - 1)
            })
            .collect();
        places.join(", ")
    }
}
