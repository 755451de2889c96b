-- name: sweep_events
-- Removes events that the catalogue keeps no longer, or counts them.
WITH over AS (
    SELECT event.profile_id, event.occurred_at, event.event_id
    FROM collect.event
    JOIN unnest(%(event_type_ids)s::smallint[], %(befores)s::timestamptz[])
        AS kept (event_type_id, before) ON kept.event_type_id = event.event_type_id
    WHERE
        event.occurred_at < %(newest)s::timestamptz
        AND event.occurred_at < kept.before
        AND NOT event.profile_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM collect.event
    USING over
    WHERE NOT %(is_dry)s::boolean AND event.profile_id = over.profile_id AND event.occurred_at = over.occurred_at AND event.event_id = over.event_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_undeclared_events
-- Removes events of types that are declared no more, or counts them.
WITH over AS (
    SELECT event.profile_id, event.occurred_at, event.event_id
    FROM collect.event
    WHERE
        NOT event.event_type_id = ANY(%(event_type_ids)s::smallint[])
        AND NOT event.profile_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM collect.event
    USING over
    WHERE NOT %(is_dry)s::boolean AND event.profile_id = over.profile_id AND event.occurred_at = over.occurred_at AND event.event_id = over.event_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_tallies
-- Removes tallies of days that are over, or counts them.
WITH over AS (
    SELECT tally.profile_id, tally.event_type_id, tally.day
    FROM collect.tally
    WHERE
        tally.day < %(before)s::date
        AND NOT tally.profile_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM collect.tally
    USING over
    WHERE NOT %(is_dry)s::boolean AND tally.profile_id = over.profile_id AND tally.event_type_id = over.event_type_id AND tally.day = over.day
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_favourites
-- Removes favourites that did not come up for long, or counts them.
WITH over AS (
    SELECT favourite.profile_id, favourite.event_type_id, favourite.value
    FROM collect.favourite
    WHERE
        favourite.last_at < %(before)s::timestamptz
        AND NOT favourite.profile_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM collect.favourite
    USING over
    WHERE NOT %(is_dry)s::boolean AND favourite.profile_id = over.profile_id AND favourite.event_type_id = over.event_type_id AND favourite.value = over.value
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_kept_sums
-- Removes sums that no law wants any more, or counts them.
WITH over AS (
    SELECT kept_sum.account_id, kept_sum.event_type_id, kept_sum.day
    FROM collect.kept_sum
    WHERE
        kept_sum.keep_until < %(today)s::date
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM collect.kept_sum
    USING over
    WHERE NOT %(is_dry)s::boolean AND kept_sum.account_id = over.account_id AND kept_sum.event_type_id = over.event_type_id AND kept_sum.day = over.day
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows
