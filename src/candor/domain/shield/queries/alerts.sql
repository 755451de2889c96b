-- name: fold_alert
-- Makes an alert, or folds what was seen into the open one of the same rule and actor; returns it.
INSERT INTO shield.alert AS alert (
    alert_id, rule, severity, actor, times, first_at, last_at, first_entry, last_entry, detail,
    state
)
VALUES (
    %(alert_id)s::uuid, %(rule)s::text, %(severity)s::text, %(actor)s::text, 1,
    %(first_at)s::timestamptz, %(last_at)s::timestamptz, %(first_entry)s::bigint,
    %(last_entry)s::bigint, %(detail)s::jsonb, 'open'
)
ON CONFLICT (rule, actor) WHERE state = 'open' DO UPDATE SET
    times = alert.times + 1,
    last_at = greatest(alert.last_at, excluded.last_at),
    last_entry = greatest(alert.last_entry, excluded.last_entry),
    detail = excluded.detail
RETURNING
    alert_id, rule, severity, actor, times, first_at, last_at, first_entry, last_entry, detail,
    state, settled_by, settled_at, verdict, told_at

-- name: counted_until
-- Returns up to which entry rules have counted against actors, by alerts since an instant.
SELECT alert.rule, alert.actor, max(alert.last_entry) AS last_entry
FROM shield.alert
WHERE alert.last_at >= %(since)s::timestamptz AND alert.last_entry IS NOT NULL
GROUP BY alert.rule, alert.actor

-- name: find_alert
-- Returns an alert; none when there is no such id.
SELECT
    alert.alert_id, alert.rule, alert.severity, alert.actor, alert.times, alert.first_at,
    alert.last_at, alert.first_entry, alert.last_entry, alert.detail, alert.state,
    alert.settled_by, alert.settled_at, alert.verdict, alert.told_at
FROM shield.alert
WHERE alert.alert_id = %(alert_id)s::uuid

-- name: open_alerts
-- Returns open alerts, the most urgent first, then the newest.
SELECT
    alert.alert_id, alert.rule, alert.severity, alert.actor, alert.times, alert.first_at,
    alert.last_at, alert.first_entry, alert.last_entry, alert.detail, alert.state,
    alert.settled_by, alert.settled_at, alert.verdict, alert.told_at
FROM shield.alert
WHERE alert.state = 'open'
ORDER BY
    array_position(ARRAY['critical', 'warning', 'notice'], alert.severity),
    alert.last_at DESC, alert.alert_id
LIMIT %(at_most)s

-- name: settled_alerts
-- Returns settled alerts, the last one first.
SELECT
    alert.alert_id, alert.rule, alert.severity, alert.actor, alert.times, alert.first_at,
    alert.last_at, alert.first_entry, alert.last_entry, alert.detail, alert.state,
    alert.settled_by, alert.settled_at, alert.verdict, alert.told_at
FROM shield.alert
WHERE alert.state = 'settled'
ORDER BY alert.settled_at DESC, alert.alert_id
LIMIT %(at_most)s

-- name: settle_alert
-- Settles an open alert and returns it; none when it is not open.
UPDATE shield.alert SET
    state = 'settled', settled_by = %(by)s::uuid, settled_at = %(at)s::timestamptz,
    verdict = %(verdict)s::text
WHERE alert_id = %(alert_id)s::uuid AND state = 'open'
RETURNING
    alert_id, rule, severity, actor, times, first_at, last_at, first_entry, last_entry, detail,
    state, settled_by, settled_at, verdict, told_at

-- name: waiting_alerts
-- Returns how many alerts are open, and how many of them are critical.
SELECT
    count(*) AS alerts,
    count(*) FILTER (WHERE alert.severity = 'critical') AS critical
FROM shield.alert
WHERE alert.state = 'open'

-- name: last_told
-- Returns when an alert last left by mail or webhook, or null.
SELECT max(alert.told_at) AS told_at FROM shield.alert

-- name: mark_told
-- Notes that all open alerts of some urgency that were not told are told now; returns them, the
-- most urgent first.
WITH told AS (
    UPDATE shield.alert SET told_at = %(at)s::timestamptz
    WHERE told_at IS NULL AND state = 'open' AND severity = ANY(%(severities)s::text[])
    RETURNING
        alert_id, rule, severity, actor, times, first_at, last_at, first_entry, last_entry,
        detail, state, settled_by, settled_at, verdict, told_at
)
SELECT
    told.alert_id, told.rule, told.severity, told.actor, told.times, told.first_at,
    told.last_at, told.first_entry, told.last_entry, told.detail, told.state,
    told.settled_by, told.settled_at, told.verdict, told.told_at
FROM told
ORDER BY
    array_position(ARRAY['critical', 'warning', 'notice'], told.severity), told.first_at,
    told.alert_id

-- name: untold_alerts
-- Returns how many open alerts of some urgency were not told yet, and how many are critical.
SELECT
    count(*) AS alerts,
    count(*) FILTER (WHERE alert.severity = 'critical') AS critical
FROM shield.alert
WHERE
    alert.told_at IS NULL AND alert.state = 'open'
    AND alert.severity = ANY(%(severities)s::text[])

-- name: alerts_told_at
-- Returns the alerts that left together at an instant, the most urgent first.
SELECT
    alert.alert_id, alert.rule, alert.severity, alert.actor, alert.times, alert.first_at,
    alert.last_at, alert.first_entry, alert.last_entry, alert.detail, alert.state,
    alert.settled_by, alert.settled_at, alert.verdict, alert.told_at
FROM shield.alert
WHERE alert.told_at = %(told_at)s::timestamptz
ORDER BY
    array_position(ARRAY['critical', 'warning', 'notice'], alert.severity), alert.first_at,
    alert.alert_id
LIMIT %(at_most)s
