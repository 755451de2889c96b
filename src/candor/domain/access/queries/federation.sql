-- name: find_binding
-- Returns who a subject of a provider is here; none: nobody, or they left.
SELECT
    federated.issuer, federated.subject, federated.staff_id, federated.created_at,
    federated.last_used_at
FROM access.federated
JOIN access.staff ON staff.staff_id = federated.staff_id AND staff.left_at IS NULL
WHERE federated.issuer = %(issuer)s::text AND federated.subject = %(subject)s::text

-- name: bindings_of
-- Returns the providers that vouch for a member of staff.
SELECT
    federated.issuer, federated.subject, federated.staff_id, federated.created_at,
    federated.last_used_at
FROM access.federated
WHERE federated.staff_id = %(staff_id)s::uuid
ORDER BY federated.created_at, federated.issuer, federated.subject

-- name: insert_binding
-- Lets a provider's subject be a member of staff; nothing when it is somebody already.
INSERT INTO access.federated (issuer, subject, staff_id, created_at)
VALUES (
    %(issuer)s::text, %(subject)s::text, %(staff_id)s::uuid, %(at)s::timestamptz
)
ON CONFLICT (issuer, subject) DO NOTHING

-- name: note_vouched
-- Notes that a provider vouched for somebody.
UPDATE access.federated SET last_used_at = %(at)s::timestamptz
WHERE issuer = %(issuer)s::text AND subject = %(subject)s::text

-- name: delete_binding
-- Ends that a provider vouches for a member of staff.
DELETE FROM access.federated
WHERE
    staff_id = %(staff_id)s::uuid AND issuer = %(issuer)s::text
    AND subject = %(subject)s::text

-- name: unbound_by_mail
-- Returns the members of staff with this work address whom this provider vouches for under no
-- subject yet, and locks them; none: nobody, they left, or they are bound.
SELECT staff.staff_id
FROM access.staff
WHERE
    lower(staff.email) = lower(%(email)s::text) AND staff.left_at IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM access.federated
        WHERE federated.staff_id = staff.staff_id AND federated.issuer = %(issuer)s::text
    )
FOR UPDATE OF staff
