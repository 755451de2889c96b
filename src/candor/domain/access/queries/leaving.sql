-- name: weigh
-- Returns how much would end with somebody's leaving.
SELECT
    (
        SELECT count(*)::integer FROM access.session
        WHERE
            session.bearer_id = %(staff_id)s::uuid AND session.audience = 'staff'
            AND session.revoked_at IS NULL AND session.expires_at > %(at)s::timestamptz
    ) AS sessions,
    (
        SELECT count(*)::integer FROM access.passkey
        WHERE passkey.bearer_id = %(staff_id)s::uuid AND passkey.audience = 'staff'
    ) AS passkeys,
    (
        SELECT count(*)::integer FROM access.permit
        WHERE
            permit.staff_id = %(staff_id)s::uuid AND permit.ended_at IS NULL
            AND permit.expires_at > %(at)s::timestamptz
    ) AS permits,
    (
        SELECT count(*)::integer FROM access.proposal
        WHERE
            proposal.proposed_by = %(staff_id)s::uuid AND proposal.state = 'open'
            AND proposal.expires_at > %(at)s::timestamptz
    ) AS proposals

-- name: set_role_of
-- Gives somebody another role; touches nothing when they left.
UPDATE access.staff SET role = %(role)s::text
WHERE staff_id = %(staff_id)s::uuid AND left_at IS NULL
