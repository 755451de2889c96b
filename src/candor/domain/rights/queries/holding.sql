-- name: notes_about
-- Returns the sealed words of all requests about these profiles, in order; not those that an
-- erasure under way keeps for itself.
SELECT
    note.bearer_id, note.note_id, note.request_id, note.use, note.author, note.sealed,
    note.written_at
FROM rights.note
JOIN rights.request ON request.request_id = note.request_id
WHERE
    (
        request.profile_id = ANY(%(profile_ids)s::uuid[])
        OR note.bearer_id = ANY(%(profile_ids)s::uuid[])
    )
    AND note.use IN ('words', 'answer', 'address')
ORDER BY note.written_at, note.note_id

-- name: events_about
-- Returns what happened to all requests about these profiles, in order.
SELECT event.request_id, event.at, event.actor, event.what, event.code
FROM rights.event
JOIN rights.request ON request.request_id = event.request_id
WHERE request.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY event.at, event.event_id

-- name: people_only_about
-- Returns what these profiles want no machine to decide alone.
SELECT by_people_only.profile_id, by_people_only.code, by_people_only.since
FROM rights.by_people_only
WHERE by_people_only.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY by_people_only.since, by_people_only.code

-- name: certificates_about
-- Returns the signed certificates of requests about these profiles.
SELECT certificate.request_id, certificate.body, certificate.issued_at
FROM rights.certificate
JOIN rights.request ON request.request_id = certificate.request_id
WHERE request.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY certificate.issued_at

-- name: delete_notes_about
-- Deletes the words of all requests about these profiles, but those that an erasure needs.
DELETE FROM rights.note
WHERE
    note.use IN ('words', 'answer', 'address')
    AND (
        note.bearer_id = ANY(%(profile_ids)s::uuid[])
        OR note.request_id IN (
            SELECT request.request_id FROM rights.request
            WHERE request.profile_id = ANY(%(profile_ids)s::uuid[])
        )
    )

-- name: delete_decisions
-- Erases what machines decided about these profiles.
DELETE FROM rights.automated_decision WHERE profile_id = ANY(%(profile_ids)s::uuid[])

-- name: delete_people_only
-- Forgets what these profiles wanted no machine to decide alone.
DELETE FROM rights.by_people_only WHERE profile_id = ANY(%(profile_ids)s::uuid[])
