-- name: insert_notices
-- Publishes notices; one that stands already is left as it is.
INSERT INTO consent.notice (notice_id, purpose_id, locale, edition, content, published_at)
SELECT
    fresh.notice_id, fresh.purpose_id, fresh.locale, fresh.edition, fresh.content,
    %(at)s::timestamptz
FROM unnest(
    %(notice_ids)s::text[], %(purpose_ids)s::smallint[], %(locales)s::text[],
    %(editions)s::smallint[], %(contents)s::jsonb[]
) AS fresh (notice_id, purpose_id, locale, edition, content)
ON CONFLICT (notice_id) DO NOTHING

-- name: find_notice
-- Returns one notice, or nothing when it was never published here.
SELECT
    notice.notice_id, notice.purpose_id, notice.locale, notice.edition,
    notice.content::text AS content, notice.published_at
FROM consent.notice
WHERE notice.notice_id = %(notice_id)s::text

-- name: known_notices
-- Returns about which purpose and which edition of it these words are; unknown ones are missing.
SELECT notice.notice_id, notice.purpose_id, notice.edition
FROM consent.notice
WHERE notice.notice_id = ANY(%(notice_ids)s::text[])

-- name: notices_about
-- Returns every notice about a purpose, newest first.
SELECT
    notice.notice_id, notice.purpose_id, notice.locale, notice.edition,
    notice.content::text AS content, notice.published_at
FROM consent.notice
WHERE notice.purpose_id = %(purpose_id)s::smallint
ORDER BY notice.published_at DESC, notice.locale, notice.notice_id
