-- name: insert_canary
-- Lays out a canary.
INSERT INTO shield.canary (canary_id, kind, mark, note, created_at)
VALUES (
    %(canary_id)s::uuid, %(kind)s::text, %(mark)s::bytea, %(note)s::text, %(at)s::timestamptz
)

-- name: all_canaries
-- Returns all canaries, newest first, those that were taken in too.
SELECT
    canary.canary_id, canary.kind, canary.mark, canary.note, canary.created_at, canary.ended_at
FROM shield.canary
ORDER BY canary.created_at DESC, canary.canary_id

-- name: canaries_out
-- Returns the canaries of some kinds that are laid out.
SELECT
    canary.canary_id, canary.kind, canary.mark, canary.note, canary.created_at, canary.ended_at
FROM shield.canary
WHERE canary.ended_at IS NULL AND canary.kind = ANY(%(kinds)s::text[])

-- name: find_canary
-- Returns the canary of a kind that a mark gives away; none when it is none.
SELECT
    canary.canary_id, canary.kind, canary.mark, canary.note, canary.created_at, canary.ended_at
FROM shield.canary
WHERE
    canary.mark = %(mark)s::bytea AND canary.kind = %(kind)s::text
    AND canary.ended_at IS NULL

-- name: end_canary
-- Takes a canary in; touches none when there is none.
UPDATE shield.canary SET ended_at = %(at)s::timestamptz
WHERE canary_id = %(canary_id)s::uuid AND ended_at IS NULL
