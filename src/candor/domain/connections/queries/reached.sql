-- name: trips
-- Returns what went to other systems about these profiles since an instant, or is on its way, newest
-- first. Comparisons of everybody that found nothing to do are left out: nobody changed anything.
SELECT
    delivery.delivery_id, connection.code, connection.name, connection.vendor_id,
    connection.state AS connection_state, delivery.cause, delivery.state, delivery.act,
    delivery.changed_at, delivery.settled_at, delivery.problem
FROM connections.delivery
JOIN connections.connection ON connection.connection_id = delivery.connection_id
WHERE
    delivery.profile_id = ANY(%(profile_ids)s::uuid[])
    AND (delivery.settled_at IS NULL OR delivery.settled_at >= %(since)s::timestamptz)
    AND NOT (delivery.rank = 2 AND delivery.state = 'needless')
ORDER BY delivery.changed_at DESC, connection.code, delivery.delivery_id
LIMIT %(at_most)s::integer

-- name: received
-- Returns who was given something about these profiles since an instant: how often, when last, and
-- whether they hold it still.
SELECT
    connection.code, connection.name, connection.vendor_id, connection.purposes,
    count(*) AS times, max(delivery.settled_at) AS last_at,
    EXISTS (
        SELECT 1
        FROM connections.link
        WHERE
            link.connection_id = connection.connection_id AND link.removed_at IS NULL
            AND link.profile_id = ANY(%(profile_ids)s::uuid[])
    ) AS is_held
FROM connections.delivery
JOIN connections.connection ON connection.connection_id = delivery.connection_id
WHERE
    delivery.profile_id = ANY(%(profile_ids)s::uuid[])
    AND delivery.state = 'acknowledged' AND delivery.act = 'put'
    AND delivery.settled_at >= %(since)s::timestamptz
GROUP BY connection.connection_id, connection.code, connection.name, connection.vendor_id, connection.purposes
ORDER BY last_at DESC, connection.code

-- name: pace
-- Returns how long changes of mind took from being made to being acknowledged everywhere, in seconds,
-- since an instant: the middle one, and those that 95 and 99 of a hundred were within.
SELECT
    count(*) AS count,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY took.seconds) AS p50,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY took.seconds) AS p95,
    percentile_cont(0.99) WITHIN GROUP (ORDER BY took.seconds) AS p99
FROM (
    SELECT extract(EPOCH FROM delivery.settled_at - delivery.changed_at)::double precision AS seconds
    FROM connections.delivery
    WHERE
        delivery.state = 'acknowledged' AND delivery.rank = 0
        AND delivery.settled_at >= %(since)s::timestamptz
) AS took
