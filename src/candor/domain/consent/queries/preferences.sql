-- name: insert_wishes
-- Appends preferences; one that stands already (a retry) is left as it is.
INSERT INTO consent.wish (
    profile_id, wish_id, via_profile_id, kind, topic_id, channel_id, frequency, until, hours, zone,
    decided_at, recorded_at, surface, source_id, locale, evidence
)
SELECT
    fresh.profile_id, fresh.wish_id, fresh.via_profile_id, fresh.kind, fresh.topic_id,
    fresh.channel_id, fresh.frequency, fresh.until, fresh.hours, fresh.zone, fresh.decided_at,
    %(at)s::timestamptz, fresh.surface, fresh.source_id, fresh.locale, fresh.evidence
FROM unnest(
    %(profile_ids)s::uuid[], %(wish_ids)s::uuid[], %(via_profile_ids)s::uuid[],
    %(kinds)s::text[], %(topic_ids)s::smallint[], %(channel_ids)s::smallint[],
    %(frequencies)s::text[], %(untils)s::timestamptz[], %(hours)s::integer[],
    %(zones)s::text[], %(decided_at)s::timestamptz[], %(surfaces)s::text[],
    %(source_ids)s::smallint[], %(locales)s::text[], %(evidence)s::jsonb[]
) AS fresh (
    profile_id, wish_id, via_profile_id, kind, topic_id, channel_id, frequency, until, hours, zone,
    decided_at, surface, source_id, locale, evidence
)
ON CONFLICT (profile_id, wish_id) DO NOTHING

-- name: wishes
-- Returns every preference that counts for these profiles, oldest first.
SELECT
    wish.profile_id, wish.wish_id, wish.via_profile_id, wish.kind, wish.topic_id,
    wish.channel_id, wish.frequency, wish.until, wish.hours, wish.zone, wish.decided_at,
    wish.recorded_at, wish.surface, wish.source_id, wish.locale
FROM consent.wish
WHERE wish.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY wish.decided_at, wish.wish_id

-- name: standing_wishes
-- Returns all preferences that can count for these profiles, whoever belongs together: per profile,
-- subject, frequency and profile that it came through, those of the latest instant.
WITH placed AS (
    SELECT
        wish.profile_id, wish.wish_id,
        rank() OVER (
            PARTITION BY
                wish.profile_id, wish.kind, wish.topic_id, wish.channel_id, wish.frequency,
                wish.via_profile_id
            ORDER BY wish.decided_at DESC
        ) AS place
    FROM consent.wish
    WHERE wish.profile_id = ANY(%(profile_ids)s::uuid[])
)

SELECT
    wish.profile_id, wish.wish_id, wish.via_profile_id, wish.kind, wish.topic_id,
    wish.channel_id, wish.frequency, wish.until, wish.hours, wish.zone, wish.decided_at,
    wish.recorded_at, wish.surface, wish.source_id, wish.locale
FROM placed
JOIN consent.wish ON wish.profile_id = placed.profile_id AND wish.wish_id = placed.wish_id
WHERE placed.place = 1

-- name: channel_signals
-- Returns the last signal of each kind about each channel, per profile.
SELECT signal.profile_id, signal.kind, signal.channel_id, max(signal.decided_at) AS decided_at
FROM consent.signal
WHERE signal.profile_id = ANY(%(profile_ids)s::uuid[]) AND signal.channel_id IS NOT NULL
GROUP BY signal.profile_id, signal.kind, signal.channel_id

-- name: with_gpc
-- Returns those of these profiles that sent a Global Privacy Control signal.
SELECT DISTINCT signal.profile_id
FROM consent.signal
WHERE signal.profile_id = ANY(%(profile_ids)s::uuid[]) AND signal.kind = 'gpc'

-- name: drop_reach
-- Takes away the folds of these profiles, to be written anew.
DELETE FROM consent.reach WHERE reach.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: insert_reach
-- Keeps fresh folds, one row per profile and channel.
INSERT INTO consent.reach (profile_id, channel_id, topics, daily, weekly, monthly, blocked)
SELECT
    fresh.profile_id, fresh.channel_id, fresh.topics, fresh.daily, fresh.weekly, fresh.monthly,
    fresh.blocked
FROM unnest(
    %(profile_ids)s::uuid[], %(channel_ids)s::smallint[], %(topics)s::bigint[],
    %(daily)s::bigint[], %(weekly)s::bigint[], %(monthly)s::bigint[], %(blocked)s::text[]
) AS fresh (profile_id, channel_id, topics, daily, weekly, monthly, blocked)

-- name: set_preferences
-- Keeps fresh folds of pauses, quiet hours and standing signals.
UPDATE consent.state
SET paused_until = fresh.paused_until, quiet_hours = fresh.quiet_hours, zone = fresh.zone,
    heard = fresh.heard
FROM unnest(
    %(profile_ids)s::uuid[], %(paused_until)s::timestamptz[], %(quiet_hours)s::integer[],
    %(zones)s::text[], %(heard)s::integer[]
) AS fresh (profile_id, paused_until, quiet_hours, zone, heard)
WHERE state.profile_id = fresh.profile_id

-- name: end_pauses
-- Ends some pauses whose time has come; returns whose.
UPDATE consent.state SET paused_until = '-infinity'
WHERE state.profile_id IN (
    SELECT over.profile_id
    FROM consent.state AS over
    WHERE over.paused_until > '-infinity' AND over.paused_until <= %(now)s::timestamptz
    ORDER BY over.paused_until
    LIMIT %(at_most)s
    FOR UPDATE SKIP LOCKED
)
RETURNING state.profile_id

-- name: reach
-- Returns what is folded of these profiles' channels; a channel nobody spoke about is missing.
SELECT
    reach.profile_id, reach.channel_id, reach.topics, reach.daily, reach.weekly, reach.monthly,
    reach.blocked
FROM consent.reach
WHERE reach.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: last_contacts
-- Returns the last message to the person behind each of these profiles, by channel and topic.
SELECT
    named.profile_id, contact.channel_id, contact.topic_id, max(contact.last_at) AS last_at
FROM consent.state AS named
JOIN consent.state AS member ON member.head_id = named.head_id
JOIN consent.contact ON contact.profile_id = member.profile_id
WHERE named.profile_id = ANY(%(profile_ids)s::uuid[])
GROUP BY named.profile_id, contact.channel_id, contact.topic_id

-- name: put_contacts
-- Remembers that messages left; an older one changes nothing.
INSERT INTO consent.contact AS known (profile_id, channel_id, topic_id, last_at)
SELECT fresh.profile_id, fresh.channel_id, fresh.topic_id, max(fresh.last_at)
FROM unnest(
    %(profile_ids)s::uuid[], %(channel_ids)s::smallint[], %(topic_ids)s::smallint[],
    %(last_at)s::timestamptz[]
) AS fresh (profile_id, channel_id, topic_id, last_at)
GROUP BY fresh.profile_id, fresh.channel_id, fresh.topic_id
ORDER BY fresh.profile_id, fresh.channel_id, fresh.topic_id
ON CONFLICT (profile_id, channel_id, topic_id)
DO UPDATE SET last_at = greatest(known.last_at, excluded.last_at)

-- name: set_own_points
-- Sets for which channels these profiles have a verified contact point; returns whose changed.
UPDATE consent.state SET own_points = fresh.points
FROM unnest(%(profile_ids)s::uuid[], %(points)s::integer[]) AS fresh (profile_id, points)
WHERE state.profile_id = fresh.profile_id AND state.own_points <> fresh.points
RETURNING state.profile_id

-- name: add_own_points
-- Adds channels for which these profiles have a verified contact point now; returns whose changed.
UPDATE consent.state SET own_points = state.own_points | fresh.points
FROM unnest(%(profile_ids)s::uuid[], %(points)s::integer[]) AS fresh (profile_id, points)
WHERE
    state.profile_id = fresh.profile_id
    AND state.own_points | fresh.points <> state.own_points
RETURNING state.profile_id

-- name: fold_points
-- Gives all profiles of a person the contact points of all of them.
UPDATE consent.state SET points = person.points
FROM (
    SELECT member.head_id, bit_or(member.own_points) AS points
    FROM consent.state AS member
    WHERE member.head_id IN (
        SELECT named.head_id FROM consent.state AS named
        WHERE named.profile_id = ANY(%(profile_ids)s::uuid[])
    )
    GROUP BY member.head_id
) AS person
WHERE state.head_id = person.head_id AND state.points <> person.points

-- name: audience
-- Returns the number of people to whom a message about a topic may leave at an instant, with the
-- same rule as model.decide_message. `hours` is the bit of the hour in every time zone.
SELECT count(*) AS people
FROM consent.state
LEFT JOIN consent.reach
    ON reach.profile_id = state.profile_id AND reach.channel_id = %(channel_id)s::smallint
LEFT JOIN (
    SELECT member.head_id, max(contact.last_at) AS last_at
    FROM consent.contact
    JOIN consent.state AS member ON member.profile_id = contact.profile_id
    WHERE
        contact.channel_id = %(channel_id)s::smallint
        AND contact.topic_id = %(topic_id)s::smallint
        AND contact.last_at > %(now)s::timestamptz - interval '30 days'
    GROUP BY member.head_id
) AS recent ON recent.head_id = state.profile_id
WHERE
    state.profile_id = state.head_id
    AND state.standing = 'active'
    AND CASE WHEN state.valid_until > %(now)s::timestamptz THEN state.allowed
        ELSE state.allowed & ~%(consent_mask)s::bigint END & %(purpose_bit)s::bigint <> 0
    AND reach.blocked IS NULL
    AND coalesce(reach.topics, %(topics)s::bigint) & %(topic_bit)s::bigint <> 0
    AND state.paused_until <= %(now)s::timestamptz
    AND state.points & %(point)s::integer = %(point)s::integer
    AND (
        state.quiet_hours | %(loud_hours)s::integer = 0
        OR (state.quiet_hours | %(loud_hours)s::integer)
            & coalesce(%(hours)s::jsonb ->> state.zone, %(hours)s::jsonb ->> %(zone)s::text)::integer = 0
    )
    AND coalesce(
        recent.last_at <= %(now)s::timestamptz - CASE
            WHEN coalesce(reach.monthly, %(monthly)s::bigint) & %(topic_bit)s::bigint <> 0
                THEN interval '30 days'
            WHEN coalesce(reach.weekly, %(weekly)s::bigint) & %(topic_bit)s::bigint <> 0
                THEN interval '7 days'
            WHEN coalesce(reach.daily, %(daily)s::bigint) & %(topic_bit)s::bigint <> 0
                THEN interval '1 day'
        END,
        true
    )
