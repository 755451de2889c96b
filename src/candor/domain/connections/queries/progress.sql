-- name: progress
-- Returns how far these connections have come, and how they do.
SELECT
    progress.connection_id, progress.horizon, progress.minds_horizon, progress.declared,
    progress.routed_at, progress.sweep_after, progress.sweep_edition, progress.called_at,
    progress.tokens, progress.not_before, progress.failures, progress.failing_since,
    progress.answered_at, progress.problem, progress.polled_at, progress.compared_at,
    progress.drifted, progress.missing,
    progress.is_compare_asked OR progress.compare_lease IS NOT NULL AS is_compared_now
FROM connections.progress
WHERE progress.connection_id = ANY(%(connection_ids)s::uuid[])

-- name: try_lock
-- Takes the right to do one thing for a connection (follow minds, follow facts, compare everybody),
-- until the end of the transaction; false: somebody else has it. Not a lock of the row: deliveries write there meanwhile.
SELECT pg_try_advisory_xact_lock(
    hashtextextended(concat('connections/', %(what)s::text, '/', %(connection_id)s::uuid), 0)
) AS is_mine

-- name: place
-- Returns where a connection is in the feed, and what it does.
SELECT connection.state, progress.horizon, progress.minds_horizon, progress.routed_at
FROM connections.connection
JOIN connections.progress ON progress.connection_id = connection.connection_id
WHERE connection.connection_id = %(connection_id)s::uuid

-- name: set_horizons
-- Writes down up to where the feed was followed: minds, facts, or both; null: as it was.
UPDATE connections.progress
SET
    minds_horizon = coalesce(%(minds_horizon)s::text, minds_horizon),
    horizon = coalesce(%(horizon)s::text, horizon),
    routed_at = %(at)s::timestamptz
WHERE connection_id = %(connection_id)s::uuid

-- name: set_sweep
-- Writes down up to where everybody was compared, for which edition and which catalogue.
UPDATE connections.progress
SET
    sweep_after = %(after)s::uuid, sweep_edition = %(edition)s::integer,
    declared = %(declared)s::text
WHERE connection_id = %(connection_id)s::uuid

-- name: begin_sweep
-- Has everybody compared from the first.
UPDATE connections.progress
SET sweep_after = NULL, sweep_edition = 0
WHERE
    connection_id = %(connection_id)s::uuid
    AND (sweep_edition <> 0 OR sweep_after IS NOT NULL)

-- name: lock_bucket
-- Locks how many calls may be made, and returns it.
SELECT progress.tokens, progress.called_at
FROM connections.progress
WHERE progress.connection_id = %(connection_id)s::uuid
FOR NO KEY UPDATE

-- name: set_bucket
-- Writes down how many calls may be made.
UPDATE connections.progress
SET tokens = %(tokens)s::double precision, called_at = %(at)s::timestamptz
WHERE connection_id = %(connection_id)s::uuid

-- name: note_answer
-- Notes that a system answered as it should; every few seconds only, unless it did not before.
UPDATE connections.progress
SET
    answered_at = %(at)s::timestamptz, failures = 0, failing_since = NULL, problem = NULL,
    not_before = CASE WHEN failures > 0 THEN NULL ELSE not_before END
WHERE
    connection_id = %(connection_id)s::uuid
    AND (
        failures > 0 OR answered_at IS NULL OR problem IS NOT NULL
        OR answered_at < %(at)s::timestamptz - interval '5 seconds'
    )

-- name: note_failure
-- Notes that a system did not answer as it should, and until when it is left alone.
UPDATE connections.progress
SET
    failures = failures + 1,
    failing_since = coalesce(failing_since, %(at)s::timestamptz),
    problem = %(problem)s::text,
    not_before = greatest(not_before, %(not_before)s::timestamptz)
WHERE connection_id = %(connection_id)s::uuid

-- name: leave_alone
-- Notes until when a system asked to be left alone.
UPDATE connections.progress
SET not_before = greatest(not_before, %(not_before)s::timestamptz)
WHERE connection_id = %(connection_id)s::uuid
