-- name: open_deliveries
-- Makes a delivery due for each of these profiles, or adds its changes to the one that is open.
-- Something that was parked is tried again: what changed may have been what was wrong.
INSERT INTO connections.delivery AS open (
    profile_id, delivery_id, connection_id, cause, task_id, rank, changed_at, changes, due_at
)
SELECT
    fresh.profile_id, fresh.delivery_id, %(connection_id)s::uuid, fresh.cause, %(task_id)s::uuid,
    fresh.rank, fresh.changed_at, fresh.changes, %(at)s::timestamptz
FROM unnest(
    %(profile_ids)s::uuid[], %(delivery_ids)s::uuid[], %(causes)s::text[],
    %(ranks)s::smallint[], %(changed_at)s::timestamptz[], %(changes)s::integer[]
) AS fresh (profile_id, delivery_id, cause, rank, changed_at, changes)
ORDER BY fresh.profile_id
ON CONFLICT (profile_id, connection_id) WHERE settled_at IS NULL DO UPDATE SET
    changes = open.changes + excluded.changes,
    task_id = coalesce(excluded.task_id, open.task_id),
    rank = least(open.rank, excluded.rank),
    changed_at = least(open.changed_at, excluded.changed_at),
    due_at = least(open.due_at, excluded.due_at),
    attempts = CASE WHEN open.state = 'parked' THEN 0 ELSE open.attempts END,
    state = CASE WHEN open.state = 'parked' THEN 'waiting' ELSE open.state END

-- name: concerned
-- Returns those of these profiles of whom a system holds something, or is about to be told.
SELECT wanted.profile_id
FROM unnest(%(profile_ids)s::uuid[]) AS wanted (profile_id)
WHERE
    EXISTS (
        SELECT 1 FROM connections.link
        WHERE
            link.profile_id = wanted.profile_id
            AND link.connection_id = %(connection_id)s::uuid AND link.removed_at IS NULL
    )
    OR EXISTS (
        SELECT 1 FROM connections.delivery
        WHERE
            delivery.profile_id = wanted.profile_id
            AND delivery.connection_id = %(connection_id)s::uuid AND delivery.settled_at IS NULL
    )

-- name: due
-- Returns how many deliveries of these ranks are due, so many at most.
SELECT count(*) AS due
FROM (
    SELECT 1 AS one
    FROM connections.delivery
    WHERE
        connection_id = %(connection_id)s::uuid AND state = 'waiting'
        AND rank = ANY(%(ranks)s::smallint[]) AND due_at <= %(at)s::timestamptz
    LIMIT %(at_most)s::integer
) AS found

-- name: claim
-- Leases the deliveries of one rank that are due for longest to a worker; skips what another has.
WITH due AS (
    SELECT delivery.profile_id, delivery.delivery_id
    FROM connections.delivery
    WHERE
        delivery.connection_id = %(connection_id)s::uuid AND delivery.state = 'waiting'
        AND delivery.rank = %(rank)s::smallint AND delivery.due_at <= %(at)s::timestamptz
    ORDER BY delivery.due_at
    LIMIT %(at_most)s::integer
    FOR UPDATE SKIP LOCKED
)

UPDATE connections.delivery AS claimed
SET
    state = 'sending', leased_until = %(until)s::timestamptz, leased_by = %(by)s::text,
    claimed = claimed.changes, attempts = claimed.attempts + 1
FROM due
WHERE claimed.profile_id = due.profile_id AND claimed.delivery_id = due.delivery_id
RETURNING
    claimed.profile_id, claimed.delivery_id, claimed.rank, claimed.cause, claimed.changed_at,
    claimed.attempts, claimed.fields, claimed.content, claimed.tried, claimed.sent_at

-- name: claim_probe
-- Leases due deliveries to a worker, those first that were tried least: while a system does not
-- answer, so that nobody whose record breaks every call stands in front of the others.
WITH due AS (
    SELECT delivery.profile_id, delivery.delivery_id
    FROM connections.delivery
    WHERE
        delivery.connection_id = %(connection_id)s::uuid AND delivery.state = 'waiting'
        AND delivery.rank = ANY(%(ranks)s::smallint[])
        AND delivery.due_at <= %(at)s::timestamptz
    ORDER BY delivery.attempts, delivery.rank, delivery.due_at
    LIMIT %(at_most)s::integer
    FOR UPDATE SKIP LOCKED
)

UPDATE connections.delivery AS claimed
SET
    state = 'sending', leased_until = %(until)s::timestamptz, leased_by = %(by)s::text,
    claimed = claimed.changes, attempts = claimed.attempts + 1
FROM due
WHERE claimed.profile_id = due.profile_id AND claimed.delivery_id = due.delivery_id
RETURNING
    claimed.profile_id, claimed.delivery_id, claimed.rank, claimed.cause, claimed.changed_at,
    claimed.attempts, claimed.fields, claimed.content, claimed.tried, claimed.sent_at

-- name: take_over
-- Makes due again what a worker had for too long: it died, or is cut off.
UPDATE connections.delivery
SET
    state = 'waiting', leased_until = NULL, leased_by = NULL, due_at = %(at)s::timestamptz,
    problem = 'worker_lost'
WHERE state = 'sending' AND leased_until < %(at)s::timestamptz

-- name: note_leaving
-- Notes what is about to leave: with which words, and under which key.
UPDATE connections.delivery AS leaving
SET
    act = fresh.act, fields = string_to_array(fresh.fields, chr(31)),
    sent_at = %(at)s::timestamptz, content = fresh.content, tried = fresh.tried
FROM unnest(
    %(profile_ids)s::uuid[], %(delivery_ids)s::uuid[], %(acts)s::text[], %(fields)s::text[],
    %(contents)s::bytea[], %(tried)s::bytea[]
) AS fresh (profile_id, delivery_id, act, fields, content, tried)
WHERE leaving.profile_id = fresh.profile_id AND leaving.delivery_id = fresh.delivery_id

-- name: settle
-- Writes down what became of deliveries that this worker still has; returns those. What changed
-- while it was under way makes it due again at once; if nothing more had to be said then, it is
-- what was acknowledged before.
UPDATE connections.delivery AS settled
SET
    state = CASE
        WHEN settled.changes > settled.claimed AND fresh.state <> 'waiting' THEN 'waiting'
        WHEN
            fresh.state = 'needless' AND fresh.problem IS NULL
            AND settled.sent_at IS NOT NULL AND settled.content IS NULL
            THEN 'acknowledged'
        ELSE fresh.state
    END,
    settled_at = CASE
        WHEN settled.changes = settled.claimed AND fresh.state IN ('acknowledged', 'needless')
            THEN %(at)s::timestamptz
    END,
    due_at = CASE
        WHEN settled.changes > settled.claimed AND fresh.state <> 'waiting'
            THEN %(at)s::timestamptz
        ELSE fresh.due_at
    END,
    attempts = CASE
        WHEN fresh.state IN ('acknowledged', 'needless') AND settled.changes > settled.claimed
            THEN 0
        WHEN fresh.is_counted THEN settled.attempts
        ELSE greatest(settled.attempts - 1, 0)
    END,
    content = CASE
        WHEN fresh.state IN ('acknowledged', 'needless') THEN NULL ELSE settled.content
    END,
    tried = CASE
        WHEN fresh.state IN ('acknowledged', 'needless') THEN NULL ELSE settled.tried
    END,
    problem = fresh.problem, leased_until = NULL, leased_by = NULL
FROM unnest(
    %(profile_ids)s::uuid[], %(delivery_ids)s::uuid[], %(states)s::text[],
    %(due_at)s::timestamptz[], %(problems)s::text[], %(is_counted)s::boolean[]
) AS fresh (profile_id, delivery_id, state, due_at, problem, is_counted)
WHERE
    settled.profile_id = fresh.profile_id AND settled.delivery_id = fresh.delivery_id
    AND settled.state = 'sending' AND settled.leased_by = %(by)s::text
RETURNING settled.delivery_id

-- name: retry_parked
-- Makes parked deliveries due again, one or all of a connection; returns how many.
WITH again AS (
    UPDATE connections.delivery
    SET state = 'waiting', due_at = %(at)s::timestamptz, attempts = 0
    WHERE
        connection_id = %(connection_id)s::uuid AND state = 'parked'
        AND (%(delivery_id)s::uuid IS NULL OR delivery_id = %(delivery_id)s::uuid)
    RETURNING 1 AS one
)

SELECT count(*) AS count FROM again

-- name: drop_parked
-- Gives parked deliveries up, one or all of a connection; returns whose, and whether something of
-- it may have arrived.
UPDATE connections.delivery
SET state = 'dropped', settled_at = %(at)s::timestamptz
WHERE
    connection_id = %(connection_id)s::uuid AND state = 'parked'
    AND (%(delivery_id)s::uuid IS NULL OR delivery_id = %(delivery_id)s::uuid)
RETURNING profile_id, content IS NOT NULL AS is_uncertain

-- name: is_left
-- Tells whether anything is left to be done at a connection: somebody held, or a delivery open.
SELECT
    EXISTS (
        SELECT 1 FROM connections.link
        WHERE link.connection_id = %(connection_id)s::uuid AND link.removed_at IS NULL
    )
    OR EXISTS (
        SELECT 1 FROM connections.delivery
        WHERE
            delivery.connection_id = %(connection_id)s::uuid
            AND delivery.state IN ('waiting', 'sending', 'parked')
    ) AS is_left
