-- name: insert_file
-- Writes down that a file was asked for.
INSERT INTO connections.file (file_id, connection_id, proposal_id, terms, total, due_at, added_at)
VALUES (
    %(file_id)s::uuid, %(connection_id)s::uuid, %(proposal_id)s::uuid, %(terms)s::bytea,
    %(total)s::integer, %(at)s::timestamptz, %(at)s::timestamptz
)

-- name: files_of
-- Returns the files of a connection, newest first.
SELECT
    file.file_id, file.connection_id, file.state, file.proposal_id, file.people, file.size, file.sha256,
    file.name, file.made_at, file.put_at, file.expires_at, file.recalled_at, file.gone_at, file.problem,
    file.terms, file.looked, file.total, file.forgotten, file.attempts, file.due_at, file.added_at,
    (
        SELECT count(*) FROM connections.file_person
        WHERE file_person.file_id = file.file_id AND file_person.changed_at IS NOT NULL
    ) + file.forgotten AS changed
FROM connections.file
WHERE file.connection_id = %(connection_id)s::uuid
ORDER BY file.added_at DESC, file.file_id
LIMIT %(at_most)s::bigint

-- name: file_by_id
-- Returns one file.
SELECT
    file.file_id, file.connection_id, file.state, file.proposal_id, file.people, file.size, file.sha256,
    file.name, file.made_at, file.put_at, file.expires_at, file.recalled_at, file.gone_at, file.problem,
    file.terms, file.looked, file.total, file.forgotten, file.attempts, file.due_at, file.added_at,
    (
        SELECT count(*) FROM connections.file_person
        WHERE file_person.file_id = file.file_id AND file_person.changed_at IS NOT NULL
    ) + file.forgotten AS changed
FROM connections.file
WHERE file.file_id = %(file_id)s::uuid

-- name: open_proposals
-- Returns the files that wait for the second pair of eyes, with their proposals.
SELECT file.file_id, file.proposal_id
FROM connections.file
WHERE file.state = 'proposed'

-- name: move_file
-- Moves a file from one of some states to another, and returns its id; nothing: it was in none.
UPDATE connections.file
SET
    state = %(state)s::text,
    problem = %(problem)s::text,
    due_at = %(due_at)s::timestamptz,
    leased_until = NULL,
    leased_by = NULL
WHERE file.file_id = %(file_id)s::uuid AND file.state = ANY(%(from_states)s::text[])
RETURNING file.file_id

-- name: claim_making
-- Takes a file that is to be made, longest waiting first, until an instant; of connections that
-- move. One whose worker is gone is made anew.
UPDATE connections.file
SET
    state = 'making', leased_until = %(until)s::timestamptz, leased_by = %(by)s::text,
    attempts = file.attempts + 1, looked = 0, problem = NULL, recalled_at = NULL
WHERE
    file.file_id = (
        SELECT due.file_id
        FROM connections.file AS due
        JOIN connections.connection ON connection.connection_id = due.connection_id
        WHERE
            due.state IN ('approved', 'making') AND due.due_at <= %(at)s::timestamptz
            AND coalesce(due.leased_until, '-infinity') <= %(at)s::timestamptz
            AND connection.state <> 'paused'
        ORDER BY due.due_at, due.file_id
        LIMIT 1
        FOR UPDATE OF due SKIP LOCKED
    )
RETURNING file.file_id

-- name: claim_taking
-- Takes a file that is to be taken away, longest waiting first, until an instant.
UPDATE connections.file
SET leased_until = %(until)s::timestamptz, leased_by = %(by)s::text, attempts = file.attempts + 1
WHERE
    file.file_id = (
        SELECT due.file_id
        FROM connections.file AS due
        WHERE
            due.gone_at IS NULL AND due.name IS NOT NULL AND due.due_at <= %(at)s::timestamptz
            AND coalesce(due.leased_until, '-infinity') <= %(at)s::timestamptz
            AND (
                due.state = 'failed'
                OR (due.state = 'put' AND (due.expires_at <= %(at)s::timestamptz OR due.recalled_at IS NOT NULL))
            )
        ORDER BY due.due_at, due.file_id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
RETURNING file.file_id

-- name: begin_making
-- Gives a file that is made its name, and forgets whom an earlier try put into it.
WITH earlier AS (
    DELETE FROM connections.file_person
    WHERE file_person.file_id = %(file_id)s::uuid
)

UPDATE connections.file
SET name = %(name)s::text, total = %(total)s::integer
WHERE file.file_id = %(file_id)s::uuid AND file.leased_by = %(by)s::text

-- name: note_people
-- Writes down who goes into a file, and how far it is; nothing when its worker lost it.
WITH ours AS (
    UPDATE connections.file
    SET looked = file.looked + %(looked)s::integer, leased_until = %(until)s::timestamptz
    WHERE file.file_id = %(file_id)s::uuid AND file.state = 'making' AND file.leased_by = %(by)s::text
    RETURNING file.file_id
),

told AS (
    INSERT INTO connections.file_person (profile_id, file_id, purposes)
    SELECT given.profile_id, ours.file_id, given.purposes
    FROM unnest(%(profile_ids)s::uuid[], %(purposes)s::bigint[]) AS given (profile_id, purposes)
    CROSS JOIN ours
)

SELECT ours.file_id FROM ours

-- name: note_made
-- Writes down what was made, before it is put anywhere; nothing when its worker lost it, or when
-- somebody in it was erased meanwhile.
UPDATE connections.file
SET
    people = %(people)s::integer, size = %(size)s::bigint, sha256 = %(sha256)s::bytea,
    made_at = %(at)s::timestamptz, leased_until = %(until)s::timestamptz
WHERE
    file.file_id = %(file_id)s::uuid AND file.state = 'making' AND file.leased_by = %(by)s::text
    AND file.recalled_at IS NULL
RETURNING file.file_id

-- name: note_put
-- Writes down that a file lies at its place; nothing when its worker lost it.
UPDATE connections.file
SET
    state = 'put', put_at = %(at)s::timestamptz, expires_at = %(expires_at)s::timestamptz,
    attempts = 0, problem = file.problem, leased_until = NULL, leased_by = NULL,
    due_at = CASE WHEN file.recalled_at IS NULL THEN %(expires_at)s::timestamptz ELSE %(at)s::timestamptz END
WHERE file.file_id = %(file_id)s::uuid AND file.state = 'making' AND file.leased_by = %(by)s::text
RETURNING file.file_id

-- name: give_back
-- Gives a file back that could not be made or taken away now, to be tried again.
UPDATE connections.file
SET
    state = CASE WHEN file.state = 'making' THEN 'approved' ELSE file.state END,
    problem = %(problem)s::text, due_at = %(due_at)s::timestamptz, leased_until = NULL, leased_by = NULL
WHERE file.file_id = %(file_id)s::uuid AND file.leased_by = %(by)s::text

-- name: note_gone
-- Writes down that a file was taken away; the reason why it was, if not by time, stays.
UPDATE connections.file
SET
    state = CASE WHEN file.state = 'put' THEN 'expired' ELSE file.state END,
    gone_at = %(at)s::timestamptz, problem = %(reason)s::text, leased_until = NULL, leased_by = NULL
WHERE file.file_id = %(file_id)s::uuid AND file.leased_by = %(by)s::text
RETURNING file.file_id

-- name: recall_files
-- Has files taken away early that lie somewhere, or are made.
UPDATE connections.file
SET recalled_at = %(at)s::timestamptz, problem = %(reason)s::text, due_at = %(at)s::timestamptz
WHERE
    file.file_id = ANY(%(file_ids)s::uuid[]) AND file.gone_at IS NULL AND file.recalled_at IS NULL
    AND file.state IN ('making', 'put')
RETURNING file.file_id

-- name: files_with
-- Returns the files that lie somewhere, or are made, in which one of these profiles is.
SELECT DISTINCT file.file_id
FROM connections.file_person
JOIN connections.file ON file.file_id = file_person.file_id
WHERE
    file_person.profile_id = ANY(%(profile_ids)s::uuid[])
    AND file.state IN ('making', 'put') AND file.gone_at IS NULL

-- name: open_files
-- Returns the files of a connection that lie somewhere, or will.
SELECT file.file_id, file.state
FROM connections.file
WHERE
    file.connection_id = %(connection_id)s::uuid
    AND (
        file.state IN ('proposed', 'approved', 'making')
        OR (file.gone_at IS NULL AND file.name IS NOT NULL AND file.state IN ('put', 'failed'))
    )

-- name: people_of
-- Returns who of these is in a file of a connection that lies somewhere, or is made; of null, all,
-- in the order of their ids, behind one.
SELECT file_person.profile_id, file_person.file_id, file_person.purposes
FROM connections.file_person
JOIN connections.file ON file.file_id = file_person.file_id
WHERE
    file.connection_id = %(connection_id)s::uuid
    AND file.state IN ('making', 'put') AND file.gone_at IS NULL
    AND (%(profile_ids)s::uuid[] IS NULL OR file_person.profile_id = ANY(%(profile_ids)s::uuid[]))
    AND file_person.profile_id > %(after)s::uuid
ORDER BY file_person.profile_id, file_person.file_id
LIMIT %(at_most)s::bigint

-- name: note_minds
-- Writes down who of a file has changed their mind, and who has changed it back.
UPDATE connections.file_person
SET changed_at = CASE WHEN given.is_changed THEN coalesce(file_person.changed_at, %(at)s::timestamptz) END
FROM unnest(%(profile_ids)s::uuid[], %(file_ids)s::uuid[], %(changed)s::boolean[]) AS given (profile_id, file_id, is_changed)
WHERE
    file_person.profile_id = given.profile_id AND file_person.file_id = given.file_id
    AND (file_person.changed_at IS NULL) = given.is_changed

-- name: forget_people
-- Deletes these profiles from the books of files, and counts them there; returns how many rows.
WITH gone AS (
    DELETE FROM connections.file_person
    WHERE file_person.profile_id = ANY(%(profile_ids)s::uuid[])
    RETURNING file_person.file_id
),

counted AS (
    UPDATE connections.file
    SET forgotten = file.forgotten + each.people
    FROM (SELECT gone.file_id, count(*) AS people FROM gone GROUP BY gone.file_id) AS each
    WHERE file.file_id = each.file_id
)

SELECT count(*) FROM gone

-- name: given_files
-- Returns the files in which these profiles are or were, oldest first.
SELECT
    file_person.profile_id, file_person.file_id, connection.code, connection.name, file_person.purposes,
    file.put_at, file.expires_at, file.gone_at
FROM connections.file_person
JOIN connections.file ON file.file_id = file_person.file_id
JOIN connections.connection ON connection.connection_id = file.connection_id
WHERE file_person.profile_id = ANY(%(profile_ids)s::uuid[]) AND file.put_at IS NOT NULL
ORDER BY file.put_at, file_person.file_id

-- name: sweep_file_people
-- Removes who was in files that are gone for long, or counts them.
WITH over AS (
    SELECT file_person.profile_id, file_person.file_id
    FROM connections.file_person
    JOIN connections.file ON file.file_id = file_person.file_id
    WHERE file.gone_at < %(before)s::timestamptz AND NOT file_person.profile_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM connections.file_person
    USING over
    WHERE NOT %(is_dry)s::boolean AND file_person.profile_id = over.profile_id AND file_person.file_id = over.file_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows
