#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod action;
mod calendar;
mod clock;
mod completeness;
mod confidence;
mod dataset;
mod decision;
mod digest;
mod error;
mod event;
mod evidence;
mod id;
mod id_hash;
mod id_source;
mod instant;
mod interval;
mod issue;
mod member;
mod outcome;
mod payload;
mod points;
mod probability;
mod progress;
mod proposal;
mod raw_score;
mod record;
mod role;
mod scope;
mod seed;
mod snapshot;
mod sprint;
mod status;
mod team;
mod wording;

pub use action::{Action, ActionCategory, Impact};
pub use calendar::WorkingCalendar;
pub use clock::{Clock, FixedClock, ManualClock, SystemClock};
pub use completeness::{Completeness, IncompleteReason};
pub use confidence::{Calibration, Confidence, ConfidenceLevel};
pub use dataset::{Dataset, Quarantined, TableRow};
pub use decision::{DecidedBy, Decision, Verdict};
pub use digest::Digest;
pub use error::{DomainError, ErrorKind};
pub use event::{Change, Event, Field, FieldValue};
pub use evidence::Evidence;
pub use id::{
    BoardId, EventId, IssueId, IssueKey, MemberId, MemoryId, PrincipalId, ProjectKey, ProposalId, RequestId,
    SessionId, SprintId, TeamId, TenantId,
};
pub use id_hash::{IdHash, IdHasher};
pub use id_source::IdSource;
pub use instant::Instant;
pub use interval::Interval;
pub use issue::{Comment, Issue, IssueLink, LinkDirection};
pub use member::Member;
pub use outcome::{Outcome, OutcomeResult};
pub use payload::Payload;
pub use points::StoryPoints;
pub use probability::Probability;
pub use progress::Progress;
pub use proposal::Proposal;
pub use raw_score::RawScore;
pub use record::{DomainEvent, EventBuffer, EventKind};
pub use role::Role;
pub use scope::{Measure, Scope};
pub use seed::Seed;
pub use snapshot::{FinishedSprint, SprintPhase, SprintSnapshot};
pub use sprint::{Sprint, SprintState};
pub use status::{Status, StatusCategory};
pub use team::Team;
pub use wording::{ERASED, Whose, Wording};
