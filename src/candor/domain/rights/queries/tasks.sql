-- name: insert_task
-- Makes a task; one that is there already stays as it is.
INSERT INTO rights.task (request_id, task_id, step, party, stage, state, not_before, due_at)
VALUES (
    %(request_id)s::uuid, %(task_id)s::uuid, %(step)s::text, %(party)s::text,
    %(stage)s::smallint, %(state)s::text, %(not_before)s::timestamptz, %(due_at)s::timestamptz
)
ON CONFLICT (request_id, step, party) DO NOTHING

-- name: tasks
-- Returns the tasks of a request in the order in which they are done.
SELECT
    task.request_id, task.task_id, task.step, task.party, task.stage, task.state,
    task.attempts, task.not_before, task.leased_until, task.due_at, task.assignee_id,
    task.reminded_at, task.problem, task.done_at, task.done_by, task.evidence
FROM rights.task
WHERE task.request_id = %(request_id)s::uuid
ORDER BY task.stage, task.step, task.party

-- name: locked_task
-- Returns one task and locks it until the transaction ends.
SELECT
    task.request_id, task.task_id, task.step, task.party, task.stage, task.state,
    task.attempts, task.not_before, task.leased_until, task.due_at, task.assignee_id,
    task.reminded_at, task.problem, task.done_at, task.done_by, task.evidence
FROM rights.task
WHERE task.request_id = %(request_id)s::uuid AND task.task_id = %(task_id)s::uuid
FOR UPDATE

-- name: take_task
-- Leases one task of a request that can be done now: its time has come or its lease ran out, and
-- all stages before are over; nothing when there is none. Two workers never get the same.
UPDATE rights.task
SET
    state = 'running', attempts = task.attempts + 1,
    leased_until = %(leased_until)s::timestamptz
WHERE
    task.request_id = %(request_id)s::uuid
    AND task.task_id = (
        SELECT ready.task_id
        FROM rights.task AS ready
        WHERE
            ready.request_id = %(request_id)s::uuid
            AND (
                (ready.state IN ('waiting', 'asked') AND ready.not_before <= %(now)s::timestamptz)
                OR (ready.state = 'running' AND ready.leased_until <= %(now)s::timestamptz)
            )
            AND NOT EXISTS (
                SELECT 1
                FROM rights.task AS before
                WHERE
                    before.request_id = ready.request_id
                    AND before.stage < ready.stage
                    AND before.state NOT IN ('done', 'dropped')
            )
        ORDER BY ready.stage, ready.not_before, ready.task_id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
RETURNING
    task.request_id, task.task_id, task.step, task.party, task.stage, task.state,
    task.attempts, task.not_before, task.leased_until, task.due_at, task.assignee_id,
    task.reminded_at, task.problem, task.done_at, task.done_by, task.evidence

-- name: write_task
-- Writes how a task stands, unless its lease went to another meanwhile. Without evidence, what
-- was kept as its progress stays.
UPDATE rights.task
SET
    state = %(state)s::text, attempts = %(attempts)s::smallint,
    not_before = %(not_before)s::timestamptz, leased_until = NULL,
    assignee_id = %(assignee_id)s::uuid, reminded_at = %(reminded_at)s::timestamptz,
    problem = %(problem)s::text, evidence = coalesce(%(evidence)s::jsonb, task.evidence),
    done_at = %(done_at)s::timestamptz, done_by = %(done_by)s::text,
    due_at = %(due_at)s::timestamptz
WHERE
    task.request_id = %(request_id)s::uuid AND task.task_id = %(task_id)s::uuid
    AND task.leased_until IS NOT DISTINCT FROM %(leased_until)s::timestamptz

-- name: note_progress
-- Writes how far a running task is. A step works for less than its lease, then says Later.
UPDATE rights.task
SET evidence = %(evidence)s::jsonb
WHERE
    task.request_id = %(request_id)s::uuid AND task.task_id = %(task_id)s::uuid
    AND task.state = 'running'

-- name: drop_tasks
-- Drops what is not done yet of a request that was closed by hand.
UPDATE rights.task
SET state = 'dropped', leased_until = NULL
WHERE task.request_id = %(request_id)s::uuid AND task.state NOT IN ('done', 'dropped')

-- name: due_requests
-- Returns requests with a task that can be tried, or a lease that ran out.
SELECT DISTINCT task.request_id
FROM rights.task
WHERE
    (
        (task.state IN ('waiting', 'asked') AND task.not_before <= %(now)s::timestamptz)
        OR (task.state = 'running' AND task.leased_until <= %(now)s::timestamptz)
    )
    AND NOT EXISTS (
        SELECT 1
        FROM rights.task AS before
        WHERE
            before.request_id = task.request_id
            AND before.stage < task.stage
            AND before.state NOT IN ('done', 'dropped')
    )
LIMIT %(at_most)s::integer

-- name: tasks_to_remind
-- Returns tasks for people that are due, and of which nobody was reminded since an instant.
SELECT
    task.request_id, task.task_id, task.step, task.party, task.stage, task.state,
    task.attempts, task.not_before, task.leased_until, task.due_at, task.assignee_id,
    task.reminded_at, task.problem, task.done_at, task.done_by, task.evidence
FROM rights.task
WHERE
    task.state IN ('manual', 'stuck')
    AND (task.due_at IS NULL OR task.due_at <= %(now)s::timestamptz)
    AND (task.reminded_at IS NULL OR task.reminded_at <= %(since)s::timestamptz)
LIMIT %(at_most)s::integer

-- name: mark_reminded
-- Notes that somebody was reminded.
UPDATE rights.task
SET reminded_at = %(now)s::timestamptz
WHERE task.request_id = %(request_id)s::uuid AND task.task_id = %(task_id)s::uuid

-- name: stuck_among
-- Returns which of some requests have a task that waits for a person.
SELECT DISTINCT task.request_id
FROM rights.task
WHERE task.request_id = ANY(%(request_ids)s::uuid[]) AND task.state IN ('stuck', 'manual')

-- name: following
-- Returns tasks of one step that wait for systems outside, or for a person because of them.
SELECT task.task_id, task.state
FROM rights.task
WHERE task.step = %(step)s::text AND task.state IN ('asked', 'manual')
ORDER BY task.task_id
LIMIT %(at_most)s::integer

-- name: wake_tasks
-- Lets tasks be looked at now, as those that they wait for have answered; returns their requests.
UPDATE rights.task SET
    not_before = %(now)s::timestamptz,
    state = CASE WHEN task.state = 'manual' THEN 'waiting' ELSE task.state END,
    problem = CASE WHEN task.state = 'manual' THEN NULL ELSE task.problem END
WHERE task.task_id = ANY(%(task_ids)s::uuid[]) AND task.state IN ('asked', 'manual')
RETURNING task.request_id
