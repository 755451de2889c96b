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
