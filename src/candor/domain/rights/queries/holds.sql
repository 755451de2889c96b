-- name: insert_hold
-- Places a hold.
INSERT INTO rights.hold (
    profile_id, hold_id, ground, reference, placed_by, placed_at, review_on
) VALUES (
    %(profile_id)s::uuid, %(hold_id)s::uuid, %(ground)s::text, %(reference)s::text,
    %(placed_by)s::text, %(placed_at)s::timestamptz, %(review_on)s::date
)

-- name: holds_of
-- Returns the holds on some profiles, those that stand first, then the newest.
SELECT
    hold.hold_id, hold.profile_id, hold.ground, hold.reference, hold.placed_by,
    hold.placed_at, hold.review_on, hold.lifted_at, hold.lifted_by
FROM rights.hold
WHERE hold.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY hold.lifted_at IS NOT NULL, hold.placed_at DESC, hold.hold_id

-- name: standing_holds
-- Returns the holds that stand, by the day on which they are looked at.
SELECT
    hold.hold_id, hold.profile_id, hold.ground, hold.reference, hold.placed_by,
    hold.placed_at, hold.review_on, hold.lifted_at, hold.lifted_by
FROM rights.hold
WHERE hold.lifted_at IS NULL
ORDER BY hold.review_on, hold.hold_id
LIMIT %(at_most)s::integer

-- name: lifted_holds
-- Returns the holds that were lifted last.
SELECT
    hold.hold_id, hold.profile_id, hold.ground, hold.reference, hold.placed_by,
    hold.placed_at, hold.review_on, hold.lifted_at, hold.lifted_by
FROM rights.hold
WHERE hold.lifted_at IS NOT NULL
ORDER BY hold.lifted_at DESC, hold.hold_id
LIMIT %(at_most)s::integer

-- name: due_holds
-- Returns how many holds must be looked at by a day.
SELECT count(*)
FROM rights.hold
WHERE hold.lifted_at IS NULL AND hold.review_on <= %(today)s::date

-- name: locked_hold
-- Returns one hold and locks it until the transaction ends.
SELECT
    hold.hold_id, hold.profile_id, hold.ground, hold.reference, hold.placed_by,
    hold.placed_at, hold.review_on, hold.lifted_at, hold.lifted_by
FROM rights.hold
WHERE hold.hold_id = %(hold_id)s::uuid
FOR UPDATE

-- name: lift_hold
-- Ends a hold.
UPDATE rights.hold
SET lifted_at = %(at)s::timestamptz, lifted_by = %(by)s::text
WHERE hold.hold_id = %(hold_id)s::uuid

-- name: review_hold
-- Moves the day on which a hold is looked at.
UPDATE rights.hold
SET review_on = %(review_on)s::date
WHERE hold.hold_id = %(hold_id)s::uuid

-- name: lock_holding
-- Lets one at a time place a hold on a profile, lift it, or erase the person, until the
-- transaction ends.
SELECT pg_advisory_xact_lock(hashtext('rights.hold'), hashtext(%(profile_id)s::text))::text AS locked

-- name: wake_held
-- Lets the erasures about these profiles be tried now that wait for a hold; returns the requests.
UPDATE rights.task
SET not_before = %(at)s::timestamptz
FROM rights.request
WHERE
    request.request_id = task.request_id
    AND request.profile_id = ANY(%(profile_ids)s::uuid[])
    AND request.state = 'in_progress'
    AND task.step = 'destroy' AND task.state = 'waiting'
RETURNING task.request_id

-- name: restricted_by_themselves
-- Tells whether the person asked for a restriction of their own that was not lifted since.
SELECT coalesce((
    SELECT event.what = 'restricted'
    FROM rights.request
    JOIN rights.event ON event.request_id = request.request_id
    WHERE
        request.profile_id = ANY(%(profile_ids)s::uuid[])
        AND request.kind = 'restriction'
        AND event.what IN ('restricted', 'restriction_lifted')
    ORDER BY event.at DESC, event.event_id DESC
    LIMIT 1
), FALSE) AS stands

-- name: erasure_held
-- Tells whether an erasure of the person, other than one, waits for a hold.
SELECT EXISTS (
    SELECT FROM rights.request
    JOIN rights.event ON event.request_id = request.request_id
    WHERE
        request.profile_id = ANY(%(profile_ids)s::uuid[])
        AND request.state = 'in_progress'
        AND request.request_id IS DISTINCT FROM %(but)s::uuid
        AND event.what = 'held'
) AS stands
