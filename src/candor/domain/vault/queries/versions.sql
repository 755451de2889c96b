-- name: versions
-- Returns the versions of all fixed keys that were ever changed, newest first.
SELECT
    key_version.use, key_version.version, key_version.opened_at, key_version.retired_at,
    key_version.done_at
FROM vault.key_version
ORDER BY key_version.use, key_version.version DESC

-- name: insert_version
-- Adds a version; the one before must be retired.
INSERT INTO vault.key_version (use, version, opened_at, retired_at)
VALUES (%(use)s::text, %(version)s::smallint, %(at)s::timestamptz, %(retired_at)s::timestamptz)

-- name: retire_version
-- Ends the version in use, if there is one.
UPDATE vault.key_version SET retired_at = %(at)s::timestamptz
WHERE use = %(use)s::text AND retired_at IS NULL

-- name: finish_versions
-- Notes that nothing depends on the retired versions of a use any more.
UPDATE vault.key_version SET done_at = %(at)s::timestamptz
WHERE use = %(use)s::text AND retired_at IS NOT NULL AND done_at IS NULL

-- name: lock_versions
-- Lets one change the versions of a use, alone, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('vault.key_version'), hashtext(%(use)s::text))

-- name: hold_versions
-- Lets nobody change the versions of a use until the transaction ends.
SELECT pg_advisory_xact_lock_shared(hashtext('vault.key_version'), hashtext(%(use)s::text))

-- name: bind_root
-- Notes the root that this database belongs to, once.
INSERT INTO vault.root (fingerprint, bound_at)
VALUES (%(fingerprint)s::text, %(at)s::timestamptz)
ON CONFLICT DO NOTHING

-- name: root
-- Returns the root that this database belongs to; none before the first start.
SELECT root.fingerprint, root.bound_at, root.confirmed_at FROM vault.root

-- name: confirm_root
-- Notes that a recovery copy of the root was read back.
UPDATE vault.root SET confirmed_at = %(at)s::timestamptz WHERE fingerprint = %(fingerprint)s::text
