-- The vectors of memories, each with the memory's digest in front, encrypted where the memory is. `place` and
-- `scopes.vector_changes` count the changes to vectors of all scopes together, so that no number comes twice.
ALTER TABLE scopes ADD COLUMN vector_changes INTEGER NOT NULL DEFAULT 0;
CREATE TABLE memory_vectors (
    place INTEGER PRIMARY KEY,
    memory INTEGER NOT NULL UNIQUE REFERENCES memories (key) ON DELETE CASCADE,
    scope INTEGER NOT NULL,
    model TEXT NOT NULL,
    vector BLOB NOT NULL
) STRICT;
CREATE INDEX memory_vectors_of ON memory_vectors (scope, model, place, memory);
