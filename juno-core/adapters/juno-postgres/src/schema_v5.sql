-- Memory. Text that may hold the character NUL, which PostgreSQL's text does not, is kept as UTF-8 bytes: tags, subjects,
-- names of threads and of those who speak. Words hold letters, marks and digits only. Whoever changes what a scope holds has the
-- lock of the scope's row, so what belongs to one scope changes one writer after the other.

-- Numbers of scopes, threads and blocks. None is used twice.
CREATE SEQUENCE memory_keys;

-- Each scope that holds memories, with how much it holds. '' stands for a level that is not named. Memories are numbered
-- as they come: `last` is the last number given, up to `merged` they are in `memory_postings`, the others, `fresh` of
-- them, in `memory_fresh`.
CREATE TABLE memory_scopes (
    key BIGINT NOT NULL DEFAULT nextval('memory_keys') PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    team TEXT COLLATE "C" NOT NULL,
    agent TEXT COLLATE "C" NOT NULL,
    session TEXT COLLATE "C" NOT NULL,
    memories BIGINT NOT NULL DEFAULT 0,
    words BIGINT NOT NULL DEFAULT 0,
    threads BIGINT NOT NULL DEFAULT 0,
    thread_words BIGINT NOT NULL DEFAULT 0,
    last BIGINT NOT NULL DEFAULT 0,
    merged BIGINT NOT NULL DEFAULT 0,
    fresh BIGINT NOT NULL DEFAULT 0,
    UNIQUE (tenant, team, agent, session)
) WITH (fillfactor = 50);

-- `body` is the memory's JSON; the other columns find it. `key` is 64 times its block's plus its place there.
CREATE TABLE memories (
    key BIGINT NOT NULL PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    scope BIGINT NOT NULL,
    nth BIGINT NOT NULL,
    thread BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    expires_at BIGINT,
    words TEXT COLLATE "C" NOT NULL,
    word_count BIGINT NOT NULL,
    who BYTEA,
    fact TEXT COLLATE "C",
    subject BYTEA,
    tags BYTEA[] NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (tenant, id)
);
CREATE INDEX memories_newest ON memories (scope, recorded_at DESC, id DESC);
CREATE INDEX memories_working ON memories (scope, recorded_at, id) WHERE kind = 'working';
CREATE INDEX memories_expiry ON memories (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX memories_fact ON memories (scope, fact) WHERE fact IS NOT NULL;

-- Subjects whose memories stay as they are.
CREATE TABLE memory_holds (
    tenant TEXT COLLATE "C" NOT NULL,
    subject BYTEA NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, subject)
);

CREATE TABLE memory_tags (
    scope BIGINT NOT NULL,
    tag BYTEA NOT NULL,
    memory BIGINT NOT NULL,
    PRIMARY KEY (scope, tag, memory)
);

-- Each thread that holds memories. '' stands for those of a scope that are in no thread.
CREATE TABLE memory_threads (
    key BIGINT NOT NULL PRIMARY KEY,
    scope BIGINT NOT NULL,
    name BYTEA NOT NULL,
    UNIQUE (scope, name)
);

-- What the ranking needs to know of some memories of one thread, side by side. The place of one that is gone holds
-- zeros. A block lies on its page as it is: nothing is gained by compressing it.
CREATE TABLE memory_blocks (
    key BIGINT NOT NULL PRIMARY KEY,
    scope BIGINT NOT NULL,
    thread BIGINT NOT NULL,
    alone BOOLEAN NOT NULL,
    held BIGINT NOT NULL,
    cards BYTEA NOT NULL
) WITH (fillfactor = 50);
ALTER TABLE memory_blocks ALTER COLUMN cards SET STORAGE PLAIN;
CREATE INDEX memory_blocks_of ON memory_blocks (thread, key);

-- The words of the names of those who speak, with how many memories each has.
CREATE TABLE memory_speakers (
    scope BIGINT NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    name BYTEA NOT NULL,
    memories BIGINT NOT NULL,
    PRIMARY KEY (scope, word, name)
);

-- Where words stand: many memories of one scope in a row, by their numbers; `first` is that of the first.
CREATE TABLE memory_postings (
    scope BIGINT NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    first BIGINT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (scope, word, first)
) WITH (fillfactor = 70);
ALTER TABLE memory_postings ALTER COLUMN data SET STORAGE EXTERNAL;

-- The words of memories that came last, until there are enough to be worth a merge into `memory_postings`.
CREATE TABLE memory_fresh (
    scope BIGINT NOT NULL,
    nth BIGINT NOT NULL,
    memory BIGINT NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (scope, nth)
);

-- What the index was built with; another version builds it again.
CREATE TABLE memory_index (
    only_one BOOLEAN PRIMARY KEY CHECK (only_one),
    tokenizer BIGINT NOT NULL,
    card_bytes BIGINT NOT NULL
);
