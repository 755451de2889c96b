-- name: sweep_links
-- Removes what is known of records that are gone at other systems for long, or counts it.
WITH over AS (
    SELECT link.profile_id, link.connection_id
    FROM connections.link
    WHERE link.removed_at < %(before)s::timestamptz AND NOT link.profile_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM connections.link
    USING over
    WHERE NOT %(is_dry)s::boolean AND link.profile_id = over.profile_id AND link.connection_id = over.connection_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_deliveries
-- Removes deliveries that were settled long ago, or counts them.
WITH over AS (
    SELECT delivery.profile_id, delivery.delivery_id
    FROM connections.delivery
    WHERE delivery.settled_at < %(before)s::timestamptz AND NOT delivery.profile_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM connections.delivery
    USING over
    WHERE NOT %(is_dry)s::boolean AND delivery.profile_id = over.profile_id AND delivery.delivery_id = over.delivery_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows

-- name: sweep_subscriptions
-- Removes browsers that took no message for long, or counts them.
WITH over AS (
    SELECT subscription.profile_id, subscription.subscription_id
    FROM connections.subscription
    WHERE
        coalesce(subscription.used_at, subscription.added_at) < %(before)s::timestamptz
        AND NOT subscription.profile_id = ANY(%(spared)s::uuid[])
    LIMIT %(at_most)s::bigint
),

gone AS (
    DELETE FROM connections.subscription
    USING over
    WHERE NOT %(is_dry)s::boolean AND subscription.profile_id = over.profile_id AND subscription.subscription_id = over.subscription_id
    RETURNING 1 AS one
)

SELECT CASE WHEN %(is_dry)s::boolean THEN (SELECT count(*) FROM over)
    ELSE (SELECT count(*) FROM gone) END AS rows
