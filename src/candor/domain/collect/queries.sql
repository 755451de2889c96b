-- name: insert_flush
-- Begins a group commit; returns its number.
INSERT INTO collect.flush (flushed_at, counts)
VALUES (%(at)s::timestamptz, %(counts)s::jsonb)
RETURNING flush_id

-- name: remember_messages
-- Remembers messages; returns those of them that were never seen before, and null when that
-- holds for all: the common case, in which nothing need be sent back.
WITH remembered AS (
    INSERT INTO collect.message (message_key, received_on)
    SELECT fresh.message_key, %(today)s::date
    FROM unnest(%(message_keys)s::uuid[]) AS fresh (message_key)
    ON CONFLICT (message_key) DO NOTHING
    RETURNING message_key
)
SELECT
    CASE WHEN count(*) < cardinality(%(message_keys)s::uuid[])
        THEN coalesce(array_agg(remembered.message_key), '{}') END AS fresh
FROM remembered

-- name: ensure_month
-- Makes the partition for a month, when it is missing.
SELECT collect.ensure_month(%(day)s::date)

-- name: store_few
-- Begins a group commit and stores its events, given as one JSON array (rows.py), in one round
-- trip; returns the number of the commit, once per event. For many events COPY is quicker.
WITH begun AS (
    INSERT INTO collect.flush (flushed_at, counts)
    VALUES (%(at)s::timestamptz, %(counts)s::jsonb)
    RETURNING flush_id
)
INSERT INTO collect.event (
    profile_id, occurred_at, event_id, event_type_id, source_id, flush_id, received_at,
    purposes, properties, sealed
)
SELECT
    fresh.profile_id, fresh.occurred_at, fresh.event_id, fresh.event_type_id, fresh.source_id,
    begun.flush_id, fresh.received_at, fresh.purposes, fresh.properties, fresh.sealed
FROM begun
CROSS JOIN json_to_recordset(%(rows)s::json) AS fresh (
    profile_id uuid, occurred_at timestamptz, event_id uuid, event_type_id smallint,
    source_id smallint, received_at timestamptz, purposes bigint, properties jsonb, sealed bytea
)
RETURNING flush_id

-- name: copy_events
-- Takes ready-made rows of events (rows.py).
COPY collect.event (
    profile_id, occurred_at, event_id, event_type_id, source_id, flush_id, received_at,
    purposes, properties, sealed
) FROM STDIN (FORMAT binary)

-- name: insert_refusals
-- Keeps masked samples of what was refused.
INSERT INTO collect.refusal (refusal_id, source_id, reason, what, message, sample, refused_at)
SELECT
    fresh.refusal_id, fresh.source_id, fresh.reason, fresh.what, fresh.message, fresh.sample,
    %(at)s::timestamptz
FROM unnest(
    %(refusal_ids)s::uuid[], %(source_ids)s::smallint[], %(reasons)s::text[], %(whats)s::text[],
    %(messages)s::text[], %(samples)s::jsonb[]
) AS fresh (refusal_id, source_id, reason, what, message, sample)

-- name: take_flushes
-- Takes some group commits to fold, and forgets them; none when all are folded. Another folder
-- takes others.
DELETE FROM collect.flush
WHERE flush_id IN (
    SELECT waiting.flush_id FROM collect.flush AS waiting
    ORDER BY waiting.flush_id
    LIMIT %(at_most)s
    FOR UPDATE SKIP LOCKED
)
RETURNING flush_id, flushed_at, counts

-- name: fold_tallies
-- Adds the events of these group commits to the tallies: per profile, event and day. Sums stop at
-- what a bigint holds: a nonsensical amount must not stop the counting of everybody else's.
INSERT INTO collect.tally (profile_id, event_type_id, day, count, sum_minor, last_at)
SELECT
    event.profile_id, event.event_type_id, (event.occurred_at AT TIME ZONE 'UTC')::date,
    count(*),
    least(
        greatest(
            coalesce(
                sum(
                    CASE
                        WHEN jsonb_typeof(event.properties -> amounts.property) = 'number'
                            THEN round((event.properties ->> amounts.property)::numeric * 100)
                    END
                ),
                0
            ),
            -9000000000000000000
        ),
        9000000000000000000
    )::bigint,
    max(event.occurred_at)
FROM collect.event
LEFT JOIN unnest(%(amount_types)s::smallint[], %(amount_properties)s::text[])
    AS amounts (event_type_id, property) ON amounts.event_type_id = event.event_type_id
WHERE event.flush_id = ANY(%(flush_ids)s::bigint[])
GROUP BY event.profile_id, event.event_type_id, (event.occurred_at AT TIME ZONE 'UTC')::date
ORDER BY 1, 2, 3
ON CONFLICT (profile_id, event_type_id, day) DO UPDATE SET
    count = tally.count + excluded.count,
    sum_minor = least(
        greatest(tally.sum_minor::numeric + excluded.sum_minor, -9000000000000000000),
        9000000000000000000
    )::bigint,
    last_at = greatest(tally.last_at, excluded.last_at)

-- name: fold_favourites
-- Counts the declared values (such as product categories) in the events of these group commits.
INSERT INTO collect.favourite (profile_id, event_type_id, value, count, last_at)
SELECT event.profile_id, event.event_type_id, named.value, count(*), max(event.occurred_at)
FROM collect.event
JOIN unnest(
    %(favourite_types)s::smallint[], %(lists)s::text[], %(fields)s::text[]
) AS wanted (event_type_id, list, field) ON wanted.event_type_id = event.event_type_id
CROSS JOIN LATERAL jsonb_array_elements(
    CASE
        WHEN jsonb_typeof(event.properties -> wanted.list) = 'array'
            THEN event.properties -> wanted.list
    END
) AS item (object)
CROSS JOIN LATERAL (SELECT item.object ->> wanted.field) AS named (value)
WHERE event.flush_id = ANY(%(flush_ids)s::bigint[]) AND named.value IS NOT NULL
GROUP BY event.profile_id, event.event_type_id, named.value
ORDER BY 1, 2, 3
ON CONFLICT (profile_id, event_type_id, value) DO UPDATE SET
    count = favourite.count + excluded.count,
    last_at = greatest(favourite.last_at, excluded.last_at)

-- name: add_counters
-- Adds counts of the door.
INSERT INTO collect.counter (source_id, hour, outcome, what, count)
SELECT fresh.source_id, fresh.hour, fresh.outcome, fresh.what, fresh.count
FROM unnest(
    %(source_ids)s::smallint[], %(hours)s::timestamptz[], %(outcomes)s::text[],
    %(whats)s::text[], %(counts)s::bigint[]
) AS fresh (source_id, hour, outcome, what, count)
ON CONFLICT (source_id, hour, outcome, what) DO UPDATE SET count = counter.count + excluded.count

-- name: trim_refusals
-- Keeps the youngest samples of each source and reason.
DELETE FROM collect.refusal
WHERE refusal_id IN (
    SELECT ranked.refusal_id
    FROM (
        SELECT
            refusal.refusal_id,
            row_number() OVER (
                PARTITION BY refusal.source_id, refusal.reason
                ORDER BY refusal.refused_at DESC, refusal.refusal_id DESC
            ) AS place
        FROM collect.refusal
    ) AS ranked
    WHERE ranked.place > %(keep)s
)

-- name: forget_messages
-- Forgets messages that came before a day: a retry after that counts as new.
DELETE FROM collect.message WHERE received_on < %(before)s::date

-- name: counters
-- Returns what the door did since an instant, per source, outcome and name: what is folded and
-- what is not folded yet.
SELECT seen.source_id, seen.outcome, seen.what, sum(seen.count)::bigint AS count
FROM (
    SELECT counter.source_id, counter.outcome, counter.what, counter.count
    FROM collect.counter
    WHERE counter.hour >= %(since)s::timestamptz
    UNION ALL
    SELECT
        (line ->> 0)::smallint, line ->> 1, line ->> 2, (line ->> 3)::bigint
    FROM collect.flush
    CROSS JOIN LATERAL jsonb_array_elements(flush.counts) AS lines (line)
    WHERE flush.flushed_at >= %(since)s::timestamptz
) AS seen
GROUP BY seen.source_id, seen.outcome, seen.what
ORDER BY seen.source_id, seen.outcome, seen.what

-- name: hourly
-- Returns what the door did per source, outcome and hour since an instant.
SELECT seen.source_id, seen.outcome, seen.hour, sum(seen.count)::bigint AS count
FROM (
    SELECT counter.source_id, counter.outcome, counter.hour, counter.count
    FROM collect.counter
    WHERE counter.hour >= %(since)s::timestamptz
    UNION ALL
    SELECT
        (line ->> 0)::smallint, line ->> 1, date_trunc('hour', flush.flushed_at),
        (line ->> 3)::bigint
    FROM collect.flush
    CROSS JOIN LATERAL jsonb_array_elements(flush.counts) AS lines (line)
    WHERE flush.flushed_at >= %(since)s::timestamptz
) AS seen
GROUP BY seen.source_id, seen.outcome, seen.hour
ORDER BY seen.hour

-- name: refusals
-- Returns the youngest samples, of one source and reason or of all.
SELECT
    refusal.refusal_id, refusal.source_id, refusal.reason, refusal.what, refusal.message,
    refusal.sample, refusal.refused_at
FROM collect.refusal
WHERE
    (%(source_id)s::smallint IS NULL OR refusal.source_id = %(source_id)s::smallint)
    AND (%(reason)s::text IS NULL OR refusal.reason = %(reason)s::text)
ORDER BY refusal.refused_at DESC, refusal.refusal_id DESC
LIMIT %(at_most)s

-- name: events_of
-- Returns the newest events of these profiles before a place in time, sealed parts as they are.
SELECT
    event.profile_id, event.occurred_at, event.event_id, event.event_type_id, event.source_id,
    event.received_at, event.purposes, event.properties, event.sealed
FROM collect.event
WHERE
    event.profile_id = ANY(%(profile_ids)s::uuid[])
    AND (event.occurred_at, event.event_id)
    < (%(before)s::timestamptz, %(before_id)s::uuid)
ORDER BY event.occurred_at DESC, event.event_id DESC
LIMIT %(at_most)s

-- name: all_events
-- Returns all events of these profiles, newest first, sealed parts as they are.
SELECT
    event.profile_id, event.occurred_at, event.event_id, event.event_type_id, event.source_id,
    event.received_at, event.purposes, event.properties, event.sealed
FROM collect.event
WHERE event.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY event.occurred_at DESC, event.event_id DESC

-- name: days_of
-- Returns how often these profiles did each thing, and for how much, day by day.
SELECT
    tally.event_type_id, tally.day, sum(tally.count)::bigint AS count,
    least(greatest(sum(tally.sum_minor), -9000000000000000000), 9000000000000000000)::bigint
        AS sum_minor
FROM collect.tally
WHERE tally.profile_id = ANY(%(profile_ids)s::uuid[])
GROUP BY tally.event_type_id, tally.day
ORDER BY tally.day DESC, tally.event_type_id

-- name: kept_of
-- Returns how many events of these profiles are kept, and when the first happened: null when none.
SELECT count(*) AS events, min(event.occurred_at) AS since
FROM collect.event
WHERE event.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: tallies_of
-- Returns how often these profiles did each thing, for how much, and when first and last.
SELECT
    tally.event_type_id, sum(tally.count)::bigint AS count,
    least(greatest(sum(tally.sum_minor), -9000000000000000000), 9000000000000000000)::bigint
        AS sum_minor,
    min(tally.day) AS first_day,
    max(tally.last_at) AS last_at
FROM collect.tally
WHERE tally.profile_id = ANY(%(profile_ids)s::uuid[])
GROUP BY tally.event_type_id
ORDER BY sum(tally.count) DESC

-- name: currencies_of
-- Returns in which currency (ISO 4217) these profiles did each thing, where all that is kept of it
-- was in one.
SELECT event.event_type_id, min(event.properties ->> 'currency') AS currency
FROM collect.event
WHERE event.profile_id = ANY(%(profile_ids)s::uuid[])
GROUP BY event.event_type_id
HAVING
    min(coalesce(event.properties ->> 'currency', '')) ~ '^[A-Z]{3}$'
    AND min(coalesce(event.properties ->> 'currency', ''))
    = max(coalesce(event.properties ->> 'currency', ''))

-- name: event_counts
-- Returns how many events each of these profiles has; one without events is missing.
SELECT tally.profile_id, sum(tally.count)::bigint AS count
FROM collect.tally
WHERE tally.profile_id = ANY(%(profile_ids)s::uuid[])
GROUP BY tally.profile_id

-- name: favourites_of
-- Returns what these profiles have to do with most.
SELECT favourite.event_type_id, favourite.value, sum(favourite.count)::bigint AS count
FROM collect.favourite
WHERE favourite.profile_id = ANY(%(profile_ids)s::uuid[])
GROUP BY favourite.event_type_id, favourite.value
ORDER BY sum(favourite.count) DESC, favourite.value
LIMIT %(at_most)s

-- name: count_events
-- Returns how many events are kept, and how many group commits wait to be folded.
SELECT
    (SELECT count(*) FROM collect.event) AS events,
    (SELECT count(*) FROM collect.flush) AS unfolded,
    (SELECT coalesce(sum(tally.count), 0)::bigint FROM collect.tally) AS tallied

-- name: delete_events
-- Erases events.
DELETE FROM collect.event WHERE profile_id = ANY(%(profile_ids)s::uuid[])

-- name: delete_tallies
-- Erases tallies.
DELETE FROM collect.tally WHERE profile_id = ANY(%(profile_ids)s::uuid[])

-- name: delete_favourites
-- Erases favourites.
DELETE FROM collect.favourite WHERE profile_id = ANY(%(profile_ids)s::uuid[])

-- name: delete_some_events
-- Erases some events.
DELETE FROM collect.event
USING (
    SELECT found.profile_id, found.occurred_at, found.event_id
    FROM collect.event AS found
    WHERE found.profile_id = ANY(%(profile_ids)s::uuid[])
    LIMIT %(at_most)s::integer
) AS few
WHERE
    event.profile_id = few.profile_id AND event.occurred_at = few.occurred_at
    AND event.event_id = few.event_id

-- name: keep_sums
-- Erases the events of these profiles whose sums a law keeps, and keeps those under an account
-- number that leads to nobody; returns how many events went and how many sums stay. They are kept
-- from the end of the year of the event on. Sums stop at what a bigint holds.
WITH wanted AS (
    SELECT listed.event_type_id, listed.keep, listed.property
    FROM unnest(
        %(event_type_ids)s::smallint[], %(keeps)s::interval[], %(properties)s::text[]
    ) AS listed (event_type_id, keep, property)
),

gone AS (
    DELETE FROM collect.event
    USING wanted
    WHERE
        event.profile_id = ANY(%(profile_ids)s::uuid[])
        AND event.event_type_id = wanted.event_type_id
    RETURNING
        event.event_type_id, (event.occurred_at AT TIME ZONE 'UTC')::date AS day, wanted.keep,
        CASE
            WHEN jsonb_typeof(event.properties -> wanted.property) = 'number'
                THEN round((event.properties ->> wanted.property)::numeric * 100)
            ELSE 0
        END AS minor
),

kept AS (
    INSERT INTO collect.kept_sum (account_id, event_type_id, day, count, sum_minor, keep_until)
    SELECT
        %(account_id)s::uuid, gone.event_type_id, gone.day, count(*),
        least(
            greatest(sum(gone.minor), -9000000000000000000), 9000000000000000000
        )::bigint,
        (date_trunc('year', gone.day) + interval '1 year' - interval '1 day' + gone.keep)::date
    FROM gone
    GROUP BY gone.event_type_id, gone.day, gone.keep
    RETURNING day
)

SELECT
    (SELECT count(*) FROM gone) AS events,
    (SELECT count(*) FROM kept) AS sums
