-- Facts about the file itself.
CREATE TABLE facts (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Each scope that holds memories, with how much it holds. '' stands for a level that is not named.
CREATE TABLE scopes (
    key INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    team TEXT NOT NULL,
    agent TEXT NOT NULL,
    session TEXT NOT NULL,
    memories INTEGER NOT NULL DEFAULT 0,
    words INTEGER NOT NULL DEFAULT 0,
    UNIQUE (tenant, team, agent, session)
) STRICT;

-- `body` is the memory's JSON; the other columns find it. Times are nanoseconds since 1970, UTC.
CREATE TABLE memories (
    key INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    scope INTEGER NOT NULL REFERENCES scopes (key),
    kind TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    expires_at INTEGER,
    words TEXT NOT NULL,
    word_count INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (tenant, id)
) STRICT;
CREATE INDEX memories_newest ON memories (scope, recorded_at DESC, id DESC, kind);
CREATE INDEX memories_expiry ON memories (scope, expires_at, word_count) WHERE expires_at IS NOT NULL;

CREATE TABLE memory_tags (
    scope INTEGER NOT NULL,
    tag TEXT NOT NULL,
    memory INTEGER NOT NULL REFERENCES memories (key) ON DELETE CASCADE,
    PRIMARY KEY (scope, tag, memory)
) STRICT, WITHOUT ROWID;
CREATE INDEX memory_tags_of ON memory_tags (memory);

-- The words of `memories.words`, each with its scope in front, so that each scope has postings of its own. The words
-- come folded and stemmed; the tokenizer only splits at spaces.
CREATE VIRTUAL TABLE memory_words USING fts5 (words, content = '', columnsize = 0, detail = none, tokenize = 'ascii');
INSERT INTO memory_words (memory_words, rank) VALUES ('secure-delete', 1);

CREATE TABLE approvals (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    team TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    deadline INTEGER,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX approvals_listed ON approvals (state, created_at, id);
CREATE INDEX approvals_due ON approvals (deadline, id) WHERE deadline IS NOT NULL;

CREATE TABLE executions (
    request TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX executions_open ON executions (started_at, request) WHERE state IN ('started', 'unknown');

-- Events that were committed with their state and that the audit log has not taken yet, in order.
CREATE TABLE outbox (
    place INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL
) STRICT;

-- Events that were taken from the outbox into a log elsewhere. Those in `audit` are not listed again.
CREATE TABLE outbox_taken (
    event_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- `content` is the event's canonical JSON and the only thing that is proved; nothing is kept beside it that could
-- say something else.
CREATE TABLE audit (
    place INTEGER PRIMARY KEY,
    leaf BLOB NOT NULL,
    content TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX audit_event ON audit (iif(json_valid(content), json_extract(content, '$.id'), NULL));

-- The right edge of the Merkle tree over `audit`.
CREATE TABLE audit_tree (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    size INTEGER NOT NULL,
    nodes BLOB NOT NULL
) STRICT;
INSERT INTO audit_tree (only, size, nodes) VALUES (1, 0, x'');
