-- name: take
-- Takes from a bucket if it fits; returns when all is paid back, or none when it did not fit.
INSERT INTO shield.throttle AS throttle (bucket, due_at)
VALUES (%(bucket)s::bytea, %(at)s::timestamptz + %(cost)s::interval)
ON CONFLICT (bucket) DO UPDATE SET
    due_at = greatest(throttle.due_at, %(at)s::timestamptz) + %(cost)s::interval
WHERE
    greatest(throttle.due_at, %(at)s::timestamptz) + %(cost)s::interval
    <= %(at)s::timestamptz + %(per)s::interval
RETURNING due_at

-- name: force
-- Takes from a bucket whether it fits or not, up to twice the limit; returns when all is paid back.
INSERT INTO shield.throttle AS throttle (bucket, due_at)
VALUES (%(bucket)s::bytea, %(at)s::timestamptz + %(cost)s::interval)
ON CONFLICT (bucket) DO UPDATE SET
    due_at = least(
        greatest(throttle.due_at, %(at)s::timestamptz) + %(cost)s::interval,
        %(at)s::timestamptz + 2 * %(per)s::interval
    )
RETURNING due_at

-- name: due
-- Returns when all that was taken from a bucket is paid back; none: nothing was taken.
SELECT throttle.due_at FROM shield.throttle WHERE throttle.bucket = %(bucket)s::bytea

-- name: clear
-- Forgives all that was taken from these buckets.
DELETE FROM shield.throttle WHERE bucket = ANY(%(buckets)s::bytea[])

-- name: sweep_throttles
-- Forgets buckets in which everything is paid back.
DELETE FROM shield.throttle WHERE due_at < %(at)s::timestamptz

-- name: due_of
-- Returns when all that was taken from each of these buckets is paid back; none: nothing was.
SELECT throttle.bucket, throttle.due_at
FROM shield.throttle
WHERE throttle.bucket = ANY(%(buckets)s::bytea[])

-- name: force_all
-- Takes from each bucket whether it fits or not, up to twice its limit; returns when all is paid
-- back. In the order of the buckets, so that two processes never wait for one another.
INSERT INTO shield.throttle AS throttle (bucket, due_at)
SELECT taken.bucket, %(at)s::timestamptz + least(taken.cost, 2 * taken.per)
FROM
    unnest(%(buckets)s::bytea[], %(costs)s::interval[], %(pers)s::interval[])
        AS taken (bucket, cost, per)
ORDER BY taken.bucket
ON CONFLICT (bucket) DO UPDATE SET
    due_at = least(
        greatest(throttle.due_at, %(at)s::timestamptz)
        + (excluded.due_at - %(at)s::timestamptz),
        %(at)s::timestamptz + 2 * (
            SELECT same.per
            FROM unnest(%(buckets)s::bytea[], %(pers)s::interval[]) AS same (bucket, per)
            WHERE same.bucket = throttle.bucket
        )
    )
RETURNING throttle.bucket, throttle.due_at

-- name: give_back
-- Gives back a part of what was taken from each of these buckets.
UPDATE shield.throttle AS throttle
SET due_at = throttle.due_at - given.cost
FROM unnest(%(buckets)s::bytea[], %(costs)s::interval[]) AS given (bucket, cost)
WHERE throttle.bucket = given.bucket
