-- name: set_minor
-- Sets until when these profiles are a minor's; null: they are nobody's.
UPDATE consent.state
SET minor_until = %(until)s::date
WHERE state.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: insert_guardian
-- Writes down who may choose for a child.
INSERT INTO consent.guardian (profile_id, guardian_id, since, proof, recorded_by)
VALUES (
    %(profile_id)s::uuid, %(guardian_id)s::uuid, %(since)s::timestamptz, %(proof)s::text,
    %(recorded_by)s::text
)

-- name: guardians
-- Returns who may choose, or once might, for any of these profiles; the newest first.
SELECT
    guardian.profile_id, guardian.guardian_id, guardian.since, guardian.ended_at, guardian.proof,
    guardian.recorded_by
FROM consent.guardian
WHERE guardian.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY guardian.since DESC, guardian.guardian_id

-- name: wards
-- Returns the children for whom any of these profiles may choose at an instant.
SELECT DISTINCT guardian.profile_id
FROM consent.guardian
WHERE guardian.guardian_id = ANY(%(profile_ids)s::uuid[])
    AND guardian.since <= %(now)s::timestamptz
    AND (guardian.ended_at IS NULL OR guardian.ended_at > %(now)s::timestamptz)
ORDER BY guardian.profile_id

-- name: end_guardian
-- Ends what these profiles may choose for those; touches no row when it has ended before.
UPDATE consent.guardian
SET ended_at = %(at)s::timestamptz
WHERE guardian.profile_id = ANY(%(profile_ids)s::uuid[])
    AND guardian.guardian_id = ANY(%(guardian_ids)s::uuid[])
    AND guardian.ended_at IS NULL
