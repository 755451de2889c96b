-- name: insert_write_key
-- Keeps the hash of a new write key.
INSERT INTO access.write_key (key_hash, source_code, hint, created_at, made_by)
VALUES (
    %(key_hash)s::bytea, %(source_code)s::text, %(hint)s::text, %(at)s::timestamptz,
    %(made_by)s::uuid
)
ON CONFLICT (key_hash) DO NOTHING

-- name: source_of_key
-- Returns the source that a key opens the door for; none when it is unknown or revoked.
SELECT write_key.source_code
FROM access.write_key
WHERE write_key.key_hash = %(key_hash)s::bytea AND write_key.revoked_at IS NULL

-- name: revoke_write_keys
-- Stops all keys of a source.
UPDATE access.write_key SET revoked_at = %(at)s::timestamptz
WHERE source_code = %(source_code)s::text AND revoked_at IS NULL
