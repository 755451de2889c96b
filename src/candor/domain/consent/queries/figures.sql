-- name: people
-- Returns how many people are known: one row per person is the head's. Who was erased is not.
SELECT count(*) AS people
FROM consent.state
WHERE state.profile_id = state.head_id AND state.standing <> 'erased'

-- name: answers
-- Returns, per purpose, how many people ever chose about it, and for how many it is allowed at an
-- instant, with the same rule as model.in_effect. A purpose that nobody chose about is missing.
SELECT
    asked.purpose_id, count(*) AS asked,
    count(*) FILTER (
        WHERE CASE WHEN head.valid_until > %(now)s::timestamptz THEN head.allowed
            ELSE head.allowed & ~%(consent_mask)s::bigint END
            & (1::bigint << asked.purpose_id) <> 0
    ) AS said_yes
FROM (
    SELECT DISTINCT record.purpose_id, state.head_id
    FROM consent.record
    JOIN consent.state ON state.profile_id = record.profile_id
) AS asked
JOIN consent.state AS head ON head.profile_id = asked.head_id AND head.standing = 'active'
GROUP BY asked.purpose_id

-- name: taken_back
-- Returns how many yeses were taken back since an instant: a no whose maker had last said yes.
SELECT count(*) AS times
FROM consent.record
CROSS JOIN LATERAL (
    SELECT earlier.choice
    FROM consent.record AS earlier
    WHERE
        earlier.profile_id = record.profile_id
        AND earlier.purpose_id = record.purpose_id
        AND earlier.decided_at < record.decided_at
    ORDER BY earlier.decided_at DESC
    LIMIT 1
) AS before
WHERE
    record.profile_id = record.via_profile_id
    AND record.decided_at >= %(since)s::timestamptz
    AND record.choice <> 'granted'
    AND before.choice = 'granted'
