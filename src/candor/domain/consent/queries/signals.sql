-- name: insert_signals
-- Appends signals; returns those that are new, one row per profile. A retry returns nothing.
INSERT INTO consent.signal (
    profile_id, signal_id, via_profile_id, kind, channel_id, value, is_readable, decided_at,
    recorded_at, surface, source_id
)
SELECT
    fresh.profile_id, fresh.signal_id, fresh.via_profile_id, fresh.kind, fresh.channel_id,
    fresh.value, fresh.is_readable, fresh.decided_at, %(at)s::timestamptz, fresh.surface,
    fresh.source_id
FROM unnest(
    %(profile_ids)s::uuid[], %(signal_ids)s::uuid[], %(via_profile_ids)s::uuid[],
    %(kinds)s::text[], %(channel_ids)s::smallint[], %(values)s::text[],
    %(are_readable)s::boolean[], %(decided_at)s::timestamptz[], %(surfaces)s::text[],
    %(source_ids)s::smallint[]
) AS fresh (
    profile_id, signal_id, via_profile_id, kind, channel_id, value, is_readable, decided_at,
    surface, source_id
)
ON CONFLICT (profile_id, signal_id) DO NOTHING
RETURNING signal.signal_id

-- name: last_strings
-- Returns the last TCF and GPP string that came through each of these profiles.
SELECT DISTINCT ON (signal.profile_id, signal.kind)
    signal.profile_id, signal.kind, signal.value, signal.decided_at
FROM consent.signal
WHERE
    signal.profile_id = ANY(%(profile_ids)s::uuid[])
    AND signal.via_profile_id = signal.profile_id
    AND signal.kind IN ('tcf', 'gpp')
ORDER BY signal.profile_id, signal.kind, signal.decided_at DESC, signal.recorded_at DESC

-- name: standing_choices
-- Returns the choice that counts of each of these profiles about each of these purposes, by the
-- same rule as model.latest (a yes through a profile that is not, or no longer, the same person's
-- does not count), and whether it was made knowing that the browser says no.
SELECT DISTINCT ON (record.profile_id, record.purpose_id)
    record.profile_id, record.purpose_id, record.choice, record.decided_at,
    coalesce(record.evidence ->> 'over_gpc' = 'true', false) AS is_over_gpc
FROM consent.record
WHERE
    record.profile_id = ANY(%(profile_ids)s::uuid[])
    AND record.purpose_id = ANY(%(purpose_ids)s::smallint[])
    AND (
        record.choice <> 'granted'
        OR EXISTS (
            SELECT FROM consent.state AS own
            JOIN consent.state AS via ON via.head_id = own.head_id
            WHERE own.profile_id = record.profile_id AND via.profile_id = record.via_profile_id
        )
    )
ORDER BY
    record.profile_id, record.purpose_id, record.decided_at DESC,
    record.choice <> 'granted' DESC, record.record_id DESC

-- name: signals
-- Returns every signal that counts for these profiles, oldest first.
SELECT
    signal.profile_id, signal.signal_id, signal.via_profile_id, signal.kind, signal.channel_id,
    signal.value, signal.is_readable, signal.decided_at, signal.recorded_at, signal.surface,
    signal.source_id
FROM consent.signal
WHERE signal.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY signal.decided_at, signal.signal_id
