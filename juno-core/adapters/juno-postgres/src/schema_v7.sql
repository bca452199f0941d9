-- Stops in force, whoever put them in place: they hold in every process on this database and after a restart. `body` is
-- the stop's JSON.
CREATE TABLE stops (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
);
