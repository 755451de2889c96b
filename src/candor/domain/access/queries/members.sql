-- name: put_staff
-- Makes a member of staff, or brings name and role up to date; returns the row.
INSERT INTO access.staff (staff_id, handle, display_name, role, created_at)
VALUES (
    %(staff_id)s::uuid, %(handle)s::text, %(display_name)s::text, %(role)s::text,
    %(at)s::timestamptz
)
ON CONFLICT (handle) DO UPDATE SET
    display_name = excluded.display_name, role = excluded.role
RETURNING staff_id, handle, display_name, role, email, left_at

-- name: find_staff
-- Returns a member of staff; none when there is no such id, or they left.
SELECT staff.staff_id, staff.handle, staff.display_name, staff.role, staff.email, staff.left_at
FROM access.staff
WHERE staff.staff_id = %(staff_id)s::uuid AND staff.left_at IS NULL

-- name: all_staff
-- Returns all members of staff by handle, those who left too: the log names them.
SELECT staff.staff_id, staff.handle, staff.display_name, staff.role, staff.email, staff.left_at
FROM access.staff
ORDER BY staff.handle

-- name: insert_staff
-- Makes a member of staff; touches nothing when the handle or the address is taken.
INSERT INTO access.staff (staff_id, handle, display_name, role, email, created_at)
VALUES (
    %(staff_id)s::uuid, %(handle)s::text, %(display_name)s::text, %(role)s::text,
    %(email)s::text, %(at)s::timestamptz
)
ON CONFLICT DO NOTHING

-- name: staff_by_name
-- Returns a member of staff by handle or address; none when there is none, or they left.
SELECT staff.staff_id, staff.handle, staff.display_name, staff.role, staff.email, staff.left_at
FROM access.staff
WHERE
    staff.left_at IS NULL
    AND (staff.handle = %(name)s::text OR lower(staff.email) = %(name)s::text)
ORDER BY (staff.handle = %(name)s::text) DESC
LIMIT 1

-- name: lock_staff
-- Returns a member of staff and keeps others from changing them; none when they left.
SELECT staff.staff_id, staff.handle, staff.display_name, staff.role, staff.email, staff.left_at
FROM access.staff
WHERE staff.staff_id = %(staff_id)s::uuid AND staff.left_at IS NULL
FOR UPDATE

-- name: lock_administrators
-- Returns the administrators who did not leave, and keeps others from changing them.
SELECT staff.staff_id, staff.handle, staff.display_name, staff.role, staff.email, staff.left_at
FROM access.staff
WHERE staff.role = 'admin' AND staff.left_at IS NULL
ORDER BY staff.staff_id
FOR UPDATE

-- name: mark_left
-- Notes that somebody left; their handle and name stay, for the log names them.
UPDATE access.staff SET left_at = %(at)s::timestamptz
WHERE staff_id = %(staff_id)s::uuid AND left_at IS NULL
