-- name: insert_keys
-- Keeps the wrapped keys of new profiles, all or, when the epoch was closed meanwhile, none.
INSERT INTO vault.subject_key (profile_id, epoch_id, wrapped, created_at)
SELECT fresh.profile_id, epoch.epoch_id, fresh.wrapped, %(at)s::timestamptz
FROM vault.epoch
CROSS JOIN unnest(%(profile_ids)s::uuid[], %(wrapped)s::bytea[]) AS fresh (profile_id, wrapped)
WHERE epoch.epoch_id = %(epoch_id)s::integer AND epoch.closed_at IS NULL
FOR KEY SHARE OF epoch

-- name: read_keys
-- Returns the wrapped keys of these profiles; a profile without a key is missing.
SELECT found.profile_id, found.epoch_id, found.wrapped
FROM vault.read_keys(%(profile_ids)s::uuid[]) AS found

-- name: next_to_rewrap
-- Returns and locks the next keys that an older epoch wraps; none when the end is reached.
SELECT found.profile_id, found.epoch_id, found.wrapped
FROM vault.next_to_rewrap(%(below)s::integer, %(after)s::uuid, %(at_most)s::integer) AS found

-- name: rewrap_keys
-- Replaces wrapped keys; returns how many.
SELECT vault.rewrap_keys(
    %(profile_ids)s::uuid[], %(epoch_id)s::integer, %(wrapped)s::bytea[]
) AS rewrapped

-- name: destroy_keys
-- Destroys the keys of these profiles; returns how many there were.
SELECT vault.destroy_keys(%(profile_ids)s::uuid[]) AS destroyed
