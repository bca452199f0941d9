use juno_memory::MemoryFilter;
use rusqlite::types::Value;

/// A filter's conditions on kind and tags as SQL on a table called `m`. Values are bound, never spelled out; the
/// scope's key is parameter 1 and the others follow from `first` on.
pub(crate) struct Conditions {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
}

impl Conditions {
    pub(crate) fn of(filter: &MemoryFilter, first: usize) -> Self {
        let mut all = Self { sql: "1".into(), values: Vec::new() };
        if !filter.kinds.is_empty() {
            let kinds = filter.kinds.iter().map(|kind| kind.as_str());
            let places = all.bind(first, kinds);
            all.sql.push_str(&format!(" AND m.kind IN ({places})"));
        }
        for tag in &filter.all_tags {
            all.tagged(first, [tag.as_str()].into_iter());
        }
        if !filter.any_tags.is_empty() {
            all.tagged(first, filter.any_tags.iter().map(String::as_str));
        }
        all
    }

    /// Lists the keys of what carries one of the tags once, instead of looking at each memory's tags.
    fn tagged<'a>(&mut self, first: usize, tags: impl Iterator<Item = &'a str>) {
        let places = self.bind(first, tags);
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
