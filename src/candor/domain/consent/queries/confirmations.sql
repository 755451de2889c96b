-- name: insert_confirmation
-- Keeps a question to a person, before its mail has left.
INSERT INTO consent.confirmation (
    profile_id, confirmation_id, token_hash, choices, locale, surface, source_id,
    asked_at, expires_at, mailed_at
)
VALUES (
    %(profile_id)s::uuid, %(confirmation_id)s::uuid, %(token_hash)s::bytea,
    %(choices)s::jsonb, %(locale)s::text, %(surface)s::text, %(source_id)s::smallint,
    %(asked_at)s::timestamptz, %(expires_at)s::timestamptz, %(asked_at)s::timestamptz
)

-- name: lately_asked
-- Returns the questions to these profiles that are open or had a mail since an instant, newest first.
SELECT
    confirmation.profile_id, confirmation.confirmation_id, confirmation.choices::text AS choices,
    confirmation.locale, confirmation.surface, confirmation.source_id, confirmation.asked_at,
    confirmation.expires_at, confirmation.mails::integer AS mails, confirmation.mailed_at,
    confirmation.sent_at, confirmation.confirmed_at
FROM consent.confirmation
WHERE confirmation.profile_id = ANY(%(profile_ids)s::uuid[])
    AND (confirmation.mailed_at > %(since)s::timestamptz
        OR (confirmation.confirmed_at IS NULL AND confirmation.expires_at > %(now)s::timestamptz))
ORDER BY confirmation.asked_at DESC, confirmation.confirmation_id DESC

-- name: by_token
-- Returns the question that a token belongs to, or nothing.
SELECT
    confirmation.profile_id, confirmation.confirmation_id, confirmation.choices::text AS choices,
    confirmation.locale, confirmation.surface, confirmation.source_id, confirmation.asked_at,
    confirmation.expires_at, confirmation.mails::integer AS mails, confirmation.mailed_at,
    confirmation.sent_at, confirmation.confirmed_at
FROM consent.confirmation
WHERE confirmation.token_hash = %(token_hash)s::bytea

-- name: by_id
-- Returns one question, or nothing when it is gone.
SELECT
    confirmation.profile_id, confirmation.confirmation_id, confirmation.choices::text AS choices,
    confirmation.locale, confirmation.surface, confirmation.source_id, confirmation.asked_at,
    confirmation.expires_at, confirmation.mails::integer AS mails, confirmation.mailed_at,
    confirmation.sent_at, confirmation.confirmed_at
FROM consent.confirmation
WHERE confirmation.profile_id = %(profile_id)s::uuid
    AND confirmation.confirmation_id = %(confirmation_id)s::uuid

-- name: mark_mailed
-- Counts another mail about a question.
UPDATE consent.confirmation
SET mails = confirmation.mails + 1, mailed_at = %(at)s::timestamptz
WHERE confirmation.profile_id = %(profile_id)s::uuid
    AND confirmation.confirmation_id = %(confirmation_id)s::uuid

-- name: mark_sent
-- Notes that the mail has left.
UPDATE consent.confirmation
SET sent_at = %(at)s::timestamptz
WHERE confirmation.profile_id = %(profile_id)s::uuid
    AND confirmation.confirmation_id = %(confirmation_id)s::uuid

-- name: mark_confirmed
-- Notes that the button was pressed; touches no row when it was pressed before or too late.
UPDATE consent.confirmation
SET confirmed_at = %(at)s::timestamptz
WHERE confirmation.profile_id = %(profile_id)s::uuid
    AND confirmation.confirmation_id = %(confirmation_id)s::uuid
    AND confirmation.confirmed_at IS NULL
    AND confirmation.expires_at > %(at)s::timestamptz

-- name: sweep_confirmations
-- Removes questions that ended before an instant.
DELETE FROM consent.confirmation
WHERE confirmation.expires_at < %(before)s::timestamptz
