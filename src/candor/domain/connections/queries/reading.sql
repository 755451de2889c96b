-- name: figures
-- Returns what waits at each of these connections, what is parked, whom it holds.
SELECT
    wanted.connection_id,
    coalesce(open.waiting, 0) AS waiting,
    coalesce(open.parked, 0) AS parked,
    (
        SELECT count(*) FROM connections.link
        WHERE link.connection_id = wanted.connection_id AND link.removed_at IS NULL
    ) AS linked,
    open.oldest_at
FROM unnest(%(connection_ids)s::uuid[]) AS wanted (connection_id)
LEFT JOIN (
    SELECT
        delivery.connection_id,
        count(*) FILTER (WHERE delivery.state <> 'parked') AS waiting,
        count(*) FILTER (WHERE delivery.state = 'parked') AS parked,
        min(delivery.changed_at) FILTER (WHERE delivery.state <> 'parked') AS oldest_at
    FROM connections.delivery
    WHERE
        delivery.connection_id = ANY(%(connection_ids)s::uuid[])
        AND delivery.state IN ('waiting', 'sending', 'parked')
    GROUP BY delivery.connection_id
) AS open ON wanted.connection_id = open.connection_id

-- name: took
-- Returns how long changes took since an instant, in seconds, by connection. What is compared for
-- everybody is no change that anybody made.
SELECT
    delivery.connection_id,
    count(*) AS count,
    percentile_cont(0.5) WITHIN GROUP (
        ORDER BY extract(EPOCH FROM delivery.settled_at - delivery.changed_at)::double precision
    ) AS p50,
    percentile_cont(0.95) WITHIN GROUP (
        ORDER BY extract(EPOCH FROM delivery.settled_at - delivery.changed_at)::double precision
    ) AS p95,
    percentile_cont(0.99) WITHIN GROUP (
        ORDER BY extract(EPOCH FROM delivery.settled_at - delivery.changed_at)::double precision
    ) AS p99
FROM connections.delivery
WHERE
    delivery.connection_id = ANY(%(connection_ids)s::uuid[])
    AND delivery.settled_at IS NOT NULL AND delivery.settled_at >= %(since)s::timestamptz
    AND delivery.state = 'acknowledged' AND delivery.rank < 2
GROUP BY delivery.connection_id

-- name: by_hour
-- Returns what became of the deliveries of a connection since an instant, by the hour.
SELECT
    date_trunc('hour', delivery.settled_at, 'UTC') AS hour,
    count(*) FILTER (WHERE delivery.state = 'acknowledged') AS acknowledged,
    count(*) FILTER (WHERE delivery.state = 'needless') AS needless
FROM connections.delivery
WHERE
    delivery.connection_id = %(connection_id)s::uuid
    AND delivery.settled_at IS NOT NULL AND delivery.settled_at >= %(since)s::timestamptz
GROUP BY 1
ORDER BY 1

-- name: problems
-- Returns what is wrong with the open deliveries of a connection, most frequent first.
SELECT
    delivery.problem,
    count(*) AS count,
    max(coalesce(delivery.sent_at, delivery.changed_at)) AS last_at
FROM connections.delivery
WHERE
    delivery.connection_id = %(connection_id)s::uuid
    AND delivery.state IN ('waiting', 'sending', 'parked') AND delivery.problem IS NOT NULL
GROUP BY delivery.problem
ORDER BY count(*) DESC, delivery.problem

-- name: deliveries
-- Returns deliveries, newest first, after one that was seen: ids are made in the order of time.
SELECT
    profile_id, delivery_id, connection_id, cause, task_id, state, rank, changed_at, changes,
    claimed, due_at, attempts, leased_until, leased_by, act, fields, sent_at, settled_at, problem
FROM connections.delivery
WHERE
    (%(connection_id)s::uuid IS NULL OR connection_id = %(connection_id)s::uuid)
    AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s::text[]))
    AND (%(problem)s::text IS NULL OR problem = %(problem)s::text)
    AND (%(task_id)s::uuid IS NULL OR task_id = %(task_id)s::uuid)
    AND (%(after)s::uuid IS NULL OR delivery_id < %(after)s::uuid)
ORDER BY delivery_id DESC
LIMIT %(at_most)s::integer

-- name: of_person
-- Returns where these profiles were told of, with the last delivery there, by name.
WITH last AS (
    SELECT DISTINCT ON (delivery.connection_id)
        delivery.connection_id, delivery.state, delivery.changed_at, delivery.settled_at
    FROM connections.delivery
    WHERE delivery.profile_id = ANY(%(profile_ids)s::uuid[])
    ORDER BY delivery.connection_id ASC, delivery.delivery_id DESC
),

held AS (
    SELECT
        link.connection_id,
        max(link.told_at) AS told_at,
        CASE WHEN bool_and(link.removed_at IS NOT NULL) THEN max(link.removed_at) END AS removed_at,
        bool_or(link.removed_at IS NULL) AS is_held,
        coalesce(bit_or(link.purposes) FILTER (WHERE link.removed_at IS NULL), 0) AS held_for
    FROM connections.link
    WHERE link.profile_id = ANY(%(profile_ids)s::uuid[])
    GROUP BY link.connection_id
)

SELECT
    connection.connection_id,
    connection.code,
    connection.name,
    connection.vendor_id,
    last.state,
    last.changed_at,
    last.settled_at,
    held.told_at,
    held.removed_at,
    coalesce(held.is_held, FALSE) AS is_held,
    coalesce(held.held_for, 0) AS held_for
FROM connections.connection
LEFT JOIN last ON connection.connection_id = last.connection_id
LEFT JOIN held ON connection.connection_id = held.connection_id
WHERE
    (last.connection_id IS NOT NULL OR held.connection_id IS NOT NULL)
    AND (
        %(since)s::timestamptz IS NULL
        OR last.changed_at >= %(since)s::timestamptz
        OR last.settled_at >= %(since)s::timestamptz
        OR held.told_at >= %(since)s::timestamptz
        OR held.removed_at >= %(since)s::timestamptz
    )
ORDER BY connection.name, connection.connection_id
