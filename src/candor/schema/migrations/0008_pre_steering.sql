-- What a customer steers with: editions of notices, preferences, signals, confirmations, guardians.
-- Histories are append-only like consent.record; what the gate reads is their fold.

SET LOCAL lock_timeout = '4s';
SET LOCAL statement_timeout = '5s';

-- ------------------------------------------------------------------ names get numbers
CREATE TABLE catalogue.channel (
    channel_id smallint NOT NULL,
    code text NOT NULL,
    CONSTRAINT channel__channel_id__pk PRIMARY KEY (channel_id),
    CONSTRAINT channel__code__uq UNIQUE (code),
    CONSTRAINT channel__channel_id__ck CHECK (channel_id BETWEEN 0 AND 30)
);
COMMENT ON TABLE catalogue.channel IS 'the bit of each channel in every mask; a bit is never given to another channel';
COMMENT ON COLUMN catalogue.channel.channel_id IS 'class: key; bit position, 0 to 30';
COMMENT ON COLUMN catalogue.channel.code IS 'class: config; name in the catalogue';

CREATE TABLE catalogue.topic (
    topic_id smallint NOT NULL,
    code text NOT NULL,
    CONSTRAINT topic__topic_id__pk PRIMARY KEY (topic_id),
    CONSTRAINT topic__code__uq UNIQUE (code),
    CONSTRAINT topic__topic_id__ck CHECK (topic_id BETWEEN 0 AND 62)
);
COMMENT ON TABLE catalogue.topic IS 'the bit of each topic in every mask; a bit is never given to another topic';
COMMENT ON COLUMN catalogue.topic.topic_id IS 'class: key; bit position, 0 to 62';
COMMENT ON COLUMN catalogue.topic.code IS 'class: config; name in the catalogue';

GRANT SELECT, INSERT ON catalogue.channel, catalogue.topic TO candor_app;

-- ------------------------------------------------------------------ the words that were shown
CREATE TABLE consent.notice (
    notice_id text NOT NULL,
    purpose_id smallint NOT NULL,
    locale text NOT NULL,
    edition smallint NOT NULL,
    content jsonb NOT NULL,
    published_at timestamptz NOT NULL,
    CONSTRAINT notice__notice_id__pk PRIMARY KEY (notice_id),
    CONSTRAINT notice__purpose_id__fk FOREIGN KEY (purpose_id) REFERENCES catalogue.purpose (purpose_id),
    CONSTRAINT notice__notice_id__ck CHECK (notice_id ~ '^[0-9a-f]{64}$'),
    CONSTRAINT notice__edition__ck CHECK (edition > 0)
);
CREATE INDEX notice__purpose_id_locale__ix ON consent.notice (purpose_id, locale, published_at);
COMMENT ON TABLE consent.notice IS 'every text that was ever shown when a choice was made, by the hash of its content; never changed';
COMMENT ON COLUMN consent.notice.notice_id IS 'class: key; SHA-256 in hex of the canonical content (RFC 8785)';
COMMENT ON COLUMN consent.notice.purpose_id IS 'class: config; what it is about';
COMMENT ON COLUMN consent.notice.locale IS 'class: config; its language';
COMMENT ON COLUMN consent.notice.edition IS 'class: config; a yes to an earlier edition must be asked for again';
COMMENT ON COLUMN consent.notice.content IS 'class: config; title, text, basis, data, recipients, retention, controller';
COMMENT ON COLUMN consent.notice.published_at IS 'class: time; when it was first in force';
CREATE TRIGGER notice__append_only BEFORE UPDATE OR DELETE ON consent.notice
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite();
CREATE TRIGGER notice__no_truncate BEFORE TRUNCATE ON consent.notice
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite();

ALTER TABLE consent.record
    ADD COLUMN edition smallint NOT NULL DEFAULT 1,
    ADD COLUMN guardian_id uuid;
COMMENT ON COLUMN consent.record.edition IS 'class: config; edition of the notice that was in force; a yes to an earlier one has lapsed';
COMMENT ON COLUMN consent.record.guardian_id IS 'class: pseudonym; the parent or guardian who chose for a minor (GDPR Art. 8)';

-- ------------------------------------------------------------------ preferences
CREATE TABLE consent.wish (
    profile_id uuid NOT NULL,
    wish_id uuid NOT NULL,
    via_profile_id uuid NOT NULL,
    kind text NOT NULL,
    topic_id smallint,
    channel_id smallint,
    frequency text,
    until timestamptz,
    hours integer,
    zone text,
    decided_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    surface text NOT NULL,
    source_id smallint,
    locale text,
    evidence jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT wish__profile_id_wish_id__pk PRIMARY KEY (profile_id, wish_id),
    CONSTRAINT wish__topic_id__fk FOREIGN KEY (topic_id) REFERENCES catalogue.topic (topic_id),
    CONSTRAINT wish__channel_id__fk FOREIGN KEY (channel_id) REFERENCES catalogue.channel (channel_id),
    CONSTRAINT wish__frequency__ck CHECK (frequency IN ('never', 'monthly', 'weekly', 'daily', 'any')),
    CONSTRAINT wish__hours__ck CHECK (hours BETWEEN 0 AND 16777215),
    CONSTRAINT wish__kind__ck CHECK (
        (kind = 'topic' AND topic_id IS NOT NULL AND channel_id IS NOT NULL AND frequency IS NOT NULL)
        OR (kind = 'pause' AND until IS NOT NULL)
        OR (kind = 'quiet' AND hours IS NOT NULL AND zone IS NOT NULL)
    )
);
COMMENT ON TABLE consent.wish IS 'person: merge=stays with its profile, the most restrictive of all counts; split=stays with its profile, what was opened through another profile no longer counts; export=yes; erase=keep under the profile pseudonym as evidence; restrict=keep; retain=P3Y after the last choice';
COMMENT ON COLUMN consent.wish.profile_id IS 'class: pseudonym; whom it is counted for';
COMMENT ON COLUMN consent.wish.wish_id IS 'class: key; one preference; the same on every profile of a person';
COMMENT ON COLUMN consent.wish.via_profile_id IS 'class: pseudonym; the profile through which it was said';
COMMENT ON COLUMN consent.wish.kind IS 'class: state; topic (on a channel, how often), pause, or quiet hours';
COMMENT ON COLUMN consent.wish.topic_id IS 'class: config; what the messages are about';
COMMENT ON COLUMN consent.wish.channel_id IS 'class: config; how they come';
COMMENT ON COLUMN consent.wish.frequency IS 'pii:preference; at most how often, never closes it; purpose: privacy_choices; retention: P3Y';
COMMENT ON COLUMN consent.wish.until IS 'pii:preference; the pause ends then; purpose: privacy_choices; retention: P3Y';
COMMENT ON COLUMN consent.wish.hours IS 'pii:preference; bit mask of the hours of a day in which nothing may come; purpose: privacy_choices; retention: P3Y';
COMMENT ON COLUMN consent.wish.zone IS 'pii:preference; time zone of those hours; purpose: privacy_choices; retention: P3Y';
COMMENT ON COLUMN consent.wish.decided_at IS 'class: time; when the person said it';
COMMENT ON COLUMN consent.wish.recorded_at IS 'class: time; when we wrote it down';
COMMENT ON COLUMN consent.wish.surface IS 'class: state; where it was said';
COMMENT ON COLUMN consent.wish.source_id IS 'class: config; the source that sent it';
COMMENT ON COLUMN consent.wish.locale IS 'class: config; language of the page';
COMMENT ON COLUMN consent.wish.evidence IS 'class: state; codes and ids that prove it, no free text';
CREATE TRIGGER wish__append_only BEFORE UPDATE OR DELETE ON consent.wish
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite();
CREATE TRIGGER wish__no_truncate BEFORE TRUNCATE ON consent.wish
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite();

-- ------------------------------------------------------------------ signals
CREATE TABLE consent.signal (
    profile_id uuid NOT NULL,
    signal_id uuid NOT NULL,
    via_profile_id uuid NOT NULL,
    kind text NOT NULL,
    channel_id smallint,
    value text,
    is_readable boolean NOT NULL,
    decided_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    surface text NOT NULL,
    source_id smallint,
    CONSTRAINT signal__profile_id_signal_id__pk PRIMARY KEY (profile_id, signal_id),
    CONSTRAINT signal__channel_id__fk FOREIGN KEY (channel_id) REFERENCES catalogue.channel (channel_id),
    CONSTRAINT signal__kind__ck CHECK (kind IN ('gpc', 'tcf', 'gpp', 'stop', 'start', 'unsubscribe', 'complaint', 'bounce', 'reachable')),
    CONSTRAINT signal__channel_id__ck CHECK ((kind IN ('gpc', 'tcf', 'gpp')) = (channel_id IS NULL)),
    CONSTRAINT signal__value__ck CHECK (length(value) <= 8192)
);
COMMENT ON TABLE consent.signal IS 'person: merge=stays with its profile, the most restrictive of all counts; split=stays with its profile; export=yes; erase=keep under the profile pseudonym as evidence; restrict=keep; retain=P3Y after the last choice';
COMMENT ON COLUMN consent.signal.profile_id IS 'class: pseudonym; whom it is counted for';
COMMENT ON COLUMN consent.signal.signal_id IS 'class: key; one signal; the same on every profile of a person';
COMMENT ON COLUMN consent.signal.via_profile_id IS 'class: pseudonym; the profile that it came through';
COMMENT ON COLUMN consent.signal.kind IS 'pii:preference; what was signalled; purpose: privacy_choices; retention: P3Y';
COMMENT ON COLUMN consent.signal.channel_id IS 'class: config; the channel that it is about';
COMMENT ON COLUMN consent.signal.value IS 'pii:preference; a TCF or GPP string as it came; purpose: privacy_choices; retention: P3Y';
COMMENT ON COLUMN consent.signal.is_readable IS 'class: state; false: it could not be understood, which means no';
COMMENT ON COLUMN consent.signal.decided_at IS 'class: time; when it was made';
COMMENT ON COLUMN consent.signal.recorded_at IS 'class: time; when we wrote it down';
COMMENT ON COLUMN consent.signal.surface IS 'class: state; where it came in';
COMMENT ON COLUMN consent.signal.source_id IS 'class: config; the source that sent it';
CREATE TRIGGER signal__append_only BEFORE UPDATE OR DELETE ON consent.signal
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite();
CREATE TRIGGER signal__no_truncate BEFORE TRUNCATE ON consent.signal
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite();

-- ------------------------------------------------------------------ what the gate reads
ALTER TABLE consent.state
    ADD COLUMN own_points integer NOT NULL DEFAULT 0,
    ADD COLUMN points integer NOT NULL DEFAULT 0,
    ADD COLUMN heard integer NOT NULL DEFAULT 0,
    ADD COLUMN minor_until date,
    ADD COLUMN paused_until timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN quiet_hours integer NOT NULL DEFAULT 0,
    ADD COLUMN zone text,
    ADD CONSTRAINT state__quiet_hours__ck CHECK (quiet_hours BETWEEN 0 AND 16777215) NOT VALID;
COMMENT ON COLUMN consent.state.own_points IS 'class: state; bit mask of the channels that this profile has a verified contact point for';
COMMENT ON COLUMN consent.state.points IS 'class: state; the same of the whole person';
COMMENT ON COLUMN consent.state.heard IS 'class: state; bit mask of the standing signals that were heard of this person: 1 is Global Privacy Control';
COMMENT ON COLUMN consent.state.minor_until IS 'pii:demographic; before this day only a guardian may say yes (GDPR Art. 8); purpose: privacy_choices; retention: P3Y';
COMMENT ON COLUMN consent.state.paused_until IS 'pii:preference; no message that needs a topic before then; purpose: privacy_choices; retention: P3Y';
COMMENT ON COLUMN consent.state.quiet_hours IS 'pii:preference; bit mask of the hours in which nothing may come; purpose: privacy_choices; retention: P3Y';
COMMENT ON COLUMN consent.state.zone IS 'pii:preference; time zone of the quiet hours, that of the company when unknown; purpose: privacy_choices; retention: P3Y';

-- Updates wait while it is built; there is no installation with more than a demo yet.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX state__head_id__ix ON consent.state (head_id);

CREATE TABLE consent.reach (
    profile_id uuid NOT NULL,
    channel_id smallint NOT NULL,
    topics bigint NOT NULL,
    daily bigint NOT NULL DEFAULT 0,
    weekly bigint NOT NULL DEFAULT 0,
    monthly bigint NOT NULL DEFAULT 0,
    blocked text,
    CONSTRAINT reach__profile_id_channel_id__pk PRIMARY KEY (profile_id, channel_id),
    CONSTRAINT reach__channel_id__fk FOREIGN KEY (channel_id) REFERENCES catalogue.channel (channel_id),
    CONSTRAINT reach__blocked__ck CHECK (blocked IN ('stop', 'unsubscribe', 'complaint', 'bounce'))
);
COMMENT ON TABLE consent.reach IS 'person: merge=folded again over all profiles of the person; split=folded again for each; export=as preferences; erase=delete; restrict=keep; retain=as consent.wish';
COMMENT ON COLUMN consent.reach.profile_id IS 'class: pseudonym; for whom';
COMMENT ON COLUMN consent.reach.channel_id IS 'class: config; how messages come; without a row the defaults of the catalogue hold';
COMMENT ON COLUMN consent.reach.topics IS 'pii:preference; bit mask of the open topics; purpose: privacy_choices; retention: P3Y';
COMMENT ON COLUMN consent.reach.daily IS 'pii:preference; topics of which at most one message a day may come; purpose: privacy_choices; retention: P3Y';
COMMENT ON COLUMN consent.reach.weekly IS 'pii:preference; at most one in seven days; purpose: privacy_choices; retention: P3Y';
COMMENT ON COLUMN consent.reach.monthly IS 'pii:preference; at most one in thirty days; purpose: privacy_choices; retention: P3Y';
COMMENT ON COLUMN consent.reach.blocked IS 'pii:preference; the signal that closed this channel; purpose: privacy_choices; retention: P3Y';

CREATE TABLE consent.contact (
    profile_id uuid NOT NULL,
    channel_id smallint NOT NULL,
    topic_id smallint NOT NULL,
    last_at timestamptz NOT NULL,
    CONSTRAINT contact__profile_id_channel_id_topic_id__pk PRIMARY KEY (profile_id, channel_id, topic_id),
    CONSTRAINT contact__channel_id__fk FOREIGN KEY (channel_id) REFERENCES catalogue.channel (channel_id),
    CONSTRAINT contact__topic_id__fk FOREIGN KEY (topic_id) REFERENCES catalogue.topic (topic_id)
);
COMMENT ON TABLE consent.contact IS 'person: merge=the latest of all profiles counts; split=stays with its profile; export=yes; erase=delete; restrict=keep; retain=P90D';
COMMENT ON COLUMN consent.contact.profile_id IS 'class: pseudonym; to whom';
COMMENT ON COLUMN consent.contact.channel_id IS 'class: config; how';
COMMENT ON COLUMN consent.contact.topic_id IS 'class: config; about what';
COMMENT ON COLUMN consent.contact.last_at IS 'pii:behaviour; when the last message left, for the frequency that they chose; purpose: privacy_choices; retention: P90D';

-- ------------------------------------------------------------------ double opt-in
CREATE TABLE consent.confirmation (
    profile_id uuid NOT NULL,
    confirmation_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    choices jsonb NOT NULL,
    locale text NOT NULL,
    surface text NOT NULL,
    source_id smallint,
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    mails smallint NOT NULL DEFAULT 1,
    mailed_at timestamptz NOT NULL,
    sent_at timestamptz,
    confirmed_at timestamptz,
    CONSTRAINT confirmation__profile_id_confirmation_id__pk PRIMARY KEY (profile_id, confirmation_id),
    CONSTRAINT confirmation__token_hash__uq UNIQUE (token_hash),
    CONSTRAINT confirmation__token_hash__ck CHECK (octet_length(token_hash) = 32),
    CONSTRAINT confirmation__expires_at__ck CHECK (expires_at > asked_at)
);
COMMENT ON TABLE consent.confirmation IS 'person: merge=stays with its profile; split=stays with its profile; export=yes; erase=delete; restrict=keep; retain=P90D';
COMMENT ON COLUMN consent.confirmation.profile_id IS 'class: pseudonym; who is asked';
COMMENT ON COLUMN consent.confirmation.confirmation_id IS 'class: key; one question';
COMMENT ON COLUMN consent.confirmation.token_hash IS 'class: secret; SHA-256 of the token in the mail';
COMMENT ON COLUMN consent.confirmation.choices IS 'pii:preference; the purposes and notices that a yes is waiting for; purpose: privacy_choices; retention: P90D';
COMMENT ON COLUMN consent.confirmation.locale IS 'class: config; language of the mail';
COMMENT ON COLUMN consent.confirmation.surface IS 'class: state; where it was asked for';
COMMENT ON COLUMN consent.confirmation.source_id IS 'class: config; the source that sent it';
COMMENT ON COLUMN consent.confirmation.asked_at IS 'class: time; when it was asked for: the time of the choice';
COMMENT ON COLUMN consent.confirmation.expires_at IS 'class: time; from when the link no longer works';
COMMENT ON COLUMN consent.confirmation.mails IS 'class: count; how many mails about it were asked for';
COMMENT ON COLUMN consent.confirmation.mailed_at IS 'class: time; when the last of them was asked for';
COMMENT ON COLUMN consent.confirmation.sent_at IS 'class: time; when the mail left';
COMMENT ON COLUMN consent.confirmation.confirmed_at IS 'class: time; when the button behind the link was pressed';

-- ------------------------------------------------------------------ minors
CREATE TABLE consent.guardian (
    profile_id uuid NOT NULL,
    guardian_id uuid NOT NULL,
    since timestamptz NOT NULL,
    ended_at timestamptz,
    proof text NOT NULL,
    recorded_by text NOT NULL,
    CONSTRAINT guardian__profile_id_guardian_id_since__pk PRIMARY KEY (profile_id, guardian_id, since),
    CONSTRAINT guardian__guardian_id__ck CHECK (guardian_id <> profile_id),
    CONSTRAINT guardian__proof__ck CHECK (proof ~ '^[A-Za-z0-9._:/-]{1,80}$')
);
CREATE INDEX guardian__guardian_id__ix ON consent.guardian (guardian_id);
COMMENT ON TABLE consent.guardian IS 'person: merge=stays with its profile; split=stays with its profile; export=yes; erase=delete; restrict=keep; retain=P3Y after it ended';
COMMENT ON COLUMN consent.guardian.profile_id IS 'class: pseudonym; the child';
COMMENT ON COLUMN consent.guardian.guardian_id IS 'class: pseudonym; the profile of the parent or guardian';
COMMENT ON COLUMN consent.guardian.since IS 'class: time; from when they may choose for the child';
COMMENT ON COLUMN consent.guardian.ended_at IS 'class: time; until when';
COMMENT ON COLUMN consent.guardian.proof IS 'class: state; number of the paper or case that shows it, no free text';
COMMENT ON COLUMN consent.guardian.recorded_by IS 'class: config; who recorded it';

GRANT SELECT, INSERT ON consent.notice, consent.wish, consent.signal TO candor_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON consent.reach, consent.contact, consent.confirmation, consent.guardian TO candor_app;

-- ------------------------------------------------------------------ what people say of themselves
-- A person's own answer stands beside those of the sources, under a number that no source can have:
-- names of sources are written in small letters, so no catalogue can declare this one.
INSERT INTO catalogue.source (source_id, code) OVERRIDING SYSTEM VALUE VALUES (0, '(you)');

-- ------------------------------------------------------------------ keys for the API
CREATE TABLE access.api_key (
    key_hash bytea NOT NULL,
    key_id uuid NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    source_code text,
    hint text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_key__key_hash__pk PRIMARY KEY (key_hash),
    CONSTRAINT api_key__key_id__uq UNIQUE (key_id),
    CONSTRAINT api_key__key_hash__ck CHECK (octet_length(key_hash) = 32),
    CONSTRAINT api_key__expires_at__ck CHECK (expires_at > created_at)
);
COMMENT ON TABLE access.api_key IS 'what a system proves itself with at the API; only the hash is kept';
COMMENT ON COLUMN access.api_key.key_hash IS 'class: secret; SHA-256 of the key, which has 256 bits of entropy';
COMMENT ON COLUMN access.api_key.key_id IS 'class: key; names the key in lists and in the audit log';
COMMENT ON COLUMN access.api_key.name IS 'class: config; what it is used for';
COMMENT ON COLUMN access.api_key.scopes IS 'class: config; what it may do';
COMMENT ON COLUMN access.api_key.source_code IS 'class: config; the source in whose name it records';
COMMENT ON COLUMN access.api_key.hint IS 'class: config; first characters, to tell keys apart';
COMMENT ON COLUMN access.api_key.created_at IS 'class: time; when it was issued';
COMMENT ON COLUMN access.api_key.expires_at IS 'class: time; from when it no longer works';
COMMENT ON COLUMN access.api_key.last_used_at IS 'class: time; last use, to the minute';
COMMENT ON COLUMN access.api_key.revoked_at IS 'class: time; when it was taken back';
GRANT SELECT, INSERT, UPDATE ON access.api_key TO candor_app;
