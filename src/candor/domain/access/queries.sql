-- name: put_staff
-- Makes a member of staff, or brings name and role up to date; returns the row.
INSERT INTO access.staff (staff_id, handle, display_name, role, created_at)
VALUES (
    %(staff_id)s::uuid, %(handle)s::text, %(display_name)s::text, %(role)s::text,
    %(at)s::timestamptz
)
ON CONFLICT (handle) DO UPDATE SET
    display_name = excluded.display_name, role = excluded.role
RETURNING staff_id, handle, display_name, role

-- name: find_staff
-- Returns a member of staff; none when there is no such id.
SELECT staff.staff_id, staff.handle, staff.display_name, staff.role
FROM access.staff
WHERE staff.staff_id = %(staff_id)s::uuid

-- name: all_staff
-- Returns all members of staff by handle.
SELECT staff.staff_id, staff.handle, staff.display_name, staff.role
FROM access.staff
ORDER BY staff.handle

-- name: insert_write_key
-- Keeps the hash of a new write key.
INSERT INTO access.write_key (key_hash, source_code, hint, created_at)
VALUES (%(key_hash)s::bytea, %(source_code)s::text, %(hint)s::text, %(at)s::timestamptz)
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

-- name: insert_api_key
-- Keeps the hash of a new key of the API.
INSERT INTO access.api_key (
    key_hash, key_id, name, scopes, source_code, hint, created_at, expires_at
)
VALUES (
    %(key_hash)s::bytea, %(key_id)s::uuid, %(name)s::text, %(scopes)s::text[],
    %(source_code)s::text, %(hint)s::text, %(created_at)s::timestamptz,
    %(expires_at)s::timestamptz
)

-- name: find_api_key
-- Returns a key of the API that works; none when it is unknown, has ended or was taken back.
SELECT
    api_key.key_id, api_key.name, api_key.scopes, api_key.source_code, api_key.hint,
    api_key.created_at, api_key.expires_at, api_key.last_used_at, api_key.revoked_at
FROM access.api_key
WHERE
    api_key.key_hash = %(key_hash)s::bytea AND api_key.revoked_at IS NULL
    AND api_key.expires_at > %(at)s::timestamptz

-- name: api_keys
-- Returns all keys of the API, newest first, those that have ended too.
SELECT
    api_key.key_id, api_key.name, api_key.scopes, api_key.source_code, api_key.hint,
    api_key.created_at, api_key.expires_at, api_key.last_used_at, api_key.revoked_at
FROM access.api_key
ORDER BY api_key.created_at DESC, api_key.key_id DESC

-- name: end_api_key
-- Lets a key that works end at an instant, or earlier if it would; returns it. None otherwise.
UPDATE access.api_key SET expires_at = least(expires_at, %(expires_at)s::timestamptz)
WHERE
    key_id = %(key_id)s::uuid AND revoked_at IS NULL AND expires_at > %(at)s::timestamptz
RETURNING
    key_id, name, scopes, source_code, hint, created_at, expires_at, last_used_at, revoked_at

-- name: revoke_api_key
-- Takes back a key that works and returns it; none otherwise.
UPDATE access.api_key SET revoked_at = %(at)s::timestamptz
WHERE
    key_id = %(key_id)s::uuid AND revoked_at IS NULL AND expires_at > %(at)s::timestamptz
RETURNING
    key_id, name, scopes, source_code, hint, created_at, expires_at, last_used_at, revoked_at

-- name: touch_api_keys
-- Notes that keys are in use, once a minute each.
UPDATE access.api_key SET last_used_at = date_trunc('minute', %(at)s::timestamptz)
WHERE
    key_id = ANY(%(key_ids)s::uuid[])
    AND (
        last_used_at IS NULL
        OR last_used_at < date_trunc('minute', %(at)s::timestamptz)
    )

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

-- name: insert_session
-- Begins a session.
INSERT INTO access.session (
    session_hash, audience, bearer_id, created_at, last_seen_at, expires_at
)
VALUES (
    %(session_hash)s::bytea, %(audience)s::text, %(bearer_id)s::uuid, %(at)s::timestamptz,
    %(at)s::timestamptz, %(expires_at)s::timestamptz
)

-- name: find_session
-- Returns a session that stands; none when it ended, was idle too long or never was.
SELECT
    session.session_hash, session.audience, session.bearer_id, session.created_at,
    session.last_seen_at, session.expires_at
FROM access.session
WHERE
    session.session_hash = %(session_hash)s::bytea AND session.audience = %(audience)s::text
    AND session.revoked_at IS NULL AND session.expires_at > %(at)s::timestamptz
    AND session.last_seen_at > %(idle_since)s::timestamptz

-- name: touch_session
-- Notes that a session is in use.
UPDATE access.session SET last_seen_at = %(at)s::timestamptz
WHERE session_hash = %(session_hash)s::bytea

-- name: revoke_session
-- Ends a session.
UPDATE access.session SET revoked_at = %(at)s::timestamptz
WHERE session_hash = %(session_hash)s::bytea AND revoked_at IS NULL

-- name: sessions_of
-- Returns the last sign-ins of somebody, newest first, those that ended too.
SELECT
    session.session_hash, session.created_at, session.last_seen_at, session.expires_at,
    session.revoked_at
FROM access.session
WHERE session.bearer_id = ANY(%(bearer_ids)s::uuid[])
ORDER BY session.created_at DESC, session.session_hash
LIMIT 50

-- name: revoke_sessions_of
-- Ends all sign-ins of somebody but one.
UPDATE access.session SET revoked_at = %(at)s::timestamptz
WHERE
    bearer_id = ANY(%(bearer_ids)s::uuid[]) AND audience = %(audience)s::text
    AND revoked_at IS NULL AND expires_at > %(at)s::timestamptz
    AND session_hash <> %(but)s::bytea

-- name: delete_sign_ins
-- Erases sessions of a person.
DELETE FROM access.session WHERE bearer_id = ANY(%(bearer_ids)s::uuid[])

-- name: delete_links
-- Erases sign-in links of a person.
DELETE FROM access.sign_in_link WHERE bearer_id = ANY(%(bearer_ids)s::uuid[])

-- name: sweep_sessions
-- Forgets sessions that ended long ago.
DELETE FROM access.session WHERE expires_at < %(before)s::timestamptz

-- name: sweep_links
-- Forgets links that ran out long ago.
DELETE FROM access.sign_in_link WHERE expires_at < %(before)s::timestamptz
