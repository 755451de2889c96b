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

-- name: lock_epoch
-- Waits for all who are making keys in this epoch and keeps others out; none if unknown.
SELECT epoch.epoch_id FROM vault.epoch WHERE epoch.epoch_id = %(epoch_id)s::integer FOR UPDATE

-- name: mark_emptied
-- Notes that closed epochs wrap nothing any more, and takes it back where that is not so.
UPDATE vault.epoch SET
    emptied_at = CASE WHEN coalesce(counted.keys, 0) = 0 THEN %(at)s::timestamptz END
FROM vault.epoch AS same
LEFT JOIN vault.count_keys() AS counted (epoch_id, keys) ON counted.epoch_id = same.epoch_id
WHERE
    epoch.epoch_id = same.epoch_id AND epoch.closed_at IS NOT NULL
    AND epoch.destroyed_at IS NULL
    AND (epoch.emptied_at IS NULL) = (coalesce(counted.keys, 0) = 0)

-- name: mark_destroyed
-- Notes that the key of an epoch was destroyed.
UPDATE vault.epoch SET destroyed_at = %(at)s::timestamptz
WHERE epoch_id = %(epoch_id)s::integer AND closed_at IS NOT NULL

-- name: epochs
-- Returns all epochs with the number of keys that each wraps, newest first.
SELECT
    epoch.epoch_id, epoch.opened_at, epoch.closed_at, epoch.emptied_at, epoch.destroyed_at,
    coalesce(counted.keys, 0) AS keys
FROM vault.epoch
LEFT JOIN vault.count_keys() AS counted (epoch_id, keys) ON counted.epoch_id = epoch.epoch_id
ORDER BY epoch.epoch_id DESC
