-- name: certificate_body
-- Returns the signed certificate of a request; none when there is none.
SELECT certificate.body
FROM rights.certificate
WHERE certificate.request_id = %(request_id)s::uuid
