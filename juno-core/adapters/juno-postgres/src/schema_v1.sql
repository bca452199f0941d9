-- Text is compared byte by byte (COLLATE "C"), so that order and equality are those of the program. Times are
-- nanoseconds since 1970, UTC: a timestamp of PostgreSQL ends at microseconds.

CREATE TABLE approvals (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    team TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    deadline BIGINT,
    body TEXT NOT NULL
);
CREATE INDEX approvals_listed ON approvals (created_at, id);
CREATE INDEX approvals_state ON approvals (state, created_at, id);
CREATE INDEX approvals_due ON approvals (deadline, id) WHERE deadline IS NOT NULL;

CREATE TABLE executions (
    request TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    state TEXT COLLATE "C" NOT NULL,
    started_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX executions_open ON executions (started_at, request) WHERE state IN ('started', 'unknown');

-- Events that were committed with their state and that the audit log has not taken yet, in order.
CREATE TABLE outbox (
    place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id TEXT COLLATE "C" NOT NULL UNIQUE,
    content TEXT NOT NULL
);

-- Events that were taken from the outbox into a log elsewhere. Those in `audit` are not listed again.
CREATE TABLE outbox_taken (
    event_id TEXT COLLATE "C" NOT NULL PRIMARY KEY
);

-- `content` is the event's canonical JSON and the only thing that is proved. `event_id` finds an event again; whoever
-- reads a row checks that `content` says the same.
CREATE TABLE audit (
    place BIGINT PRIMARY KEY,
    event_id TEXT COLLATE "C" NOT NULL,
    leaf BYTEA NOT NULL,
    content TEXT NOT NULL
);
CREATE UNIQUE INDEX audit_event ON audit (event_id);

-- The right edge of the Merkle tree over `audit`. Whoever appends holds the lock of its row.
CREATE TABLE audit_tree (
    only_one BOOLEAN PRIMARY KEY CHECK (only_one),
    size BIGINT NOT NULL,
    nodes BYTEA NOT NULL
) WITH (fillfactor = 10);
INSERT INTO audit_tree (only_one, size, nodes) VALUES (TRUE, 0, '');
