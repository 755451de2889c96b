-- name: server_time
-- Returns the present by the clock of the database server.
SELECT clock_timestamp() AS now

-- name: is_older_running
-- Tells whether a transaction of ours still runs that began before an instant of the server's
-- clock. A long look (a scan) writes nothing and does not count.
SELECT EXISTS(
    SELECT 1
    FROM pg_catalog.pg_stat_activity AS activity
    WHERE
        activity.datname = current_database()
        AND activity.pid <> pg_backend_pid()
        AND activity.xact_start < %(before)s::timestamptz
        AND activity.application_name <> %(looking)s::text
) AS running

-- name: insert_certificate
-- Keeps the certificate of a request; one that is there stays.
INSERT INTO rights.certificate (request_id, body, issued_at)
VALUES (%(request_id)s::uuid, %(body)s::text, %(at)s::timestamptz)
ON CONFLICT (request_id) DO NOTHING

-- name: with_needles
-- Returns the requests for which something is still to be looked for, oldest first.
SELECT DISTINCT note.request_id
FROM rights.note
WHERE note.use = 'needles'
ORDER BY note.request_id
