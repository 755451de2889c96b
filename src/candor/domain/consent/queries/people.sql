-- name: related
-- Returns all profiles of the people that these profiles belong to, as it is now.
SELECT related.profile_id
FROM consent.state AS related
WHERE related.head_id IN (
    SELECT named.head_id FROM consent.state AS named
    WHERE named.profile_id = ANY(%(profile_ids)s::uuid[])
)
