-- New memories come last: at the end of an index a row is added without touching its neighbours. Reads go backwards.
DROP INDEX memories_newest;
CREATE INDEX memories_newest ON memories (scope, recorded_at, id, kind);
