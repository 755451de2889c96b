-- name: lock_catalogue
-- Waits until nobody else applies a catalogue; held until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('catalogue.apply', 0))::text AS locked

-- name: newest_version
-- Returns the catalogue in force; nothing when none was ever applied.
SELECT version.version_id, version.digest, version.document::text AS document
FROM catalogue.version
ORDER BY version.version_id DESC
LIMIT 1

-- name: find_version
-- Returns one catalogue that was in force; nothing when there is none of this number.
SELECT version.version_id, version.digest, version.document::text AS document
FROM catalogue.version
WHERE version.version_id = %(version_id)s

-- name: newest_version_id
-- Returns the number of the catalogue in force; null when none was ever applied.
SELECT max(version.version_id) AS version_id
FROM catalogue.version

-- name: all_versions
-- Returns every catalogue that was in force, newest first, by its counts.
SELECT
    version.version_id, version.applied_at, version.applied_by, version.digest,
    jsonb_array_length(version.document -> 'purposes') AS purposes,
    jsonb_array_length(version.document -> 'attributes') AS attributes,
    jsonb_array_length(version.document -> 'events') AS events,
    jsonb_array_length(version.document -> 'sources') AS sources,
    coalesce(jsonb_array_length(version.document -> 'channels'), 0) AS channels,
    coalesce(jsonb_array_length(version.document -> 'topics'), 0) AS topics,
    coalesce(jsonb_array_length(version.document -> 'decisions'), 0) AS decisions
FROM catalogue.version
ORDER BY version.version_id DESC

-- name: all_numbers
-- Returns every name that ever had a number, by kind.
SELECT 'purpose' AS kind, purpose.code, purpose.purpose_id AS number FROM catalogue.purpose
UNION ALL
SELECT 'attribute', attribute.code, attribute.attribute_id FROM catalogue.attribute
UNION ALL
SELECT 'event_type', event_type.code, event_type.event_type_id FROM catalogue.event_type
UNION ALL
SELECT 'source', source.code, source.source_id FROM catalogue.source WHERE source.source_id > 0
UNION ALL
SELECT 'channel', channel.code, channel.channel_id FROM catalogue.channel
UNION ALL
SELECT 'topic', topic.code, topic.topic_id FROM catalogue.topic

-- name: insert_purposes
-- Gives bits to new purposes.
INSERT INTO catalogue.purpose (purpose_id, code)
SELECT fresh.purpose_id, fresh.code
FROM unnest(%(numbers)s::smallint[], %(codes)s::text[]) AS fresh (purpose_id, code)

-- name: insert_attributes
-- Gives numbers to new attributes, in this order.
INSERT INTO catalogue.attribute (code)
SELECT fresh.code
FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS fresh (code, place)
ORDER BY fresh.place

-- name: insert_event_types
-- Gives numbers to new events, in this order.
INSERT INTO catalogue.event_type (code)
SELECT fresh.code
FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS fresh (code, place)
ORDER BY fresh.place

-- name: insert_sources
-- Gives numbers to new sources, in this order.
INSERT INTO catalogue.source (code)
SELECT fresh.code
FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS fresh (code, place)
ORDER BY fresh.place

-- name: insert_channels
-- Gives bits to new channels.
INSERT INTO catalogue.channel (channel_id, code)
SELECT fresh.channel_id, fresh.code
FROM unnest(%(numbers)s::smallint[], %(codes)s::text[]) AS fresh (channel_id, code)

-- name: insert_topics
-- Gives bits to new topics.
INSERT INTO catalogue.topic (topic_id, code)
SELECT fresh.topic_id, fresh.code
FROM unnest(%(numbers)s::smallint[], %(codes)s::text[]) AS fresh (topic_id, code)

-- name: insert_version
-- Puts a catalogue in force; returns its number.
INSERT INTO catalogue.version (applied_at, applied_by, digest, document)
VALUES (%(at)s::timestamptz, %(by)s::text, %(digest)s::bytea, %(document)s::jsonb)
RETURNING version.version_id
