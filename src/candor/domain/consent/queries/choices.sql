-- name: insert_states
-- Starts new profiles: each alone, nothing allowed but what the fold of no choices gives.
INSERT INTO consent.state (profile_id, head_id, regime, allowed, folded_at)
SELECT fresh.profile_id, fresh.profile_id, %(regime)s::text, %(allowed)s::bigint, %(at)s::timestamptz
FROM unnest(%(profile_ids)s::uuid[]) AS fresh (profile_id)

-- name: insert_records
-- Appends choices; one that stands already (a retry) is left as it is.
INSERT INTO consent.record (
    profile_id, record_id, via_profile_id, purpose_id, choice, decided_at, recorded_at,
    expires_at, surface, source_id, notice, locale, evidence, edition, guardian_id
)
SELECT
    fresh.profile_id, fresh.record_id, fresh.via_profile_id, fresh.purpose_id, fresh.choice,
    fresh.decided_at, %(at)s::timestamptz, fresh.expires_at, fresh.surface, fresh.source_id,
    fresh.notice, fresh.locale, fresh.evidence, fresh.edition, fresh.guardian_id
FROM unnest(
    %(profile_ids)s::uuid[], %(record_ids)s::uuid[], %(via_profile_ids)s::uuid[],
    %(purpose_ids)s::smallint[], %(choices)s::text[], %(decided_at)s::timestamptz[],
    %(expires_at)s::timestamptz[], %(surfaces)s::text[], %(source_ids)s::smallint[],
    %(notices)s::text[], %(locales)s::text[], %(evidence)s::jsonb[],
    %(editions)s::smallint[], %(guardian_ids)s::uuid[]
) AS fresh (
    profile_id, record_id, via_profile_id, purpose_id, choice, decided_at,
    expires_at, surface, source_id, notice, locale, evidence, edition, guardian_id
)
ON CONFLICT (profile_id, record_id) DO NOTHING

-- name: states
-- Returns the states of these profiles; a profile that was never seen is missing.
SELECT
    state.profile_id, state.head_id, state.standing, state.regime, state.allowed,
    CASE WHEN isfinite(state.valid_until) THEN state.valid_until
        ELSE '9999-12-31 23:59:59.999999+00'::timestamptz END AS valid_until,
    state.points, state.heard, state.minor_until,
    CASE WHEN isfinite(state.paused_until) THEN state.paused_until
        ELSE 'epoch'::timestamptz END AS paused_until,
    state.quiet_hours, state.zone
FROM consent.state
WHERE state.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: lock_people
-- Returns and locks the states of all profiles of these people, in one order for everybody.
SELECT
    state.profile_id, state.head_id, state.standing, state.regime, state.allowed,
    CASE WHEN isfinite(state.valid_until) THEN state.valid_until
        ELSE '9999-12-31 23:59:59.999999+00'::timestamptz END AS valid_until,
    state.points, state.heard, state.minor_until,
    CASE WHEN isfinite(state.paused_until) THEN state.paused_until
        ELSE 'epoch'::timestamptz END AS paused_until,
    state.quiet_hours, state.zone
FROM consent.state
WHERE state.profile_id IN (
    SELECT related.profile_id FROM consent.state AS related
    WHERE related.head_id IN (
        SELECT named.head_id FROM consent.state AS named
        WHERE named.profile_id = ANY(%(profile_ids)s::uuid[])
    )
)
ORDER BY state.profile_id
FOR UPDATE

-- name: members
-- Returns all profiles of the person that a profile is part of.
SELECT member.profile_id
FROM consent.state AS named
JOIN consent.state AS member ON member.head_id = named.head_id
WHERE named.profile_id = %(profile_id)s::uuid

-- name: records
-- Returns every choice that counts for these profiles, oldest first.
SELECT
    record.profile_id, record.record_id, record.via_profile_id, record.purpose_id,
    record.choice, record.decided_at, record.recorded_at, record.expires_at, record.surface,
    record.source_id, record.notice, record.locale, record.edition, record.guardian_id
FROM consent.record
WHERE record.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY record.decided_at, record.record_id

-- name: counting_records
-- Returns, of each of these profiles, the one choice that counts about each purpose: the latest,
-- on a tie a no; a yes that came through a profile outside these does not count. With the same
-- rule as model.choice.latest, for pages of people with a long history.
SELECT DISTINCT ON (record.profile_id, record.purpose_id)
    record.profile_id, record.record_id, record.via_profile_id, record.purpose_id,
    record.choice, record.decided_at, record.recorded_at, record.expires_at, record.surface,
    record.source_id, record.notice, record.locale, record.edition, record.guardian_id
FROM consent.record
WHERE
    record.profile_id = ANY(%(profile_ids)s::uuid[])
    AND (record.choice <> 'granted' OR record.via_profile_id = ANY(%(profile_ids)s::uuid[]))
ORDER BY
    record.profile_id, record.purpose_id, record.decided_at DESC,
    record.choice <> 'granted' DESC, record.record_id DESC

-- name: standing_records
-- Returns all records that can count for these profiles, whoever belongs together: per profile,
-- purpose and profile that it came through, the newest yes and the newest no.
SELECT DISTINCT ON (
    record.profile_id, record.purpose_id, record.via_profile_id, record.choice = 'granted'
)
    record.profile_id, record.record_id, record.via_profile_id, record.purpose_id,
    record.choice, record.decided_at, record.recorded_at, record.expires_at, record.surface,
    record.source_id, record.notice, record.locale, record.edition, record.guardian_id
FROM consent.record
WHERE record.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY
    record.profile_id, record.purpose_id, record.via_profile_id, record.choice = 'granted',
    record.decided_at DESC, record.record_id DESC

-- name: set_heads
-- Points profiles at the head of their person.
UPDATE consent.state SET head_id = fresh.head_id
FROM unnest(%(profile_ids)s::uuid[], %(head_ids)s::uuid[]) AS fresh (profile_id, head_id)
WHERE state.profile_id = fresh.profile_id

-- name: set_folds
-- Keeps fresh folds.
UPDATE consent.state
SET allowed = fresh.allowed, valid_until = coalesce(fresh.valid_until, 'infinity'),
    folded_at = %(at)s::timestamptz
FROM unnest(
    %(profile_ids)s::uuid[], %(allowed)s::bigint[], %(valid_until)s::timestamptz[]
) AS fresh (profile_id, allowed, valid_until)
WHERE state.profile_id = fresh.profile_id

-- name: set_standing
-- Sets what may be done with these profiles at all.
UPDATE consent.state SET standing = %(standing)s::text, folded_at = %(at)s::timestamptz
WHERE profile_id = ANY(%(profile_ids)s::uuid[])

-- name: audience
-- Returns the number of people whom a purpose may reach at an instant, with the same rule as
-- model.in_effect: one row per person is the head's.
SELECT count(*) AS people
FROM consent.state
WHERE
    state.profile_id = state.head_id
    AND state.standing = 'active'
    AND CASE WHEN state.valid_until > %(now)s::timestamptz THEN state.allowed
        ELSE state.allowed & ~%(consent_mask)s::bigint END & %(bit)s::bigint <> 0

-- name: allowed_among
-- Returns those of these profiles for which a purpose is allowed at an instant.
SELECT state.profile_id
FROM consent.state
WHERE
    state.profile_id = ANY(%(profile_ids)s::uuid[])
    AND state.standing = 'active'
    AND CASE WHEN state.valid_until > %(now)s::timestamptz THEN state.allowed
        ELSE state.allowed & ~%(consent_mask)s::bigint END & %(bit)s::bigint <> 0

-- name: run_out
-- Returns some profiles whose fold has run out and must be worked out again.
SELECT state.profile_id
FROM consent.state
WHERE state.valid_until <= %(now)s::timestamptz
ORDER BY state.valid_until
LIMIT %(at_most)s

-- name: stale_heads
-- Returns some heads whose fold is older than an instant: the catalogue changed since.
SELECT state.profile_id
FROM consent.state
WHERE state.profile_id = state.head_id AND state.folded_at < %(before)s::timestamptz
LIMIT %(at_most)s

-- name: deny_until_folded
-- Takes some purposes out of every mask; folding puts back those that still count.
UPDATE consent.state SET allowed = state.allowed & ~%(bits)s::bigint
WHERE state.allowed & %(bits)s::bigint <> 0
