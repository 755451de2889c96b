-- name: sweep_replaced_records
-- Removes what something newer replaced long ago, or counts it: what counts is not touched.
WITH over AS (
    SELECT record.profile_id, record.record_id
    FROM consent.record
    WHERE
        record.decided_at < %(before)s::timestamptz
        AND NOT record.profile_id = ANY(%(spared)s::uuid[])
        AND NOT EXISTS (
            SELECT FROM consent.state
            WHERE state.profile_id = record.profile_id AND state.standing = 'erased'
        )
        AND EXISTS (
            SELECT FROM consent.record AS newer
            WHERE
                newer.profile_id = record.profile_id
                AND newer.decided_at > record.decided_at
                AND newer.decided_at < %(before)s::timestamptz
                AND newer.purpose_id = record.purpose_id
                AND (newer.choice <> 'granted' OR newer.via_profile_id = newer.profile_id)
        )
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM consent.record
    USING over
    WHERE NOT %(is_dry)s::boolean AND record.profile_id = over.profile_id AND record.record_id = over.record_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_replaced_wishes
-- Removes what something newer replaced long ago, or counts it: what counts is not touched.
WITH over AS (
    SELECT wish.profile_id, wish.wish_id
    FROM consent.wish
    WHERE
        wish.decided_at < %(before)s::timestamptz
        AND NOT wish.profile_id = ANY(%(spared)s::uuid[])
        AND NOT EXISTS (
            SELECT FROM consent.state
            WHERE state.profile_id = wish.profile_id AND state.standing = 'erased'
        )
        AND EXISTS (
            SELECT FROM consent.wish AS newer
            WHERE
                newer.profile_id = wish.profile_id
                AND newer.decided_at > wish.decided_at
                AND newer.decided_at < %(before)s::timestamptz
                AND newer.kind = wish.kind
                AND newer.topic_id IS NOT DISTINCT FROM wish.topic_id
                AND newer.channel_id IS NOT DISTINCT FROM wish.channel_id
                AND newer.via_profile_id = newer.profile_id
                AND (
                    wish.kind <> 'topic' OR wish.frequency = 'never'
                    OR newer.frequency <> 'never'
                )
        )
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM consent.wish
    USING over
    WHERE NOT %(is_dry)s::boolean AND wish.profile_id = over.profile_id AND wish.wish_id = over.wish_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_replaced_signals
-- Removes what something newer replaced long ago, or counts it: what counts is not touched.
WITH over AS (
    SELECT signal.profile_id, signal.signal_id
    FROM consent.signal
    WHERE
        signal.decided_at < %(before)s::timestamptz
        AND NOT signal.profile_id = ANY(%(spared)s::uuid[])
        AND NOT EXISTS (
            SELECT FROM consent.state
            WHERE state.profile_id = signal.profile_id AND state.standing = 'erased'
        )
        AND EXISTS (
            SELECT FROM consent.signal AS newer
            WHERE
                newer.profile_id = signal.profile_id
                AND newer.decided_at > signal.decided_at
                AND newer.decided_at < %(before)s::timestamptz
                AND newer.kind = signal.kind
                AND newer.channel_id IS NOT DISTINCT FROM signal.channel_id
                AND newer.via_profile_id = newer.profile_id
        )
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM consent.signal
    USING over
    WHERE NOT %(is_dry)s::boolean AND signal.profile_id = over.profile_id AND signal.signal_id = over.signal_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_records_of_erased
-- Removes evidence about people who were erased, three years after their last word, or counts it.
WITH over AS (
    SELECT record.profile_id, record.record_id
    FROM consent.record
    WHERE
        NOT record.profile_id = ANY(%(spared)s::uuid[])
        AND EXISTS (
            SELECT FROM consent.state
            WHERE state.profile_id = record.profile_id AND state.standing = 'erased'
        )
        AND NOT EXISTS (
            SELECT FROM consent.record AS late
            WHERE late.profile_id = record.profile_id
                AND late.decided_at >= %(before)s::timestamptz
        )
        AND NOT EXISTS (
            SELECT FROM consent.wish AS late
            WHERE late.profile_id = record.profile_id
                AND late.decided_at >= %(before)s::timestamptz
        )
        AND NOT EXISTS (
            SELECT FROM consent.signal AS late
            WHERE late.profile_id = record.profile_id
                AND late.decided_at >= %(before)s::timestamptz
        )
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM consent.record
    USING over
    WHERE NOT %(is_dry)s::boolean AND record.profile_id = over.profile_id AND record.record_id = over.record_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_wishes_of_erased
-- Removes evidence about people who were erased, three years after their last word, or counts it.
WITH over AS (
    SELECT wish.profile_id, wish.wish_id
    FROM consent.wish
    WHERE
        NOT wish.profile_id = ANY(%(spared)s::uuid[])
        AND EXISTS (
            SELECT FROM consent.state
            WHERE state.profile_id = wish.profile_id AND state.standing = 'erased'
        )
        AND NOT EXISTS (
            SELECT FROM consent.record AS late
            WHERE late.profile_id = wish.profile_id
                AND late.decided_at >= %(before)s::timestamptz
        )
        AND NOT EXISTS (
            SELECT FROM consent.wish AS late
            WHERE late.profile_id = wish.profile_id
                AND late.decided_at >= %(before)s::timestamptz
        )
        AND NOT EXISTS (
            SELECT FROM consent.signal AS late
            WHERE late.profile_id = wish.profile_id
                AND late.decided_at >= %(before)s::timestamptz
        )
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM consent.wish
    USING over
    WHERE NOT %(is_dry)s::boolean AND wish.profile_id = over.profile_id AND wish.wish_id = over.wish_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_signals_of_erased
-- Removes evidence about people who were erased, three years after their last word, or counts it.
WITH over AS (
    SELECT signal.profile_id, signal.signal_id
    FROM consent.signal
    WHERE
        NOT signal.profile_id = ANY(%(spared)s::uuid[])
        AND EXISTS (
            SELECT FROM consent.state
            WHERE state.profile_id = signal.profile_id AND state.standing = 'erased'
        )
        AND NOT EXISTS (
            SELECT FROM consent.record AS late
            WHERE late.profile_id = signal.profile_id
                AND late.decided_at >= %(before)s::timestamptz
        )
        AND NOT EXISTS (
            SELECT FROM consent.wish AS late
            WHERE late.profile_id = signal.profile_id
                AND late.decided_at >= %(before)s::timestamptz
        )
        AND NOT EXISTS (
            SELECT FROM consent.signal AS late
            WHERE late.profile_id = signal.profile_id
                AND late.decided_at >= %(before)s::timestamptz
        )
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM consent.signal
    USING over
    WHERE NOT %(is_dry)s::boolean AND signal.profile_id = over.profile_id AND signal.signal_id = over.signal_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_states_of_erased
-- Removes states of people who were erased and left no evidence, or counts them.
WITH over AS (
    SELECT state.profile_id
    FROM consent.state
    WHERE
        state.standing = 'erased'
        AND state.folded_at < %(before)s::timestamptz
        AND NOT state.profile_id = ANY(%(spared)s::uuid[])
        AND NOT EXISTS (
            SELECT FROM consent.record AS late
            WHERE late.profile_id = state.profile_id
                AND late.decided_at >= %(before)s::timestamptz
        )
        AND NOT EXISTS (
            SELECT FROM consent.wish AS late
            WHERE late.profile_id = state.profile_id
                AND late.decided_at >= %(before)s::timestamptz
        )
        AND NOT EXISTS (
            SELECT FROM consent.signal AS late
            WHERE late.profile_id = state.profile_id
                AND late.decided_at >= %(before)s::timestamptz
        )
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM consent.state
    USING over
    WHERE NOT %(is_dry)s::boolean AND state.profile_id = over.profile_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_contacts
-- Removes when messages left, or counts it.
WITH over AS (
    SELECT contact.profile_id, contact.channel_id, contact.topic_id
    FROM consent.contact
    WHERE
        contact.last_at < %(before)s::timestamptz
        AND NOT contact.profile_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM consent.contact
    USING over
    WHERE NOT %(is_dry)s::boolean AND contact.profile_id = over.profile_id AND contact.channel_id = over.channel_id AND contact.topic_id = over.topic_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_old_confirmations
-- Removes questions of a double opt-in that ended, or counts them.
WITH over AS (
    SELECT confirmation.profile_id, confirmation.confirmation_id
    FROM consent.confirmation
    WHERE
        confirmation.expires_at < %(before)s::timestamptz
        AND NOT confirmation.profile_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM consent.confirmation
    USING over
    WHERE NOT %(is_dry)s::boolean AND confirmation.profile_id = over.profile_id AND confirmation.confirmation_id = over.confirmation_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_guardians
-- Removes guardians whose time ended long ago, or counts them.
WITH over AS (
    SELECT guardian.profile_id, guardian.guardian_id, guardian.since
    FROM consent.guardian
    WHERE
        guardian.ended_at < %(before)s::timestamptz
        AND NOT guardian.profile_id = ANY(%(spared)s::uuid[])
        AND NOT guardian.guardian_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM consent.guardian
    USING over
    WHERE NOT %(is_dry)s::boolean AND guardian.profile_id = over.profile_id AND guardian.guardian_id = over.guardian_id AND guardian.since = over.since
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: restricted
-- Returns all profiles of people of whom one is restricted.
SELECT DISTINCT member.profile_id
FROM consent.state AS named
JOIN consent.state AS member ON member.head_id = named.head_id
WHERE named.standing = 'restricted'

-- name: companions
-- Returns all profiles of the people that these profiles belong to.
SELECT DISTINCT member.profile_id
FROM consent.state AS named
JOIN consent.state AS member ON member.head_id = named.head_id
WHERE named.profile_id = ANY(%(profile_ids)s::uuid[])
