-- name: over_requests
-- Returns requests that were closed so long ago that no law wants them, oldest first. `befores`
-- by law; where the law is unknown, the longest time counts.
SELECT request.request_id
FROM rights.request
LEFT JOIN unnest(%(regimes)s::text[], %(befores)s::timestamptz[])
    AS kept (regime, before) ON kept.regime = request.regime
WHERE
    request.closed_at < coalesce(kept.before, %(oldest)s::timestamptz)
    AND NOT coalesce(request.profile_id = ANY(%(spared)s::uuid[]), FALSE)
ORDER BY request.closed_at
LIMIT %(at_most)s::bigint

-- name: unlink_requests
-- Takes away what newer requests say about some that go.
UPDATE rights.request
SET
    duplicate_of = CASE WHEN request.duplicate_of = ANY(%(request_ids)s::uuid[])
        THEN NULL ELSE request.duplicate_of END,
    about_request_id = CASE WHEN request.about_request_id = ANY(%(request_ids)s::uuid[])
        THEN NULL ELSE request.about_request_id END
WHERE
    request.duplicate_of = ANY(%(request_ids)s::uuid[])
    OR request.about_request_id = ANY(%(request_ids)s::uuid[])

-- name: unlink_decisions
-- Takes away from decisions in which request they were contested, where that goes.
UPDATE rights.automated_decision SET contested_by = NULL
WHERE automated_decision.contested_by = ANY(%(request_ids)s::uuid[])

-- name: delete_requests
-- Removes requests with what happened to them, their tasks, words and certificates.
DELETE FROM rights.request WHERE request.request_id = ANY(%(request_ids)s::uuid[])

-- name: sweep_decisions
-- Removes decisions by machine that the catalogue keeps no longer, or counts them.
WITH over AS (
    SELECT automated_decision.profile_id, automated_decision.decision_id
    FROM rights.automated_decision
    JOIN unnest(%(codes)s::text[], %(befores)s::timestamptz[])
        AS kept (code, before) ON kept.code = automated_decision.code
    WHERE
        automated_decision.decided_at < kept.before
        AND NOT automated_decision.profile_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM rights.automated_decision
    USING over
    WHERE NOT %(is_dry)s::boolean AND automated_decision.profile_id = over.profile_id AND automated_decision.decision_id = over.decision_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_undeclared_decisions
-- Removes decisions of a kind that is declared no more, once they are three years old.
WITH over AS (
    SELECT automated_decision.profile_id, automated_decision.decision_id
    FROM rights.automated_decision
    WHERE
        NOT automated_decision.code = ANY(%(codes)s::text[])
        AND automated_decision.decided_at < %(before)s::timestamptz
        AND NOT automated_decision.profile_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM rights.automated_decision
    USING over
    WHERE NOT %(is_dry)s::boolean AND automated_decision.profile_id = over.profile_id AND automated_decision.decision_id = over.decision_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_holds
-- Removes holds that were lifted long ago, or counts them.
WITH over AS (
    SELECT hold.profile_id, hold.hold_id
    FROM rights.hold
    WHERE
        hold.lifted_at < %(before)s::timestamptz
        AND NOT hold.profile_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM rights.hold
    USING over
    WHERE NOT %(is_dry)s::boolean AND hold.profile_id = over.profile_id AND hold.hold_id = over.hold_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: held_profiles
-- Returns the profiles on which a hold stands.
SELECT DISTINCT hold.profile_id FROM rights.hold WHERE hold.lifted_at IS NULL

-- name: insert_sweep
-- Begins a sweep.
INSERT INTO rights.sweep (sweep_id, is_dry, asked_by, started_at)
VALUES (
    %(sweep_id)s::uuid, %(is_dry)s::boolean, %(asked_by)s::text, %(started_at)s::timestamptz
)

-- name: write_sweep
-- Writes how far a sweep is, or how it ended.
UPDATE rights.sweep
SET
    counts = %(counts)s::jsonb, finished_at = %(finished_at)s::timestamptz,
    problem = %(problem)s::text
WHERE sweep.sweep_id = %(sweep_id)s::uuid

-- name: sweeps
-- Returns sweeps, newest first.
SELECT
    sweep.sweep_id, sweep.is_dry, sweep.asked_by, sweep.started_at, sweep.finished_at,
    sweep.counts, sweep.problem
FROM rights.sweep
ORDER BY sweep.started_at DESC, sweep.sweep_id DESC
LIMIT %(at_most)s::integer

-- name: sweep
-- Returns one sweep; nothing when there is none.
SELECT
    sweep.sweep_id, sweep.is_dry, sweep.asked_by, sweep.started_at, sweep.finished_at,
    sweep.counts, sweep.problem
FROM rights.sweep
WHERE sweep.sweep_id = %(sweep_id)s::uuid

-- name: lock_sweeping
-- Waits until nobody else sweeps; held until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('rights.sweeping'))::text AS locked
