-- name: drop_same
-- Deletes a browser by its address, whosever it was; returns whose.
DELETE FROM connections.subscription
WHERE connection_id = %(connection_id)s::uuid AND endpoint_index = %(endpoint_index)s::bytea
RETURNING profile_id

-- name: insert_subscription
-- Keeps a browser of a profile.
INSERT INTO connections.subscription (
    profile_id, subscription_id, connection_id, endpoint_index, sealed, device, added_at
)
VALUES (
    %(profile_id)s::uuid, %(subscription_id)s::uuid, %(connection_id)s::uuid,
    %(endpoint_index)s::bytea, %(sealed)s::bytea, %(device)s::text, %(at)s::timestamptz
)

-- name: subscriptions_of
-- Returns the browsers of these profiles at a connection, the newest first.
SELECT subscription.profile_id, subscription.subscription_id, subscription.sealed, subscription.device, subscription.added_at, subscription.used_at
FROM connections.subscription
WHERE
    subscription.connection_id = %(connection_id)s::uuid
    AND subscription.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY subscription.added_at DESC, subscription.subscription_id

-- name: browsers_of
-- Returns the browsers of these profiles at every connection, the newest first; nothing sealed.
SELECT subscription.subscription_id, subscription.device, subscription.added_at, subscription.used_at
FROM connections.subscription
WHERE subscription.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY subscription.added_at DESC, subscription.subscription_id

-- name: having
-- Returns which of these profiles have a browser.
SELECT DISTINCT subscription.profile_id
FROM connections.subscription
WHERE subscription.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: count_browsers
-- Returns how many people have how many browsers at a connection.
SELECT count(DISTINCT subscription.profile_id) AS people, count(*) AS browsers
FROM connections.subscription
WHERE subscription.connection_id = %(connection_id)s::uuid

-- name: delete_all_subscriptions
-- Deletes the browsers of these profiles but one.
DELETE FROM connections.subscription
WHERE
    profile_id = ANY(%(profile_ids)s::uuid[])
    AND subscription_id IS DISTINCT FROM %(but)s::uuid

-- name: delete_subscription
-- Deletes one browser of these profiles.
DELETE FROM connections.subscription
WHERE
    profile_id = ANY(%(profile_ids)s::uuid[])
    AND subscription_id = %(subscription_id)s::uuid

-- name: use_subscriptions
-- Notes that browsers took a message.
UPDATE connections.subscription
SET used_at = %(at)s::timestamptz
WHERE
    profile_id = ANY(%(profile_ids)s::uuid[])
    AND subscription_id = ANY(%(subscription_ids)s::uuid[])
