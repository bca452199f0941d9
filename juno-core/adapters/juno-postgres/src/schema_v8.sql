-- What people wrote in their own words lies apart from the body of a row, encrypted under keys that lie elsewhere: one part
-- for each person and month, with the name of its key at the same place of `part_keys`. In the body stands `[erased]` for
-- it. Rows without parts hold such texts in their body: of a store that was opened without keys, or before this step.
ALTER TABLE approvals
    ADD COLUMN part_keys TEXT[] NOT NULL DEFAULT '{}',
    ADD COLUMN parts BYTEA[] NOT NULL DEFAULT '{}';
ALTER TABLE executions
    ADD COLUMN part_keys TEXT[] NOT NULL DEFAULT '{}',
    ADD COLUMN parts BYTEA[] NOT NULL DEFAULT '{}';
ALTER TABLE outbox
    ADD COLUMN part_key TEXT COLLATE "C",
    ADD COLUMN part BYTEA;

-- The keys of these parts, by person and month. Whoever writes under one shares the lock of its row until the commit, so
-- that no erasure comes between. A name is never used again.
CREATE TABLE text_key (
    person TEXT COLLATE "C" NOT NULL,
    month BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    PRIMARY KEY (person, month)
);
