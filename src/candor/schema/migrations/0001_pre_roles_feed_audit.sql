-- Roles, the change feed and the audit log: what every other slice writes to.
--
-- Roles are cluster-wide, so they are created only where missing. The application logs in as
-- candor_app; candor_vault owns the two functions that may read wrapped subject keys.

SET LOCAL lock_timeout = '4s';
SET LOCAL statement_timeout = '5s';

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'candor_app') THEN
        CREATE ROLE candor_app LOGIN NOINHERIT;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'candor_vault') THEN
        CREATE ROLE candor_vault NOLOGIN NOINHERIT;
    END IF;
END
$$;

CREATE SCHEMA feed;
CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA feed, audit TO candor_app;

-- The ordered stream of what changed on profiles. Readers take rows whose transaction is older
-- than every running one (pg_snapshot_xmin), so that a late commit is never skipped.
CREATE TABLE feed.change (
    profile_id uuid NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    kind text NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT change__profile_id_seq__pk PRIMARY KEY (profile_id, seq)
);
CREATE INDEX change__xid__ix ON feed.change (xid);

COMMENT ON TABLE feed.change IS 'person: merge=stays with its profile; split=stays with its profile; export=no, holds no fact; erase=delete; restrict=keep; retain=P90D';
COMMENT ON COLUMN feed.change.profile_id IS 'class: pseudonym; the profile that changed';
COMMENT ON COLUMN feed.change.seq IS 'class: key; order within one transaction and a stable name for the row';
COMMENT ON COLUMN feed.change.xid IS 'class: state; the transaction that made the change, for readers that must not skip one';
COMMENT ON COLUMN feed.change.kind IS 'class: state; what changed, dotted: profiles.merged, consent.changed';
COMMENT ON COLUMN feed.change.changed_at IS 'class: time; when';

GRANT SELECT, INSERT, DELETE ON feed.change TO candor_app;

-- Who did what to whom and why. Insert and select only, for everybody: the trigger stops even
-- the owner, short of dropping it, which the integrity check reports.
CREATE TABLE audit.entry (
    entry_id bigint GENERATED ALWAYS AS IDENTITY,
    recorded_at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    action text NOT NULL,
    subject bytea,
    purpose text,
    fields text[] NOT NULL DEFAULT '{}',
    outcome text NOT NULL,
    reason text,
    request_id text,
    detail jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT entry__entry_id__pk PRIMARY KEY (entry_id),
    CONSTRAINT entry__actor_kind__ck CHECK (actor_kind IN ('staff', 'customer', 'machine')),
    CONSTRAINT entry__outcome__ck CHECK (outcome IN ('done', 'allowed', 'refused')),
    CONSTRAINT entry__subject__ck CHECK (subject IS NULL OR octet_length(subject) = 16)
);
CREATE INDEX entry__subject__ix ON audit.entry (subject, entry_id) WHERE subject IS NOT NULL;
CREATE INDEX entry__action__ix ON audit.entry (action, entry_id);

COMMENT ON TABLE audit.entry IS 'person: merge=stays with its pseudonym; split=stays with its pseudonym; export=as access history; erase=keep, the pseudonym can no longer be linked; restrict=keep; retain=P10Y';
COMMENT ON COLUMN audit.entry.entry_id IS 'class: key; order of writing';
COMMENT ON COLUMN audit.entry.recorded_at IS 'class: time; when';
COMMENT ON COLUMN audit.entry.actor_kind IS 'class: state; staff, customer or machine';
COMMENT ON COLUMN audit.entry.actor_id IS 'class: pseudonym; staff id, customer pseudonym or the name of the machine part';
COMMENT ON COLUMN audit.entry.action IS 'class: state; dotted verb: vault.open, profiles.unmerge';
COMMENT ON COLUMN audit.entry.subject IS 'class: pseudonym; HMAC of the profile id under its own subject key: dies with the key';
COMMENT ON COLUMN audit.entry.purpose IS 'class: state; the purpose that was stated';
COMMENT ON COLUMN audit.entry.fields IS 'class: config; names of the fields that were read or written, never values';
COMMENT ON COLUMN audit.entry.outcome IS 'class: state; done, allowed or refused';
COMMENT ON COLUMN audit.entry.reason IS 'class: state; code of the reason for a refusal';
COMMENT ON COLUMN audit.entry.request_id IS 'class: key; the request or job in which it happened';
COMMENT ON COLUMN audit.entry.detail IS 'class: state; counts and codes only, no free text';

CREATE FUNCTION audit.refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER entry__append_only BEFORE UPDATE OR DELETE ON audit.entry
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite();
CREATE TRIGGER entry__no_truncate BEFORE TRUNCATE ON audit.entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite();
REVOKE EXECUTE ON FUNCTION audit.refuse_rewrite() FROM PUBLIC;
GRANT SELECT, INSERT ON audit.entry TO candor_app;
