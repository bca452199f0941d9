use crate::fields::FieldMap;

/// Where the columns of a Jira CSV export stand. Names repeat: one column for every label, comment or sprint of
/// the issue that has most of them.
#[derive(Debug, Default)]
pub(crate) struct JiraColumns {
    single: Vec<(Single, usize)>,
    pub(crate) labels: Vec<usize>,
    pub(crate) components: Vec<usize>,
    pub(crate) comments: Vec<usize>,
    pub(crate) watchers: Vec<usize>,
    pub(crate) sprints: Vec<usize>,
    /// Inward links with the name of their type.
    pub(crate) inward: Vec<(String, usize)>,
    /// Outward links with the name of their type.
    pub(crate) outward: Vec<(String, usize)>,
    /// Point columns, the preferred one first.
    pub(crate) points: Vec<usize>,
    pub(crate) flagged: Vec<usize>,
}

/// Columns that come once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Single {
    Key,
    Id,
    Summary,
    Kind,
    Status,
    Category,
    Project,
    Priority,
    Resolution,
    Assignee,
    AssigneeId,
    Reporter,
    ReporterId,
    Created,
    Updated,
    Resolved,
    Due,
    Description,
    ParentId,
    ParentKey,
}

/// Header texts, in lower case, with what they are. Jira Cloud has begun to say "work item" for "issue".
const SINGLE: [(&str, Single); 26] = [
    ("issue key", Single::Key),
    ("work item key", Single::Key),
    ("key", Single::Key),
    ("issue id", Single::Id),
    ("work item id", Single::Id),
    ("summary", Single::Summary),
    ("issue type", Single::Kind),
    ("work type", Single::Kind),
    ("status", Single::Status),
    ("status category", Single::Category),
    ("project key", Single::Project),
    ("space key", Single::Project),
    ("priority", Single::Priority),
    ("resolution", Single::Resolution),
    ("assignee", Single::Assignee),
    ("assignee id", Single::AssigneeId),
    ("reporter", Single::Reporter),
    ("reporter id", Single::ReporterId),
    ("created", Single::Created),
    ("updated", Single::Updated),
    ("resolved", Single::Resolved),
    ("due date", Single::Due),
    ("description", Single::Description),
    ("parent id", Single::ParentId),
    ("parent key", Single::ParentKey),
    ("parent", Single::ParentId),
];

impl Single {
    /// The column's usual header in lower case.
    pub(crate) fn label(self) -> &'static str {
        SINGLE.iter().find(|(_, single)| *single == self).map_or("", |(name, _)| name)
    }
}

impl JiraColumns {
    /// Whether a header is that of a Jira export: it names a key and a status.
    pub(crate) fn recognise(header: &[String]) -> bool {
        let has = |name: &str| header.iter().any(|column| column.eq_ignore_ascii_case(name));
        has("issue key") || has("work item key") || (has("key") && has("summary") && has("status"))
    }

    /// Finds the columns of a header.
    pub(crate) fn of(header: &[String], fields: &FieldMap) -> Self {
        let mut columns = Self::default();
        let mut points: Vec<(usize, usize)> = Vec::new();
        for (index, column) in header.iter().enumerate() {
            let lower = column.to_lowercase();
            let inside = |prefix: &str| {
                let rest = lower.strip_prefix(prefix)?;
                rest.strip_suffix(')').and_then(|_| column.get(prefix.len()..column.len().checked_sub(1)?))
            };
            let own = inside("custom field (").unwrap_or(column).trim();
            if let Some(rank) = fields.points_column(own) {
                points.push((rank, index));
            } else if fields.is_sprint_column(own) {
                columns.sprints.push(index);
            } else if fields.is_flagged_column(own) {
                columns.flagged.push(index);
            } else if let Some(kind) =
                inside("inward issue link (").or_else(|| inside("inward work item link ("))
            {
                columns.inward.push((kind.to_owned(), index));
            } else if let Some(kind) =
                inside("outward issue link (").or_else(|| inside("outward work item link ("))
            {
                columns.outward.push((kind.to_owned(), index));
            } else {
                match lower.as_str() {
                    "labels" | "label" => columns.labels.push(index),
                    "component/s" | "components" | "component" => columns.components.push(index),
                    "comment" | "comments" => columns.comments.push(index),
                    "watchers" => columns.watchers.push(index),
                    _ => {
                        let found = SINGLE.iter().find(|(name, _)| *name == lower).map(|(_, single)| *single);
                        columns
                            .single
                            .extend(found.filter(|s| columns.column(*s).is_none()).map(|s| (s, index)));
                    }
                }
            }
        }
        points.sort_unstable();
        columns.points = points.into_iter().map(|(_, index)| index).collect();
        columns
    }

    /// The column of something that comes once.
    pub(crate) fn column(&self, wanted: Single) -> Option<usize> {
        self.single.iter().find(|(single, _)| *single == wanted).map(|(_, index)| *index)
    }
}
