-- name: find_choice
-- Returns one choice that was made through one of these profiles, or nothing.
SELECT
    record.record_id, record.via_profile_id, record.purpose_id, record.choice,
    record.decided_at, record.recorded_at, record.expires_at, record.surface, record.notice,
    record.locale, record.guardian_id
FROM consent.record
WHERE
    record.profile_id = ANY(%(profile_ids)s::uuid[])
    AND record.record_id = %(record_id)s::uuid
    AND record.via_profile_id = record.profile_id
