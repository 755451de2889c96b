-- name: insert_passkey
-- Keeps a passkey; nothing when this credential is known already, whoever it belongs to.
INSERT INTO access.passkey (
    credential_id, audience, bearer_id, user_handle, public_key, sign_count, transports, aaguid,
    is_backed_up, name, created_at
)
VALUES (
    %(credential_id)s::bytea, %(audience)s::text, %(bearer_id)s::uuid, %(user_handle)s::bytea,
    %(public_key)s::bytea, %(sign_count)s::bigint, %(transports)s::text[], %(aaguid)s::uuid,
    %(is_backed_up)s::boolean, %(name)s::text, %(at)s::timestamptz
)
ON CONFLICT (credential_id) DO NOTHING

-- name: lock_passkey
-- Returns a passkey and locks it, so that its counter rises one use after another; none: unknown.
SELECT
    passkey.credential_id, passkey.audience, passkey.bearer_id, passkey.user_handle,
    passkey.public_key, passkey.sign_count, passkey.transports, passkey.aaguid,
    passkey.is_backed_up, passkey.name, passkey.created_at, passkey.last_used_at
FROM access.passkey
WHERE passkey.credential_id = %(credential_id)s::bytea AND passkey.audience = %(audience)s::text
FOR UPDATE

-- name: passkeys_of
-- Returns the passkeys of somebody, oldest first.
SELECT
    passkey.credential_id, passkey.audience, passkey.bearer_id, passkey.user_handle,
    passkey.public_key, passkey.sign_count, passkey.transports, passkey.aaguid,
    passkey.is_backed_up, passkey.name, passkey.created_at, passkey.last_used_at
FROM access.passkey
WHERE
    passkey.bearer_id = ANY(%(bearer_ids)s::uuid[])
    AND passkey.audience = %(audience)s::text
ORDER BY passkey.created_at, passkey.credential_id

-- name: note_use
-- Notes that a passkey was used: its counter, and whether it is synchronised.
UPDATE access.passkey SET
    sign_count = %(sign_count)s::bigint, is_backed_up = %(is_backed_up)s::boolean,
    last_used_at = %(at)s::timestamptz
WHERE credential_id = %(credential_id)s::bytea

-- name: rename_passkey
-- Gives a passkey of somebody another name.
UPDATE access.passkey SET name = %(name)s::text
WHERE
    credential_id = %(credential_id)s::bytea AND bearer_id = ANY(%(bearer_ids)s::uuid[])
    AND audience = %(audience)s::text

-- name: delete_passkey
-- Forgets a passkey of somebody.
DELETE FROM access.passkey
WHERE
    credential_id = %(credential_id)s::bytea AND bearer_id = ANY(%(bearer_ids)s::uuid[])
    AND audience = %(audience)s::text

-- name: delete_passkeys
-- Forgets all passkeys of somebody.
DELETE FROM access.passkey
WHERE bearer_id = ANY(%(bearer_ids)s::uuid[]) AND audience = %(audience)s::text

-- name: delete_passkeys_since
-- Forgets the passkeys of somebody that were added from an instant on.
DELETE FROM access.passkey
WHERE
    bearer_id = ANY(%(bearer_ids)s::uuid[]) AND audience = %(audience)s::text
    AND created_at >= %(since)s::timestamptz

-- name: lock_staff_factors
-- Returns how a member of staff could come in, and locks the member, so that two changes at once
-- cannot take away the last two ways; none when there is no such member or they left.
SELECT
    (
        SELECT count(*)::integer FROM access.passkey
        WHERE passkey.bearer_id = staff.staff_id AND passkey.audience = 'staff'
    ) AS passkeys,
    EXISTS (
        SELECT 1 FROM access.password WHERE password.staff_id = staff.staff_id
    ) AS has_password,
    EXISTS (
        SELECT 1 FROM access.totp
        WHERE totp.staff_id = staff.staff_id AND totp.confirmed_at IS NOT NULL
    ) AS has_code,
    (
        SELECT count(*)::integer FROM access.federated
        WHERE federated.staff_id = staff.staff_id
    ) AS providers
FROM access.staff
WHERE staff.staff_id = %(staff_id)s::uuid AND staff.left_at IS NULL
FOR UPDATE OF staff
