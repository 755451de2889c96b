-- name: sweep_changes
-- Removes changes that every follower has read, or counts them.
WITH over AS (
    SELECT change.profile_id, change.seq
    FROM feed.change
    WHERE
        change.changed_at < %(before)s::timestamptz
        AND NOT change.profile_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM feed.change
    USING over
    WHERE NOT %(is_dry)s::boolean AND change.profile_id = over.profile_id AND change.seq = over.seq
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows
