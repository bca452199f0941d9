-- Personal parts of records, apart from them so that they can be erased: the record holds the hash of salt and content.
-- `content` is AES-256-GCM under a key that lies elsewhere, as the server keeps what was deleted in its write-ahead log,
-- in dead rows and in backups. `at` is the event's time in nanoseconds since 1970.
CREATE TABLE audit_payload (
    place BIGINT PRIMARY KEY,
    person TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    key_name TEXT COLLATE "C" NOT NULL,
    content BYTEA NOT NULL
);
CREATE INDEX audit_payload_person ON audit_payload (person);
CREATE INDEX audit_payload_at ON audit_payload (at);
CREATE INDEX audit_payload_key ON audit_payload (key_name);

-- The key for what comes in now, by person and month of the event. A name is never used again.
CREATE TABLE audit_key (
    person TEXT COLLATE "C" NOT NULL,
    month BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    PRIMARY KEY (person, month)
);

-- Keys that nothing needs any longer, until they are destroyed.
CREATE TABLE audit_key_doomed (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY
);

-- What the log is searched by; made from `content` when somebody searches, not when a record is appended.
CREATE TABLE audit_search (
    place BIGINT PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    team TEXT COLLATE "C",
    action TEXT COLLATE "C",
    ticket TEXT COLLATE "C",
    outcome TEXT COLLATE "C"
);
CREATE INDEX audit_search_kind ON audit_search (kind, place);
CREATE INDEX audit_search_at ON audit_search (at);
CREATE INDEX audit_search_actor ON audit_search (actor, place);
CREATE INDEX audit_search_subject ON audit_search (subject, place);
CREATE INDEX audit_search_team ON audit_search (team, place) WHERE team IS NOT NULL;
CREATE INDEX audit_search_action ON audit_search (action, place) WHERE action IS NOT NULL;
CREATE INDEX audit_search_ticket ON audit_search (ticket, subject) WHERE ticket IS NOT NULL;
CREATE INDEX audit_search_outcome ON audit_search (outcome, place) WHERE outcome IS NOT NULL;
