-- name: given_links
-- Returns what other systems hold about these profiles, as they may take it along.
SELECT link.profile_id, connection.code, connection.name, link.purposes, link.told_at, link.heard_at, link.removed_at
FROM connections.link
JOIN connections.connection ON connection.connection_id = link.connection_id
WHERE link.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY connection.name, link.profile_id

-- name: given_deliveries
-- Returns what was sent to other systems about these profiles, oldest first.
SELECT
    delivery.profile_id, delivery.delivery_id, connection.code, delivery.cause, delivery.state,
    delivery.act, delivery.fields, delivery.changed_at, delivery.sent_at, delivery.settled_at
FROM connections.delivery
JOIN connections.connection ON connection.connection_id = delivery.connection_id
WHERE delivery.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY delivery.changed_at, delivery.delivery_id

-- name: given_subscriptions
-- Returns the browsers of these profiles that take messages, sealed.
SELECT subscription.profile_id, subscription.subscription_id, subscription.sealed, subscription.device, subscription.added_at, subscription.used_at
FROM connections.subscription
WHERE subscription.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY subscription.added_at, subscription.subscription_id

-- name: erase_deliveries
-- Deletes deliveries about these profiles but those that are still to tell somebody, and those of a
-- request, which are its evidence until all of them are settled.
DELETE FROM connections.delivery
WHERE profile_id = ANY(%(profile_ids)s::uuid[]) AND settled_at IS NOT NULL AND cause <> 'request'

-- name: erase_links
-- Deletes what is known of records at other systems that are gone there, but those whose removal a
-- request waits for.
DELETE FROM connections.link
WHERE
    profile_id = ANY(%(profile_ids)s::uuid[]) AND removed_at IS NOT NULL
    AND NOT EXISTS (
        SELECT 1
        FROM connections.delivery
        WHERE
            delivery.profile_id = link.profile_id
            AND delivery.connection_id = link.connection_id
            AND delivery.cause = 'request'
    )

-- name: erase_subscriptions
-- Deletes the browsers of these profiles.
DELETE FROM connections.subscription
WHERE profile_id = ANY(%(profile_ids)s::uuid[])
