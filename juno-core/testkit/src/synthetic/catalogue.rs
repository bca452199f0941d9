//! Fixed things every synthetic site has: teams, statuses, types, priorities, resolutions, names of people.

use chrono_tz::Tz;

/// What a team is called and talks about.
pub(crate) struct TeamSeed {
    pub(crate) key: &'static str,
    pub(crate) project: &'static str,
    pub(crate) zone: Tz,
    pub(crate) components: [&'static str; 4],
    pub(crate) things: [&'static str; 10],
    pub(crate) places: [&'static str; 7],
}

/// Teams in the order they are used; a thirteenth team takes the first name again with a number.
pub(crate) const TEAMS: [TeamSeed; 12] = [
    TeamSeed {
        key: "PAY",
        project: "Payments",
        zone: Tz::Europe__Berlin,
        components: ["checkout", "billing", "ledger", "refunds"],
        things: [
            "refund",
            "invoice",
            "card token",
            "direct debit mandate",
            "payout",
            "chargeback",
            "receipt",
            "tax line",
            "settlement file",
            "payment method",
        ],
        places: [
            "the checkout page",
            "the billing console",
            "the monthly statement",
            "the ledger export",
            "the refund dialog",
            "the webhook",
            "the reconciliation job",
        ],
    },
    TeamSeed {
        key: "CORE",
        project: "Core Platform",
        zone: Tz::America__New_York,
        components: ["api", "identity", "events", "storage"],
        things: [
            "session",
            "access token",
            "tenant",
            "audit entry",
            "job queue",
            "rate limit",
            "schema migration",
            "service account",
            "event stream",
            "feature flag",
        ],
        places: [
            "the public API",
            "the admin console",
            "the event bus",
            "the sign-in flow",
            "the nightly batch",
            "the tenant settings",
            "the staging cluster",
        ],
    },
    TeamSeed {
        key: "MOB",
        project: "Mobile Apps",
        zone: Tz::Asia__Kolkata,
        components: ["android", "ios", "push", "offline"],
        things: [
            "push message",
            "offline draft",
            "deep link",
            "home screen widget",
            "photo upload",
            "biometric login",
            "download queue",
            "crash report",
            "onboarding tip",
            "map tile",
        ],
        places: [
            "the home tab",
            "the settings screen",
            "the share sheet",
            "the Android app",
            "the iOS app",
            "the first-run tour",
            "the tablet layout",
        ],
    },
    TeamSeed {
        key: "SRCH",
        project: "Search",
        zone: Tz::Europe__London,
        components: ["indexing", "ranking", "suggest", "filters"],
        things: [
            "facet",
            "synonym list",
            "search result",
            "ranking rule",
            "index shard",
            "typo correction",
            "saved search",
            "result snippet",
            "crawler run",
            "query log",
        ],
        places: [
            "the results page",
            "the search box",
            "the relevance dashboard",
            "the index builder",
            "the category page",
            "the suggestion list",
            "the help centre",
        ],
    },
    TeamSeed {
        key: "SHIP",
        project: "Shipping",
        zone: Tz::America__Chicago,
        components: ["labels", "tracking", "carriers", "returns"],
        things: [
            "parcel label",
            "tracking event",
            "carrier quote",
            "return slip",
            "customs form",
            "pickup slot",
            "delivery window",
            "warehouse transfer",
            "address check",
            "packing list",
        ],
        places: [
            "the dispatch board",
            "the tracking page",
            "the returns portal",
            "the carrier gateway",
            "the packing station",
            "the order history",
            "the delivery e-mail",
        ],
    },
    TeamSeed {
        key: "DATA",
        project: "Data Platform",
        zone: Tz::Europe__Stockholm,
        components: ["ingest", "warehouse", "reports", "catalog"],
        things: [
            "nightly load",
            "partition",
            "revenue report",
            "data contract",
            "column lineage",
            "backfill",
            "consent flag",
            "snapshot table",
            "quality check",
            "export job",
        ],
        places: [
            "the warehouse",
            "the finance report",
            "the catalog",
            "the ingest pipeline",
            "the notebook server",
            "the access request form",
            "the board pack",
        ],
    },
    TeamSeed {
        key: "WEB",
        project: "Web Shop",
        zone: Tz::Europe__Madrid,
        components: ["storefront", "cart", "accounts", "content"],
        things: [
            "wish list",
            "voucher",
            "product gallery",
            "size guide",
            "basket",
            "cookie banner",
            "guest order",
            "price badge",
            "newsletter form",
            "stock hint",
        ],
        places: [
            "the product page",
            "the basket",
            "the account area",
            "the landing page",
            "the order confirmation",
            "the mobile menu",
            "the footer",
        ],
    },
    TeamSeed {
        key: "OPS",
        project: "Operations Tooling",
        zone: Tz::Australia__Sydney,
        components: ["deploy", "observability", "access", "cost"],
        things: [
            "deploy pipeline",
            "alert rule",
            "on-call rota",
            "cost report",
            "secret rotation",
            "node pool",
            "build cache",
            "runbook",
            "log retention",
            "certificate",
        ],
        places: [
            "the build farm",
            "the on-call channel",
            "the production cluster",
            "the cost dashboard",
            "the release board",
            "the incident page",
            "the developer portal",
        ],
    },
    TeamSeed {
        key: "CRM",
        project: "Customer Care",
        zone: Tz::America__Sao_Paulo,
        components: ["inbox", "macros", "surveys", "telephony"],
        things: [
            "ticket view",
            "call note",
            "satisfaction survey",
            "canned reply",
            "customer timeline",
            "escalation rule",
            "queue filter",
            "attachment",
            "agent status",
            "contact merge",
        ],
        places: [
            "the agent inbox",
            "the customer card",
            "the phone widget",
            "the survey mail",
            "the team report",
            "the knowledge base",
            "the chat window",
        ],
    },
    TeamSeed {
        key: "AUTH",
        project: "Accounts and Access",
        zone: Tz::Europe__Warsaw,
        components: ["login", "sso", "roles", "consent"],
        things: [
            "password reset",
            "second factor",
            "role assignment",
            "consent record",
            "recovery code",
            "login event",
            "invitation",
            "group mapping",
            "trusted device",
            "account merge",
        ],
        places: [
            "the sign-in page",
            "the role editor",
            "the single sign-on bridge",
            "the invitation mail",
            "the security page",
            "the consent dialog",
            "the account export",
        ],
    },
    TeamSeed {
        key: "MAPS",
        project: "Maps and Routing",
        zone: Tz::Pacific__Auckland,
        components: ["tiles", "routing", "geocoder", "traffic"],
        things: [
            "route hint",
            "turn instruction",
            "street name",
            "traffic overlay",
            "address match",
            "ferry leg",
            "speed profile",
            "tile cache",
            "border crossing",
            "parking spot",
        ],
        places: [
            "the route planner",
            "the driver view",
            "the tile server",
            "the address form",
            "the trip summary",
            "the fleet map",
            "the nightly import",
        ],
    },
    TeamSeed {
        key: "DOCS",
        project: "Documents",
        zone: Tz::Asia__Tokyo,
        components: ["editor", "templates", "signing", "archive"],
        things: [
            "page break",
            "signature field",
            "comment thread",
            "template",
            "version history",
            "table of contents",
            "export to PDF",
            "track change",
            "file lock",
            "page footer",
        ],
        places: [
            "the editor",
            "the signing page",
            "the archive",
            "the template gallery",
            "the review panel",
            "the share dialog",
            "the print view",
        ],
    },
];

/// A workflow status of the synthetic site.
pub(crate) struct StatusSeed {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    /// Category key, id, colour and name as Jira writes them.
    pub(crate) category: (&'static str, u32, &'static str, &'static str),
    pub(crate) done: bool,
}

const NEW: (&str, u32, &str, &str) = ("new", 2, "blue-gray", "To Do");
const DOING: (&str, u32, &str, &str) = ("indeterminate", 4, "yellow", "In Progress");
const DONE: (&str, u32, &str, &str) = ("done", 3, "green", "Done");

pub(crate) const TO_DO: usize = 0;
pub(crate) const IN_PROGRESS: usize = 1;
pub(crate) const IN_REVIEW: usize = 2;
pub(crate) const FINISHED: usize = 3;
pub(crate) const RELEASED: usize = 4;

/// The workflow. `Released` means done, but its category says `new`: what a careless administrator leaves.
pub(crate) const STATUSES: [StatusSeed; 5] = [
    StatusSeed { id: "10000", name: "To Do", category: NEW, done: false },
    StatusSeed { id: "3", name: "In Progress", category: DOING, done: false },
    StatusSeed { id: "10001", name: "In Review", category: DOING, done: false },
    StatusSeed { id: "10002", name: "Done", category: DONE, done: true },
    StatusSeed { id: "10107", name: "Released", category: NEW, done: true },
];

/// The name that status `3` had before an administrator renamed it.
pub(crate) const IN_PROGRESS_ONCE: &str = "In Development";

/// Issue types: id and name.
pub(crate) const TYPES: [(&str, &str); 4] =
    [("10001", "Story"), ("10002", "Task"), ("10004", "Bug"), ("10003", "Sub-task")];
pub(crate) const STORY: usize = 0;
pub(crate) const TASK: usize = 1;
pub(crate) const BUG: usize = 2;
pub(crate) const SUB_TASK: usize = 3;

/// Priorities, most urgent first: id and name.
pub(crate) const PRIORITIES: [(&str, &str); 5] =
    [("1", "Highest"), ("2", "High"), ("3", "Medium"), ("4", "Low"), ("5", "Lowest")];

/// Resolutions: id and name.
pub(crate) const RESOLUTIONS: [(&str, &str); 4] =
    [("10000", "Done"), ("10001", "Won't Do"), ("10002", "Duplicate"), ("10003", "Cannot Reproduce")];

pub(crate) const LABELS: [&str; 12] = [
    "tech-debt",
    "customer",
    "security",
    "quick-win",
    "regression",
    "performance",
    "q3-goal",
    "a11y",
    "flaky-test",
    "compliance",
    "support",
    "spike",
];

/// First names and surnames are combined; none of the people exists.
pub(crate) const FIRST: [&str; 24] = [
    "Maren", "Tomas", "Ines", "Jonah", "Asha", "Ruben", "Linnea", "Callum", "Noor", "Piotr", "Yara",
    "Dmitri", "Esme", "Kofi", "Saskia", "Hugo", "Priya", "Mateo", "Freya", "Anselm", "Leila", "Oisin",
    "Tamsin", "Kenji",
];
pub(crate) const LAST: [&str; 24] = [
    "Holtby",
    "Verrick",
    "Quarrell",
    "Pellworth",
    "Winterbourne",
    "Oakhanger",
    "Sandvik-Moor",
    "Tregellan",
    "Ashgrove",
    "Brackwater",
    "Lindqvane",
    "Fenwicke",
    "Marlestone",
    "Abernathe",
    "Rosendale",
    "Tillingham",
    "Varadkesh",
    "Corvallen",
    "Eastlake",
    "Hollowell",
    "Nashirane",
    "Dunmorrow",
    "Wetherlund",
    "Ishimoro",
];

/// A machine that writes to issues: display name and the stem of its account.
pub(crate) const BOTS: [(&str, &str); 2] =
    [("Automation for Jira", "automation"), ("Git Integration", "git")];
