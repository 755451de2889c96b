-- name: put_password
-- Keeps what a password is held against; a former one is replaced.
INSERT INTO access.password (staff_id, verifier, set_at)
VALUES (%(staff_id)s::uuid, %(verifier)s::text, %(at)s::timestamptz)
ON CONFLICT (staff_id) DO UPDATE SET verifier = excluded.verifier, set_at = excluded.set_at

-- name: renew_verifier
-- Replaces a verifier by a stronger one of the same password, unless it was changed meanwhile.
UPDATE access.password SET verifier = %(verifier)s::text
WHERE staff_id = %(staff_id)s::uuid AND verifier = %(former)s::text

-- name: find_password
-- Returns what somebody's password is held against; none when they have none.
SELECT password.staff_id, password.verifier, password.set_at
FROM access.password
WHERE password.staff_id = %(staff_id)s::uuid

-- name: put_totp
-- Keeps a confirmed authenticator app with the step that confirmed it; a former one is replaced.
INSERT INTO access.totp (staff_id, sealed, created_at, confirmed_at, last_step)
VALUES (
    %(staff_id)s::uuid, %(sealed)s::bytea, %(at)s::timestamptz, %(at)s::timestamptz,
    %(step)s::bigint
)
ON CONFLICT (staff_id) DO UPDATE SET
    sealed = excluded.sealed, created_at = excluded.created_at,
    confirmed_at = excluded.confirmed_at, last_step = excluded.last_step

-- name: find_totp
-- Returns somebody's confirmed authenticator app; none when there is none.
SELECT totp.staff_id, totp.sealed, totp.confirmed_at, totp.last_step
FROM access.totp
WHERE totp.staff_id = %(staff_id)s::uuid AND totp.confirmed_at IS NOT NULL

-- name: use_step
-- Uses a step of an app up; touches nothing when it, or a later one, was used already.
UPDATE access.totp SET last_step = %(step)s::bigint
WHERE
    staff_id = %(staff_id)s::uuid AND last_step < %(step)s::bigint
    AND sealed = %(sealed)s::bytea

-- name: insert_recovery_code
-- Keeps the hash of a recovery code.
INSERT INTO access.recovery_code (staff_id, code_hash, created_at)
VALUES (%(staff_id)s::uuid, %(code_hash)s::bytea, %(at)s::timestamptz)

-- name: use_recovery_code
-- Uses a recovery code up; touches nothing when it is none, or was used.
UPDATE access.recovery_code SET used_at = %(at)s::timestamptz
WHERE
    staff_id = %(staff_id)s::uuid AND code_hash = %(code_hash)s::bytea AND used_at IS NULL

-- name: factors_of
-- Returns what each member of staff can sign in with, those who left too.
SELECT
    staff.staff_id,
    password.set_at AS password_set_at,
    totp.confirmed_at AS totp_since,
    (
        SELECT count(*)::integer FROM access.recovery_code
        WHERE recovery_code.staff_id = staff.staff_id AND recovery_code.used_at IS NULL
    ) AS recovery_left,
    (
        SELECT count(*)::integer FROM access.passkey
        WHERE passkey.bearer_id = staff.staff_id AND passkey.audience = 'staff'
    ) AS passkeys,
    (
        SELECT count(*)::integer FROM access.federated
        WHERE federated.staff_id = staff.staff_id
    ) AS vouched
FROM access.staff
LEFT JOIN access.password ON password.staff_id = staff.staff_id
LEFT JOIN access.totp ON totp.staff_id = staff.staff_id
WHERE staff.staff_id = ANY(%(staff_ids)s::uuid[])

-- name: delete_password
-- Forgets somebody's password.
DELETE FROM access.password WHERE staff_id = %(staff_id)s::uuid

-- name: delete_totp
-- Forgets somebody's authenticator app.
DELETE FROM access.totp WHERE staff_id = %(staff_id)s::uuid

-- name: delete_recovery_codes
-- Forgets somebody's recovery codes.
DELETE FROM access.recovery_code WHERE staff_id = %(staff_id)s::uuid

-- name: delete_staff_passkeys
-- Forgets somebody's passkeys.
DELETE FROM access.passkey WHERE bearer_id = %(staff_id)s::uuid AND audience = 'staff'

-- name: delete_vouching
-- Forgets which identity providers vouch for somebody.
DELETE FROM access.federated WHERE staff_id = %(staff_id)s::uuid
