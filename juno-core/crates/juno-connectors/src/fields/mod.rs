//! Which custom fields hold points, sprints and the flag: what files tell, and what follows from it.

mod field_map;
mod hints;

pub(crate) use field_map::{FieldMap, Role};
pub(crate) use hints::FieldHints;
