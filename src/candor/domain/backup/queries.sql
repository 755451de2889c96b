-- name: insert_run
-- Notes that something begins.
INSERT INTO backup.run (run_id, kind, label, started_at, report)
VALUES (%(run_id)s::uuid, %(kind)s::text, %(label)s::text, %(at)s::timestamptz, '{}'::jsonb)

-- name: update_progress
-- Notes how far a run is; nothing when it ended.
UPDATE backup.run SET report = %(report)s::jsonb
WHERE run_id = %(run_id)s::uuid AND finished_at IS NULL

-- name: finish_run
-- Notes how a run ended.
UPDATE backup.run
SET
    finished_at = %(at)s::timestamptz, outcome = %(outcome)s::text,
    label = coalesce(%(label)s::text, run.label), report = %(report)s::jsonb
WHERE run_id = %(run_id)s::uuid

-- name: newest_runs
-- Returns the newest runs, newest first; none when there were none.
SELECT
    run.run_id, run.kind, run.label, run.started_at, run.finished_at, run.outcome, run.report
FROM backup.run
ORDER BY run.started_at DESC
LIMIT %(at_most)s
