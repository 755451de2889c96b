-- name: insert_downstream
-- Keeps a new system; its name must be free among those that are told.
INSERT INTO rights.downstream (
    downstream_id, name, protocol, base_url, domain, identities, certificate, token, added_by,
    added_at
)
VALUES (
    %(downstream_id)s::uuid, %(name)s::text, %(protocol)s::text, %(base_url)s::text,
    %(domain)s::text, %(identities)s::text[], %(certificate)s::text, %(token)s::bytea,
    %(added_by)s::text, %(added_at)s::timestamptz
)

-- name: downstream
-- Returns one system; none when it is unknown.
SELECT
    downstream.downstream_id, downstream.name, downstream.protocol, downstream.base_url,
    downstream.domain, downstream.identities, downstream.certificate, downstream.token,
    downstream.added_by, downstream.added_at, downstream.answered_at, downstream.problem, downstream.ended_at
FROM rights.downstream
WHERE downstream.downstream_id = %(downstream_id)s::uuid

-- name: downstreams
-- Returns all systems by name, those that are told no more at the end.
SELECT
    downstream.downstream_id, downstream.name, downstream.protocol, downstream.base_url,
    downstream.domain, downstream.identities, downstream.certificate, downstream.token,
    downstream.added_by, downstream.added_at, downstream.answered_at, downstream.problem, downstream.ended_at
FROM rights.downstream
ORDER BY downstream.ended_at IS NOT NULL, downstream.name, downstream.downstream_id

-- name: note_answer
-- Notes how a system answered last: well at an instant, or with a problem.
UPDATE rights.downstream SET
    answered_at = coalesce(%(answered_at)s::timestamptz, answered_at),
    problem = %(problem)s::text
WHERE downstream_id = %(downstream_id)s::uuid

-- name: end_downstream
-- Tells a system no more; touches none that ended already.
UPDATE rights.downstream SET ended_at = %(at)s::timestamptz
WHERE downstream_id = %(downstream_id)s::uuid AND ended_at IS NULL

-- name: hurry_task
-- Lets a task that a system works on be looked at now, as that system says something changed;
-- returns its request. None when it works on no such task.
UPDATE rights.task SET not_before = %(now)s::timestamptz
WHERE
    step = %(step)s::text AND party = %(party)s::text AND state = 'asked'
    AND evidence ->> 'asked' = %(asked)s::text
RETURNING request_id
