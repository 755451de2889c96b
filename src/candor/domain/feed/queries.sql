-- name: insert_changes
-- Writes one change of one kind for each profile.
INSERT INTO feed.change (profile_id, kind, changed_at)
SELECT changed.profile_id, %(kind)s::text, %(at)s::timestamptz
FROM unnest(%(profile_ids)s::uuid[]) AS changed (profile_id)

-- name: horizon
-- Returns the oldest transaction that is still running: everything before it is settled.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon

-- name: changed_since
-- Returns the profiles with a change of these kinds by a transaction at or after the horizon,
-- each once, and the horizon to ask from next time.
SELECT
    pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon,
    ARRAY(
        SELECT DISTINCT change.profile_id
        FROM feed.change
        WHERE change.xid >= %(horizon)s::text::xid8 AND change.kind = ANY(%(kinds)s::text[])
    ) AS profile_ids
