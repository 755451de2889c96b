-- name: insert_keys
-- Keeps the wrapped keys of new profiles.
INSERT INTO vault.subject_key (profile_id, epoch_id, wrapped, created_at)
SELECT fresh.profile_id, %(epoch_id)s::integer, fresh.wrapped, %(at)s::timestamptz
FROM unnest(%(profile_ids)s::uuid[], %(wrapped)s::bytea[]) AS fresh (profile_id, wrapped)

-- name: read_keys
-- Returns the wrapped keys of these profiles; a profile without a key is missing.
SELECT found.profile_id, found.epoch_id, found.wrapped
FROM vault.read_keys(%(profile_ids)s::uuid[]) AS found

-- name: keys_to_rewrap
-- Returns and locks some keys that an older epoch wraps; none when all are done.
SELECT found.profile_id, found.epoch_id, found.wrapped
FROM vault.keys_to_rewrap(%(below)s::integer, %(at_most)s::integer) AS found

-- name: rewrap_keys
-- Replaces wrapped keys; returns how many.
SELECT vault.rewrap_keys(
    %(profile_ids)s::uuid[], %(epoch_id)s::integer, %(wrapped)s::bytea[]
) AS rewrapped

-- name: destroy_keys
-- Destroys the keys of these profiles; returns how many there were.
SELECT vault.destroy_keys(%(profile_ids)s::uuid[]) AS destroyed

-- name: insert_erasures
-- Notes whose keys were destroyed, once each; returns the number of the transaction.
WITH noted AS (
    INSERT INTO vault.erasure (profile_id, erased_at)
    SELECT unnest(%(profile_ids)s::uuid[]), %(at)s::timestamptz
    ON CONFLICT (profile_id) DO NOTHING
)
SELECT pg_current_xact_id()::text::bigint AS transaction

-- name: open_epoch
-- Returns the epoch that new keys are wrapped in; none before the first.
SELECT epoch.epoch_id FROM vault.epoch WHERE epoch.closed_at IS NULL

-- name: lock_epochs
-- Lets one opener in at a time until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('vault.epoch'))

-- name: close_epochs
-- Closes the open epoch, if any.
UPDATE vault.epoch SET closed_at = %(at)s::timestamptz WHERE closed_at IS NULL

-- name: insert_epoch
-- Opens the next epoch; returns its number.
INSERT INTO vault.epoch (epoch_id, opened_at)
SELECT coalesce(max(epoch.epoch_id), 0) + 1, %(at)s::timestamptz FROM vault.epoch
RETURNING epoch_id

-- name: mark_destroyed
-- Notes that the key of an epoch was destroyed.
UPDATE vault.epoch SET destroyed_at = %(at)s::timestamptz
WHERE epoch_id = %(epoch_id)s::integer AND closed_at IS NOT NULL

-- name: epochs
-- Returns all epochs with the number of keys that each wraps, newest first.
SELECT
    epoch.epoch_id, epoch.opened_at, epoch.closed_at, epoch.destroyed_at,
    coalesce(counted.keys, 0) AS keys
FROM vault.epoch
LEFT JOIN vault.count_keys() AS counted (epoch_id, keys) ON counted.epoch_id = epoch.epoch_id
ORDER BY epoch.epoch_id DESC
