-- name: insert_changes
-- Writes one change of one kind for each profile.
INSERT INTO feed.change (profile_id, kind, changed_at)
SELECT changed.profile_id, %(kind)s::text, %(at)s::timestamptz
FROM unnest(%(profile_ids)s::uuid[]) AS changed (profile_id)

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

-- name: forget_changes
-- Forgets what changed on these profiles, but that they were erased: followers must hear of it.
DELETE FROM feed.change
WHERE
    change.profile_id = ANY(%(profile_ids)s::uuid[]) AND change.kind <> 'profiles.erased'
