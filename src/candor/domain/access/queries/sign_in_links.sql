-- name: insert_link
-- Keeps the hash of a sign-in link.
INSERT INTO access.sign_in_link (token_hash, audience, bearer_id, created_at, expires_at)
VALUES (
    %(token_hash)s::bytea, %(audience)s::text, %(bearer_id)s::uuid, %(at)s::timestamptz,
    %(expires_at)s::timestamptz
)

-- name: find_link
-- Returns a link that could still be used; none otherwise.
SELECT
    sign_in_link.audience, sign_in_link.bearer_id, sign_in_link.expires_at, sign_in_link.used_at
FROM access.sign_in_link
WHERE
    sign_in_link.token_hash = %(token_hash)s::bytea AND sign_in_link.audience = %(audience)s::text
    AND sign_in_link.used_at IS NULL AND sign_in_link.expires_at > %(at)s::timestamptz

-- name: use_link
-- Uses a link up and returns whose it was; none when somebody was quicker or it has run out.
UPDATE access.sign_in_link SET used_at = %(at)s::timestamptz
WHERE
    token_hash = %(token_hash)s::bytea AND audience = %(audience)s::text
    AND used_at IS NULL AND expires_at > %(at)s::timestamptz
RETURNING audience, bearer_id, expires_at, used_at

-- name: delete_links
-- Erases sign-in links of a person.
DELETE FROM access.sign_in_link WHERE bearer_id = ANY(%(bearer_ids)s::uuid[])

-- name: sweep_links
-- Forgets links that ran out long ago.
DELETE FROM access.sign_in_link WHERE expires_at < %(before)s::timestamptz
