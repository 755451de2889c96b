-- name: due_polls
-- Returns the active connections that are heard and whose reading is due, longest waiting first.
SELECT connection.connection_id
FROM connections.connection
JOIN connections.progress ON progress.connection_id = connection.connection_id
WHERE
    connection.state = 'active' AND 'in' = ANY(connection.directions)
    AND coalesce(progress.poll_at, '-infinity') <= %(at)s::timestamptz
    AND coalesce(progress.not_before, '-infinity') <= %(at)s::timestamptz
    AND coalesce(progress.poll_lease, '-infinity') <= %(at)s::timestamptz
ORDER BY progress.poll_at NULLS FIRST, connection.connection_id

-- name: lease_poll
-- Takes the reading of a connection until an instant, and returns where it goes on; nothing when
-- somebody else has it.
UPDATE connections.progress
SET poll_lease = %(until)s::timestamptz
WHERE
    progress.connection_id = %(connection_id)s::uuid
    AND coalesce(progress.poll_lease, '-infinity') <= %(at)s::timestamptz
RETURNING progress.cursor

-- name: save_cursor
-- Saves how far a connection was read, by whoever has its lease; gives the lease a new end.
UPDATE connections.progress
SET cursor = %(cursor)s::text, poll_lease = %(until)s::timestamptz
WHERE
    progress.connection_id = %(connection_id)s::uuid
    AND progress.poll_lease = %(lease)s::timestamptz

-- name: end_poll
-- Gives the reading of a connection back, and says when it is read next.
UPDATE connections.progress
SET
    poll_lease = NULL,
    poll_at = %(poll_at)s::timestamptz,
    polled_at = CASE WHEN %(problem)s::text IS NULL THEN %(at)s::timestamptz ELSE progress.polled_at END,
    answered_at = CASE WHEN %(problem)s::text IS NULL THEN %(at)s::timestamptz ELSE progress.answered_at END,
    problem = CASE
        WHEN %(problem)s::text IS NOT NULL THEN %(problem)s::text
        WHEN progress.problem LIKE 'reading: %%' THEN NULL
        ELSE progress.problem
    END
WHERE
    progress.connection_id = %(connection_id)s::uuid
    AND progress.poll_lease = %(lease)s::timestamptz

-- name: due_comparisons
-- Returns the active connections that were not compared since an instant, or for which that was
-- asked; those never compared first.
SELECT connection.connection_id
FROM connections.connection
JOIN connections.progress ON progress.connection_id = connection.connection_id
WHERE
    connection.state = 'active'
    AND (
        progress.is_compare_asked
        OR coalesce(progress.compared_at, '-infinity') < %(before)s::timestamptz
    )
    AND coalesce(progress.compare_lease, '-infinity') <= %(at)s::timestamptz
    AND coalesce(progress.not_before, '-infinity') <= %(at)s::timestamptz
ORDER BY progress.compared_at NULLS FIRST, connection.connection_id

-- name: lease_comparison
-- Takes the comparing of a connection until an instant, and returns where it goes on, and how many
-- differed up to there; nothing when somebody else has it.
UPDATE connections.progress
SET
    compare_lease = %(until)s::timestamptz,
    is_compare_asked = false,
    compare_began = CASE
        WHEN progress.compared_after IS NULL THEN %(at)s::timestamptz
        ELSE coalesce(progress.compare_began, %(at)s::timestamptz)
    END
WHERE
    progress.connection_id = %(connection_id)s::uuid
    AND coalesce(progress.compare_lease, '-infinity') <= %(at)s::timestamptz
RETURNING progress.compared_after, progress.drifted, progress.compare_began AS began_at

-- name: ask_comparison
-- Notes that somebody wants a comparison before its time.
UPDATE connections.progress SET is_compare_asked = true
WHERE progress.connection_id = %(connection_id)s::uuid

-- name: count_missing
-- Counts people whom a system holds by our books, and of whom nothing was said since an instant:
-- neither by it, nor to it.
SELECT count(*)::integer
FROM connections.link
WHERE
    link.connection_id = %(connection_id)s::uuid AND link.removed_at IS NULL
    AND greatest(link.heard_at, link.told_at) < %(since)s::timestamptz

-- name: save_compared
-- Saves how far a connection was compared, and how many people differed so far, by whoever has the
-- lease; gives the lease a new end, or back.
UPDATE connections.progress
SET
    compared_after = %(after)s::text,
    drifted = %(drifted)s::integer,
    missing = %(missing)s::integer,
    compare_lease = %(until)s::timestamptz,
    compared_at = CASE WHEN %(is_over)s::boolean THEN %(at)s::timestamptz ELSE progress.compared_at END
WHERE
    progress.connection_id = %(connection_id)s::uuid
    AND progress.compare_lease = %(lease)s::timestamptz

-- name: with_vendors
-- Returns the connections that have a vendor and have not ended.
SELECT connection.connection_id, connection.vendor_id, connection.state, connection.why
FROM connections.connection
WHERE connection.vendor_id IS NOT NULL AND connection.state IN ('active', 'paused', 'stopping')
ORDER BY connection.connection_id
