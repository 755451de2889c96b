-- name: log_horizon
-- Returns the snapshot up to which the log is seen. A transaction that has written already is not
-- part of its own snapshot, so for it all since the oldest running transaction is unseen.
SELECT
    CASE
        WHEN pg_current_xact_id_if_assigned() IS NULL THEN pg_current_snapshot()::text
        ELSE concat(seen.xmin, ':', seen.xmin, ':')
    END AS horizon
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin) AS seen

-- name: is_horizon_ahead
-- Returns whether a horizon lies in the future: it is of another server, the log was restored.
SELECT
    pg_snapshot_xmin(%(horizon)s::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot())
    AS is_ahead

-- name: entries_between
-- Returns entries that one horizon did not see and a later one does, of some actions or about some
-- subjects, above an entry id, in their order.
SELECT
    entry.entry_id, entry.recorded_at, entry.actor_kind, entry.actor_id, entry.action,
    entry.subject, entry.purpose, entry.fields, entry.outcome, entry.reason, entry.request_id,
    entry.detail
FROM audit.entry
WHERE
    entry.xid >= pg_snapshot_xmin(%(since)s::pg_snapshot)
    AND NOT pg_visible_in_snapshot(entry.xid, %(since)s::pg_snapshot)
    AND pg_visible_in_snapshot(entry.xid, %(until)s::pg_snapshot)
    AND entry.entry_id > %(after)s::bigint
    AND (
        entry.action = ANY(%(actions)s::text[]) OR entry.subject = ANY(%(subjects)s::bytea[])
    )
ORDER BY entry.entry_id
LIMIT %(at_most)s

-- name: entries_until
-- Returns entries of some actions since an instant that a horizon has seen, in their order.
SELECT
    entry.entry_id, entry.recorded_at, entry.actor_kind, entry.actor_id, entry.action,
    entry.subject, entry.purpose, entry.fields, entry.outcome, entry.reason, entry.request_id,
    entry.detail
FROM audit.entry
WHERE
    entry.recorded_at >= %(since)s::timestamptz
    AND (entry.xid IS NULL OR pg_visible_in_snapshot(entry.xid, %(horizon)s::pg_snapshot))
    AND entry.action = ANY(%(actions)s::text[])
ORDER BY entry.entry_id

-- name: peaks
-- Returns the most requests with these actions that each of these actors made in any span of a
-- length, between two instants; none for whoever made none.
SELECT busy.actor_id, max(busy.requests) AS requests
FROM (
    SELECT
        entry.actor_id,
        count(DISTINCT coalesce(entry.request_id, entry.entry_id::text)) AS requests
    FROM audit.entry
    WHERE
        entry.action = ANY(%(actions)s::text[])
        AND entry.actor_kind = %(actor_kind)s::text
        AND entry.actor_id = ANY(%(actor_ids)s::text[])
        AND entry.recorded_at >= %(since)s::timestamptz
        AND entry.recorded_at < %(before)s::timestamptz
    GROUP BY
        entry.actor_id,
        date_bin(%(span)s::interval, entry.recorded_at, %(since)s::timestamptz)
) AS busy
GROUP BY busy.actor_id

-- name: days_at_hours
-- Returns on how many days an actor did these acts at some hours of the day, in a time zone, and
-- on how many days at all.
SELECT
    count(DISTINCT act.day) FILTER (
        WHERE act.hour = ANY(%(hours)s::int[])
    ) AS at_these_hours,
    count(DISTINCT act.day) AS at_any
FROM (
    SELECT
        (entry.recorded_at AT TIME ZONE %(zone)s::text)::date AS day,
        extract(HOUR FROM entry.recorded_at AT TIME ZONE %(zone)s::text)::int AS hour
    FROM audit.entry
    WHERE
        entry.action = ANY(%(actions)s::text[])
        AND entry.actor_kind = %(actor_kind)s::text
        AND entry.actor_id = %(actor_id)s::text
        AND entry.recorded_at >= %(since)s::timestamptz
        AND entry.recorded_at < %(before)s::timestamptz
) AS act

-- name: entries_by_ids
-- Returns entries by their numbers, in their order.
SELECT
    entry.entry_id, entry.recorded_at, entry.actor_kind, entry.actor_id, entry.action,
    entry.subject, entry.purpose, entry.fields, entry.outcome, entry.reason, entry.request_id,
    entry.detail
FROM audit.entry
WHERE entry.entry_id = ANY(%(entry_ids)s::bigint[])
ORDER BY entry.entry_id
