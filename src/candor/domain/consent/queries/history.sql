-- name: lately_chosen
-- Returns the newest few choices about each purpose, newest first, each once however many
-- profiles of the person it counts for; of two at one moment first the no, as model.choice.latest.
-- A yes through a profile outside these is not the person's.
WITH said AS (
    SELECT DISTINCT ON (record.record_id)
        record.record_id, record.purpose_id, record.choice, record.decided_at,
        record.expires_at, record.surface, record.source_id, record.notice, record.locale,
        record.edition, record.guardian_id, record.evidence
    FROM consent.record
    WHERE
        record.profile_id = ANY(%(profile_ids)s::uuid[])
        AND (record.choice <> 'granted' OR record.via_profile_id = ANY(%(profile_ids)s::uuid[]))
    ORDER BY record.record_id
),

placed AS (
    SELECT
        said.record_id, said.purpose_id, said.choice, said.decided_at, said.expires_at,
        said.surface, said.source_id, said.notice, said.locale, said.edition, said.guardian_id,
        said.evidence,
        row_number() OVER (
            PARTITION BY said.purpose_id
            ORDER BY said.decided_at DESC, said.choice = 'granted', said.record_id DESC
        )::integer AS place
    FROM said
)

SELECT
    placed.record_id, placed.purpose_id, placed.choice, placed.decided_at, placed.expires_at,
    placed.surface, placed.source_id, placed.notice, placed.locale, placed.edition,
    placed.guardian_id IS NOT NULL AS by_guardian,
    coalesce(placed.evidence ->> 'over_gpc' = 'true', false) AS is_over_gpc, placed.place
FROM placed
WHERE placed.place <= %(at_most)s::integer
ORDER BY placed.decided_at DESC, placed.record_id DESC

-- name: choices_before
-- Returns a page of the choices about one purpose, or about all, before a place in the list, newest
-- first.
SELECT DISTINCT ON (record.decided_at, record.record_id)
    record.record_id, record.purpose_id, record.choice, record.decided_at, record.expires_at,
    record.surface, record.source_id, record.notice, record.locale, record.edition,
    record.guardian_id IS NOT NULL AS by_guardian,
    coalesce(record.evidence ->> 'over_gpc' = 'true', false) AS is_over_gpc, 0 AS place
FROM consent.record
WHERE
    record.profile_id = ANY(%(profile_ids)s::uuid[])
    AND (
        %(purpose_id)s::smallint IS NULL OR record.purpose_id = %(purpose_id)s::smallint
    )
    AND (record.decided_at, record.record_id) < (%(before)s::timestamptz, %(before_id)s::uuid)
ORDER BY record.decided_at DESC, record.record_id DESC
LIMIT %(at_most)s::integer

-- name: choice_of
-- Returns one choice of a person, or nothing when it is not theirs.
SELECT
    record.record_id, record.purpose_id, record.choice, record.decided_at, record.expires_at,
    record.surface, record.source_id, record.notice, record.locale, record.edition,
    record.guardian_id IS NOT NULL AS by_guardian,
    coalesce(record.evidence ->> 'over_gpc' = 'true', false) AS is_over_gpc, 0 AS place
FROM consent.record
WHERE
    record.profile_id = ANY(%(profile_ids)s::uuid[])
    AND record.record_id = %(record_id)s::uuid
LIMIT 1

-- name: wishes_before
-- Returns a page of a person's preferences before a place in the list, newest first.
SELECT DISTINCT ON (wish.decided_at, wish.wish_id)
    wish.wish_id, wish.kind, wish.topic_id, wish.channel_id, wish.frequency, wish.until,
    wish.hours, wish.zone, wish.decided_at, wish.surface, wish.source_id
FROM consent.wish
WHERE
    wish.profile_id = ANY(%(profile_ids)s::uuid[])
    AND (wish.decided_at, wish.wish_id) < (%(before)s::timestamptz, %(before_id)s::uuid)
ORDER BY wish.decided_at DESC, wish.wish_id DESC
LIMIT %(at_most)s::integer

-- name: lately_wished
-- Returns the newest preference about each topic on each channel, and the newest pause and
-- quiet hours.
SELECT DISTINCT ON (wish.kind, wish.topic_id, wish.channel_id)
    wish.wish_id, wish.kind, wish.topic_id, wish.channel_id, wish.frequency, wish.until,
    wish.hours, wish.zone, wish.decided_at, wish.surface, wish.source_id
FROM consent.wish
WHERE wish.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY
    wish.kind, wish.topic_id, wish.channel_id, wish.decided_at DESC,
    wish.frequency = 'never' DESC, wish.wish_id DESC

-- name: lately_signalled
-- Returns the newest signal of each kind, about each channel or about none.
SELECT DISTINCT ON (signal.kind, signal.channel_id)
    signal.kind, signal.channel_id, signal.decided_at, signal.surface
FROM consent.signal
WHERE signal.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY signal.kind, signal.channel_id, signal.decided_at DESC
