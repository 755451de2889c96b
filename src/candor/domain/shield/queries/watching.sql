-- name: try_lock
-- Returns whether this transaction may watch: one at a time does. Assigns no transaction id.
SELECT pg_try_advisory_xact_lock(hashtextextended(%(name)s::text, 0)) AS is_ours

-- name: progress
-- Returns how far a watcher has read; none when it never did.
SELECT progress.horizon, progress.at
FROM shield.progress
WHERE progress.watcher = %(watcher)s::text

-- name: put_progress
-- Keeps how far a watcher has read.
INSERT INTO shield.progress (watcher, horizon, at)
VALUES (%(watcher)s::text, %(horizon)s::text, %(at)s::timestamptz)
ON CONFLICT (watcher) DO UPDATE SET horizon = excluded.horizon, at = excluded.at

-- name: known_since
-- Returns since when networks of an actor are known, or null.
SELECT min(seen.first_at) AS first_at FROM shield.seen WHERE seen.actor = %(actor)s::text

-- name: insert_seen
-- Keeps that an actor came from a network for the first time; touches none when it is known.
INSERT INTO shield.seen (actor, network, first_at, last_at)
VALUES (
    %(actor)s::text, %(network)s::bytea, %(at)s::timestamptz,
    date_trunc('hour', %(at)s::timestamptz)
)
ON CONFLICT (actor, network) DO NOTHING

-- name: touch_seen
-- Notes that an actor still comes from a network, once an hour.
UPDATE shield.seen SET last_at = date_trunc('hour', %(at)s::timestamptz)
WHERE
    actor = %(actor)s::text AND network = %(network)s::bytea
    AND last_at < date_trunc('hour', %(at)s::timestamptz)

-- name: sweep_seen
-- Forgets networks that nobody came from for long.
DELETE FROM shield.seen WHERE last_at < %(before)s::timestamptz
