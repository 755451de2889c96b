-- name: insert_session
-- Begins a session.
INSERT INTO access.session (
    session_hash, audience, bearer_id, created_at, last_seen_at, expires_at, methods, proved_at,
    device, network
)
VALUES (
    %(session_hash)s::bytea, %(audience)s::text, %(bearer_id)s::uuid, %(at)s::timestamptz,
    %(at)s::timestamptz, %(expires_at)s::timestamptz, %(methods)s::text[],
    %(proved_at)s::timestamptz, %(device)s::text, %(network)s::bytea
)

-- name: find_session
-- Returns a session that stands; none when it ended, was idle too long or never was.
SELECT
    session.session_hash, session.audience, session.bearer_id, session.created_at,
    session.last_seen_at, session.expires_at, session.methods, session.proved_at, session.network
FROM access.session
WHERE
    session.session_hash = %(session_hash)s::bytea AND session.audience = %(audience)s::text
    AND session.revoked_at IS NULL AND session.expires_at > %(at)s::timestamptz
    AND session.last_seen_at > %(idle_since)s::timestamptz

-- name: touch_session
-- Notes that a session is in use.
UPDATE access.session SET last_seen_at = %(at)s::timestamptz
WHERE session_hash = %(session_hash)s::bytea

-- name: prove_session
-- Notes that the bearer of a session proved again who they are, under a new secret.
UPDATE access.session SET
    session_hash = %(new_hash)s::bytea,
    methods = ARRAY(SELECT DISTINCT unnest(methods || %(methods)s::text[]) ORDER BY 1),
    proved_at = %(at)s::timestamptz, last_seen_at = %(at)s::timestamptz
WHERE session_hash = %(session_hash)s::bytea AND revoked_at IS NULL

-- name: unprove_sessions
-- Takes back the proof of all sessions of a member of staff: what is risky asks for a new one.
UPDATE access.session SET proved_at = NULL
WHERE
    bearer_id = %(staff_id)s::uuid AND audience = 'staff' AND revoked_at IS NULL
    AND proved_at IS NOT NULL

-- name: revoke_session
-- Ends a session.
UPDATE access.session SET revoked_at = %(at)s::timestamptz
WHERE session_hash = %(session_hash)s::bytea AND revoked_at IS NULL

-- name: sessions_of
-- Returns the last sign-ins of somebody, newest first, those that ended too.
SELECT
    session.session_hash, session.created_at, session.last_seen_at, session.expires_at,
    session.revoked_at, session.methods, session.device
FROM access.session
WHERE session.bearer_id = ANY(%(bearer_ids)s::uuid[])
ORDER BY session.created_at DESC, session.session_hash
LIMIT %(at_most)s

-- name: is_known_origin
-- Returns whether somebody has a sign-in, standing or ended, of this kind of browser and network.
SELECT EXISTS(
    SELECT 1
    FROM access.session
    WHERE
        session.bearer_id = ANY(%(bearer_ids)s::uuid[]) AND session.audience = 'customer'
        AND session.device = %(device)s::text
        AND session.network IS NOT DISTINCT FROM %(network)s::bytea
) AS is_known

-- name: revoke_session_of
-- Ends one sign-in of somebody; of nobody else, whatever is asked for.
UPDATE access.session SET revoked_at = %(at)s::timestamptz
WHERE
    session_hash = %(session_hash)s::bytea AND bearer_id = ANY(%(bearer_ids)s::uuid[])
    AND audience = %(audience)s::text
    AND revoked_at IS NULL AND expires_at > %(at)s::timestamptz

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

-- name: sweep_sessions
-- Forgets sessions that ended long ago.
DELETE FROM access.session WHERE expires_at < %(before)s::timestamptz
