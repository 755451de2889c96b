-- name: insert_exchange
-- Keeps how a request came from a machine outside.
INSERT INTO rights.exchange (
    party, ref, request_id, is_own, digest, asked, callbacks, not_before
)
VALUES (
    %(party)s::text, %(ref)s::text, %(request_id)s::uuid, %(is_own)s::boolean,
    %(digest)s::bytea, %(asked)s::text, %(callbacks)s::text[], %(not_before)s::timestamptz
)

-- name: exchange_by_ref
-- Returns what a machine outside calls so; none when it never sent that.
SELECT
    exchange.party, exchange.ref, exchange.request_id, exchange.is_own, exchange.digest,
    exchange.asked, exchange.callbacks, exchange.told, exchange.told_at, exchange.attempts,
    exchange.not_before, exchange.problem
FROM rights.exchange
WHERE exchange.party = %(party)s::text AND exchange.ref = %(ref)s::text

-- name: exchange_about
-- Returns how a machine outside asked for a request, the first time; none when it did not.
SELECT
    exchange.party, exchange.ref, exchange.request_id, exchange.is_own, exchange.digest,
    exchange.asked, exchange.callbacks, exchange.told, exchange.told_at, exchange.attempts,
    exchange.not_before, exchange.problem
FROM rights.exchange
WHERE exchange.party = %(party)s::text AND exchange.request_id = %(request_id)s::uuid
ORDER BY exchange.is_own DESC, exchange.ref
LIMIT 1

-- name: nobody_alike
-- Returns the oldest open request about nobody we know for which the same machine said the same.
SELECT exchange.request_id
FROM rights.exchange
INNER JOIN rights.request ON request.request_id = exchange.request_id
WHERE
    exchange.party = %(party)s::text AND exchange.digest = %(digest)s::bytea
    AND request.profile_id IS NULL AND request.closed_at IS NULL
ORDER BY request.received_at, request.request_id
LIMIT 1

-- name: count_nobody
-- Returns how many requests about nobody we know the same machine made with the same words since
-- an instant.
SELECT count(DISTINCT exchange.request_id) AS requests
FROM rights.exchange
INNER JOIN rights.request ON request.request_id = exchange.request_id
WHERE
    exchange.party = %(party)s::text AND exchange.digest = %(digest)s::bytea
    AND request.profile_id IS NULL AND request.received_at >= %(since)s::timestamptz

-- name: exchanges_to_tell
-- Returns exchanges whose machines want to hear, that were not told of the state
-- in which their request is now, and may be tried now; oldest first.
SELECT
    exchange.party, exchange.ref, exchange.request_id, exchange.is_own, exchange.digest,
    exchange.asked, exchange.callbacks, exchange.told, exchange.told_at, exchange.attempts,
    exchange.not_before, exchange.problem
FROM rights.exchange
INNER JOIN rights.request ON request.request_id = exchange.request_id
WHERE
    exchange.callbacks <> '{}' AND exchange.not_before <= %(now)s::timestamptz
    AND exchange.attempts < %(most)s::integer
    AND exchange.told IS DISTINCT FROM request.state
ORDER BY exchange.not_before
LIMIT %(at_most)s::integer

-- name: note_told
-- Notes what a machine outside was told, or that it could not be.
UPDATE rights.exchange SET
    told = coalesce(%(told)s::text, told),
    told_at = coalesce(%(told_at)s::timestamptz, told_at),
    attempts = %(attempts)s::smallint,
    not_before = %(not_before)s::timestamptz,
    problem = %(problem)s::text
WHERE party = %(party)s::text AND ref = %(ref)s::text
