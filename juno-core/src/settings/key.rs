use super::key_kind::KeyKind;

/// One setting: its place, names, range, default and meaning.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Dotted path in the TOML file.
    pub path: &'static str,
    /// Another environment name that works beside `JUNO_…`.
    pub alias: Option<&'static str>,
    /// What it holds.
    pub kind: KeyKind,
    /// The default as TOML; empty for none.
    pub default: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// Whether this version acts on it. The others are read, checked and kept for the parts that will.
    pub in_force: bool,
}

impl Key {
    /// The `JUNO_…` name: the path in capitals, dots as underscores.
    #[must_use]
    pub fn env_name(&self) -> String {
        format!("JUNO_{}", self.path.replace('.', "_").to_uppercase())
    }
}

const fn key(
    path: &'static str,
    alias: Option<&'static str>,
    kind: KeyKind,
    default: &'static str,
    in_force: bool,
    doc: &'static str,
) -> Key {
    Key { path, alias, kind, default, doc, in_force }
}

/// One in force that has no other name.
const fn plain(path: &'static str, kind: KeyKind, default: &'static str, doc: &'static str) -> Key {
    key(path, None, kind, default, true, doc)
}

use KeyKind::{Bool, Float, Int, Secret, Table, Text, Word};

/// Every setting, each default stated here and nowhere else.
pub const KEYS: &[Key] = &[
    key(
        "phase",
        None,
        Int(1, 4),
        "2",
        true,
        "what may happen: 1 reads and forecasts, 2 proposes and acts under governance, 3 several agents, 4 adaptive autonomy",
    ),
    key(
        "instance_id",
        Some("INSTANCE_ID"),
        Text,
        "\"juno\"",
        true,
        "this instance's name: the proposer of its proposals",
    ),
    key("tenant", None, Text, "\"default\"", true, "the organisation whose memories these are"),
    key(
        "database.url",
        Some("DATABASE_URL"),
        Secret,
        "\"sqlite:///juno.db\"",
        true,
        "where state lives: `sqlite:///relative.db`, `sqlite:////absolute.db` or `memory:`",
    ),
    key("jira.url", Some("JIRA_URL"), Text, "", false, "the Jira site"),
    key("jira.username", Some("JIRA_USERNAME"), Text, "", false, "the Jira user"),
    key("jira.api_token", Some("JIRA_API_TOKEN"), Secret, "", false, "the Jira token"),
    key(
        "jira.story_points_field",
        None,
        Text,
        "",
        true,
        "id or name of the story points field, where it is not found by itself",
    ),
    key(
        "jira.sprint_field",
        None,
        Text,
        "",
        true,
        "id or name of the sprint field, where it is not found by itself",
    ),
    key(
        "jira.flagged_field",
        None,
        Text,
        "",
        true,
        "id or name of the flagged field, where it is not found by itself",
    ),
    key(
        "jira.time_zone",
        None,
        Text,
        "",
        true,
        "IANA time zone of dates that come without one, such as `Europe/Berlin`",
    ),
    key(
        "jira.csv_date_order",
        None,
        Word(&["day_first", "month_first"]),
        "",
        true,
        "which number comes first in dates of a CSV export such as `02/03/2026`",
    ),
    key(
        "jira.csv_date_format",
        None,
        Text,
        "",
        true,
        "format of dates in a CSV export, where it is an unusual one, such as `%d.%m.%Y %H:%M`",
    ),
    key(
        "sprint_table",
        None,
        Table,
        "{}",
        true,
        "usual column name → own name in a sprint table; `{T}` stands for the elapsed percentage",
    ),
    key("teams", None, Table, "{}", true, "board id → team name, where a team is not one board"),
    key(
        "statuses",
        None,
        Table,
        "{}",
        true,
        "status name or id → `to_do`, `in_progress` or `done`, where the source is wrong",
    ),
    key(
        "roles",
        None,
        Table,
        "{}",
        true,
        "role → people who hold it for every team, or team → role → people",
    ),
    key("openai.api_key", Some("OPENAI_API_KEY"), Secret, "", false, "key of an OpenAI-compatible endpoint"),
    key("azure_openai.endpoint", Some("AZURE_OPENAI_ENDPOINT"), Text, "", false, "Azure OpenAI endpoint"),
    key("azure_openai.api_key", Some("AZURE_OPENAI_API_KEY"), Secret, "", false, "Azure OpenAI key"),
    key(
        "memory.enabled",
        Some("MEMORY_ENABLED"),
        Bool,
        "true",
        true,
        "remember decisions and outcomes from run to run",
    ),
    key(
        "memory.retention_days",
        Some("MEMORY_RETENTION_DAYS"),
        Int(1, 36_500),
        "365",
        true,
        "how many days memories are kept after they were written or of use last",
    ),
    key(
        "memory.retention_by_kind",
        None,
        Table,
        "{}",
        true,
        "kind of memory → other days, such as `{ semantic = 1095 }`",
    ),
    key(
        "memory.encryption.keys",
        None,
        Text,
        "",
        true,
        "folder of the keys that memories are encrypted under: outside the database and its backups. Not encrypted unless it is set; SQLite only",
    ),
    key(
        "memory.encryption.index",
        None,
        Word(&["marked", "off"]),
        "\"marked\"",
        true,
        "what encrypted memories are found by: marks of their words, or nothing",
    ),
    key(
        "memory.cleanup_interval_hours",
        Some("MEMORY_CLEANUP_INTERVAL"),
        Int(1, 8_760),
        "24",
        false,
        "how often a host should call the cleanup",
    ),
    key(
        "memory.pattern_threshold",
        Some("PATTERN_RECOGNITION_THRESHOLD"),
        Float(0.0, 1.0),
        "0.7",
        true,
        "success rate from which a workflow counts as a pattern",
    ),
    plain("memory.write_gate", Bool, "true", "judge what is to be remembered"),
    plain("memory.secrets", Word(&["reject", "mask", "allow"]), "\"reject\"", "what becomes of secrets"),
    plain(
        "memory.personal_data",
        Word(&["require_subject", "mask", "reject", "allow"]),
        "\"require_subject\"",
        "addresses and numbers of people in what is to be remembered: kept if it says whose (`subject`), kept masked, refused, or kept",
    ),
    plain("memory.duplicate_likeness", Float(0.3, 1.0), "0.6", "likeness of duplicates"),
    plain("memory.min_content_words", Int(0, 100), "2", "fewest content words of a memory"),
    key(
        "memory.team_preference_learning",
        Some("TEAM_PREFERENCE_LEARNING"),
        Bool,
        "true",
        true,
        "learn what a team prefers",
    ),
    key(
        "governance.autonomous_actions",
        Some("AUTONOMOUS_ACTIONS"),
        Bool,
        "true",
        true,
        "false: only propose, never act without a person",
    ),
    key(
        "audit.personal",
        None,
        Word(&["none", "reasons"]),
        "\"none\"",
        true,
        "what audit records keep apart so that it can be erased: nothing, or the reasons people give. Set it before the first record",
    ),
    key(
        "audit.keys",
        None,
        Text,
        "",
        true,
        "folder of the keys that personal parts of the log are kept under in PostgreSQL: outside the database and its backups. In SQLite and in memory there are none",
    ),
    key(
        "governance.supervisor_mode",
        Some("SUPERVISOR_MODE"),
        Bool,
        "true",
        true,
        "true: every action needs a person",
    ),
    key(
        "governance.approval_timeout_hours",
        Some("APPROVAL_TIMEOUT_HOURS"),
        Int(1, 8_760),
        "24",
        true,
        "deadline of low and medium impact requests",
    ),
    plain("governance.approval_valid_hours", Int(1, 8_760), "72", "greatest age of an approval, in hours"),
    key(
        "governance.auto_escalation",
        Some("AUTO_ESCALATION"),
        Bool,
        "true",
        true,
        "false: an expired request is denied instead of going one role up",
    ),
    key(
        "governance.compliance_monitoring",
        Some("COMPLIANCE_MONITORING"),
        Bool,
        "true",
        true,
        "each review ends with a check of the compliance rules, and says what does not keep them",
    ),
    plain(
        "governance.compliance_rules",
        Text,
        "",
        "file of compliance rules, TOML or JSON (`.json`), instead of those that ship",
    ),
    key(
        "governance.approval_rules",
        Some("APPROVAL_RULES"),
        Table,
        "{}",
        true,
        "changes to the default policy's rules",
    ),
    key(
        "governance.execution_limits",
        None,
        Table,
        "{}",
        true,
        "what may begin at most: per_hour of a team, per_target_per_day, blast_radius of one action, blast_radius_per_hour",
    ),
    key(
        "governance.execution_lease_minutes",
        None,
        Int(1, 1_440),
        "60",
        true,
        "how long an action may take before somebody else looks whether it took effect",
    ),
    key(
        "governance.rules",
        None,
        Text,
        "",
        true,
        "file of rules, TOML or JSON (`.json`), that decide instead of the default policy",
    ),
    key(
        "notifications.webhook.url",
        None,
        Secret,
        "",
        true,
        "address that notifications are posted to, signed; `https://`, or `http://` of this machine",
    ),
    key(
        "notifications.webhook.secret",
        None,
        Secret,
        "",
        true,
        "what they are signed with: `whsec_` and the Base64 of 24 to 64 random bytes",
    ),
    key(
        "notifications.webhook.ca_file",
        None,
        Text,
        "",
        true,
        "certificates (PEM) to trust instead of the system's",
    ),
    key("notifications.smtp.host", None, Text, "", true, "mail server that notifications are sent over"),
    key("notifications.smtp.port", None, Int(1, 65_535), "", true, "its port: 587, 465 or 25 by default"),
    key(
        "notifications.smtp.security",
        None,
        Word(&["starttls", "tls", "none"]),
        "\"starttls\"",
        true,
        "how the connection is made secret; `none` only to this machine",
    ),
    key("notifications.smtp.user", None, Text, "", true, "the user to log in as"),
    key("notifications.smtp.password", None, Secret, "", true, "the user's password"),
    key("notifications.smtp.from", None, Text, "", true, "the sender: `JUNO <juno@example.com>`"),
    key("notifications.smtp.addresses", None, Table, "{}", true, "principal → mail address"),
    key("notifications.smtp.ca_file", None, Text, "", true, "certificates (PEM) to trust, not the system's"),
    key("notifications.max_attempts", None, Int(1, 100), "12", true, "failures until one is given up"),
    key("notifications.remind_hours", None, Int(0, 168), "2", true, "how long before a deadline to remind"),
    key("notifications.max_age_days", None, Int(1, 365), "7", true, "what is older is told no more"),
    key(
        "confidence.threshold",
        Some("CONFIDENCE_THRESHOLD"),
        Float(0.0, 1.0),
        "0.7",
        true,
        "below it JUNO advises and proposes nothing",
    ),
    key(
        "confidence.weights",
        Some("CONFIDENCE_WEIGHTS"),
        Table,
        "{ data_quality = 0.30, historical_accuracy = 0.25, pattern_strength = 0.20, temporal_relevance = 0.15, consensus_score = 0.10 }",
        true,
        "weight of each confidence factor",
    ),
    key(
        "confidence.calibration",
        None,
        Word(&["platt", "beta", "isotonic", "temperature"]),
        "\"platt\"",
        true,
        "how recorded outcomes calibrate the confidence of proposals; each method waits for as many as it needs",
    ),
    key(
        "reasoning.level",
        Some("DEFAULT_REASONING_LEVEL"),
        Word(&["basic", "detailed", "verbose"]),
        "\"detailed\"",
        true,
        "how deep explanations go",
    ),
    key(
        "risk.model",
        Some("RISK_MODEL"),
        Text,
        "",
        true,
        "the file of a trained model, as `train` writes it; without one, earlier sprints that stood alike answer",
    ),
    key(
        "risk.categories",
        Some("RISK_CATEGORIES"),
        Table,
        "{ velocity = 0.25, scope = 0.20, capacity = 0.20, quality = 0.20, dependencies = 0.15 }",
        true,
        "weight of each category in the risk index",
    ),
    key(
        "risk.thresholds",
        Some("RISK_THRESHOLDS"),
        Table,
        "{ velocity = 0.7, scope = 0.6, capacity = 0.8, quality = 0.7, dependencies = 0.6 }",
        true,
        "score from which a category raises an alert",
    ),
    key(
        "cache.config",
        Some("CACHE_CONFIG"),
        Table,
        "{ type = \"redis\", host = \"localhost\", port = 6379, ttl_seconds = 3600 }",
        true,
        "the Redis that keeps working memory and a cache, once it is set: `{}` takes these defaults, type `none` none; feature `redis`",
    ),
    key(
        "cache.url",
        None,
        Secret,
        "",
        true,
        "address of Redis, before host and port: `redis://user:password@host:port/0`, `rediss://…`; of a cluster several with commas",
    ),
    key(
        "archive.url",
        None,
        Text,
        "",
        true,
        "where memories that are long unused go: `file:///folder` or `s3://bucket/folder`; feature `object-store`",
    ),
    key("archive.endpoint", None, Text, "", true, "the S3 service, where it is another than Amazon's"),
    key(
        "archive.after_days",
        None,
        Int(1, 36_500),
        "90",
        true,
        "after how many days without use a memory may go to the archive",
    ),
    key(
        "session.cache_size",
        Some("SESSION_CACHE_SIZE"),
        Int(1, 1_000_000),
        "1000",
        true,
        "turns and other working memory that one session keeps",
    ),
    key(
        "session.cache_ttl_seconds",
        Some("SESSION_CACHE_TTL"),
        Int(1, 31_536_000),
        "1800",
        true,
        "how long they live",
    ),
    key(
        "seed",
        None,
        Int(0, i64::MAX),
        "42",
        true,
        "start of random numbers, such as the pauses between attempts",
    ),
];

/// The key at a path.
#[must_use]
pub(super) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// The key an environment name sets.
#[must_use]
pub(super) fn find_env(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.env_name() == name || key.alias == Some(name) || bare(key) == name)
}

/// `JUNO_` before an alias works too: `JUNO_SUPERVISOR_MODE`.
fn bare(key: &Key) -> String {
    key.alias.map(|alias| format!("JUNO_{alias}")).unwrap_or_default()
}

/// The known name most like `wrong`, out of `names`.
#[must_use]
pub(super) fn nearest(wrong: &str, names: impl Iterator<Item = String>) -> Option<String> {
    names.min_by_key(|name| (strsim::osa_distance(&wrong.to_lowercase(), &name.to_lowercase()), name.clone()))
}
