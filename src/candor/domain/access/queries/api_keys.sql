-- name: insert_api_key
-- Keeps the hash of a new key of the API.
INSERT INTO access.api_key (
    key_hash, key_id, name, scopes, source_code, hint, created_at, expires_at,
    made_by
)
VALUES (
    %(key_hash)s::bytea, %(key_id)s::uuid, %(name)s::text, %(scopes)s::text[],
    %(source_code)s::text, %(hint)s::text, %(created_at)s::timestamptz,
    %(expires_at)s::timestamptz, %(made_by)s::uuid
)

-- name: find_api_key
-- Returns a key of the API that works; none when it is unknown, has ended, was taken back or
-- is suspended.
SELECT
    api_key.key_id, api_key.name, api_key.scopes, api_key.source_code, api_key.hint,
    api_key.created_at, api_key.expires_at, api_key.last_used_at, api_key.revoked_at,
    api_key.suspended_at, api_key.made_by
FROM access.api_key
WHERE
    api_key.key_hash = %(key_hash)s::bytea AND api_key.revoked_at IS NULL
    AND api_key.suspended_at IS NULL AND api_key.expires_at > %(at)s::timestamptz

-- name: api_keys
-- Returns all keys of the API, newest first, those that have ended too.
SELECT
    api_key.key_id, api_key.name, api_key.scopes, api_key.source_code, api_key.hint,
    api_key.created_at, api_key.expires_at, api_key.last_used_at, api_key.revoked_at,
    api_key.suspended_at, api_key.made_by
FROM access.api_key
ORDER BY api_key.created_at DESC, api_key.key_id DESC

-- name: end_api_key
-- Lets a key that works end at an instant, or earlier if it would; returns it. None otherwise.
UPDATE access.api_key SET expires_at = least(expires_at, %(expires_at)s::timestamptz)
WHERE
    key_id = %(key_id)s::uuid AND revoked_at IS NULL AND suspended_at IS NULL
    AND expires_at > %(at)s::timestamptz
RETURNING
    key_id, name, scopes, source_code, hint, created_at, expires_at, last_used_at, revoked_at,
    suspended_at, made_by

-- name: revoke_api_key
-- Takes back a key that works and returns it; none otherwise.
UPDATE access.api_key SET revoked_at = %(at)s::timestamptz
WHERE
    key_id = %(key_id)s::uuid AND revoked_at IS NULL AND expires_at > %(at)s::timestamptz
RETURNING
    key_id, name, scopes, source_code, hint, created_at, expires_at, last_used_at, revoked_at,
    suspended_at, made_by

-- name: touch_api_keys
-- Notes that keys are in use, once a minute each.
UPDATE access.api_key SET last_used_at = date_trunc('minute', %(at)s::timestamptz)
WHERE
    key_id = ANY(%(key_ids)s::uuid[])
    AND (
        last_used_at IS NULL
        OR last_used_at < date_trunc('minute', %(at)s::timestamptz)
    )

-- name: suspend_api_key
-- Stops a key that works until somebody has looked, and returns it; none otherwise.
UPDATE access.api_key SET suspended_at = %(at)s::timestamptz
WHERE
    key_id = %(key_id)s::uuid AND revoked_at IS NULL AND suspended_at IS NULL
    AND expires_at > %(at)s::timestamptz
RETURNING
    key_id, name, scopes, source_code, hint, created_at, expires_at, last_used_at, revoked_at,
    suspended_at, made_by

-- name: resume_api_key
-- Lets a suspended key work again, as long as it would have, and returns it; none otherwise.
UPDATE access.api_key SET suspended_at = NULL
WHERE key_id = %(key_id)s::uuid AND suspended_at IS NOT NULL
RETURNING
    key_id, name, scopes, source_code, hint, created_at, expires_at, last_used_at, revoked_at,
    suspended_at, made_by
