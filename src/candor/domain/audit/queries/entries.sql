-- name: insert_entries
-- Writes one entry per subject, or one without a subject when the only subject is null.
INSERT INTO audit.entry (
    recorded_at, actor_kind, actor_id, action, subject, purpose, fields, outcome, reason,
    request_id, detail
)
SELECT
    %(at)s::timestamptz, %(actor_kind)s::text, %(actor_id)s::text, %(action)s::text,
    about.subject, %(purpose)s::text, %(fields)s::text[], %(outcome)s::text, %(reason)s::text,
    %(request_id)s::text, %(detail)s::jsonb
FROM unnest(%(subjects)s::bytea[]) AS about (subject)

-- name: insert_each
-- Writes one entry per subject, each with a detail of its own.
INSERT INTO audit.entry (
    recorded_at, actor_kind, actor_id, action, subject, purpose, outcome, request_id, detail
)
SELECT
    %(at)s::timestamptz, %(actor_kind)s::text, %(actor_id)s::text, %(action)s::text,
    about.subject, %(purpose)s::text, %(outcome)s::text, %(request_id)s::text,
    about.detail::jsonb
FROM unnest(%(subjects)s::bytea[], %(details)s::text[]) AS about (subject, detail)

-- name: insert_numbered
-- Writes one entry per subject, each with a detail of its own, and returns their numbers in order.
INSERT INTO audit.entry (
    recorded_at, actor_kind, actor_id, action, subject, purpose, outcome, request_id, detail
)
SELECT
    %(at)s::timestamptz, %(actor_kind)s::text, %(actor_id)s::text, %(action)s::text,
    about.subject, NULL, %(outcome)s::text, %(request_id)s::text, about.detail::jsonb
FROM
    unnest(%(subjects)s::bytea[], %(details)s::text[])
    WITH ORDINALITY AS about (subject, detail, place)
ORDER BY about.place
RETURNING entry_id

-- name: first_with
-- Returns the number of the first entry of an action about one of these subjects with this in its
-- detail; no row: none.
SELECT entry.entry_id
FROM audit.entry
WHERE
    entry.subject = ANY(%(subjects)s::bytea[])
    AND entry.action = %(action)s::text
    AND entry.detail @> %(detail)s::jsonb
ORDER BY entry.entry_id
LIMIT 1

-- name: entries_about
-- Returns the newest entries about these subjects, below an entry id; none when there are none.
SELECT
    entry.entry_id, entry.recorded_at, entry.actor_kind, entry.actor_id, entry.action,
    entry.subject, entry.purpose, entry.fields, entry.outcome, entry.reason, entry.request_id,
    entry.detail
FROM audit.entry
WHERE entry.subject = ANY(%(subjects)s::bytea[]) AND entry.entry_id < %(before)s
ORDER BY entry.entry_id DESC
LIMIT %(at_most)s

-- name: looks_since
-- Returns who opened data of these subjects since an instant, for which purpose and how often; all
-- entries of one request are one look. None when nobody did.
SELECT
    look.actor_kind, look.actor_id, look.purpose, look.is_refused, count(*) AS times,
    max(look.looked_at) AS last_at
FROM (
    SELECT
        entry.actor_kind, entry.actor_id, entry.purpose,
        bool_or(entry.outcome = 'refused') AS is_refused, max(entry.recorded_at) AS looked_at
    FROM audit.entry
    WHERE
        entry.subject = ANY(%(subjects)s::bytea[])
        AND entry.action = 'vault.open'
        AND entry.recorded_at >= %(since)s::timestamptz
    GROUP BY
        entry.actor_kind, entry.actor_id, entry.purpose,
        coalesce(entry.request_id, entry.entry_id::text)
) AS look
GROUP BY look.actor_kind, look.actor_id, look.purpose, look.is_refused
ORDER BY count(*) DESC, max(look.looked_at) DESC

-- name: newest_about
-- Returns when something was last done about these subjects before an instant, or null.
SELECT max(entry.recorded_at) AS newest
FROM audit.entry
WHERE
    entry.subject = ANY(%(subjects)s::bytea[])
    AND entry.recorded_at < %(before)s::timestamptz

-- name: entries_by_staff
-- Returns what people did about these subjects from one instant to another, newest first.
SELECT
    entry.entry_id, entry.recorded_at, entry.actor_kind, entry.actor_id, entry.action,
    entry.subject, entry.purpose, entry.fields, entry.outcome, entry.reason, entry.request_id,
    entry.detail
FROM audit.entry
WHERE
    entry.subject = ANY(%(subjects)s::bytea[])
    AND entry.actor_kind = 'staff'
    AND entry.recorded_at >= %(since)s::timestamptz
    AND entry.recorded_at < %(before)s::timestamptz
ORDER BY entry.entry_id DESC

-- name: folded_days
-- Returns how often the person and the machine did what about these subjects, day by day in a time
-- zone; a request, or a merge, with several entries counts once.
SELECT
    (entry.recorded_at AT TIME ZONE %(zone)s::text)::date AS day, entry.actor_kind,
    entry.action, entry.purpose, min(entry.recorded_at) AS first_at,
    max(entry.recorded_at) AS last_at,
    count(DISTINCT coalesce(
        entry.detail ->> 'merge', entry.request_id, entry.entry_id::text
    )) AS times
FROM audit.entry
WHERE
    entry.subject = ANY(%(subjects)s::bytea[])
    AND entry.actor_kind <> 'staff'
    AND entry.recorded_at >= %(since)s::timestamptz
    AND entry.recorded_at < %(before)s::timestamptz
GROUP BY 1, entry.actor_kind, entry.action, entry.purpose
ORDER BY 1 DESC, times DESC

-- name: newest_entries
-- Returns the newest entries below an entry id, of one action, kind of actor and outcome, or all.
SELECT
    entry.entry_id, entry.recorded_at, entry.actor_kind, entry.actor_id, entry.action,
    entry.subject, entry.purpose, entry.fields, entry.outcome, entry.reason, entry.request_id,
    entry.detail
FROM audit.entry
WHERE
    entry.entry_id < %(before)s
    AND (%(action)s::text IS NULL OR entry.action = %(action)s::text)
    AND (%(actor_kind)s::text IS NULL OR entry.actor_kind = %(actor_kind)s::text)
    AND (%(outcome)s::text IS NULL OR entry.outcome = %(outcome)s::text)
ORDER BY entry.entry_id DESC
LIMIT %(at_most)s

-- name: known_actions
-- Returns every action that stands in the log, by a loose index scan: quick however long it is.
WITH RECURSIVE step AS (
    (SELECT entry.action FROM audit.entry ORDER BY entry.action LIMIT 1)
    UNION ALL
    SELECT (
        SELECT entry.action FROM audit.entry
        WHERE entry.action > step.action ORDER BY entry.action LIMIT 1
    )
    FROM step
    WHERE step.action IS NOT NULL
)
SELECT step.action FROM step WHERE step.action IS NOT NULL

-- name: openings_since
-- Returns how often records of people were opened since an instant, per purpose and kind of actor;
-- refusals do not count. None when nothing was opened.
SELECT entry.purpose, entry.actor_kind, count(*) AS times
FROM audit.entry
WHERE
    entry.action = 'vault.open'
    AND entry.outcome <> 'refused'
    AND entry.recorded_at >= %(since)s::timestamptz
GROUP BY entry.purpose, entry.actor_kind
