-- The ranking wants to know where each word stands, who says something, and what stands beside it.
ALTER TABLE scopes ADD COLUMN threads INTEGER NOT NULL DEFAULT 0;
ALTER TABLE scopes ADD COLUMN thread_words INTEGER NOT NULL DEFAULT 0;

ALTER TABLE memories ADD COLUMN who TEXT;

-- What names the subject and predicate of the fact that a memory states.
ALTER TABLE memories ADD COLUMN fact TEXT;
CREATE INDEX memories_fact ON memories (scope, fact) WHERE fact IS NOT NULL;

-- Each thread that holds memories. '' stands for those of a scope that are in no thread.
CREATE TABLE memory_threads (
    key INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL REFERENCES scopes (key) ON DELETE CASCADE,
    name TEXT NOT NULL,
    UNIQUE (scope, name)
) STRICT;

-- What the ranking needs to know of up to 56 memories of one thread, side by side. A memory's key is 64 times its block's
-- plus its place in it. The place of one that is gone holds zeros.
CREATE TABLE memory_blocks (
    key INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL,
    thread INTEGER NOT NULL REFERENCES memory_threads (key),
    alone INTEGER NOT NULL,
    held INTEGER NOT NULL,
    cards BLOB NOT NULL
) STRICT;
CREATE INDEX memory_blocks_of ON memory_blocks (thread, key);

-- The words of the names of those who speak, with how many memories each has.
CREATE TABLE memory_speakers (
    scope INTEGER NOT NULL,
    word TEXT NOT NULL,
    name TEXT NOT NULL,
    memories INTEGER NOT NULL,
    PRIMARY KEY (scope, word, name)
) STRICT, WITHOUT ROWID;

-- As before, but with the places of the words. `memory_places` reads them out, word by word.
DROP TABLE memory_words;
CREATE VIRTUAL TABLE memory_words USING fts5 (words, content = '', columnsize = 0, detail = full, tokenize = 'ascii');
INSERT INTO memory_words (memory_words, rank) VALUES ('secure-delete', 1);
CREATE VIRTUAL TABLE memory_places USING fts5vocab (memory_words, instance);

-- Builds the index again.
DELETE FROM facts WHERE name = 'tokenizer';
