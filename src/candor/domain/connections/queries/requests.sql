-- name: holding
-- Returns the codes of the connections whose systems hold one of these profiles, or are about to:
-- a link that was not removed there, or a delivery under way.
SELECT connection.code
FROM connections.connection
WHERE
    connection.ended_at IS NULL AND 'out' = ANY(connection.directions)
    AND (
        EXISTS (
            SELECT 1
            FROM connections.link
            WHERE
                link.connection_id = connection.connection_id AND link.removed_at IS NULL
                AND link.profile_id = ANY(%(profile_ids)s::uuid[])
        )
        OR EXISTS (
            SELECT 1
            FROM connections.delivery
            WHERE
                delivery.connection_id = connection.connection_id AND delivery.settled_at IS NULL
                AND delivery.profile_id = ANY(%(profile_ids)s::uuid[])
        )
    )
ORDER BY connection.code

-- name: held_ones
-- Returns which of these profiles a system holds, or is about to, at which connection.
SELECT link.profile_id, link.connection_id
FROM connections.link
WHERE link.profile_id = ANY(%(profile_ids)s::uuid[]) AND link.removed_at IS NULL
UNION
SELECT delivery.profile_id, delivery.connection_id
FROM connections.delivery
WHERE delivery.profile_id = ANY(%(profile_ids)s::uuid[]) AND delivery.settled_at IS NULL
ORDER BY connection_id, profile_id

-- name: make_due
-- Makes a delivery due for the sake of a request, before everything else; returns its id. One that
-- is under way already carries this too: it is looked at anew, also when it was parked.
INSERT INTO connections.delivery (
    profile_id, delivery_id, connection_id, cause, task_id, rank, changed_at, due_at
)
VALUES (
    %(profile_id)s::uuid, %(delivery_id)s::uuid, %(connection_id)s::uuid, 'request',
    %(task_id)s::uuid, 0, %(at)s::timestamptz, %(at)s::timestamptz
)
ON CONFLICT (profile_id, connection_id) WHERE settled_at IS NULL DO UPDATE SET
    cause = 'request',
    task_id = coalesce(excluded.task_id, delivery.task_id),
    rank = 0,
    changes = delivery.changes + 1,
    due_at = least(delivery.due_at, excluded.due_at),
    attempts = CASE WHEN delivery.state = 'parked' THEN 0 ELSE delivery.attempts END,
    state = CASE WHEN delivery.state = 'parked' THEN 'waiting' ELSE delivery.state END
RETURNING delivery.delivery_id

-- name: standing
-- Returns how deliveries stand; those that were forgotten since are missing.
SELECT delivery.delivery_id, delivery.state, delivery.act, delivery.settled_at, delivery.problem
FROM connections.delivery
WHERE
    delivery.delivery_id = ANY(%(delivery_ids)s::uuid[])
    AND delivery.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY delivery.delivery_id

-- name: last_removed
-- Returns when the last of these profiles was removed at a connection; null: none was.
SELECT max(link.removed_at) AS removed_at
FROM connections.link
WHERE
    link.connection_id = %(connection_id)s::uuid
    AND link.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: forget_settled
-- Forgets deliveries of these profiles that are settled.
DELETE FROM connections.delivery
WHERE profile_id = ANY(%(profile_ids)s::uuid[]) AND settled_at IS NOT NULL

-- name: forget_removed
-- Forgets records of these profiles that are gone at the other side.
DELETE FROM connections.link
WHERE profile_id = ANY(%(profile_ids)s::uuid[]) AND removed_at IS NOT NULL

-- name: let_go_of_deliveries
-- Forgets every delivery of these profiles, however it stands.
DELETE FROM connections.delivery
WHERE profile_id = ANY(%(profile_ids)s::uuid[])

-- name: let_go_of_links
-- Forgets every record of these profiles at other systems.
DELETE FROM connections.link
WHERE profile_id = ANY(%(profile_ids)s::uuid[])

-- name: ended_tasks
-- Returns those of these tasks for which nothing is on its way any more. `is_well`: everything was
-- acknowledged, or needed no more.
SELECT
    delivery.task_id,
    bool_and(delivery.state IN ('acknowledged', 'needless')) AS is_well
FROM connections.delivery
WHERE delivery.task_id = ANY(%(task_ids)s::uuid[])
GROUP BY delivery.task_id
HAVING bool_and(delivery.state NOT IN ('waiting', 'sending'))
ORDER BY delivery.task_id
