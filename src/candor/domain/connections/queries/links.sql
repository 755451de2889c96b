-- name: links_at
-- Returns what a system holds of these profiles by our books, also what is gone there.
SELECT
    link.profile_id, link.remote_id, link.base, link.purposes, link.version, link.refused,
    link.heard_at, link.removed_at, link.is_let_go
FROM connections.link
WHERE
    link.connection_id = %(connection_id)s::uuid
    AND link.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: linked_between
-- Returns whom a system holds, in the order of their ids, behind one and up to one.
SELECT link.profile_id
FROM connections.link
WHERE
    link.connection_id = %(connection_id)s::uuid AND link.removed_at IS NULL
    AND link.profile_id > %(after)s::uuid
    AND (%(up_to)s::uuid IS NULL OR link.profile_id <= %(up_to)s::uuid)
ORDER BY link.profile_id
LIMIT %(at_most)s::integer

-- name: unattended
-- Returns people whom a system holds and about whom no delivery is open.
SELECT link.profile_id
FROM connections.link
WHERE
    link.connection_id = %(connection_id)s::uuid AND link.removed_at IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM connections.delivery
        WHERE
            delivery.profile_id = link.profile_id
            AND delivery.connection_id = link.connection_id AND delivery.settled_at IS NULL
    )
ORDER BY link.profile_id
LIMIT %(at_most)s::integer

-- name: let_heads_adopt
-- Gives a record of a profile that was merged to the head of the person, unless that one has a
-- record of its own: the other side knows the person once, and goes on knowing them.
WITH wanted AS (
    SELECT DISTINCT ON (merged.head_id) merged.profile_id, merged.head_id
    FROM unnest(%(profile_ids)s::uuid[], %(head_ids)s::uuid[]) AS merged (profile_id, head_id)
    JOIN connections.link
        ON
            link.profile_id = merged.profile_id
            AND link.connection_id = %(connection_id)s::uuid AND link.removed_at IS NULL
    WHERE
        NOT EXISTS (
            SELECT 1 FROM connections.link AS own
            WHERE
                own.profile_id = merged.head_id
                AND own.connection_id = %(connection_id)s::uuid AND own.removed_at IS NULL
        )
    ORDER BY merged.head_id, link.told_at DESC NULLS LAST
),

over AS (
    DELETE FROM connections.link USING wanted
    WHERE
        link.profile_id = wanted.head_id AND link.connection_id = %(connection_id)s::uuid
        AND link.removed_at IS NOT NULL
    RETURNING link.profile_id
),

given AS (
    UPDATE connections.link
    SET profile_id = wanted.head_id
    FROM wanted
    WHERE
        link.profile_id = wanted.profile_id AND link.connection_id = %(connection_id)s::uuid
        -- After the head's old one is gone.
        AND (SELECT count(*) FROM over) >= 0
    RETURNING link.profile_id
)

SELECT given.profile_id FROM given

-- name: holders_of
-- Returns whose record these are by our books: an index is missing when it is nobody's.
SELECT link.remote_index, link.profile_id
FROM connections.link
WHERE
    link.connection_id = %(connection_id)s::uuid AND link.removed_at IS NULL
    AND link.remote_index = ANY(%(indexes)s::bytea[])

-- name: forget_links
-- Forgets records at a connection that were taken over by another profile.
DELETE FROM connections.link
WHERE
    connection_id = %(connection_id)s::uuid AND profile_id = ANY(%(profile_ids)s::uuid[])

-- name: put_links
-- Writes down what a system acknowledged that it holds. What it was not told again stays agreed.
INSERT INTO connections.link AS known (
    profile_id, connection_id, remote_id, remote_index, base, purposes, version, refused, told_at
)
SELECT
    fresh.profile_id, %(connection_id)s::uuid, fresh.remote_id, fresh.remote_index,
    fresh.base::jsonb, fresh.purposes, fresh.version, fresh.refused::jsonb, %(at)s::timestamptz
FROM unnest(
    %(profile_ids)s::uuid[], %(remote_ids)s::bytea[], %(indexes)s::bytea[], %(bases)s::text[],
    %(purposes)s::bigint[], %(versions)s::text[], %(refused)s::text[]
) AS fresh (profile_id, remote_id, remote_index, base, purposes, version, refused)
ON CONFLICT (profile_id, connection_id) DO UPDATE SET
    remote_id = excluded.remote_id,
    remote_index = excluded.remote_index,
    base = CASE WHEN known.removed_at IS NULL THEN known.base ELSE '{}'::jsonb END || excluded.base,
    purposes = excluded.purposes,
    version = excluded.version,
    refused = CASE WHEN known.removed_at IS NULL THEN known.refused ELSE '{}'::jsonb END || excluded.refused,
    told_at = excluded.told_at,
    heard_as = NULL,
    removed_at = NULL,
    is_let_go = false

-- name: remove_links
-- Writes down that a system holds nothing of these profiles any more.
UPDATE connections.link
SET
    base = '{}', refused = '{}', purposes = 0, version = NULL, told_at = %(at)s::timestamptz,
    removed_at = %(at)s::timestamptz, heard_as = NULL
WHERE
    connection_id = %(connection_id)s::uuid AND profile_id = ANY(%(profile_ids)s::uuid[])
    AND removed_at IS NULL

-- name: forget_bases
-- Forgets what was agreed on about these profiles: something may have arrived since.
UPDATE connections.link SET base = '{}', heard_as = NULL
WHERE
    connection_id = %(connection_id)s::uuid AND profile_id = ANY(%(profile_ids)s::uuid[])
