-- name: people
-- Returns how many people are active: one row per person is the head's.
SELECT count(*) AS people
FROM consent.state
WHERE state.profile_id = state.head_id AND state.standing = 'active'

-- name: stances
-- Returns, per purpose, how many active people stand how, with the rules of model.choice: per
-- profile the latest choice counts, a no of any profile is the person's no, a yes that lapsed is
-- silence. A purpose that nobody chose about is missing; who never chose is in no column.
WITH person AS (
    SELECT state.head_id, max(state.minor_until) AS minor_until
    FROM consent.state
    GROUP BY state.head_id
),

counting AS (
    SELECT DISTINCT ON (record.purpose_id, record.profile_id)
        record.purpose_id, own.head_id, record.decided_at,
        CASE
            WHEN record.choice <> 'granted' THEN 'no'
            WHEN
                record.guardian_id IS NULL
                AND (record.decided_at AT TIME ZONE 'UTC')::date < person.minor_until
                THEN 'minor'
            WHEN record.edition < declared.edition THEN 'notice_changed'
            WHEN record.expires_at <= %(now)s::timestamptz THEN 'expired'
            ELSE 'yes'
        END AS stance
    FROM consent.record
    JOIN consent.state AS own ON own.profile_id = record.profile_id
    JOIN person ON person.head_id = own.head_id
    LEFT JOIN consent.state AS via ON via.profile_id = record.via_profile_id
    JOIN unnest(%(purpose_ids)s::smallint[], %(editions)s::smallint[])
        AS declared (purpose_id, edition) ON declared.purpose_id = record.purpose_id
    WHERE record.choice <> 'granted' OR via.head_id = own.head_id
    ORDER BY
        record.purpose_id, record.profile_id, record.decided_at DESC,
        record.choice <> 'granted' DESC, record.record_id DESC
),

said AS (
    SELECT
        counting.purpose_id, counting.head_id, bool_or(counting.stance = 'no') AS has_no,
        bool_or(counting.stance = 'yes') AS has_yes,
        (array_agg(counting.stance ORDER BY counting.decided_at DESC))[1] AS newest
    FROM counting
    GROUP BY counting.purpose_id, counting.head_id
)

SELECT
    said.purpose_id,
    count(*) FILTER (WHERE said.has_yes AND NOT said.has_no) AS said_yes,
    count(*) FILTER (WHERE said.has_no) AS said_no,
    count(*) FILTER (
        WHERE NOT said.has_no AND NOT said.has_yes AND said.newest = 'notice_changed'
    ) AS notice_changed,
    count(*) FILTER (
        WHERE NOT said.has_no AND NOT said.has_yes AND said.newest = 'expired'
    ) AS expired,
    count(*) FILTER (
        WHERE NOT said.has_no AND NOT said.has_yes AND said.newest = 'minor'
    ) AS minor
FROM said
JOIN consent.state AS head ON head.profile_id = said.head_id AND head.standing = 'active'
GROUP BY said.purpose_id

-- name: yeses_by_notice
-- Returns on how many active people's standing yes each notice is: a yes with the latest word of
-- its profile, not lapsed by its end or edition, and no no beside it. A minor's yes that only a
-- guardian may give is left out.
WITH person AS (
    SELECT state.head_id, max(state.minor_until) AS minor_until
    FROM consent.state
    GROUP BY state.head_id
),

counting AS (
    SELECT DISTINCT ON (record.purpose_id, record.profile_id)
        record.purpose_id, own.head_id, record.notice, record.choice <> 'granted' AS is_no,
        (
            record.choice = 'granted'
            AND record.edition >= declared.edition
            AND coalesce(record.expires_at > %(now)s::timestamptz, true)
            AND (
                record.guardian_id IS NOT NULL
                OR coalesce(
                    (record.decided_at AT TIME ZONE 'UTC')::date >= person.minor_until, true
                )
            )
        ) AS is_yes
    FROM consent.record
    JOIN consent.state AS own ON own.profile_id = record.profile_id
    JOIN person ON person.head_id = own.head_id
    LEFT JOIN consent.state AS via ON via.profile_id = record.via_profile_id
    JOIN unnest(%(purpose_ids)s::smallint[], %(editions)s::smallint[])
        AS declared (purpose_id, edition) ON declared.purpose_id = record.purpose_id
    WHERE record.choice <> 'granted' OR via.head_id = own.head_id
    ORDER BY
        record.purpose_id, record.profile_id, record.decided_at DESC,
        record.choice <> 'granted' DESC, record.record_id DESC
)

SELECT standing.notice AS notice_id, count(DISTINCT standing.head_id) AS people
FROM counting AS standing
JOIN consent.state AS head ON head.profile_id = standing.head_id AND head.standing = 'active'
WHERE
    standing.is_yes
    AND standing.notice IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM counting AS other
        WHERE
            other.purpose_id = standing.purpose_id
            AND other.head_id = standing.head_id
            AND other.is_no
    )
GROUP BY standing.notice

-- name: reach_by_reason
-- Returns, for each topic on each channel, how many active people a message about it may reach at
-- an instant ('allowed'), and how many not, by the first reason, in the order of
-- model.decide_message. 'no_consent' is a purpose that is not allowed, whatever its legal basis.
SELECT
    pair.topic_id, pair.channel_id,
    CASE
        WHEN
            CASE WHEN state.valid_until > %(now)s::timestamptz THEN state.allowed
                ELSE state.allowed & ~%(consent_mask)s::bigint END & pair.purpose_bit = 0
            THEN 'no_consent'
        WHEN reach.blocked = 'stop' THEN 'stopped'
        WHEN reach.blocked = 'unsubscribe' THEN 'unsubscribed'
        WHEN reach.blocked = 'complaint' THEN 'complained'
        WHEN reach.blocked = 'bounce' THEN 'bounced'
        WHEN coalesce(reach.topics, pair.topics) & pair.topic_bit = 0 THEN 'topic_closed'
        WHEN state.paused_until > %(now)s::timestamptz THEN 'paused'
        WHEN state.points & pair.point <> pair.point THEN 'no_contact_point'
        WHEN
            recent.last_at > %(now)s::timestamptz - CASE
                WHEN coalesce(reach.monthly, pair.monthly) & pair.topic_bit <> 0
                    THEN interval '30 days'
                WHEN coalesce(reach.weekly, pair.weekly) & pair.topic_bit <> 0
                    THEN interval '7 days'
                WHEN coalesce(reach.daily, pair.daily) & pair.topic_bit <> 0
                    THEN interval '1 day'
            END
            THEN 'too_often'
        WHEN
            (state.quiet_hours | pair.loud_hours)
            & coalesce(
                %(hours)s::jsonb ->> state.zone, %(hours)s::jsonb ->> %(zone)s::text
            )::integer <> 0
            THEN 'quiet_hours'
        ELSE 'allowed'
    END AS reason,
    count(*) AS people
FROM consent.state
CROSS JOIN unnest(
    %(topic_ids)s::smallint[], %(channel_ids)s::smallint[], %(purpose_bits)s::bigint[],
    %(topic_bits)s::bigint[], %(points)s::integer[], %(topics)s::bigint[], %(daily)s::bigint[],
    %(weekly)s::bigint[], %(monthly)s::bigint[], %(loud_hours)s::integer[]
) AS pair (
    topic_id, channel_id, purpose_bit, topic_bit, point, topics, daily, weekly, monthly, loud_hours
)
LEFT JOIN consent.reach
    ON reach.profile_id = state.profile_id AND reach.channel_id = pair.channel_id
LEFT JOIN (
    SELECT member.head_id, contact.channel_id, contact.topic_id, max(contact.last_at) AS last_at
    FROM consent.contact
    JOIN consent.state AS member ON member.profile_id = contact.profile_id
    WHERE contact.last_at > %(now)s::timestamptz - interval '30 days'
    GROUP BY member.head_id, contact.channel_id, contact.topic_id
) AS recent
    ON
        recent.head_id = state.profile_id
        AND recent.channel_id = pair.channel_id
        AND recent.topic_id = pair.topic_id
WHERE state.profile_id = state.head_id AND state.standing = 'active'
GROUP BY pair.topic_id, pair.channel_id, reason
ORDER BY pair.topic_id, pair.channel_id, people DESC, reason

-- name: said_by_step
-- Returns how often each purpose was answered in equal steps of time from an instant on, and how
-- often a yes was taken back: a no whose maker had last said yes. Each choice counts once, however
-- many profiles of the person it counts for.
SELECT
    record.purpose_id,
    floor(
        extract(EPOCH FROM record.decided_at - %(since)s::timestamptz) / %(step_seconds)s::integer
    )::integer AS step,
    count(*) FILTER (WHERE record.choice = 'granted') AS yeses,
    count(*) FILTER (WHERE record.choice <> 'granted') AS noes,
    count(*) FILTER (
        WHERE record.choice <> 'granted' AND before.choice = 'granted'
    ) AS taken_back
FROM consent.record
LEFT JOIN LATERAL (
    SELECT earlier.choice
    FROM consent.record AS earlier
    WHERE
        earlier.profile_id = record.profile_id
        AND earlier.purpose_id = record.purpose_id
        AND earlier.decided_at < record.decided_at
    ORDER BY earlier.decided_at DESC
    LIMIT 1
) AS before ON record.choice <> 'granted'
WHERE
    record.profile_id = record.via_profile_id
    AND record.decided_at >= %(since)s::timestamptz
    AND record.decided_at <= %(now)s::timestamptz
GROUP BY record.purpose_id, step

-- name: waiting
-- Returns, per purpose, how many people were asked by mail to confirm a yes and have not yet.
SELECT (wanted.item ->> 'purpose_id')::smallint AS purpose_id, count(DISTINCT state.head_id) AS people
FROM consent.confirmation
JOIN consent.state
    ON state.profile_id = confirmation.profile_id AND state.standing = 'active'
CROSS JOIN LATERAL jsonb_array_elements(confirmation.choices) AS wanted (item)
WHERE confirmation.confirmed_at IS NULL AND confirmation.expires_at > %(now)s::timestamptz
GROUP BY wanted.item ->> 'purpose_id'

-- name: people_waiting
-- Returns how many people were asked by mail to confirm a yes and have not yet.
SELECT count(DISTINCT state.head_id) AS people
FROM consent.confirmation
JOIN consent.state
    ON state.profile_id = confirmation.profile_id AND state.standing = 'active'
WHERE confirmation.confirmed_at IS NULL AND confirmation.expires_at > %(now)s::timestamptz
