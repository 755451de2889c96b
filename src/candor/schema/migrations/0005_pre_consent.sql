-- Choices, append-only, and the fold that the gate reads.

SET LOCAL lock_timeout = '4s';
SET LOCAL statement_timeout = '5s';

CREATE SCHEMA consent;
GRANT USAGE ON SCHEMA consent TO candor_app;

CREATE TABLE consent.record (
    profile_id uuid NOT NULL,
    record_id uuid NOT NULL,
    via_profile_id uuid NOT NULL,
    purpose_id smallint NOT NULL,
    choice text NOT NULL,
    decided_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    expires_at timestamptz,
    surface text NOT NULL,
    source_id smallint,
    notice text,
    locale text,
    evidence jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT record__profile_id_record_id__pk PRIMARY KEY (profile_id, record_id),
    CONSTRAINT record__purpose_id__fk FOREIGN KEY (purpose_id) REFERENCES catalogue.purpose (purpose_id),
    CONSTRAINT record__choice__ck CHECK (choice IN ('granted', 'denied', 'withdrawn'))
);
COMMENT ON TABLE consent.record IS 'person: merge=stays with its profile, the most restrictive of all counts; split=stays with its profile, a yes given through another profile no longer counts; export=yes; erase=keep under the profile pseudonym as evidence; restrict=keep; retain=P3Y after the last choice';
COMMENT ON COLUMN consent.record.profile_id IS 'class: pseudonym; whom the choice is counted for';
COMMENT ON COLUMN consent.record.record_id IS 'class: key; one choice; the same on every profile of a person that it was recorded for';
COMMENT ON COLUMN consent.record.via_profile_id IS 'class: pseudonym; the profile through whose identifier the choice was made';
COMMENT ON COLUMN consent.record.purpose_id IS 'class: config; what it is about';
COMMENT ON COLUMN consent.record.choice IS 'pii:preference; granted, denied or withdrawn; purpose: privacy_choices; retention: P3Y';
COMMENT ON COLUMN consent.record.decided_at IS 'class: time; when the person chose';
COMMENT ON COLUMN consent.record.recorded_at IS 'class: time; when we wrote it down';
COMMENT ON COLUMN consent.record.expires_at IS 'class: time; when a yes runs out';
COMMENT ON COLUMN consent.record.surface IS 'class: state; where the choice was made: portal, door, call centre';
COMMENT ON COLUMN consent.record.source_id IS 'class: config; the source that sent it';
COMMENT ON COLUMN consent.record.notice IS 'class: config; version of the words that were shown';
COMMENT ON COLUMN consent.record.locale IS 'class: config; language of those words';
COMMENT ON COLUMN consent.record.evidence IS 'class: state; codes and ids that prove it, no free text';

CREATE TRIGGER record__append_only BEFORE UPDATE OR DELETE ON consent.record
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite();
CREATE TRIGGER record__no_truncate BEFORE TRUNCATE ON consent.record
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite();

CREATE TABLE consent.state (
    profile_id uuid NOT NULL,
    head_id uuid NOT NULL,
    standing text NOT NULL DEFAULT 'active',
    regime text,
    allowed bigint NOT NULL DEFAULT 0,
    valid_until timestamptz NOT NULL DEFAULT 'infinity',
    folded_at timestamptz NOT NULL,
    CONSTRAINT state__profile_id__pk PRIMARY KEY (profile_id),
    CONSTRAINT state__standing__ck CHECK (standing IN ('active', 'restricted', 'erased')),
    CONSTRAINT state__allowed__ck CHECK (allowed >= 0)
);
CREATE INDEX state__valid_until__ix ON consent.state (valid_until) WHERE valid_until < 'infinity';
COMMENT ON TABLE consent.state IS 'person: merge=folded again over all profiles of the person; split=folded again for each; export=as decisions; erase=keep with standing erased; restrict=standing restricted; retain=as consent.record';
COMMENT ON COLUMN consent.state.profile_id IS 'class: pseudonym; for whom';
COMMENT ON COLUMN consent.state.head_id IS 'class: pseudonym; the profile that this one is part of; itself when it stands alone';
COMMENT ON COLUMN consent.state.standing IS 'class: state; active, restricted (GDPR Art. 18) or erased';
COMMENT ON COLUMN consent.state.regime IS 'class: state; the law that applies; unknown takes the strictest';
COMMENT ON COLUMN consent.state.allowed IS 'pii:preference; bit mask of the purposes that are allowed; purpose: privacy_choices; retention: P3Y';
COMMENT ON COLUMN consent.state.valid_until IS 'class: time; when the first yes in the mask runs out: from then on no consent-based purpose is allowed until folded again';
COMMENT ON COLUMN consent.state.folded_at IS 'class: time; when it was last worked out';

GRANT SELECT, INSERT ON consent.record TO candor_app;
GRANT SELECT, INSERT, UPDATE ON consent.state TO candor_app;
