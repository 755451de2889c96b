-- name: known_records
-- Returns those of these choices that stand already, each through its profile.
SELECT DISTINCT record.record_id
FROM consent.record
JOIN unnest(%(profile_ids)s::uuid[], %(record_ids)s::uuid[]) AS wanted (profile_id, record_id)
    ON record.profile_id = wanted.profile_id AND record.record_id = wanted.record_id
