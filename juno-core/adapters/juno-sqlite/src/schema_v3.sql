-- Personal parts of records, apart from them so that they can be erased: the record holds the hash of salt and content.
-- `at` is the event's time in nanoseconds since 1970.
CREATE TABLE audit_payload (
    place INTEGER PRIMARY KEY,
    person TEXT NOT NULL,
    at INTEGER NOT NULL,
    salt BLOB NOT NULL,
    content TEXT NOT NULL
) STRICT;
CREATE INDEX audit_payload_person ON audit_payload (person);
CREATE INDEX audit_payload_at ON audit_payload (at);

-- What the log is searched by; made from `content` when somebody searches, not when a record is appended.
CREATE TABLE audit_search (
    place INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    subject TEXT NOT NULL,
    team TEXT,
    action TEXT,
    ticket TEXT,
    outcome TEXT
) STRICT;
CREATE INDEX audit_search_kind ON audit_search (kind);
CREATE INDEX audit_search_at ON audit_search (at);
CREATE INDEX audit_search_actor ON audit_search (actor);
CREATE INDEX audit_search_subject ON audit_search (subject);
CREATE INDEX audit_search_team ON audit_search (team) WHERE team IS NOT NULL;
CREATE INDEX audit_search_action ON audit_search (action) WHERE action IS NOT NULL;
CREATE INDEX audit_search_ticket ON audit_search (ticket) WHERE ticket IS NOT NULL;
CREATE INDEX audit_search_outcome ON audit_search (outcome) WHERE outcome IS NOT NULL;
