use serde::{Deserialize, Serialize};

use crate::RiskCategory;

/// Lists the inputs once: name in code, category, name in JSON, and what it says.
macro_rules! inputs {
    ($($name:ident $category:ident $text:literal $what:literal),+ $(,)?) => {
        /// One number a learning model looks at. Amounts are in the snapshot's measure; a share is of the commitment unless
        /// it says otherwise. "Usual" is the mean over the team's earlier sprints at the same point, shrunk towards
        /// the project's by four sprints, and the project's towards a fixed start by four.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Input {
            $(#[doc = $what] $name,)+
        }

        impl Input {
            /// Every input, in the order of feature vectors.
            pub const ALL: [Self; [$(Self::$name),+].len()] = [$(Self::$name),+];

            /// The name used in JSON and in tables.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The category of the risk index it belongs to.
            #[must_use]
            pub const fn category(self) -> RiskCategory {
                match self { $(Self::$name => RiskCategory::$category,)+ }
            }

            /// What it says, for people.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$name => $what,)+ }
            }
        }
    };
}

inputs! {
    LogCommitted Capacity "log_committed" "ln of the commitment",
    LogIssues Scope "log_issues" "ln of one more than the issues in the sprint",
    IssueSize Scope "issue_size" "ln of the commitment per issue in the sprint",
    Done Velocity "done" "share done, at most 3",
    InProgress Velocity "in_progress" "share in progress, at most 3",
    Open Velocity "open" "share not done, at most 3",
    DoneIssues Velocity "done_issues" "issues done, as a share of the issues in the sprint",
    InProgressIssues Velocity "in_progress_issues" "issues in progress, as a share of the issues in the sprint",
    NothingOpen Velocity "nothing_open" "1 if nothing is left open, else 0",
    NothingDone Velocity "nothing_done" "1 if nothing is done yet, else 0",
    Added Scope "added" "added since the start, as a share of start and added",
    Removed Scope "removed" "removed since the start, as a share of start and added",
    AddedIssues Scope "added_issues" "issues added since the start, as a share of issues at start and added",
    RemovedIssues Scope "removed_issues" "issues removed since the start, as a share of issues at start and added",
    AddedCount Scope "added_count" "ln of one more than the issues added since the start",
    RemovedCount Scope "removed_count" "ln of one more than the issues removed since the start",
    NetChange Scope "net_change" "change of the commitment since the start, as a share of the larger of both, -1 to 1",
    PlannedLength Capacity "planned_length" "ln of one more than the planned days, of which at most 90 count",
    ProjectMissRate Velocity "project_miss_rate" "miss rate of the project's earlier sprints, shrunk towards one half",
    TeamMissRate Velocity "team_miss_rate" "miss rate of the team's earlier sprints, shrunk towards the project's",
    TeamRatio Velocity "team_ratio" "usual delivered share, each counted to at most 2",
    RecentRatio Velocity "recent_ratio" "the same with each earlier sprint counting 0.8 of the next",
    DoneAhead Velocity "done_ahead" "share done minus the usual share done at this point",
    OpenAhead Velocity "open_ahead" "share not done minus the usual share not done at this point",
    Load Capacity "load" "ln of the commitment over the team's median delivery, one added to each, -3 to 3",
    Need Capacity "need" "ln of what is still to be done over what the team's median sprint still delivers from this point, one added to each, -3 to 3",
    AlikeMissRate Velocity "alike_miss_rate" "miss rate of earlier sprints that stood like this one, shrunk towards the team's",
    AlikeRatio Velocity "alike_ratio" "delivered share of earlier sprints that stood like this one, shrunk towards the usual one",
    LoadPerMember Capacity "load_per_member" "ln of the commitment per person assigned; unknown if nobody is",
    Blocked Dependencies "blocked" "share that is blocked, at most 1; unknown where the source cannot tell",
    Defects Quality "defects" "open defects as a share of the issues in the sprint, at most 1; unknown where the source cannot tell",
    Unestimated Quality "unestimated" "issues without an estimate as a share of the issues in the sprint, at most 1; unknown where the source cannot tell",
}

impl Input {
    /// How many inputs there are.
    pub const COUNT: usize = Self::ALL.len();

    /// Its place in a feature vector.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}
