-- Memories may be encrypted. `sealed` is then the memory's JSON, encrypted under the key of that name; `body` is empty, and
-- words, who, fact, subject, and the names of tags, threads and speakers are marks.
ALTER TABLE memories ADD COLUMN key_name TEXT;
ALTER TABLE memories ADD COLUMN sealed BLOB;
ALTER TABLE scopes ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE memory_holds ADD COLUMN key_name TEXT;
ALTER TABLE memory_holds ADD COLUMN sealed BLOB;

-- The names of keys, which lie elsewhere: those of marks with the owner '', which also says the newest epoch, and those of
-- subjects, scopes and legal holds, of which the newest epoch's is written with.
CREATE TABLE memory_keys (
    tenant TEXT NOT NULL,
    owner TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    name TEXT NOT NULL UNIQUE,
    PRIMARY KEY (tenant, owner, epoch)
) STRICT, WITHOUT ROWID;
