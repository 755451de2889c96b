-- name: owners
-- Returns whose these identifiers are; an unknown identifier is missing.
SELECT identifier.kind, identifier.blind_index, identifier.profile_id, identifier.is_verified
FROM profiles.identifier
JOIN unnest(%(kinds)s::text[], %(indexes)s::bytea[]) AS wanted (kind, blind_index)
    ON identifier.kind = wanted.kind AND identifier.blind_index = wanted.blind_index

-- name: shares_verified
-- Returns whether somebody else was found to have an identifier of these kinds that these profiles
-- have, where sources vouch for both: two people at one address, as far as we know.
SELECT EXISTS(
    SELECT 1
    FROM profiles.review
    WHERE
        (
            review.profile_id = ANY(%(profile_ids)s::uuid[])
            OR review.other_id = ANY(%(profile_ids)s::uuid[])
        )
        AND review.reason <> 'not_verified'
        AND (review.settled_at IS NULL OR review.outcome = 'kept_apart')
        AND review.evidence ->> 'kind' = ANY(%(kinds)s::text[])
) AS shares

-- name: insert_profiles
-- Begins profiles, each standing alone.
INSERT INTO profiles.profile (profile_id, head_id, is_known, source_id, created_at)
SELECT fresh.profile_id, fresh.profile_id, fresh.is_known, fresh.source_id, fresh.created_at
FROM unnest(
    %(profile_ids)s::uuid[], %(is_known)s::boolean[], %(source_ids)s::smallint[],
    %(created_at)s::timestamptz[]
) AS fresh (profile_id, is_known, source_id, created_at)

-- name: insert_identifiers
-- Gives profiles identifiers that nobody has yet.
INSERT INTO profiles.identifier (
    profile_id, kind, blind_index, index_version, sealed, source_id, is_verified, first_seen_at
)
SELECT
    fresh.profile_id, fresh.kind, fresh.blind_index, %(index_version)s::smallint, fresh.sealed,
    fresh.source_id, fresh.is_verified, fresh.first_seen_at
FROM unnest(
    %(profile_ids)s::uuid[], %(kinds)s::text[], %(indexes)s::bytea[], %(sealed)s::bytea[],
    %(source_ids)s::smallint[], %(is_verified)s::boolean[], %(first_seen_at)s::timestamptz[]
) AS fresh (profile_id, kind, blind_index, sealed, source_id, is_verified, first_seen_at)

-- name: mark_verified
-- Notes that a source vouches for identifiers, under either index they may stand under.
UPDATE profiles.identifier SET is_verified = true
FROM
    unnest(%(kinds)s::text[], %(indexes)s::bytea[], %(older)s::bytea[])
    AS vouched (kind, blind_index, older)
WHERE
    identifier.kind = vouched.kind
    AND identifier.blind_index IN (vouched.blind_index, vouched.older)
    AND NOT identifier.is_verified

-- name: older_identifiers
-- Returns and locks the next identifiers under an older version of the index, in the order of
-- their key; none at the end. Skips what somebody else has locked.
SELECT
    identifier.profile_id, identifier.kind, identifier.blind_index, identifier.sealed
FROM profiles.identifier
WHERE
    (identifier.profile_id, identifier.kind, identifier.blind_index)
    > (%(profile_id)s::uuid, %(kind)s::text, %(blind_index)s::bytea)
    AND identifier.index_version < %(version)s::smallint
ORDER BY identifier.profile_id, identifier.kind, identifier.blind_index
LIMIT %(at_most)s::integer
FOR UPDATE SKIP LOCKED

-- name: reindex
-- Puts identifiers under another version of the index, sealed anew.
UPDATE profiles.identifier SET
    blind_index = fresh.blind_index, index_version = %(version)s::smallint,
    sealed = fresh.sealed
FROM
    unnest(
        %(profile_ids)s::uuid[], %(kinds)s::text[], %(older)s::bytea[], %(indexes)s::bytea[],
        %(sealed)s::bytea[]
    ) AS fresh (profile_id, kind, older, blind_index, sealed)
WHERE
    identifier.profile_id = fresh.profile_id AND identifier.kind = fresh.kind
    AND identifier.blind_index = fresh.older

-- name: count_older
-- Returns how many identifiers stand under an older version of the index.
SELECT count(*) FROM profiles.identifier
WHERE identifier.index_version < %(version)s::smallint

-- name: drop_keyless
-- Deletes older identifiers of profiles whose key is gone.
DELETE FROM profiles.identifier
WHERE
    identifier.profile_id = ANY(%(profile_ids)s::uuid[])
    AND identifier.index_version < %(version)s::smallint

-- name: mark_known
-- Notes that profiles have an identifier that names a person.
UPDATE profiles.profile SET is_known = true
WHERE profile_id = ANY(%(profile_ids)s::uuid[]) AND NOT is_known

-- name: count_identifiers
-- Returns how many identifiers of each kind people have, by the head.
SELECT profile.head_id, identifier.kind, count(*) AS held
FROM profiles.profile
JOIN profiles.identifier ON identifier.profile_id = profile.profile_id
WHERE profile.head_id = ANY(%(head_ids)s::uuid[])
GROUP BY profile.head_id, identifier.kind

-- name: profiles
-- Returns these profiles; an unknown id is missing.
SELECT
    profile.profile_id, profile.head_id, profile.is_known, profile.source_id, profile.created_at
FROM profiles.profile
WHERE profile.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: lock_members
-- Returns and locks all profiles of the people of these heads, in one order for everybody.
SELECT
    profile.profile_id, profile.head_id, profile.is_known, profile.source_id, profile.created_at
FROM profiles.profile
WHERE profile.head_id = ANY(%(head_ids)s::uuid[])
ORDER BY profile.profile_id
FOR UPDATE

-- name: members
-- Returns all profiles of the person that a profile is part of, oldest first.
SELECT
    member.profile_id, member.head_id, member.is_known, member.source_id, member.created_at
FROM profiles.profile AS named
JOIN profiles.profile AS member ON member.head_id = named.head_id
WHERE named.profile_id = %(profile_id)s::uuid
ORDER BY member.created_at, member.profile_id

-- name: edges
-- Returns the merges that stand between these profiles.
SELECT merge.profile_id, merge.other_id
FROM profiles.merge
WHERE merge.profile_id = ANY(%(profile_ids)s::uuid[]) AND merge.undone_at IS NULL

-- name: set_heads
-- Points profiles at their heads.
UPDATE profiles.profile SET head_id = fresh.head_id
FROM unnest(%(profile_ids)s::uuid[], %(head_ids)s::uuid[]) AS fresh (profile_id, head_id)
WHERE profile.profile_id = fresh.profile_id

-- name: insert_merges
-- Writes merges into the journal.
INSERT INTO profiles.merge (
    profile_id, merge_id, other_id, rule, evidence, merged_at, merged_by
)
SELECT
    fresh.profile_id, fresh.merge_id, fresh.other_id, fresh.rule, fresh.evidence,
    %(at)s::timestamptz, fresh.merged_by
FROM unnest(
    %(profile_ids)s::uuid[], %(merge_ids)s::uuid[], %(other_ids)s::uuid[], %(rules)s::text[],
    %(evidence)s::jsonb[], %(by)s::text[]
) AS fresh (profile_id, merge_id, other_id, rule, evidence, merged_by)

-- name: find_merge
-- Returns one merge; none when there is no such merge.
SELECT
    merge.profile_id, merge.merge_id, merge.other_id, merge.rule, merge.evidence,
    merge.merged_at, merge.merged_by, merge.undone_at, merge.undone_by
FROM profiles.merge
WHERE merge.merge_id = %(merge_id)s::uuid

-- name: undo_merge
-- Marks a merge as undone, once.
UPDATE profiles.merge SET undone_at = %(at)s::timestamptz, undone_by = %(by)s::text
WHERE merge_id = %(merge_id)s::uuid AND undone_at IS NULL

-- name: journal
-- Returns all merges that these profiles were part of, newest first, undone ones too.
SELECT
    merge.profile_id, merge.merge_id, merge.other_id, merge.rule, merge.evidence,
    merge.merged_at, merge.merged_by, merge.undone_at, merge.undone_by
FROM profiles.merge
WHERE
    merge.profile_id = ANY(%(profile_ids)s::uuid[])
    OR merge.other_id = ANY(%(profile_ids)s::uuid[])
ORDER BY merge.merged_at DESC, merge.merge_id DESC

-- name: merges_since
-- Returns how many merges each of these people had since an instant, by the head.
SELECT profile.head_id, count(*) AS merges
FROM profiles.profile
JOIN profiles.merge ON merge.profile_id = profile.profile_id
WHERE profile.head_id = ANY(%(head_ids)s::uuid[]) AND merge.merged_at >= %(since)s::timestamptz
GROUP BY profile.head_id

-- name: apart
-- Returns the pairs of profiles that were found to be different people, among these.
SELECT apart.profile_id, apart.other_id
FROM profiles.apart
WHERE
    apart.profile_id = ANY(%(profile_ids)s::uuid[])
    OR apart.other_id = ANY(%(profile_ids)s::uuid[])

-- name: insert_apart
-- Notes that two profiles are different people.
INSERT INTO profiles.apart (profile_id, other_id, decided_at, decided_by)
VALUES (%(profile_id)s::uuid, %(other_id)s::uuid, %(at)s::timestamptz, %(by)s::text)
ON CONFLICT (profile_id, other_id) DO NOTHING

-- name: delete_apart
-- Forgets that two profiles were found to be different people: somebody decided otherwise.
DELETE FROM profiles.apart
WHERE profile_id = %(profile_id)s::uuid AND other_id = %(other_id)s::uuid

-- name: insert_review
-- Asks whether two profiles are one person, unless the question is open.
INSERT INTO profiles.review (profile_id, review_id, other_id, reason, evidence, opened_at)
VALUES (
    %(profile_id)s::uuid, %(review_id)s::uuid, %(other_id)s::uuid, %(reason)s::text,
    %(evidence)s::jsonb, %(at)s::timestamptz
)
ON CONFLICT (profile_id, other_id) WHERE settled_at IS NULL DO NOTHING

-- name: open_reviews
-- Returns open questions, oldest first, after one that was seen.
SELECT
    review.profile_id, review.review_id, review.other_id, review.reason, review.evidence,
    review.opened_at
FROM profiles.review
WHERE review.settled_at IS NULL AND review.review_id > %(after)s::uuid
ORDER BY review.review_id
LIMIT %(at_most)s

-- name: find_review
-- Returns and locks an open question; none when it is settled.
SELECT
    review.profile_id, review.review_id, review.other_id, review.reason, review.evidence,
    review.opened_at
FROM profiles.review
WHERE review.review_id = %(review_id)s::uuid AND review.settled_at IS NULL
FOR UPDATE

-- name: settle_review
-- Settles a question.
UPDATE profiles.review
SET settled_at = %(at)s::timestamptz, settled_by = %(by)s::text, outcome = %(outcome)s::text
WHERE review_id = %(review_id)s::uuid AND settled_at IS NULL

-- name: settle_answered
-- Settles open questions among these profiles whose two sides became one person by a rule.
UPDATE profiles.review
SET settled_at = %(at)s::timestamptz, settled_by = %(by)s::text, outcome = 'merged'
FROM profiles.profile AS one, profiles.profile AS other
WHERE
    review.settled_at IS NULL
    AND review.profile_id = ANY(%(profile_ids)s::uuid[])
    AND one.profile_id = review.profile_id AND other.profile_id = review.other_id
    AND one.head_id = other.head_id

-- name: identifiers
-- Returns the identifiers of these profiles, sealed.
SELECT
    identifier.profile_id, identifier.kind, identifier.blind_index, identifier.sealed,
    identifier.source_id, identifier.is_verified, identifier.first_seen_at
FROM profiles.identifier
WHERE identifier.profile_id = ANY(%(profile_ids)s::uuid[])
ORDER BY identifier.kind, identifier.first_seen_at

-- name: attributes
-- Returns every source's answers about these profiles, sealed.
SELECT
    attribute.profile_id, attribute.attribute_id, attribute.source_id, attribute.sealed,
    attribute.purposes, attribute.changed_by, attribute.observed_at, attribute.received_at
FROM profiles.attribute
WHERE attribute.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: put_attributes
-- Keeps each source's youngest answers; an older one than what stands is left out.
INSERT INTO profiles.attribute (
    profile_id, attribute_id, source_id, sealed, purposes, changed_by, observed_at, received_at
)
SELECT
    fresh.profile_id, fresh.attribute_id, fresh.source_id, fresh.sealed, fresh.purposes,
    fresh.changed_by, fresh.observed_at, %(at)s::timestamptz
FROM unnest(
    %(profile_ids)s::uuid[], %(attribute_ids)s::smallint[], %(source_ids)s::smallint[],
    %(sealed)s::bytea[], %(purposes)s::bigint[], %(changed_by)s::text[],
    %(observed_at)s::timestamptz[]
) AS fresh (
    profile_id, attribute_id, source_id, sealed, purposes, changed_by, observed_at
)
ON CONFLICT (profile_id, attribute_id, source_id) DO UPDATE SET
    sealed = excluded.sealed, purposes = excluded.purposes, changed_by = excluded.changed_by,
    observed_at = excluded.observed_at, received_at = excluded.received_at
WHERE excluded.observed_at >= attribute.observed_at

-- name: take_back
-- Takes the person's own answer about one attribute back; those of the sources stay.
DELETE FROM profiles.attribute
WHERE
    profile_id = ANY(%(profile_ids)s::uuid[]) AND attribute_id = %(attribute_id)s::smallint
    AND source_id = %(source_id)s::smallint

-- name: figures
-- Returns what was unified, in numbers.
SELECT
    (SELECT count(*) FROM profiles.profile) AS profiles,
    (SELECT count(*) FROM profiles.profile AS head WHERE head.profile_id = head.head_id)
        AS people,
    (
        SELECT count(DISTINCT known.head_id) FROM profiles.profile AS known WHERE known.is_known
    ) AS known_people,
    (SELECT count(*) FROM profiles.merge WHERE undone_at IS NULL) AS merges,
    (SELECT count(*) FROM profiles.merge WHERE undone_at IS NOT NULL) AS unmerges

-- name: merges_by_rule
-- Returns how many merges stand, and were undone, for each rule and kind of what was shared.
SELECT
    merge.rule, coalesce(merge.evidence ->> 'kind', '') AS kind,
    count(*) FILTER (WHERE merge.undone_at IS NULL) AS merges,
    count(*) FILTER (WHERE merge.undone_at IS NOT NULL) AS undone
FROM profiles.merge
GROUP BY merge.rule, coalesce(merge.evidence ->> 'kind', '')
ORDER BY count(*) DESC, merge.rule

-- name: people_by_size
-- Returns how many people are made of so many profiles.
SELECT sized.profiles, count(*) AS people
FROM (
    SELECT count(*) AS profiles FROM profiles.profile GROUP BY profile.head_id
) AS sized
GROUP BY sized.profiles
ORDER BY sized.profiles

-- name: profiles_by_source
-- Returns how many profiles each source brought first.
SELECT profile.source_id, count(*) AS profiles
FROM profiles.profile
GROUP BY profile.source_id
ORDER BY count(*) DESC, profile.source_id

-- name: waiting_reviews
-- Returns how many questions are open, and since when the oldest is.
SELECT count(*) AS reviews, min(review.opened_at) AS oldest_at
FROM profiles.review
WHERE review.settled_at IS NULL

-- name: companions
-- Returns, for each of these profiles, all profiles of the person that it is part of.
SELECT named.profile_id AS named_id, member.profile_id AS member_id
FROM profiles.profile AS named
JOIN profiles.profile AS member ON member.head_id = named.head_id
WHERE named.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: delete_identifiers
-- Erases identifiers.
DELETE FROM profiles.identifier WHERE profile_id = ANY(%(profile_ids)s::uuid[])

-- name: delete_attributes
-- Erases attributes.
DELETE FROM profiles.attribute WHERE profile_id = ANY(%(profile_ids)s::uuid[])

-- name: delete_reviews
-- Erases open and settled questions.
DELETE FROM profiles.review
WHERE profile_id = ANY(%(profile_ids)s::uuid[]) OR other_id = ANY(%(profile_ids)s::uuid[])

-- name: verified_kinds
-- Returns some profiles after another, by id, with the kinds of their verified identifiers.
SELECT
    profile.profile_id,
    ARRAY(
        SELECT DISTINCT identifier.kind FROM profiles.identifier
        WHERE identifier.profile_id = profile.profile_id AND identifier.is_verified
    ) AS kinds
FROM profiles.profile
WHERE profile.profile_id > %(after)s::uuid
ORDER BY profile.profile_id
LIMIT %(at_most)s

-- name: verified_kinds_of
-- Returns these profiles, with the kinds of their verified identifiers.
SELECT
    profile.profile_id,
    ARRAY(
        SELECT DISTINCT identifier.kind FROM profiles.identifier
        WHERE identifier.profile_id = profile.profile_id AND identifier.is_verified
    ) AS kinds
FROM profiles.profile
WHERE profile.profile_id = ANY(%(profile_ids)s::uuid[])

-- name: blank_evidence
-- Takes from merges of these profiles what says by which identifier they were found.
UPDATE profiles.merge SET evidence = '{}'
WHERE
    (profile_id = ANY(%(profile_ids)s::uuid[]) OR other_id = ANY(%(profile_ids)s::uuid[]))
    AND evidence <> '{}'

-- name: delete_aparts
-- Forgets of these profiles who they are not.
DELETE FROM profiles.apart
WHERE profile_id = ANY(%(profile_ids)s::uuid[]) OR other_id = ANY(%(profile_ids)s::uuid[])

-- name: insert_tombstones
-- Puts up tombstones, with the day alone: the instant would lead from an address to the request
-- that was carried out then. One that stands is left as it is.
INSERT INTO profiles.tombstone (kind, mark, erased_at)
SELECT fresh.kind, fresh.mark, date_trunc('day', %(at)s::timestamptz, 'UTC')
FROM unnest(%(kinds)s::text[], %(marks)s::bytea[]) AS fresh (kind, mark)
ON CONFLICT (kind, mark) DO NOTHING

-- name: tombstones
-- Returns which of these marks are on a tombstone.
SELECT tombstone.mark
FROM profiles.tombstone
JOIN unnest(%(kinds)s::text[], %(marks)s::bytea[]) AS asked (kind, mark)
    ON tombstone.kind = asked.kind AND tombstone.mark = asked.mark

-- name: count_refused
-- Counts what was refused for tombstones.
UPDATE profiles.tombstone SET refused = tombstone.refused + more.refused
FROM unnest(%(marks)s::bytea[], %(refused)s::integer[]) AS more (mark, refused)
WHERE tombstone.mark = more.mark

-- name: lift_tombstones
-- Takes tombstones away.
DELETE FROM profiles.tombstone
USING unnest(%(kinds)s::text[], %(marks)s::bytea[]) AS lifted (kind, mark)
WHERE tombstone.kind = lifted.kind AND tombstone.mark = lifted.mark

-- name: kept_for
-- Returns answers that are kept for a purpose, sealed, in the order of their key, after one that
-- was seen. There are few masks, so they are gathered first, each by one look into the index.
WITH RECURSIVE mask (purposes) AS (
    (SELECT attribute.purposes FROM profiles.attribute ORDER BY attribute.purposes LIMIT 1)
    UNION ALL
    SELECT (
        SELECT attribute.purposes FROM profiles.attribute
        WHERE attribute.purposes > mask.purposes
        ORDER BY attribute.purposes LIMIT 1
    )
    FROM mask WHERE mask.purposes IS NOT NULL
)
SELECT
    attribute.profile_id, attribute.attribute_id, attribute.source_id, attribute.sealed,
    attribute.purposes, attribute.changed_by, attribute.observed_at, attribute.received_at
FROM profiles.attribute
WHERE
    attribute.purposes = ANY(
        ARRAY(SELECT mask.purposes FROM mask WHERE mask.purposes & %(bit)s::bigint <> 0)
    )
    AND (attribute.profile_id, attribute.attribute_id, attribute.source_id)
    > (%(profile_id)s::uuid, %(attribute_id)s::smallint, %(source_id)s::smallint)
ORDER BY attribute.profile_id, attribute.attribute_id, attribute.source_id
LIMIT %(at_most)s::integer

-- name: use_for
-- Adds purposes to these answers and takes others away; returns whose they are, once per answer.
-- Locks them in one order for everybody. What stands so already is left as it is.
WITH asked AS (
    SELECT attribute.profile_id, attribute.attribute_id, attribute.source_id
    FROM profiles.attribute
    INNER JOIN unnest(
        %(profile_ids)s::uuid[], %(attribute_ids)s::smallint[], %(source_ids)s::smallint[]
    ) AS named (profile_id, attribute_id, source_id)
        ON named.profile_id = attribute.profile_id
        AND named.attribute_id = attribute.attribute_id
        AND named.source_id = attribute.source_id
    WHERE
        attribute.purposes
        <> ((attribute.purposes | %(added)s::bigint) & ~%(taken)s::bigint)
    ORDER BY attribute.profile_id, attribute.attribute_id, attribute.source_id
    FOR UPDATE OF attribute
)
UPDATE profiles.attribute
SET purposes = (attribute.purposes | %(added)s::bigint) & ~%(taken)s::bigint
FROM asked
WHERE
    attribute.profile_id = asked.profile_id AND attribute.attribute_id = asked.attribute_id
    AND attribute.source_id = asked.source_id
RETURNING attribute.profile_id
