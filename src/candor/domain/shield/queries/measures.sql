-- name: insert_measure
-- Puts a measure in force.
INSERT INTO shield.measure (measure_id, alert_id, kind, actor, since, until)
VALUES (
    %(measure_id)s::uuid, %(alert_id)s::uuid, %(kind)s::text, %(actor)s::text,
    %(since)s::timestamptz, %(until)s::timestamptz
)

-- name: prolong_measure
-- Lets a measure that is in force last longer; touches none when there is none.
UPDATE shield.measure SET until = greatest(until, %(until)s::timestamptz)
WHERE
    kind = %(kind)s::text AND actor = %(actor)s::text AND lifted_at IS NULL
    AND until > %(at)s::timestamptz

-- name: standing_measures
-- Returns the kinds of measures that are in force against any of these actors; none: nothing is.
SELECT DISTINCT measure.kind
FROM shield.measure
WHERE
    measure.actor = ANY(%(actors)s::text[]) AND measure.until > %(at)s::timestamptz
    AND measure.lifted_at IS NULL

-- name: measures_of_alert
-- Returns all measures that were taken because of an alert, oldest first.
SELECT
    measure.measure_id, measure.alert_id, measure.kind, measure.actor, measure.since,
    measure.until, measure.lifted_at, measure.lifted_by
FROM shield.measure
WHERE measure.alert_id = %(alert_id)s::uuid
ORDER BY measure.since, measure.measure_id

-- name: measures_in_force
-- Returns all measures that are in force, newest first.
SELECT
    measure.measure_id, measure.alert_id, measure.kind, measure.actor, measure.since,
    measure.until, measure.lifted_at, measure.lifted_by
FROM shield.measure
WHERE measure.until > %(at)s::timestamptz AND measure.lifted_at IS NULL
ORDER BY measure.since DESC, measure.measure_id
LIMIT %(at_most)s

-- name: lift_measure
-- Lifts a measure that is in force and returns it; none otherwise.
UPDATE shield.measure SET lifted_at = %(at)s::timestamptz, lifted_by = %(by)s::uuid
WHERE
    measure_id = %(measure_id)s::uuid AND lifted_at IS NULL AND until > %(at)s::timestamptz
RETURNING measure_id, alert_id, kind, actor, since, until, lifted_at, lifted_by
