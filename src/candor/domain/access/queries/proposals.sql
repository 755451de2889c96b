-- name: insert_proposal
-- Writes down what somebody proposes.
INSERT INTO access.proposal (
    proposal_id, kind, payload, why, proposed_by, proposed_at, expires_at, state
)
VALUES (
    %(proposal_id)s::uuid, %(kind)s::text, %(payload)s::jsonb, %(why)s::text,
    %(proposed_by)s::uuid, %(at)s::timestamptz, %(expires_at)s::timestamptz, 'open'
)

-- name: lock_proposal
-- Returns a proposal and holds it until the transaction ends; none when there is no such one.
SELECT
    proposal.proposal_id, proposal.kind, proposal.payload, proposal.why, proposal.proposed_by,
    proposal.proposed_at, proposal.expires_at, proposal.state, proposal.decided_by,
    proposal.decided_at
FROM access.proposal
WHERE proposal.proposal_id = %(proposal_id)s::uuid
FOR UPDATE

-- name: find_proposal
-- Returns a proposal; none when there is no such one.
SELECT
    proposal.proposal_id, proposal.kind, proposal.payload, proposal.why, proposal.proposed_by,
    proposal.proposed_at, proposal.expires_at, proposal.state, proposal.decided_by,
    proposal.decided_at
FROM access.proposal
WHERE proposal.proposal_id = %(proposal_id)s::uuid

-- name: last_proposals
-- Returns the last proposals, those that are open first, then the newest.
SELECT
    proposal.proposal_id, proposal.kind, proposal.payload, proposal.why, proposal.proposed_by,
    proposal.proposed_at, proposal.expires_at, proposal.state, proposal.decided_by,
    proposal.decided_at
FROM access.proposal
ORDER BY
    proposal.state = 'open' AND proposal.expires_at > %(at)s::timestamptz DESC,
    proposal.proposed_at DESC, proposal.proposal_id
LIMIT %(at_most)s

-- name: waiting_for
-- Returns how many open proposals a member of staff could decide on: those of others.
SELECT count(*) AS waiting
FROM access.proposal
WHERE
    proposal.state = 'open' AND proposal.expires_at > %(at)s::timestamptz
    AND proposal.proposed_by <> %(staff_id)s::uuid

-- name: settle_proposal
-- Ends a proposal that is open.
UPDATE access.proposal SET
    state = %(state)s::text, decided_by = %(decided_by)s::uuid, decided_at = %(at)s::timestamptz
WHERE proposal_id = %(proposal_id)s::uuid AND state = 'open'

-- name: withdraw_all_of
-- Withdraws what somebody proposed and nobody decided on.
UPDATE access.proposal SET state = 'withdrawn', decided_at = %(at)s::timestamptz
WHERE proposed_by = %(staff_id)s::uuid AND state = 'open'

-- name: expire_proposals
-- Closes what nobody decided on in time.
UPDATE access.proposal SET state = 'expired', decided_at = %(at)s::timestamptz
WHERE state = 'open' AND expires_at <= %(at)s::timestamptz

-- name: insert_permit
-- Gives a permission beyond the role for a while.
INSERT INTO access.permit (
    permit_id, staff_id, permission, proposal_id, granted_at, expires_at
)
VALUES (
    %(permit_id)s::uuid, %(staff_id)s::uuid, %(permission)s::text, %(proposal_id)s::uuid,
    %(at)s::timestamptz, %(expires_at)s::timestamptz
)

-- name: standing_permits
-- Returns what a member of staff is permitted beyond the role at an instant.
SELECT
    permit.permit_id, permit.staff_id, permit.permission, permit.proposal_id, permit.granted_at,
    permit.expires_at, permit.ended_at
FROM access.permit
WHERE
    permit.staff_id = %(staff_id)s::uuid AND permit.granted_at <= %(at)s::timestamptz
    AND permit.expires_at > %(at)s::timestamptz AND permit.ended_at IS NULL

-- name: end_permits_of
-- Takes back every permit of a member of staff.
UPDATE access.permit SET ended_at = %(at)s::timestamptz
WHERE staff_id = %(staff_id)s::uuid AND ended_at IS NULL AND expires_at > %(at)s::timestamptz

-- name: inviter_of
-- Returns who last let a member of staff in; null: a command did.
SELECT staff.invited_by FROM access.staff WHERE staff.staff_id = %(staff_id)s::uuid

-- name: note_inviter
-- Notes who let a member of staff in.
UPDATE access.staff SET invited_by = %(invited_by)s::uuid WHERE staff_id = %(staff_id)s::uuid

-- name: set_role
-- Gives a member of staff another role.
UPDATE access.staff SET role = %(role)s::text
WHERE staff_id = %(staff_id)s::uuid AND left_at IS NULL
