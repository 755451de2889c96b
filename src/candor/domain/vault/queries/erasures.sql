-- name: insert_erasures
-- Notes whose keys were destroyed, once each; returns server and number of the transaction.
WITH noted AS (
    INSERT INTO vault.erasure (profile_id, erased_at)
    SELECT unnest(%(profile_ids)s::uuid[]), %(at)s::timestamptz
    ON CONFLICT (profile_id) DO NOTHING
)
SELECT control.system_identifier::text || '/' || pg_current_xact_id()::text AS transaction
FROM pg_control_system() AS control

-- name: erased_among
-- Returns which of these profiles are noted as erased.
SELECT erasure.profile_id FROM vault.erasure
WHERE erasure.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: fates
-- Returns what became of transactions; null for one of another server, or one that lies ahead.
SELECT
    asked.transaction,
    CASE
        WHEN split_part(asked.transaction, '/', 1) <> control.system_identifier::text THEN NULL
        WHEN split_part(asked.transaction, '/', 2)::xid8
            >= pg_snapshot_xmax(pg_current_snapshot()) THEN NULL
        ELSE pg_xact_status(split_part(asked.transaction, '/', 2)::xid8)
    END AS fate
FROM unnest(%(transactions)s::text[]) AS asked (transaction), pg_control_system() AS control
