-- name: keys_of
-- Returns the keys that work and that a member of staff answers for; suspended ones as well: they
-- could be let work again.
SELECT 'api' AS kind, api_key.key_id::text AS ref, api_key.name AS name
FROM access.api_key
WHERE
    api_key.made_by = %(staff_id)s::uuid AND api_key.revoked_at IS NULL
    AND api_key.expires_at > %(at)s::timestamptz
UNION ALL
SELECT
    'write' AS kind, encode(substring(write_key.key_hash, 1, 8), 'hex') AS ref,
    write_key.source_code AS name
FROM access.write_key
WHERE write_key.made_by = %(staff_id)s::uuid AND write_key.revoked_at IS NULL
ORDER BY kind, name, ref

-- name: hand_on_api_key
-- Lets another member of staff answer for a key of the API.
UPDATE access.api_key SET made_by = %(to)s::uuid
WHERE key_id = %(ref)s::uuid AND made_by = %(staff_id)s::uuid AND revoked_at IS NULL

-- name: hand_on_write_key
-- Lets another member of staff answer for a write key.
UPDATE access.write_key SET made_by = %(to)s::uuid
WHERE
    encode(substring(key_hash, 1, 8), 'hex') = %(ref)s::text
    AND made_by = %(staff_id)s::uuid AND revoked_at IS NULL

-- name: end_write_key
-- Stops one write key of a member of staff.
UPDATE access.write_key SET revoked_at = %(at)s::timestamptz
WHERE
    encode(substring(key_hash, 1, 8), 'hex') = %(ref)s::text
    AND made_by = %(staff_id)s::uuid AND revoked_at IS NULL
