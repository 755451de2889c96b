-- name: try_lock
-- Returns whether this transaction may grow the tree; only one at a time may.
SELECT pg_try_advisory_xact_lock(hashtextextended('audit.tree', 0)) AS is_locked

-- name: lock
-- Waits until this transaction may grow the tree or sign its head.
SELECT pg_advisory_xact_lock(hashtextextended('audit.tree', 0))::text AS locked

-- name: progress
-- Returns how far the log was taken in; no row when it never was.
SELECT progress.horizon, progress.size, progress.settled_id
FROM audit.progress

-- name: now
-- Returns the present: the snapshot, whether nothing at all is running that writes, the highest
-- entry, and whether the horizon given is from a database that counted further than this one.
SELECT
    pg_current_snapshot()::text AS horizon,
    pg_snapshot_xmin(pg_current_snapshot()) = pg_snapshot_xmax(pg_current_snapshot()) AS is_quiet,
    coalesce((SELECT max(entry.entry_id) FROM audit.entry), 0) AS highest,
    coalesce(
        pg_snapshot_xmax(nullif(%(horizon)s::text, '')::pg_snapshot)
        > pg_snapshot_xmax(pg_current_snapshot()),
        FALSE
    ) AS is_elsewhere

-- name: ids_of_before
-- Returns some of the entries of before transactions were noted, in order.
SELECT entry.entry_id
FROM audit.entry
WHERE entry.xid IS NULL AND entry.entry_id > %(after)s::bigint
ORDER BY entry.entry_id
LIMIT %(at_most)s::integer

-- name: entries_between
-- Returns the entries that one snapshot sees and an earlier one did not, in order.
SELECT
    entry.entry_id, entry.action, entry.actor_id, entry.actor_kind, entry.detail::text AS detail,
    entry.fields, entry.outcome, entry.purpose, entry.reason, entry.recorded_at,
    entry.request_id, encode(entry.subject, 'hex') AS subject
FROM audit.entry
WHERE
    entry.xid >= pg_snapshot_xmin(%(seen)s::pg_snapshot)
    AND entry.entry_id > %(settled_id)s::bigint
    AND pg_visible_in_snapshot(entry.xid, %(horizon)s::pg_snapshot)
    AND NOT pg_visible_in_snapshot(entry.xid, %(seen)s::pg_snapshot)
ORDER BY entry.xid, entry.entry_id

-- name: ids_left_out
-- Returns some of the entries up to one that are in no tile, in order. Looks at the whole log.
SELECT entry.entry_id
FROM audit.entry
LEFT JOIN (
    SELECT unnest(tile.entry_ids) AS entry_id FROM audit.tile WHERE tile.level = 0
) AS taken ON taken.entry_id = entry.entry_id
WHERE taken.entry_id IS NULL AND entry.entry_id <= %(highest)s::bigint
ORDER BY entry.entry_id
LIMIT %(at_most)s::integer

-- name: ids_unlisted
-- Returns some entries that were there when the log was taken in, and are in no tile: whoever put
-- them there went round the log. Looks at the whole log. Where the snapshot is of another server,
-- what came after the highest entry in the tiles waits until somebody says so (`settle`).
SELECT entry.entry_id
FROM audit.entry
LEFT JOIN (
    SELECT unnest(tile.entry_ids) AS entry_id FROM audit.tile WHERE tile.level = 0
) AS taken ON taken.entry_id = entry.entry_id
WHERE
    taken.entry_id IS NULL
    AND (
        entry.xid IS NULL
        OR entry.entry_id <= %(settled_id)s::bigint
        OR pg_visible_in_snapshot(entry.xid, %(horizon)s::pg_snapshot)
    )
    AND (
        pg_snapshot_xmax(%(horizon)s::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
        OR entry.entry_id <= (
            SELECT max(listed.entry_id)
            FROM (SELECT unnest(tile.entry_ids) AS entry_id FROM audit.tile WHERE tile.level = 0)
                AS listed
        )
    )
ORDER BY entry.entry_id
LIMIT %(at_most)s::integer

-- name: waiting
-- Returns how many entries the tree does not have yet.
SELECT count(*) AS waiting
FROM audit.entry
WHERE
    entry.xid >= pg_snapshot_xmin(%(horizon)s::pg_snapshot)
    AND NOT pg_visible_in_snapshot(entry.xid, %(horizon)s::pg_snapshot)
    AND entry.entry_id > %(settled_id)s::bigint

-- name: entries_as_json
-- Returns these entries as one JSON array, in no order; null when there are none of them.
SELECT json_agg(line)::text AS lines
FROM (
    SELECT
        entry.action, entry.actor_id, entry.actor_kind, entry.detail, entry.entry_id,
        entry.fields, entry.outcome, entry.purpose, entry.reason,
        to_char(entry.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS recorded_at,
        entry.request_id, encode(entry.subject, 'hex') AS subject
    FROM audit.entry
    WHERE entry.entry_id = ANY(%(ids)s::bigint[])
) AS line

-- name: tiles
-- Returns these tiles; those that are not there are missing.
SELECT tile.level, tile.tile_index, tile.hashes, tile.entry_ids
FROM audit.tile
INNER JOIN unnest(%(levels)s::smallint[], %(indexes)s::bigint[]) AS asked (level, tile_index)
    ON asked.level = tile.level AND asked.tile_index = tile.tile_index

-- name: run_of_tiles
-- Returns the tiles of a level from one to another (not included), in order.
SELECT tile.level, tile.tile_index, tile.hashes, tile.entry_ids
FROM audit.tile
WHERE
    tile.level = %(level)s::smallint
    AND tile.tile_index >= %(begin)s::bigint
    AND tile.tile_index < %(end)s::bigint
ORDER BY tile.tile_index

-- name: lengths
-- Returns how many hashes stand on each level.
SELECT tile.level, (sum(octet_length(tile.hashes)) / 32)::bigint AS hashes
FROM audit.tile
GROUP BY tile.level
ORDER BY tile.level

-- name: tiles_around
-- Returns the tiles in which an entry most likely stands: those that begin right before it.
SELECT tile.level, tile.tile_index, tile.hashes, tile.entry_ids
FROM audit.tile
WHERE tile.level = 0 AND tile.entry_ids[1] <= %(entry_id)s::bigint
ORDER BY tile.entry_ids[1] DESC
LIMIT 3

-- name: tile_with
-- Returns the tile in which an entry stands, wherever that is. Looks at all tiles.
SELECT tile.level, tile.tile_index, tile.hashes, tile.entry_ids
FROM audit.tile
WHERE tile.level = 0 AND %(entry_id)s::bigint = ANY(tile.entry_ids)

-- name: write_tile
-- Writes a tile, or a longer form of it; the database refuses any other change.
INSERT INTO audit.tile (level, tile_index, hashes, entry_ids)
VALUES (
    %(level)s::smallint, %(tile_index)s::bigint, %(hashes)s::bytea, %(entry_ids)s::bigint[]
)
ON CONFLICT (level, tile_index) DO UPDATE
SET hashes = excluded.hashes, entry_ids = excluded.entry_ids

-- name: write_progress
-- Notes how far the log was taken in.
INSERT INTO audit.progress (is_only, horizon, size, settled_id)
VALUES (TRUE, %(horizon)s::text, %(size)s::bigint, %(settled_id)s::bigint)
ON CONFLICT (is_only) DO UPDATE
SET horizon = excluded.horizon, size = excluded.size, settled_id = excluded.settled_id

-- name: insert_checkpoint
-- Keeps a signed head.
INSERT INTO audit.checkpoint (size, root, note, signed_at)
VALUES (%(size)s::bigint, %(root)s::bytea, %(note)s::text, %(at)s::timestamptz)

-- name: latest_checkpoint
-- Returns the checkpoint of the largest size; no row before the first.
SELECT checkpoint.size, checkpoint.root, checkpoint.note, checkpoint.signed_at
FROM audit.checkpoint
ORDER BY checkpoint.size DESC
LIMIT 1

-- name: checkpoints_after
-- Returns the checkpoints above a size, in order.
SELECT checkpoint.size, checkpoint.root, checkpoint.note, checkpoint.signed_at
FROM audit.checkpoint
WHERE checkpoint.size > %(size)s::bigint
ORDER BY checkpoint.size
LIMIT %(at_most)s::integer

-- name: size_before
-- Returns the size of the last checkpoint that was signed before an instant; 0: none was.
SELECT coalesce(max(checkpoint.size), 0) AS size
FROM audit.checkpoint
WHERE checkpoint.signed_at < %(at)s::timestamptz

-- name: last_verified
-- Returns the last time that the log was verified, and what came of it; no row: never.
SELECT entry.recorded_at, entry.outcome, entry.detail
FROM audit.entry
WHERE entry.action = 'audit.verified'
ORDER BY entry.entry_id DESC
LIMIT 1
