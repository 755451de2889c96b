-- name: insert_changes
-- Writes one change of one kind for each profile, and wakes whoever listens when it is committed.
WITH written AS (
    INSERT INTO feed.change (profile_id, kind, changed_at)
    SELECT changed.profile_id, %(kind)s::text, %(at)s::timestamptz
    FROM unnest(%(profile_ids)s::uuid[]) AS changed (profile_id)
)

SELECT pg_notify('candor', 'feed')::text AS told

-- name: horizon
-- Returns the snapshot up to which everything is seen. A transaction that has written already is
-- not part of its own snapshot, so for it all since the oldest running transaction is unseen.
SELECT
    CASE
        WHEN pg_current_xact_id_if_assigned() IS NULL THEN pg_current_snapshot()::text
        ELSE concat(seen.xmin, ':', seen.xmin, ':')
    END AS horizon
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin) AS seen

-- name: changed_since
-- Returns the profiles with a change of these kinds that the horizon did not see, each once, and
-- the horizon to ask from next time.
SELECT
    CASE
        WHEN pg_current_xact_id_if_assigned() IS NULL THEN pg_current_snapshot()::text
        ELSE concat(seen.xmin, ':', seen.xmin, ':')
    END AS horizon,
    ARRAY(
        SELECT DISTINCT change.profile_id
        FROM feed.change
        WHERE
            change.xid >= pg_snapshot_xmin(%(horizon)s::pg_snapshot)
            AND NOT pg_visible_in_snapshot(change.xid, %(horizon)s::pg_snapshot)
            AND change.kind = ANY(%(kinds)s::text[])
    ) AS profile_ids
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin) AS seen

-- name: changes
-- Returns the first changes of these kinds that a horizon did not see, whole transactions at a time
-- and about so many, by profile; and the snapshot that they were read with. `below` is the
-- transaction before which the reading ended; null: it came to the end.
WITH edge AS (
    SELECT change.xid
    FROM feed.change
    WHERE
        change.xid >= pg_snapshot_xmin(%(horizon)s::pg_snapshot)
        AND NOT pg_visible_in_snapshot(change.xid, %(horizon)s::pg_snapshot)
        AND change.kind = ANY(%(kinds)s::text[])
    ORDER BY change.xid
    OFFSET %(at_most)s::integer LIMIT 1
),

unseen AS (
    SELECT change.profile_id, change.kind, change.changed_at, change.xid
    FROM feed.change
    WHERE
        change.xid >= pg_snapshot_xmin(%(horizon)s::pg_snapshot)
        AND NOT pg_visible_in_snapshot(change.xid, %(horizon)s::pg_snapshot)
        AND change.kind = ANY(%(kinds)s::text[])
        AND change.xid <= coalesce((SELECT edge.xid FROM edge), '18446744073709551615'::xid8)
),

of_profile AS (
    SELECT
        unseen.profile_id, string_agg(DISTINCT unseen.kind, ',') AS kinds,
        min(unseen.changed_at) AS changed_at, count(*) AS changes
    FROM unseen
    GROUP BY unseen.profile_id
)

SELECT
    pg_current_snapshot()::text AS seen,
    pg_current_xact_id_if_assigned()::text AS own,
    (SELECT edge.xid::text FROM edge) AS below,
    coalesce(array_agg(of_profile.profile_id ORDER BY of_profile.changed_at), '{}') AS profile_ids,
    coalesce(array_agg(of_profile.kinds ORDER BY of_profile.changed_at), '{}') AS kinds,
    coalesce(array_agg(of_profile.changed_at ORDER BY of_profile.changed_at), '{}') AS changed_at,
    coalesce(array_agg(of_profile.changes ORDER BY of_profile.changed_at), '{}') AS changes
FROM of_profile

-- name: horizon_at
-- Returns a snapshot that saw nothing of what changed since an instant: for reading it again.
SELECT
    CASE
        WHEN began.xid IS NULL THEN concat(seen.xmin, ':', seen.xmin, ':')
        ELSE concat(least(began.xid, seen.xmin), ':', least(began.xid, seen.xmin), ':')
    END AS horizon
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin) AS seen
CROSS JOIN (
    SELECT min(change.xid) AS xid FROM feed.change
    WHERE change.changed_at >= %(since)s::timestamptz
) AS began

-- name: forget_changes
-- Forgets what changed on these profiles, but that they were erased: followers must hear of it.
DELETE FROM feed.change
WHERE
    change.profile_id = ANY(%(profile_ids)s::uuid[]) AND change.kind <> 'profiles.erased'
