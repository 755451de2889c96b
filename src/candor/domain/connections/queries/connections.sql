-- name: connections
-- Returns all connections by their name, ended ones at the end.
SELECT
    connection_id, code, name, adapter, vendor_id, directions, purposes, mapping, settings, secrets,
    source, removal, at_once, per_minute, state, why, edition, added_by, added_at, changed_at,
    ended_at
FROM connections.connection
ORDER BY ended_at IS NOT NULL, name, connection_id

-- name: connection
-- Returns a connection; nothing when there is none.
SELECT
    connection_id, code, name, adapter, vendor_id, directions, purposes, mapping, settings, secrets,
    source, removal, at_once, per_minute, state, why, edition, added_by, added_at, changed_at,
    ended_at
FROM connections.connection
WHERE connection_id = %(connection_id)s::uuid

-- name: connection_by_code
-- Returns the connection with a code; nothing when there is none.
SELECT
    connection_id, code, name, adapter, vendor_id, directions, purposes, mapping, settings, secrets,
    source, removal, at_once, per_minute, state, why, edition, added_by, added_at, changed_at,
    ended_at
FROM connections.connection
WHERE code = %(code)s::text

-- name: lock_connection
-- Locks a connection for a change of its configuration or state, and returns it.
SELECT
    connection_id, code, name, adapter, vendor_id, directions, purposes, mapping, settings, secrets,
    source, removal, at_once, per_minute, state, why, edition, added_by, added_at, changed_at,
    ended_at
FROM connections.connection
WHERE connection_id = %(connection_id)s::uuid
FOR UPDATE

-- name: insert_connection
-- Writes a connection, and where its progress is kept.
WITH added AS (
    INSERT INTO connections.connection (
        connection_id, code, name, adapter, vendor_id, directions, purposes, mapping, settings,
        secrets, source, removal, at_once, per_minute, state, added_by, added_at, changed_at
    )
    VALUES (
        %(connection_id)s::uuid, %(code)s::text, %(name)s::text, %(adapter)s::text,
        %(vendor_id)s::uuid, %(directions)s::text[], %(purposes)s::text[], %(mapping)s::jsonb,
        %(settings)s::jsonb, %(secrets)s::bytea, %(source)s::text, %(removal)s::text,
        %(at_once)s::integer, %(per_minute)s::integer, 'draft', %(added_by)s::text,
        %(at)s::timestamptz, %(at)s::timestamptz
    )
    RETURNING connection_id
)

INSERT INTO connections.progress (connection_id)
SELECT added.connection_id FROM added

-- name: change_connection
-- Writes a configuration anew; a change of what is sent makes a new edition.
UPDATE connections.connection
SET
    name = %(name)s::text,
    vendor_id = %(vendor_id)s::uuid,
    directions = %(directions)s::text[],
    purposes = %(purposes)s::text[],
    mapping = %(mapping)s::jsonb,
    settings = %(settings)s::jsonb,
    secrets = %(secrets)s::bytea,
    source = %(source)s::text,
    removal = %(removal)s::text,
    at_once = %(at_once)s::integer,
    per_minute = %(per_minute)s::integer,
    edition = edition + CASE WHEN %(is_new_edition)s::boolean THEN 1 ELSE 0 END,
    changed_at = %(at)s::timestamptz
WHERE connection_id = %(connection_id)s::uuid

-- name: move_connection
-- Moves a connection to another state; touches nothing when it is not in one of these.
UPDATE connections.connection
SET
    state = %(state)s::text,
    why = %(why)s::text,
    changed_at = %(at)s::timestamptz,
    ended_at = CASE WHEN %(state)s::text = 'ended' THEN %(at)s::timestamptz END
WHERE connection_id = %(connection_id)s::uuid AND state = ANY(%(from_states)s::text[])
