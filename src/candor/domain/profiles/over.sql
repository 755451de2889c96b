-- name: sweep_attributes
-- Removes answers that the catalogue keeps no longer, or counts them.
WITH over AS (
    SELECT attribute.profile_id, attribute.attribute_id, attribute.source_id
    FROM profiles.attribute
    JOIN unnest(%(attribute_ids)s::smallint[], %(befores)s::timestamptz[])
        AS kept (attribute_id, before) ON kept.attribute_id = attribute.attribute_id
    WHERE
        attribute.observed_at < kept.before
        AND NOT attribute.profile_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM profiles.attribute
    USING over
    WHERE NOT %(is_dry)s::boolean AND attribute.profile_id = over.profile_id AND attribute.attribute_id = over.attribute_id AND attribute.source_id = over.source_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_undeclared_attributes
-- Removes answers to what is declared no more, or counts them.
WITH over AS (
    SELECT attribute.profile_id, attribute.attribute_id, attribute.source_id
    FROM profiles.attribute
    WHERE
        NOT attribute.attribute_id = ANY(%(attribute_ids)s::smallint[])
        AND NOT attribute.profile_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM profiles.attribute
    USING over
    WHERE NOT %(is_dry)s::boolean AND attribute.profile_id = over.profile_id AND attribute.attribute_id = over.attribute_id AND attribute.source_id = over.source_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: young_attributes
-- Returns answers to some facts that the catalogue still keeps, by their key, after one.
SELECT
    attribute.profile_id, attribute.attribute_id, attribute.source_id, attribute.received_at
FROM profiles.attribute
JOIN unnest(%(attribute_ids)s::smallint[], %(befores)s::timestamptz[])
    AS kept (attribute_id, before) ON kept.attribute_id = attribute.attribute_id
WHERE
    attribute.observed_at >= kept.before
    AND NOT attribute.profile_id = ANY(%(spared)s::uuid[])
    AND (attribute.profile_id, attribute.attribute_id, attribute.source_id)
    > (%(after_profile)s::uuid, %(after_attribute)s::smallint, %(after_source)s::smallint)
ORDER BY attribute.profile_id, attribute.attribute_id, attribute.source_id
LIMIT %(page)s::integer

-- name: delete_answers
-- Removes some answers by their keys.
DELETE FROM profiles.attribute
USING unnest(
    %(profile_ids)s::uuid[], %(attribute_ids)s::smallint[], %(source_ids)s::smallint[]
) AS over (profile_id, attribute_id, source_id)
WHERE
    attribute.profile_id = over.profile_id AND attribute.attribute_id = over.attribute_id
    AND attribute.source_id = over.source_id

-- name: sweep_reviews
-- Removes questions that were settled long ago, or counts them.
WITH over AS (
    SELECT review.profile_id, review.review_id
    FROM profiles.review
    WHERE
        review.settled_at < %(before)s::timestamptz
        AND NOT review.profile_id = ANY(%(spared)s::uuid[])
        AND NOT review.other_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM profiles.review
    USING over
    WHERE NOT %(is_dry)s::boolean AND review.profile_id = over.profile_id AND review.review_id = over.review_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows
