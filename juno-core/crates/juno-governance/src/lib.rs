//! Permits: policy, roles, approval life cycle, and the only way to an `Authorization`.
#![forbid(unsafe_code)]
