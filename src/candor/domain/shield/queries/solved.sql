-- name: spend
-- Notes that a challenge or ticket was used; returns it, or nothing when it was used before.
INSERT INTO shield.solved (challenge, until)
VALUES (%(challenge)s::bytea, %(until)s::timestamptz)
ON CONFLICT (challenge) DO NOTHING
RETURNING challenge

-- name: sweep_solved
-- Forgets what is too old to be sent again.
DELETE FROM shield.solved WHERE until < %(at)s::timestamptz
