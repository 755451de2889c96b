-- Who may enter: staff, write keys of sources, one-time sign-in links and sessions.

SET LOCAL lock_timeout = '4s';
SET LOCAL statement_timeout = '5s';

CREATE SCHEMA access;
GRANT USAGE ON SCHEMA access TO candor_app;

CREATE TABLE access.staff (
    staff_id uuid NOT NULL,
    handle text NOT NULL,
    display_name text NOT NULL,
    role text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT staff__staff_id__pk PRIMARY KEY (staff_id),
    CONSTRAINT staff__handle__uq UNIQUE (handle),
    CONSTRAINT staff__role__ck CHECK (role IN ('admin', 'privacy', 'security', 'marketing', 'loyalty', 'support', 'integration', 'auditor'))
);
COMMENT ON TABLE access.staff IS 'people who work for the company; not customers';
COMMENT ON COLUMN access.staff.staff_id IS 'class: key; names a member of staff in the audit log';
COMMENT ON COLUMN access.staff.handle IS 'class: config; short work name for signing in';
COMMENT ON COLUMN access.staff.display_name IS 'class: config; work name shown to colleagues';
COMMENT ON COLUMN access.staff.role IS 'class: config; decides the permissions';
COMMENT ON COLUMN access.staff.created_at IS 'class: time; when the account was made';

CREATE TABLE access.write_key (
    key_hash bytea NOT NULL,
    source_code text NOT NULL,
    hint text NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT write_key__key_hash__pk PRIMARY KEY (key_hash),
    CONSTRAINT write_key__key_hash__ck CHECK (octet_length(key_hash) = 32)
);
CREATE INDEX write_key__source_code__ix ON access.write_key (source_code);
COMMENT ON TABLE access.write_key IS 'what a source proves itself with at the door; only the hash is kept';
COMMENT ON COLUMN access.write_key.key_hash IS 'class: secret; SHA-256 of the key, which has 128 bits or more of entropy';
COMMENT ON COLUMN access.write_key.source_code IS 'class: config; the source that it opens the door for';
COMMENT ON COLUMN access.write_key.hint IS 'class: config; first four characters, to tell keys apart';
COMMENT ON COLUMN access.write_key.created_at IS 'class: time; when it was issued';
COMMENT ON COLUMN access.write_key.revoked_at IS 'class: time; when it stopped working';

CREATE TABLE access.sign_in_link (
    token_hash bytea NOT NULL,
    audience text NOT NULL,
    bearer_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT sign_in_link__token_hash__pk PRIMARY KEY (token_hash),
    CONSTRAINT sign_in_link__audience__ck CHECK (audience IN ('staff', 'customer')),
    CONSTRAINT sign_in_link__expires_at__ck CHECK (expires_at > created_at)
);
COMMENT ON TABLE access.sign_in_link IS 'person: merge=stays with its profile; split=stays with its profile; export=no, short-lived secret; erase=delete; restrict=keep; retain=P1D';
COMMENT ON COLUMN access.sign_in_link.token_hash IS 'class: secret; SHA-256 of the token in the link';
COMMENT ON COLUMN access.sign_in_link.audience IS 'class: state; staff or customer';
COMMENT ON COLUMN access.sign_in_link.bearer_id IS 'class: pseudonym; staff id or profile id';
COMMENT ON COLUMN access.sign_in_link.created_at IS 'class: time; when it was made';
COMMENT ON COLUMN access.sign_in_link.expires_at IS 'class: time; from when it no longer works';
COMMENT ON COLUMN access.sign_in_link.used_at IS 'class: time; set once, by the sign-in that used it up';

CREATE TABLE access.session (
    session_hash bytea NOT NULL,
    audience text NOT NULL,
    bearer_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT session__session_hash__pk PRIMARY KEY (session_hash),
    CONSTRAINT session__audience__ck CHECK (audience IN ('staff', 'customer'))
);
CREATE INDEX session__bearer_id__ix ON access.session (bearer_id);
COMMENT ON TABLE access.session IS 'person: merge=stays with its profile; split=stays with its profile; export=yes, sign-ins; erase=delete; restrict=keep; retain=P30D';
COMMENT ON COLUMN access.session.session_hash IS 'class: secret; SHA-256 of the cookie value';
COMMENT ON COLUMN access.session.audience IS 'class: state; staff or customer';
COMMENT ON COLUMN access.session.bearer_id IS 'class: pseudonym; staff id or profile id';
COMMENT ON COLUMN access.session.created_at IS 'class: time; sign-in';
COMMENT ON COLUMN access.session.last_seen_at IS 'class: time; last request, to the minute';
COMMENT ON COLUMN access.session.expires_at IS 'class: time; end at the latest';
COMMENT ON COLUMN access.session.revoked_at IS 'class: time; signed out';

GRANT SELECT, INSERT, UPDATE, DELETE ON access.staff, access.write_key, access.sign_in_link, access.session TO candor_app;
