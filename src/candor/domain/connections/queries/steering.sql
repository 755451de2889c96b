-- name: held
-- Counts the people whom a system holds by our books, and what is on its way to it.
SELECT
    (
        SELECT count(*) FROM connections.link AS l
        WHERE l.connection_id = %(connection_id)s::uuid AND l.removed_at IS NULL
    ) AS people,
    (
        SELECT count(*) FROM connections.delivery AS d
        WHERE d.connection_id = %(connection_id)s::uuid AND d.state IN ('waiting', 'sending')
    ) AS waiting,
    (
        SELECT count(*) FROM connections.delivery AS d
        WHERE d.connection_id = %(connection_id)s::uuid AND d.state = 'parked'
    ) AS parked

-- name: held_by_all
-- Counts the people whom each system holds by our books.
SELECT
    l.connection_id,
    count(*) AS people
FROM connections.link AS l
WHERE l.removed_at IS NULL
GROUP BY l.connection_id

-- name: vendors_connections
-- Returns the connections of a vendor that have not ended.
SELECT connection_id
FROM connections.connection
WHERE vendor_id = %(vendor_id)s::uuid AND state <> 'ended'
ORDER BY code
