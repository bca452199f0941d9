-- Executions have more states, leases that run out, and limits on how many begin. What is older than this step counts
-- towards no limit: team and target are empty. Whoever began and left no lease has an hour.
ALTER TABLE executions ADD COLUMN team TEXT NOT NULL DEFAULT '';
ALTER TABLE executions ADD COLUMN target TEXT NOT NULL DEFAULT '';
ALTER TABLE executions ADD COLUMN blast_radius INTEGER NOT NULL DEFAULT 1;
ALTER TABLE executions ADD COLUMN due_at INTEGER;
UPDATE executions SET due_at = iif(state = 'started', started_at + 3600000000000, started_at)
    WHERE state IN ('started', 'unknown');
UPDATE executions SET state = 'executing' WHERE state = 'started';
DROP INDEX executions_open;
CREATE INDEX executions_open ON executions (started_at, request)
    WHERE state IN ('approved', 'executing', 'unknown', 'reversing');
CREATE INDEX executions_due ON executions (due_at, request) WHERE due_at IS NOT NULL;
CREATE INDEX executions_team ON executions (team, started_at);
CREATE INDEX executions_target ON executions (target, started_at);
