-- Living profiles. A merge never moves a row: it adds an edge and points profiles at one head,
-- so that undoing it restores exactly what was.

SET LOCAL lock_timeout = '4s';
SET LOCAL statement_timeout = '5s';

CREATE SCHEMA profiles;
GRANT USAGE ON SCHEMA profiles TO candor_app;

CREATE TABLE profiles.profile (
    profile_id uuid NOT NULL,
    head_id uuid NOT NULL,
    is_known boolean NOT NULL,
    source_id smallint NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT profile__profile_id__pk PRIMARY KEY (profile_id),
    CONSTRAINT profile__head_id__fk FOREIGN KEY (head_id) REFERENCES profiles.profile (profile_id),
    CONSTRAINT profile__source_id__fk FOREIGN KEY (source_id) REFERENCES catalogue.source (source_id)
);
CREATE INDEX profile__head_id__ix ON profiles.profile (head_id);
COMMENT ON TABLE profiles.profile IS 'person: merge=head_id points at the head; split=head_id is worked out again from the edges; export=yes; erase=keep the bare id as tombstone; restrict=keep; retain=life of the profile';
COMMENT ON COLUMN profiles.profile.profile_id IS 'class: pseudonym; never reused, resolvable for ever';
COMMENT ON COLUMN profiles.profile.head_id IS 'class: pseudonym; the profile that this one is part of; itself when it stands alone';
COMMENT ON COLUMN profiles.profile.is_known IS 'class: state; has an identifier that names a person, not only a device';
COMMENT ON COLUMN profiles.profile.source_id IS 'class: config; the source that brought it first';
COMMENT ON COLUMN profiles.profile.created_at IS 'class: time; first seen';

CREATE TABLE profiles.identifier (
    profile_id uuid NOT NULL,
    kind text NOT NULL,
    blind_index bytea NOT NULL,
    index_version smallint NOT NULL,
    sealed bytea NOT NULL,
    source_id smallint NOT NULL,
    is_verified boolean NOT NULL,
    first_seen_at timestamptz NOT NULL,
    CONSTRAINT identifier__profile_id_kind_blind_index__pk PRIMARY KEY (profile_id, kind, blind_index),
    CONSTRAINT identifier__kind_blind_index__uq UNIQUE (kind, blind_index),
    CONSTRAINT identifier__profile_id__fk FOREIGN KEY (profile_id) REFERENCES profiles.profile (profile_id),
    CONSTRAINT identifier__blind_index__ck CHECK (octet_length(blind_index) = 16)
);
COMMENT ON TABLE profiles.identifier IS 'person: merge=stays with its profile; split=stays with its profile, this is what histories separate by; export=yes; erase=delete; restrict=keep; retain=life of the profile';
COMMENT ON COLUMN profiles.identifier.profile_id IS 'class: pseudonym; whom it finds';
COMMENT ON COLUMN profiles.identifier.kind IS 'class: config; email, phone, customer_number, device, loyalty_card, …';
COMMENT ON COLUMN profiles.identifier.blind_index IS 'class: pseudonym; first 16 bytes of HMAC-SHA-256(index key, kind, 0, normalised value)';
COMMENT ON COLUMN profiles.identifier.index_version IS 'class: config; the index key that made it';
COMMENT ON COLUMN profiles.identifier.sealed IS 'pii:identifier; the value, sealed with the subject key; purpose: identification; retention: life of the profile';
COMMENT ON COLUMN profiles.identifier.source_id IS 'class: config; the source that brought it first';
COMMENT ON COLUMN profiles.identifier.is_verified IS 'class: state; a source vouches that it belongs to this person';
COMMENT ON COLUMN profiles.identifier.first_seen_at IS 'class: time; when it came';

CREATE TABLE profiles.attribute (
    profile_id uuid NOT NULL,
    attribute_id smallint NOT NULL,
    source_id smallint NOT NULL,
    sealed bytea NOT NULL,
    purposes bigint NOT NULL,
    changed_by text NOT NULL,
    observed_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT attribute__profile_id_attribute_id_source_id__pk PRIMARY KEY (profile_id, attribute_id, source_id),
    CONSTRAINT attribute__profile_id__fk FOREIGN KEY (profile_id) REFERENCES profiles.profile (profile_id),
    CONSTRAINT attribute__attribute_id__fk FOREIGN KEY (attribute_id) REFERENCES catalogue.attribute (attribute_id),
    CONSTRAINT attribute__source_id__fk FOREIGN KEY (source_id) REFERENCES catalogue.source (source_id)
);
COMMENT ON TABLE profiles.attribute IS 'person: merge=stays with its profile, survivorship chooses among all; split=stays with its profile; export=yes; erase=delete; restrict=keep; retain=as the catalogue says for the attribute';
COMMENT ON COLUMN profiles.attribute.profile_id IS 'class: pseudonym; about whom';
COMMENT ON COLUMN profiles.attribute.attribute_id IS 'class: config; which attribute';
COMMENT ON COLUMN profiles.attribute.source_id IS 'class: config; the source that says so; every source keeps its own answer';
COMMENT ON COLUMN profiles.attribute.sealed IS 'pii:attribute; the value, sealed with the subject key; purpose: as the catalogue says; retention: as the catalogue says';
COMMENT ON COLUMN profiles.attribute.purposes IS 'class: state; mask of the purposes that allowed keeping it';
COMMENT ON COLUMN profiles.attribute.changed_by IS 'class: state; machine, you (the customer) or a staff id';
COMMENT ON COLUMN profiles.attribute.observed_at IS 'class: time; when it was true at the source';
COMMENT ON COLUMN profiles.attribute.received_at IS 'class: time; when it reached us';

CREATE TABLE profiles.merge (
    profile_id uuid NOT NULL,
    merge_id uuid NOT NULL,
    other_id uuid NOT NULL,
    rule text NOT NULL,
    evidence jsonb NOT NULL DEFAULT '{}',
    merged_at timestamptz NOT NULL,
    merged_by text NOT NULL,
    undone_at timestamptz,
    undone_by text,
    CONSTRAINT merge__profile_id_merge_id__pk PRIMARY KEY (profile_id, merge_id),
    CONSTRAINT merge__merge_id__uq UNIQUE (merge_id),
    CONSTRAINT merge__profile_id__fk FOREIGN KEY (profile_id) REFERENCES profiles.profile (profile_id),
    CONSTRAINT merge__other_id__fk FOREIGN KEY (other_id) REFERENCES profiles.profile (profile_id),
    CONSTRAINT merge__other_id__ck CHECK (profile_id <> other_id)
);
CREATE INDEX merge__other_id__ix ON profiles.merge (other_id);
COMMENT ON TABLE profiles.merge IS 'person: merge=is the merge; split=undone_at is set; export=yes; erase=keep, holds pseudonyms only; restrict=keep; retain=life of the profile';
COMMENT ON COLUMN profiles.merge.profile_id IS 'class: pseudonym; one end of the edge';
COMMENT ON COLUMN profiles.merge.merge_id IS 'class: key; names the merge in the journal';
COMMENT ON COLUMN profiles.merge.other_id IS 'class: pseudonym; the other end';
COMMENT ON COLUMN profiles.merge.rule IS 'class: state; why they were taken for one person: shared_email, signed_in, alias, by_hand';
COMMENT ON COLUMN profiles.merge.evidence IS 'class: state; kind and blind index of what they share';
COMMENT ON COLUMN profiles.merge.merged_at IS 'class: time; when';
COMMENT ON COLUMN profiles.merge.merged_by IS 'class: state; the source or the member of staff';
COMMENT ON COLUMN profiles.merge.undone_at IS 'class: time; when it was undone';
COMMENT ON COLUMN profiles.merge.undone_by IS 'class: state; who undid it';

CREATE TABLE profiles.apart (
    profile_id uuid NOT NULL,
    other_id uuid NOT NULL,
    decided_at timestamptz NOT NULL,
    decided_by text NOT NULL,
    CONSTRAINT apart__profile_id_other_id__pk PRIMARY KEY (profile_id, other_id),
    CONSTRAINT apart__other_id__ck CHECK (profile_id < other_id)
);
CREATE INDEX apart__other_id__ix ON profiles.apart (other_id);
COMMENT ON TABLE profiles.apart IS 'person: merge=forbids it; split=made by it; export=no, holds pseudonyms only; erase=delete; restrict=keep; retain=life of the profile';
COMMENT ON COLUMN profiles.apart.profile_id IS 'class: pseudonym; these two are different people';
COMMENT ON COLUMN profiles.apart.other_id IS 'class: pseudonym; these two are different people';
COMMENT ON COLUMN profiles.apart.decided_at IS 'class: time; when that was found';
COMMENT ON COLUMN profiles.apart.decided_by IS 'class: state; by whom';

CREATE TABLE profiles.review (
    profile_id uuid NOT NULL,
    review_id uuid NOT NULL,
    other_id uuid NOT NULL,
    reason text NOT NULL,
    evidence jsonb NOT NULL DEFAULT '{}',
    opened_at timestamptz NOT NULL,
    settled_at timestamptz,
    settled_by text,
    outcome text,
    CONSTRAINT review__profile_id_review_id__pk PRIMARY KEY (profile_id, review_id),
    CONSTRAINT review__review_id__uq UNIQUE (review_id),
    CONSTRAINT review__other_id__ck CHECK (profile_id < other_id),
    CONSTRAINT review__outcome__ck CHECK (outcome IN ('merged', 'kept_apart'))
);
CREATE UNIQUE INDEX review__open_pair__uq ON profiles.review (profile_id, other_id) WHERE settled_at IS NULL;
COMMENT ON TABLE profiles.review IS 'person: merge=settled by it; split=stays; export=no, holds pseudonyms only; erase=delete; restrict=keep; retain=P1Y';
COMMENT ON COLUMN profiles.review.profile_id IS 'class: pseudonym; perhaps the same person as the other';
COMMENT ON COLUMN profiles.review.review_id IS 'class: key; names the question';
COMMENT ON COLUMN profiles.review.other_id IS 'class: pseudonym; perhaps the same person as the first';
COMMENT ON COLUMN profiles.review.reason IS 'class: state; what kept the machine from merging: too_many_identifiers, too_many_merges, not_verified';
COMMENT ON COLUMN profiles.review.evidence IS 'class: state; kind and blind index of what they share';
COMMENT ON COLUMN profiles.review.opened_at IS 'class: time; when it was noticed';
COMMENT ON COLUMN profiles.review.settled_at IS 'class: time; when a person decided';
COMMENT ON COLUMN profiles.review.settled_by IS 'class: state; who decided';
COMMENT ON COLUMN profiles.review.outcome IS 'class: state; merged or kept_apart';

GRANT SELECT, INSERT, UPDATE, DELETE ON profiles.profile, profiles.identifier, profiles.attribute, profiles.merge, profiles.apart, profiles.review TO candor_app;
