-- name: insert_decision
-- Keeps a decision; one that stands already (a retry) is left as it is.
INSERT INTO rights.automated_decision (
    profile_id, decision_id, code, edition, outcome, sealed, source, decided_at, recorded_at
) VALUES (
    %(profile_id)s::uuid, %(decision_id)s::uuid, %(code)s::text, %(edition)s::smallint,
    %(outcome)s::text, %(sealed)s::bytea, %(source)s::text, %(decided_at)s::timestamptz,
    %(recorded_at)s::timestamptz
)
ON CONFLICT (decision_id) DO NOTHING

-- name: decision
-- Returns one decision; nothing when there is none.
SELECT
    automated_decision.profile_id, automated_decision.decision_id, automated_decision.code,
    automated_decision.edition, automated_decision.outcome, automated_decision.sealed,
    automated_decision.source, automated_decision.decided_at, automated_decision.recorded_at,
    automated_decision.contested_by, automated_decision.verdict, automated_decision.new_outcome,
    automated_decision.reviewed_at, automated_decision.reviewed_by
FROM rights.automated_decision
WHERE automated_decision.decision_id = %(decision_id)s::uuid

-- name: locked_decision
-- Returns one decision and locks it until the transaction ends.
SELECT
    automated_decision.profile_id, automated_decision.decision_id, automated_decision.code,
    automated_decision.edition, automated_decision.outcome, automated_decision.sealed,
    automated_decision.source, automated_decision.decided_at, automated_decision.recorded_at,
    automated_decision.contested_by, automated_decision.verdict, automated_decision.new_outcome,
    automated_decision.reviewed_at, automated_decision.reviewed_by
FROM rights.automated_decision
WHERE automated_decision.decision_id = %(decision_id)s::uuid
FOR UPDATE

-- name: decisions_of
-- Returns the decisions about some profiles, newest first.
SELECT
    automated_decision.profile_id, automated_decision.decision_id, automated_decision.code,
    automated_decision.edition, automated_decision.outcome, automated_decision.sealed,
    automated_decision.source, automated_decision.decided_at, automated_decision.recorded_at,
    automated_decision.contested_by, automated_decision.verdict, automated_decision.new_outcome,
    automated_decision.reviewed_at, automated_decision.reviewed_by
FROM rights.automated_decision
WHERE automated_decision.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY automated_decision.decided_at DESC, automated_decision.decision_id DESC
LIMIT %(at_most)s::integer

-- name: mark_contested
-- Notes the request in which a decision is contested.
UPDATE rights.automated_decision SET contested_by = %(request_id)s::uuid
WHERE automated_decision.decision_id = %(decision_id)s::uuid

-- name: write_verdict
-- Writes what a human made of a decision, once.
UPDATE rights.automated_decision
SET
    verdict = %(verdict)s::text, new_outcome = %(new_outcome)s::text,
    reviewed_at = %(at)s::timestamptz, reviewed_by = %(by)s::text
WHERE
    automated_decision.decision_id = %(decision_id)s::uuid
    AND automated_decision.verdict IS NULL

-- name: put_by_people_only
-- Notes that nobody but people may decide something about somebody; harmless twice.
INSERT INTO rights.by_people_only (profile_id, code, since)
VALUES (%(profile_id)s::uuid, %(code)s::text, %(since)s::timestamptz)
ON CONFLICT (profile_id, code) DO NOTHING

-- name: drop_by_people_only
-- Lets machines decide again; returns how many notes went.
WITH gone AS (
    DELETE FROM rights.by_people_only
    WHERE
        by_people_only.profile_id = ANY(%(profile_ids)s::uuid[])
        AND by_people_only.code = %(code)s::text
    RETURNING by_people_only.code
)
SELECT count(*) AS gone FROM gone

-- name: by_people_only
-- Returns what nobody but people may decide about these profiles.
SELECT DISTINCT by_people_only.code
FROM rights.by_people_only
WHERE by_people_only.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY by_people_only.code
