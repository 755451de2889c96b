-- name: insert_ceremony
-- Begins a ceremony.
INSERT INTO access.ceremony (
    ceremony_hash, kind, audience, bearer_id, secret, detail, created_at, expires_at
)
VALUES (
    %(ceremony_hash)s::bytea, %(kind)s::text, %(audience)s::text, %(bearer_id)s::uuid,
    %(secret)s::bytea, %(detail)s::jsonb, %(at)s::timestamptz, %(expires_at)s::timestamptz
)

-- name: find_ceremony
-- Returns a ceremony that is under way; none when it ended, ran out or never was.
SELECT
    ceremony.ceremony_hash, ceremony.kind, ceremony.audience, ceremony.bearer_id,
    ceremony.secret, ceremony.detail, ceremony.attempts, ceremony.created_at,
    ceremony.expires_at
FROM access.ceremony
WHERE
    ceremony.ceremony_hash = %(ceremony_hash)s::bytea AND ceremony.kind = %(kind)s::text
    AND ceremony.audience = %(audience)s::text AND ceremony.used_at IS NULL
    AND ceremony.expires_at > %(at)s::timestamptz AND ceremony.attempts < %(at_most)s::smallint

-- name: try_ceremony
-- Counts an answer to a ceremony that is under way and returns it; none when there is none, or
-- when too many answers were wrong. The row is locked, so that answers come one after another.
UPDATE access.ceremony SET attempts = attempts + 1
WHERE
    ceremony_hash = %(ceremony_hash)s::bytea AND kind = %(kind)s::text
    AND audience = %(audience)s::text AND used_at IS NULL
    AND expires_at > %(at)s::timestamptz AND attempts < %(at_most)s::smallint
RETURNING
    ceremony_hash, kind, audience, bearer_id, secret, detail, attempts, created_at, expires_at

-- name: set_bearer
-- Notes whose a ceremony is, and their pseudonym in the log; it never changes hands.
UPDATE access.ceremony SET
    bearer_id = %(bearer_id)s::uuid,
    detail = detail || jsonb_build_object('subject', %(subject)s::text)
WHERE
    ceremony_hash = %(ceremony_hash)s::bytea
    AND (bearer_id IS NULL OR bearer_id = %(bearer_id)s::uuid)

-- name: use_ceremony
-- Ends a ceremony by its right answer and returns it; none when it ended or ran out before.
UPDATE access.ceremony SET used_at = %(at)s::timestamptz
WHERE
    ceremony_hash = %(ceremony_hash)s::bytea AND kind = %(kind)s::text
    AND audience = %(audience)s::text AND used_at IS NULL
    AND expires_at > %(at)s::timestamptz
RETURNING
    ceremony_hash, kind, audience, bearer_id, secret, detail, attempts, created_at, expires_at

-- name: delete_ceremonies
-- Erases what somebody has under way.
DELETE FROM access.ceremony
WHERE bearer_id = ANY(%(bearer_ids)s::uuid[])

-- name: sweep_ceremonies
-- Forgets ceremonies that ran out.
DELETE FROM access.ceremony WHERE expires_at < %(before)s::timestamptz
