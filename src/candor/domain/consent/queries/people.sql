-- name: related
-- Returns all profiles of the people that these profiles belong to, as it is now.
SELECT related.profile_id
FROM consent.state AS related
WHERE related.head_id IN (
    SELECT named.head_id FROM consent.state AS named
    WHERE named.profile_id = ANY(%(profile_ids)s::uuid[])
)

-- name: heads_after
-- Returns the heads of people in the order of their ids, behind one.
SELECT state.profile_id
FROM consent.state
WHERE state.profile_id > %(after)s::uuid AND state.head_id = state.profile_id
ORDER BY state.profile_id
LIMIT %(at_most)s::integer

-- name: count_heads
-- Counts people, all or those up to one in the order of their ids.
SELECT count(*) AS people
FROM consent.state
WHERE
    state.head_id = state.profile_id
    AND (%(up_to)s::uuid IS NULL OR state.profile_id <= %(up_to)s::uuid)
