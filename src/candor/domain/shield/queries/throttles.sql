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
