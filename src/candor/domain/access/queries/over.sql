-- name: sweep_ended_sessions
-- Removes sessions that ended long ago, or counts them.
WITH over AS (
    SELECT session.session_hash
    FROM access.session
    WHERE
        session.expires_at < %(before)s::timestamptz
        AND NOT coalesce(session.bearer_id = ANY(%(spared)s::uuid[]), FALSE)
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM access.session
    USING over
    WHERE NOT %(is_dry)s::boolean AND session.session_hash = over.session_hash
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_ended_links
-- Removes links that ran out long ago, or counts them.
WITH over AS (
    SELECT sign_in_link.token_hash
    FROM access.sign_in_link
    WHERE
        sign_in_link.expires_at < %(before)s::timestamptz
        AND NOT coalesce(sign_in_link.bearer_id = ANY(%(spared)s::uuid[]), FALSE)
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM access.sign_in_link
    USING over
    WHERE NOT %(is_dry)s::boolean AND sign_in_link.token_hash = over.token_hash
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_ended_ceremonies
-- Removes what was begun and never finished, or counts it.
WITH over AS (
    SELECT ceremony.ceremony_hash
    FROM access.ceremony
    WHERE
        ceremony.expires_at < %(before)s::timestamptz
        AND NOT coalesce(ceremony.bearer_id = ANY(%(spared)s::uuid[]), FALSE)
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM access.ceremony
    USING over
    WHERE NOT %(is_dry)s::boolean AND ceremony.ceremony_hash = over.ceremony_hash
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows
