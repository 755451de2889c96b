-- name: end_every_session
-- Ends all sign-ins of everybody.
UPDATE access.session SET revoked_at = %(at)s::timestamptz
WHERE revoked_at IS NULL AND expires_at > %(at)s::timestamptz

-- name: end_every_link
-- Uses up all links that could still let somebody in.
UPDATE access.sign_in_link SET used_at = %(at)s::timestamptz
WHERE used_at IS NULL AND expires_at > %(at)s::timestamptz

-- name: end_every_ceremony
-- Uses up whatever anybody has under way, invitations too.
UPDATE access.ceremony SET used_at = %(at)s::timestamptz
WHERE used_at IS NULL AND expires_at > %(at)s::timestamptz

-- name: expire_every_proposal
-- Closes all proposals that nobody decided on.
UPDATE access.proposal SET state = 'expired', decided_at = %(at)s::timestamptz
WHERE state = 'open'

-- name: end_every_permit
-- Takes back all permits that stand.
UPDATE access.permit SET ended_at = %(at)s::timestamptz
WHERE ended_at IS NULL AND expires_at > %(at)s::timestamptz
