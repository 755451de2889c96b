-- name: insert_request
-- Keeps a new request.
INSERT INTO rights.request (
    request_id, profile_id, subject, kind, regime, channel, requester, agent_id, state, scope,
    locale, external_ref, received_at, acknowledge_by, due_at, proof, proved_at, duplicate_of,
    about_request_id, ticket_hash, begun_at, acknowledged_at
) VALUES (
    %(request_id)s::uuid, %(profile_id)s::uuid, %(subject)s::bytea, %(kind)s::text,
    %(regime)s::text, %(channel)s::text, %(requester)s::text, %(agent_id)s::uuid,
    %(state)s::text, %(scope)s::jsonb, %(locale)s::text, %(external_ref)s::text,
    %(received_at)s::timestamptz, %(acknowledge_by)s::timestamptz, %(due_at)s::timestamptz,
    %(proof)s::text, %(proved_at)s::timestamptz, %(duplicate_of)s::uuid,
    %(about_request_id)s::uuid, %(ticket_hash)s::bytea, %(begun_at)s::timestamptz,
    %(acknowledged_at)s::timestamptz
)

-- name: request
-- Returns one request; nothing when there is none.
SELECT
    request.request_id, request.profile_id, request.subject, request.kind, request.regime,
    request.channel, request.requester, request.agent_id, request.state, request.outcome,
    request.ground, request.locale, request.external_ref, request.received_at,
    request.acknowledge_by, request.acknowledged_at, request.due_at, request.extended_at,
    request.extension_ground, request.paused_at, request.paused_for, request.proof,
    request.proved_at, request.failures, request.assignee_id, request.duplicate_of,
    request.about_request_id, request.results_until, request.downloads, request.begun_at,
    request.closed_at, request.scope
FROM rights.request
WHERE request.request_id = %(request_id)s::uuid

-- name: locked_request
-- Returns one request and locks it until the transaction ends.
SELECT
    request.request_id, request.profile_id, request.subject, request.kind, request.regime,
    request.channel, request.requester, request.agent_id, request.state, request.outcome,
    request.ground, request.locale, request.external_ref, request.received_at,
    request.acknowledge_by, request.acknowledged_at, request.due_at, request.extended_at,
    request.extension_ground, request.paused_at, request.paused_for, request.proof,
    request.proved_at, request.failures, request.assignee_id, request.duplicate_of,
    request.about_request_id, request.results_until, request.downloads, request.begun_at,
    request.closed_at, request.scope
FROM rights.request
WHERE request.request_id = %(request_id)s::uuid
FOR UPDATE

-- name: request_by_ticket
-- Returns the request whose progress a secret link shows.
SELECT
    request.request_id, request.profile_id, request.subject, request.kind, request.regime,
    request.channel, request.requester, request.agent_id, request.state, request.outcome,
    request.ground, request.locale, request.external_ref, request.received_at,
    request.acknowledge_by, request.acknowledged_at, request.due_at, request.extended_at,
    request.extension_ground, request.paused_at, request.paused_for, request.proof,
    request.proved_at, request.failures, request.assignee_id, request.duplicate_of,
    request.about_request_id, request.results_until, request.downloads, request.begun_at,
    request.closed_at, request.scope
FROM rights.request
WHERE request.ticket_hash = %(ticket_hash)s::bytea

-- name: request_by_ref
-- Returns the request that a system outside calls so.
SELECT
    request.request_id, request.profile_id, request.subject, request.kind, request.regime,
    request.channel, request.requester, request.agent_id, request.state, request.outcome,
    request.ground, request.locale, request.external_ref, request.received_at,
    request.acknowledge_by, request.acknowledged_at, request.due_at, request.extended_at,
    request.extension_ground, request.paused_at, request.paused_for, request.proof,
    request.proved_at, request.failures, request.assignee_id, request.duplicate_of,
    request.about_request_id, request.results_until, request.downloads, request.begun_at,
    request.closed_at, request.scope
FROM rights.request
WHERE request.channel = %(channel)s::text AND request.external_ref = %(external_ref)s::text

-- name: requests_of
-- Returns the requests about some profiles, newest first.
SELECT
    request.request_id, request.profile_id, request.subject, request.kind, request.regime,
    request.channel, request.requester, request.agent_id, request.state, request.outcome,
    request.ground, request.locale, request.external_ref, request.received_at,
    request.acknowledge_by, request.acknowledged_at, request.due_at, request.extended_at,
    request.extension_ground, request.paused_at, request.paused_for, request.proof,
    request.proved_at, request.failures, request.assignee_id, request.duplicate_of,
    request.about_request_id, request.results_until, request.downloads, request.begun_at,
    request.closed_at, request.scope
FROM rights.request
WHERE request.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY request.received_at DESC, request.request_id DESC
LIMIT %(at_most)s::integer

-- name: lock_asking
-- Waits until nobody else asks for the same person; held until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('rights/' || %(person)s::text, 0))::text AS locked

-- name: open_alike
-- Returns the oldest open request about the same people for the same thing; locks nothing.
SELECT
    request.request_id, request.profile_id, request.subject, request.kind, request.regime,
    request.channel, request.requester, request.agent_id, request.state, request.outcome,
    request.ground, request.locale, request.external_ref, request.received_at,
    request.acknowledge_by, request.acknowledged_at, request.due_at, request.extended_at,
    request.extension_ground, request.paused_at, request.paused_for, request.proof,
    request.proved_at, request.failures, request.assignee_id, request.duplicate_of,
    request.about_request_id, request.results_until, request.downloads, request.begun_at,
    request.closed_at, request.scope
FROM rights.request
WHERE
    request.profile_id = ANY(%(profile_ids)s::uuid[])
    AND request.kind = %(kind)s::text
    AND request.scope = %(scope)s::jsonb
    AND request.closed_at IS NULL
ORDER BY request.received_at
LIMIT 1

-- name: count_since
-- Returns how many requests were taken about some profiles since an instant: when they say that
-- they were sent does not count, for whoever sends them says it.
SELECT count(DISTINCT event.request_id) AS requests
FROM rights.request
INNER JOIN rights.event ON event.request_id = request.request_id
WHERE
    request.profile_id = ANY(%(profile_ids)s::uuid[])
    AND event.what = 'received' AND event.at >= %(since)s::timestamptz

-- name: write_request
-- Writes what can change on a request: it was locked before.
UPDATE rights.request
SET
    kind = %(kind)s::text, profile_id = %(profile_id)s::uuid,
    subject = %(subject)s::bytea, regime = %(regime)s::text,
    state = %(state)s::text, outcome = %(outcome)s::text, ground = %(ground)s::text,
    acknowledge_by = %(acknowledge_by)s::timestamptz,
    acknowledged_at = %(acknowledged_at)s::timestamptz, due_at = %(due_at)s::timestamptz,
    extended_at = %(extended_at)s::timestamptz, extension_ground = %(extension_ground)s::text,
    paused_at = %(paused_at)s::timestamptz, paused_for = %(paused_for)s::interval,
    proof = %(proof)s::text, proved_at = %(proved_at)s::timestamptz,
    failures = %(failures)s::smallint, assignee_id = %(assignee_id)s::uuid,
    results_until = %(results_until)s::timestamptz, downloads = %(downloads)s::integer,
    begun_at = %(begun_at)s::timestamptz, closed_at = %(closed_at)s::timestamptz,
    locale = %(locale)s::text, scope = %(scope)s::jsonb
WHERE request.request_id = %(request_id)s::uuid

-- name: queue
-- Returns requests by urgency: what is due first comes first, closed ones by when they came.
SELECT
    request.request_id, request.profile_id, request.subject, request.kind, request.regime,
    request.channel, request.requester, request.agent_id, request.state, request.outcome,
    request.ground, request.locale, request.external_ref, request.received_at,
    request.acknowledge_by, request.acknowledged_at, request.due_at, request.extended_at,
    request.extension_ground, request.paused_at, request.paused_for, request.proof,
    request.proved_at, request.failures, request.assignee_id, request.duplicate_of,
    request.about_request_id, request.results_until, request.downloads, request.begun_at,
    request.closed_at, request.scope
FROM rights.request
WHERE
    (%(states)s::text[] IS NULL OR request.state = ANY(%(states)s::text[]))
    AND (%(kinds)s::text[] IS NULL OR request.kind = ANY(%(kinds)s::text[]))
    AND (%(regimes)s::text[] IS NULL OR coalesce(request.regime, 'unknown') = ANY(%(regimes)s::text[]))
    AND (%(channels)s::text[] IS NULL OR request.channel = ANY(%(channels)s::text[]))
    AND (%(assignee_id)s::uuid IS NULL OR request.assignee_id = %(assignee_id)s::uuid)
    AND (NOT %(is_unassigned)s::boolean OR request.assignee_id IS NULL)
    AND (%(due_before)s::timestamptz IS NULL OR (request.due_at < %(due_before)s::timestamptz AND request.closed_at IS NULL))
    AND (%(received_from)s::timestamptz IS NULL OR request.received_at >= %(received_from)s::timestamptz)
    AND (%(received_before)s::timestamptz IS NULL OR request.received_at < %(received_before)s::timestamptz)
    AND (NOT %(is_stuck)s::boolean OR EXISTS (
        SELECT 1 FROM rights.task
        WHERE task.request_id = request.request_id AND task.state IN ('stuck', 'manual')
    ))
    AND (
        coalesce(request.due_at, request.received_at), request.request_id
    ) > (%(after)s::timestamptz, %(after_id)s::uuid)
ORDER BY coalesce(request.due_at, request.received_at), request.request_id
LIMIT %(at_most)s::integer

-- name: counts
-- Returns how the queue stands.
SELECT
    count(*) FILTER (WHERE request.closed_at IS NULL) AS open,
    count(*) FILTER (WHERE request.state IN ('received', 'verifying')) AS waiting_for_proof,
    count(*) FILTER (
        WHERE request.closed_at IS NULL AND request.paused_at IS NULL
        AND request.due_at <= %(now)s::timestamptz
    ) AS overdue,
    count(*) FILTER (
        WHERE request.closed_at IS NULL AND request.due_at > %(now)s::timestamptz
        AND request.due_at <= %(soon)s::timestamptz
    ) AS due_soon,
    count(*) FILTER (WHERE request.closed_at IS NULL AND request.assignee_id IS NULL) AS unassigned,
    (
        SELECT count(DISTINCT task.request_id) FROM rights.task
        WHERE task.state IN ('stuck', 'manual')
    ) AS stuck
FROM rights.request

-- name: figures
-- Returns, per right, what was asked between two instants and what became of it; days until the
-- answer as median and mean, over those that were answered.
SELECT
    request.kind,
    count(*) AS received,
    count(*) FILTER (WHERE request.outcome = 'full') AS in_full,
    count(*) FILTER (WHERE request.outcome = 'part') AS in_part,
    count(*) FILTER (WHERE request.state = 'refused') AS refused,
    count(*) FILTER (WHERE request.state = 'withdrawn') AS withdrawn,
    count(*) FILTER (WHERE request.closed_at <= request.due_at) AS in_time,
    percentile_cont(0.5) WITHIN GROUP (
        ORDER BY extract(EPOCH FROM request.closed_at - request.received_at) / 86400.0
    ) FILTER (WHERE request.state IN ('fulfilled', 'refused')) AS median_days,
    (avg(extract(EPOCH FROM request.closed_at - request.received_at) / 86400.0)
        FILTER (WHERE request.state IN ('fulfilled', 'refused')))::double precision AS mean_days
FROM rights.request
WHERE
    request.received_at >= %(since)s::timestamptz
    AND request.received_at < %(until)s::timestamptz
    AND request.duplicate_of IS NULL
GROUP BY request.kind
ORDER BY request.kind

-- name: weeks
-- Returns how many requests came in each week, per right.
SELECT
    date_bin('7 days', request.received_at, %(since)s::timestamptz) AS week,
    request.kind,
    count(*) AS received
FROM rights.request
WHERE request.received_at >= %(since)s::timestamptz
GROUP BY week, request.kind
ORDER BY week, request.kind

-- name: overdue_ids
-- Returns open requests whose clock ran out.
SELECT request.request_id
FROM rights.request
WHERE
    request.closed_at IS NULL AND request.paused_at IS NULL
    AND request.due_at <= %(now)s::timestamptz
ORDER BY request.due_at
LIMIT %(at_most)s::integer

-- name: insert_event
-- Writes what happened to a request.
INSERT INTO rights.event (request_id, at, actor, what, code, detail) VALUES (
    %(request_id)s::uuid, %(at)s::timestamptz, %(actor)s::text, %(what)s::text,
    %(code)s::text, %(detail)s::jsonb
)

-- name: events
-- Returns what happened to a request, in order.
SELECT event.event_id, event.at, event.actor, event.what, event.code, event.detail
FROM rights.event
WHERE event.request_id = %(request_id)s::uuid
ORDER BY event.event_id

-- name: insert_note
-- Keeps sealed words.
INSERT INTO rights.note (bearer_id, note_id, request_id, use, author, sealed, written_at) VALUES (
    %(bearer_id)s::uuid, %(note_id)s::uuid, %(request_id)s::uuid, %(use)s::text,
    %(author)s::text, %(sealed)s::bytea, %(at)s::timestamptz
)

-- name: notes
-- Returns the sealed words of a request, in order.
SELECT note.bearer_id, note.note_id, note.use, note.author, note.sealed, note.written_at
FROM rights.note
WHERE note.request_id = %(request_id)s::uuid
ORDER BY note.written_at, note.note_id

-- name: delete_notes
-- Deletes words of a request of some uses; returns how many.
WITH gone AS (
    DELETE FROM rights.note
    WHERE note.request_id = %(request_id)s::uuid AND note.use = ANY(%(uses)s::text[])
    RETURNING note.note_id
)
SELECT count(*) AS gone FROM gone
