use serde::Serialize;

/// How untidy the export is. A rate is a share in `[0, 1]`; above zero, at least one case is made where a
/// candidate exists. Zero or `false` switches a fault off.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mess {
    /// Changelog items without `fieldId`.
    pub bare_items: f64,
    /// Issues with several items of one field in one entry (fix versions, components).
    pub repeated_fields: f64,
    /// Issues with two status entries of one instant whose ids run against their from → to chain.
    pub reversed_instants: f64,
    /// Issues with a long changelog of which only the newest entries are delivered (Cloud only).
    pub truncated: f64,
    /// Entries that a truncated changelog keeps: 40 in Cloud's enhanced search, 100 before.
    pub truncate_at: usize,
    /// Issues that moved to another project and so changed their key.
    pub moved: f64,
    /// Status `3` was renamed halfway; older entries keep the older text.
    pub renamed_status: bool,
    /// Finished issues put into a status that means done but whose category says `new`.
    pub wrong_category: f64,
    /// Sprint names and goals with commas.
    pub comma_names: bool,
    /// Issues that once were in a sprint which has been deleted since.
    pub deleted_sprint: f64,
    /// Issues whose changelog lacks its last change of points, assignee or status.
    pub ends_elsewhere: f64,
    /// Issues with `RemoteIssueLink` entries written by machines.
    pub machine_noise: f64,
    /// Entries whose `items` is a string of JSON.
    pub string_items: f64,
    /// Issues whose entries come oldest first instead of newest first.
    pub oldest_first: f64,
    /// Issues that were put into a sprint at the very instant it started.
    pub on_the_instant: f64,
    /// Issues delivered a second time on a later page.
    pub duplicates: f64,
    /// One sprint of the first board is listed by the second board too.
    pub shared_sprint: bool,
    /// Records that must be refused: no key, unreadable `created`, negative points, in turn.
    pub bad_records: usize,
}

impl Mess {
    /// A tidy export.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            bare_items: 0.0,
            repeated_fields: 0.0,
            reversed_instants: 0.0,
            truncated: 0.0,
            truncate_at: 40,
            moved: 0.0,
            renamed_status: false,
            wrong_category: 0.0,
            comma_names: false,
            deleted_sprint: 0.0,
            ends_elsewhere: 0.0,
            machine_noise: 0.0,
            string_items: 0.0,
            oldest_first: 0.0,
            on_the_instant: 0.0,
            duplicates: 0.0,
            shared_sprint: false,
            bad_records: 0,
        }
    }

    /// Every fault at a low rate, as a real site has them. The shipped sample uses this.
    #[must_use]
    pub const fn low() -> Self {
        Self {
            bare_items: 0.08,
            repeated_fields: 0.03,
            reversed_instants: 0.02,
            truncated: 0.012,
            truncate_at: 40,
            moved: 0.012,
            renamed_status: true,
            wrong_category: 0.02,
            comma_names: true,
            deleted_sprint: 0.06,
            ends_elsewhere: 0.012,
            machine_noise: 0.12,
            string_items: 0.004,
            oldest_first: 0.03,
            on_the_instant: 0.02,
            duplicates: 0.01,
            shared_sprint: true,
            bad_records: 3,
        }
    }

    /// Every fault often: what a replay must survive.
    #[must_use]
    pub const fn heavy() -> Self {
        Self {
            bare_items: 0.4,
            repeated_fields: 0.2,
            reversed_instants: 0.2,
            truncated: 0.1,
            truncate_at: 40,
            moved: 0.1,
            renamed_status: true,
            wrong_category: 0.2,
            comma_names: true,
            deleted_sprint: 0.05,
            ends_elsewhere: 0.1,
            machine_noise: 0.5,
            string_items: 0.1,
            oldest_first: 0.3,
            on_the_instant: 0.1,
            duplicates: 0.1,
            shared_sprint: true,
            bad_records: 9,
        }
    }
}
