-- Notifications that wait to be delivered or were given up, in the order in which they were added. `body` is the
-- delivery's JSON; the other columns find it. Times are nanoseconds since 1970, UTC. How far the log was read for them is
-- the fact `notifications_read`.
CREATE TABLE notifications (
    place INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    lane TEXT NOT NULL,
    state TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX notifications_due ON notifications (channel, not_before) WHERE state = 'waiting';
CREATE INDEX notifications_lane ON notifications (lane, place) WHERE state = 'waiting';
