-- name: links_by_index
-- Returns what is known of records of a connection, by how the other side calls them.
SELECT
    link.profile_id, link.remote_id, link.remote_index, link.base, link.version, link.told_at,
    link.refused, link.heard_at, link.removed_at, link.heard_as
FROM connections.link
WHERE
    link.connection_id = %(connection_id)s::uuid
    AND link.remote_index = ANY(%(indexes)s::bytea[]) AND link.removed_at IS NULL

-- name: links_of
-- Returns what a connection's system holds, or held, about these profiles.
SELECT
    link.profile_id, link.remote_id, link.remote_index, link.base, link.version, link.told_at,
    link.refused, link.heard_at, link.removed_at, link.heard_as
FROM connections.link
WHERE link.connection_id = %(connection_id)s::uuid AND link.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: lock_open
-- Locks the deliveries that are open for these profiles at a connection, before their links: in the
-- order in which sending takes them too. Returns whose they are, and what left without an answer.
SELECT delivery.profile_id, delivery.fields, delivery.content IS NOT NULL AS is_tried, delivery.sent_at
FROM connections.delivery
WHERE
    delivery.connection_id = %(connection_id)s::uuid AND delivery.settled_at IS NULL
    AND delivery.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY delivery.profile_id
FOR UPDATE

-- name: lock_links
-- Locks and returns what a connection's system holds, or held, about these profiles.
SELECT
    link.profile_id, link.remote_id, link.remote_index, link.base, link.version, link.told_at,
    link.refused, link.heard_at, link.removed_at, link.heard_as
FROM connections.link
WHERE link.connection_id = %(connection_id)s::uuid AND link.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY link.profile_id
FOR UPDATE

-- name: tried_of
-- Returns those of these profiles of whom something left for a connection without an answer.
SELECT delivery.profile_id
FROM connections.delivery
WHERE
    delivery.connection_id = %(connection_id)s::uuid AND delivery.settled_at IS NULL
    AND delivery.profile_id = ANY(%(profile_ids)s::uuid[]) AND delivery.content IS NOT NULL

-- name: heard_messages
-- Returns which of these messages were taken before.
SELECT message.message_key
FROM connections.message
WHERE message.connection_id = %(connection_id)s::uuid AND message.message_key = ANY(%(keys)s::bytea[])

-- name: remember_messages
-- Remembers messages that are taken; those that stand already are missing in the answer.
INSERT INTO connections.message (connection_id, message_key, heard_at)
SELECT %(connection_id)s::uuid, fresh.message_key, %(at)s::timestamptz
FROM unnest(%(keys)s::bytea[]) AS fresh (message_key)
ON CONFLICT (connection_id, message_key) DO NOTHING
RETURNING message_key

-- name: put_link
-- Writes what another system holds about a profile, where nothing was known or it had been removed.
-- A record that is somebody else's by our books meanwhile is left alone.
INSERT INTO connections.link (
    profile_id, connection_id, remote_id, remote_index, base, version, heard_at
)
SELECT
    %(profile_id)s::uuid, %(connection_id)s::uuid, %(remote_id)s::bytea, %(remote_index)s::bytea,
    %(base)s::jsonb, %(version)s::text, %(at)s::timestamptz
WHERE NOT EXISTS (
    SELECT 1 FROM connections.link
    WHERE
        link.connection_id = %(connection_id)s::uuid AND link.removed_at IS NULL
        AND link.remote_index = %(remote_index)s::bytea
)
ON CONFLICT (profile_id, connection_id) DO UPDATE
SET
    remote_id = excluded.remote_id, remote_index = excluded.remote_index, base = excluded.base,
    version = excluded.version, refused = '{}', heard_at = excluded.heard_at, removed_at = NULL,
    heard_as = NULL, is_let_go = false
WHERE link.removed_at IS NOT NULL

-- name: note_heard
-- Notes what both sides agree on now, and the version of the record there; null: as it was. What
-- it was heard as is null when the same must be weighed again.
UPDATE connections.link
SET
    base = %(base)s::jsonb, version = coalesce(%(version)s::text, link.version),
    heard_at = %(at)s::timestamptz, heard_as = %(heard_as)s::bytea
WHERE
    link.connection_id = %(connection_id)s::uuid AND link.profile_id = %(profile_id)s::uuid
    AND link.removed_at IS NULL

-- name: let_go
-- Notes that the other side removed a person: by itself, unless we were asking it to.
UPDATE connections.link
SET
    base = '{}', refused = '{}', version = NULL, purposes = 0, heard_at = %(at)s::timestamptz,
    removed_at = %(at)s::timestamptz, heard_as = NULL,
    is_let_go = NOT EXISTS (
        SELECT 1
        FROM connections.delivery
        WHERE
            delivery.connection_id = link.connection_id AND delivery.profile_id = link.profile_id
            AND delivery.settled_at IS NULL AND delivery.act = 'remove'
    )
WHERE
    link.connection_id = %(connection_id)s::uuid AND link.profile_id = %(profile_id)s::uuid
    AND link.removed_at IS NULL

-- name: count_heard
-- Counts what became of what was heard, by the hour.
INSERT INTO connections.tally (connection_id, hour, what, count)
SELECT
    %(connection_id)s::uuid, date_trunc('hour', %(at)s::timestamptz), fresh.what, fresh.number
FROM unnest(%(whats)s::text[], %(numbers)s::bigint[]) AS fresh (what, number)
ON CONFLICT (connection_id, hour, what) DO UPDATE SET count = tally.count + excluded.count

-- name: tallies
-- Returns what was heard of a connection since an instant, by the hour.
SELECT tally.hour, tally.what, tally.count
FROM connections.tally
WHERE tally.connection_id = %(connection_id)s::uuid AND tally.hour >= %(since)s::timestamptz
ORDER BY tally.hour, tally.what
