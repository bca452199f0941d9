-- When the authorization of a request was issued, so that budgets count without reading all of the history. Of those
-- issued before this column was there it only says that it was not later than now.
ALTER TABLE approvals ADD COLUMN authorized_at INTEGER;
UPDATE approvals SET authorized_at = max(created_at, CAST(strftime('%s', 'now') AS INTEGER) * 1000000000)
    WHERE state = 'authorized';
CREATE INDEX approvals_authorized ON approvals (authorized_at) WHERE authorized_at IS NOT NULL;
