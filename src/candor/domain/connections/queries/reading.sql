-- name: standing
-- Returns how connections stand: what is open, whom they hold, how far they are; one or all that
-- have not ended.
SELECT
    c.connection_id,
    coalesce(o.waiting, 0) AS waiting,
    coalesce(o.parked, 0) AS parked,
    coalesce(l.linked, 0) AS linked,
    o.oldest_at,
    p.problem,
    p.failing_since,
    p.not_before,
    p.answered_at,
    p.polled_at,
    p.compared_at,
    p.drifted,
    p.sweep_after,
    p.sweep_edition
FROM connections.connection AS c
INNER JOIN connections.progress AS p ON c.connection_id = p.connection_id
LEFT JOIN (
    SELECT
        d.connection_id,
        count(*) FILTER (WHERE d.state <> 'parked') AS waiting,
        count(*) FILTER (WHERE d.state = 'parked') AS parked,
        min(d.changed_at) FILTER (WHERE d.state <> 'parked') AS oldest_at
    FROM connections.delivery AS d
    WHERE d.settled_at IS NULL
    GROUP BY d.connection_id
) AS o ON c.connection_id = o.connection_id
LEFT JOIN (
    SELECT
        h.connection_id,
        count(*) AS linked
    FROM connections.link AS h
    WHERE h.removed_at IS NULL
    GROUP BY h.connection_id
) AS l ON c.connection_id = l.connection_id
WHERE
    CASE
        WHEN %(connection_id)s::uuid IS NULL THEN c.state <> 'ended'
        ELSE c.connection_id = %(connection_id)s::uuid
    END

-- name: took
-- Returns how long changes took from being made to being acknowledged since an instant, in
-- seconds, by connection. What was compared for everybody is no change of anybody's.
SELECT
    d.connection_id,
    count(*) AS count,
    percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (
        ORDER BY extract(EPOCH FROM d.settled_at - d.changed_at)::double precision
    ) AS quantiles
FROM connections.delivery AS d
WHERE d.settled_at >= %(since)s::timestamptz AND d.state = 'acknowledged' AND d.rank < 2
GROUP BY d.connection_id

-- name: by_hour
-- Returns what became of the deliveries of a connection since an instant, by the hour.
SELECT
    date_trunc('hour', d.settled_at, 'UTC') AS hour,
    count(*) FILTER (WHERE d.state = 'acknowledged') AS acknowledged,
    count(*) FILTER (WHERE d.state = 'needless') AS needless
FROM connections.delivery AS d
WHERE
    d.connection_id = %(connection_id)s::uuid AND d.settled_at IS NOT NULL
    AND d.settled_at >= %(since)s::timestamptz
GROUP BY 1
ORDER BY 1

-- name: problems
-- Returns what is wrong with the open deliveries of a connection, most frequent first.
SELECT
    d.problem,
    count(*) AS count,
    max(coalesce(d.sent_at, d.changed_at)) AS last_at
FROM connections.delivery AS d
WHERE
    d.connection_id = %(connection_id)s::uuid AND d.settled_at IS NULL AND d.problem IS NOT NULL
GROUP BY d.problem
ORDER BY count(*) DESC, d.problem

-- name: deliveries
-- Returns deliveries, newest first, after one that was seen. Ids are made in the order of time.
SELECT
    d.profile_id, d.delivery_id, d.connection_id, d.cause, d.task_id, d.state, d.rank,
    d.changed_at, d.changes, d.claimed, d.due_at, d.attempts, d.leased_until, d.leased_by, d.act,
    d.fields, d.sent_at, d.settled_at, d.problem
FROM connections.delivery AS d
WHERE
    (%(connection_id)s::uuid IS NULL OR d.connection_id = %(connection_id)s::uuid)
    AND (cardinality(%(states)s::text[]) = 0 OR d.state = ANY(%(states)s::text[]))
    AND (%(problem)s::text IS NULL OR d.problem = %(problem)s::text)
    AND (%(after)s::uuid IS NULL OR d.delivery_id < %(after)s::uuid)
ORDER BY d.delivery_id DESC
LIMIT %(at_most)s::integer

-- name: of_task
-- Returns the deliveries that a task of a request waits for.
SELECT
    d.profile_id, d.delivery_id, d.connection_id, d.cause, d.task_id, d.state, d.rank,
    d.changed_at, d.changes, d.claimed, d.due_at, d.attempts, d.leased_until, d.leased_by, d.act,
    d.fields, d.sent_at, d.settled_at, d.problem
FROM connections.delivery AS d
WHERE d.task_id = %(task_id)s::uuid
ORDER BY d.delivery_id
