-- name: signals
-- Returns every signal of these profiles, oldest first.
SELECT
    signal.profile_id, signal.signal_id, signal.kind, signal.channel_id, signal.value,
    signal.is_readable, signal.decided_at, signal.surface
FROM consent.signal
WHERE signal.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY signal.decided_at, signal.signal_id

-- name: confirmations
-- Returns every question of a double opt-in, oldest first, without its token.
SELECT
    confirmation.profile_id, confirmation.confirmation_id, confirmation.choices::text AS choices,
    confirmation.asked_at, confirmation.confirmed_at, confirmation.surface
FROM consent.confirmation
WHERE confirmation.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY confirmation.asked_at, confirmation.confirmation_id

-- name: guardians
-- Returns who may or might choose for these profiles, and for whom they may or might.
SELECT guardian.profile_id, guardian.guardian_id, guardian.since, guardian.ended_at, guardian.proof
FROM consent.guardian
WHERE
    guardian.profile_id = ANY(%(profile_ids)s::uuid[])
    OR guardian.guardian_id = ANY(%(profile_ids)s::uuid[])
ORDER BY guardian.since, guardian.guardian_id

-- name: delete_reach
-- Forgets through which channels these profiles could be reached.
DELETE FROM consent.reach WHERE reach.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: delete_contacts
-- Forgets when messages left to these profiles.
DELETE FROM consent.contact WHERE contact.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: delete_confirmations
-- Forgets what these profiles were asked to confirm; links that lead there end.
DELETE FROM consent.confirmation WHERE confirmation.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: delete_guardians
-- Forgets who might choose for these profiles, and for whom they might.
DELETE FROM consent.guardian
WHERE
    guardian.profile_id = ANY(%(profile_ids)s::uuid[])
    OR guardian.guardian_id = ANY(%(profile_ids)s::uuid[])

-- name: bare_states
-- Takes from the states of these profiles whatever says something about the person.
UPDATE consent.state
SET minor_until = NULL, paused_until = '-infinity', quiet_hours = 0, zone = NULL, own_points = 0,
    points = 0, heard = 0
WHERE state.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: evidence
-- Returns how many choices, preferences and signals of these profiles are kept as evidence.
SELECT
    (SELECT count(*) FROM consent.record WHERE profile_id = ANY(%(profile_ids)s::uuid[])) AS records,
    (SELECT count(*) FROM consent.wish WHERE profile_id = ANY(%(profile_ids)s::uuid[])) AS wishes,
    (SELECT count(*) FROM consent.signal WHERE profile_id = ANY(%(profile_ids)s::uuid[])) AS signals
