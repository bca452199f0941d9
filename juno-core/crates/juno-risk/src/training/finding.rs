use std::fmt;

use serde::{Deserialize, Serialize};

/// What a [`Finding`] means for the sprints it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// They are left out.
    Error,
    /// They are used, but may be wrong; or a model fitted on them will have a gap.
    Warning,
    /// Worth knowing; nothing is wrong.
    Note,
}

impl Severity {
    /// Its name in texts and JSON: `error`, `warning` or `note`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Lists the findings once: name, severity, and what it says of the things it counts.
macro_rules! findings {
    ($($name:ident $severity:ident $text:literal),+ $(,)?) => {
        /// What a check of finished sprints can find.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum FindingKind {
            $(#[doc = $text] $name,)+
        }

        impl FindingKind {
            /// What it means for the sprints.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }

            /// What it says, for people.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

findings! {
    Conflict Error "sprints that are there more than once and differ: left out, since nobody can tell which is right",
    NoStages Error "sprints that were never seen on the way: left out",
    OtherStages Error "sprints with a stage of another sprint or project: left out",
    StageConflict Error "sprints seen twice at one moment, differently: left out",
    ClosedBeforeStart Error "sprints that closed before they started: left out",
    NothingCommitted Error "sprints without commitment at any stage: left out, since there was nothing to miss",
    NoDelivery Error "sprints counted in issues whose delivered issues the source does not tell: left out",
    NothingUsable Error "no sprint is left to fit on",
    Repeated Warning "copies of a sprint that is there already, the same in everything: counted once",
    StagesUnsorted Warning "sprints whose stages were out of order or repeated: sorted, each kept once",
    StageTimes Warning "sprints whose later stages were seen at an earlier instant: check the clock of the source",
    SeenAfterEnd Warning "sprints with a stage seen after they closed: it may have looked ahead",
    UnknownLength Warning "sprints whose planned length is below zero or not a number: taken as unknown",
    FarAbove Warning "sprints that delivered more than five times their commitment: check the estimates",
    SomeDates Warning "sprints without dates beside others with dates: their order is by id",
    OneClass Warning "stages at which all sprints missed or all met: nothing can be told apart there",
    FewRows Warning "stages with too few sprints, or too few that missed or met, for a fit with default settings",
    ZeroLength Note "sprints of planned length zero: forecasts take it as unknown",
    VeryLong Note "sprints planned for more than a year",
    NoDates Note "sprints without dates, as all of them are: their order is by id",
    OneTeam Note "one team only: how teams differ cannot be seen",
    SmallTeams Note "teams with fewer than three sprints: forecasts for them lean on their project",
}

/// Something a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it means.
    pub severity: Severity,
    /// What it is.
    pub kind: FindingKind,
    /// How many sprints, stages or teams it is about.
    pub count: u32,
    /// The first few of them: `PROJECT 12` for a sprint, a team's name, or a stage in percent.
    pub examples: Vec<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (severity, text) = (self.severity.name(), self.kind.description());
        if self.examples.is_empty() {
            return write!(f, "{severity}: {text}");
        }
        write!(f, "{severity} ({}): {text}", self.count)?;
        let more = if self.count as usize > self.examples.len() { ", …" } else { "" };
        write!(f, " ({}{more})", self.examples.join(", "))
    }
}
