-- Notifications that wait to be delivered or were given up, in the order in which they were added. `body` is the
-- delivery's JSON; the other columns find it. Times are nanoseconds since 1970, UTC.
CREATE TABLE notifications (
    place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key TEXT COLLATE "C" NOT NULL UNIQUE,
    channel TEXT COLLATE "C" NOT NULL,
    lane TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    not_before BIGINT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX notifications_due ON notifications (channel, not_before) WHERE state = 'waiting';
CREATE INDEX notifications_lane ON notifications (lane, place) WHERE state = 'waiting';

-- How far the log was read for them. Whoever adds some holds the lock of its row.
CREATE TABLE notification_position (
    only_one BOOLEAN PRIMARY KEY CHECK (only_one),
    next BIGINT NOT NULL
);
