-- The whole schema, as the migrations make it. Written by: python -m tools.snapshot
-- To change it, write a migration; then write this file again.


CREATE SCHEMA access;

CREATE SCHEMA audit;

CREATE SCHEMA backup;

CREATE SCHEMA candor;

CREATE SCHEMA catalogue;

CREATE SCHEMA collect;

CREATE SCHEMA connections;

CREATE SCHEMA consent;

CREATE SCHEMA feed;

CREATE SCHEMA governance;

CREATE SCHEMA profiles;

CREATE SCHEMA rights;

CREATE SCHEMA shield;

CREATE SCHEMA vault;

CREATE FUNCTION audit.only_grow() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.level <> OLD.level OR NEW.tile_index <> OLD.tile_index
        OR octet_length(NEW.hashes) < octet_length(OLD.hashes)
        OR substring(NEW.hashes FROM 1 FOR octet_length(OLD.hashes)) <> OLD.hashes
        OR coalesce(NEW.entry_ids[1:cardinality(OLD.entry_ids)] <> OLD.entry_ids, FALSE)
    THEN
        RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION audit.refuse_rewrite() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION collect.ensure_month(day date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    first_day date := date_trunc('month', day)::date;
    partition text := 'event_' || to_char(first_day, 'YYYYMM');
BEGIN
    IF to_regclass('collect.' || partition) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('collect.ensure_month'));
    IF to_regclass('collect.' || partition) IS NULL THEN
        EXECUTE format(
            'CREATE TABLE collect.%I PARTITION OF collect.event FOR VALUES FROM (%L) TO (%L)',
            partition, first_day::timestamp AT TIME ZONE 'UTC',
            (first_day + interval '1 month')::timestamp AT TIME ZONE 'UTC'
        );
    END IF;
END
$$;

CREATE FUNCTION consent.keep_evidence() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.decided_at < now() - interval '3 years' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'evidence of choices is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION vault.count_keys() RETURNS TABLE(epoch_id integer, keys bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT k.epoch_id, count(*) FROM vault.subject_key AS k GROUP BY k.epoch_id
$$;

ALTER FUNCTION vault.count_keys() OWNER TO candor_vault;

CREATE FUNCTION vault.destroy_keys(doomed uuid[]) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    WITH gone AS (DELETE FROM vault.subject_key AS k WHERE k.profile_id = ANY (doomed) RETURNING 1)
    SELECT count(*) FROM gone
$$;

ALTER FUNCTION vault.destroy_keys(doomed uuid[]) OWNER TO candor_vault;

CREATE FUNCTION vault.keys_to_rewrap(below integer, at_most integer) RETURNS TABLE(profile_id uuid, epoch_id integer, wrapped bytea)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT k.profile_id, k.epoch_id, k.wrapped FROM vault.subject_key AS k
    WHERE k.epoch_id < below LIMIT at_most FOR UPDATE SKIP LOCKED
$$;

ALTER FUNCTION vault.keys_to_rewrap(below integer, at_most integer) OWNER TO candor_vault;

CREATE FUNCTION vault.next_to_rewrap(below integer, after uuid, at_most integer) RETURNS TABLE(profile_id uuid, epoch_id integer, wrapped bytea)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT k.profile_id, k.epoch_id, k.wrapped FROM vault.subject_key AS k
    WHERE k.profile_id > after AND k.epoch_id < below
    ORDER BY k.profile_id LIMIT at_most FOR UPDATE SKIP LOCKED
$$;

ALTER FUNCTION vault.next_to_rewrap(below integer, after uuid, at_most integer) OWNER TO candor_vault;

CREATE FUNCTION vault.read_keys(wanted uuid[]) RETURNS TABLE(profile_id uuid, epoch_id integer, wrapped bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT k.profile_id, k.epoch_id, k.wrapped FROM vault.subject_key AS k WHERE k.profile_id = ANY (wanted)
$$;

ALTER FUNCTION vault.read_keys(wanted uuid[]) OWNER TO candor_vault;

CREATE FUNCTION vault.rewrap_keys(ids uuid[], into_epoch integer, fresh bytea[]) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    WITH done AS (
        UPDATE vault.subject_key AS k SET epoch_id = into_epoch, wrapped = f.wrapped
        FROM unnest(ids, fresh) AS f (profile_id, wrapped)
        WHERE k.profile_id = f.profile_id RETURNING 1
    )
    SELECT count(*) FROM done
$$;

ALTER FUNCTION vault.rewrap_keys(ids uuid[], into_epoch integer, fresh bytea[]) OWNER TO candor_vault;

CREATE TABLE access.api_key (
    key_hash bytea NOT NULL,
    key_id uuid NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    source_code text,
    hint text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    suspended_at timestamp with time zone,
    made_by uuid,
    CONSTRAINT api_key__expires_at__ck CHECK ((expires_at > created_at)),
    CONSTRAINT api_key__key_hash__ck CHECK ((octet_length(key_hash) = 32))
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

COMMENT ON COLUMN access.api_key.suspended_at IS 'class: time; since when it is stopped until somebody has looked; null: not';

COMMENT ON COLUMN access.api_key.made_by IS 'class: key; the member of staff who answers for it: it ends when they leave; null: the server';

CREATE TABLE access.ceremony (
    ceremony_hash bytea NOT NULL,
    kind text NOT NULL,
    audience text NOT NULL,
    bearer_id uuid,
    secret bytea NOT NULL,
    detail jsonb NOT NULL,
    attempts smallint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT ceremony__audience__ck CHECK ((audience = ANY (ARRAY['staff'::text, 'customer'::text]))),
    CONSTRAINT ceremony__expires_at__ck CHECK ((expires_at > created_at))
);

COMMENT ON TABLE access.ceremony IS 'person: merge=stays with its profile; split=stays with its profile; export=no, short-lived secret; erase=delete; restrict=keep; retain=P1D';

COMMENT ON COLUMN access.ceremony.ceremony_hash IS 'class: secret; SHA-256 of what the browser holds in a cookie while it lasts';

COMMENT ON COLUMN access.ceremony.kind IS 'class: state; what is under way: second_factor, passkey.add, passkey.sign_in, oidc, code';

COMMENT ON COLUMN access.ceremony.audience IS 'class: state; staff or customer';

COMMENT ON COLUMN access.ceremony.bearer_id IS 'class: pseudonym; staff id or profile id; null: not known, or nobody';

COMMENT ON COLUMN access.ceremony.secret IS 'class: secret; challenge, keyed hash of the code, or state: what the answer is held against; while somebody erased comes back, the address they typed, sealed under a fixed key';

COMMENT ON COLUMN access.ceremony.detail IS 'class: pseudonym; codes and short values; while somebody waits for a code, the blind index of the address';

COMMENT ON COLUMN access.ceremony.attempts IS 'class: count; wrong answers so far';

COMMENT ON COLUMN access.ceremony.created_at IS 'class: time; when it began';

COMMENT ON COLUMN access.ceremony.expires_at IS 'class: time; from when it no longer counts';

COMMENT ON COLUMN access.ceremony.used_at IS 'class: time; set once, by the answer that ended it';

CREATE TABLE access.federated (
    issuer text NOT NULL,
    subject text NOT NULL,
    staff_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone
);

COMMENT ON TABLE access.federated IS 'whom an identity provider vouches for (OpenID Connect): by issuer and subject, never by e-mail';

COMMENT ON COLUMN access.federated.issuer IS 'class: config; the provider';

COMMENT ON COLUMN access.federated.subject IS 'class: pseudonym; its name for the member of staff';

COMMENT ON COLUMN access.federated.staff_id IS 'class: key; who that is here';

COMMENT ON COLUMN access.federated.created_at IS 'class: time; when the two were bound';

COMMENT ON COLUMN access.federated.last_used_at IS 'class: time; last sign-in through it';

CREATE TABLE access.passkey (
    credential_id bytea NOT NULL,
    audience text NOT NULL,
    bearer_id uuid NOT NULL,
    user_handle bytea NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    transports text[] NOT NULL,
    aaguid uuid,
    is_backed_up boolean NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    CONSTRAINT passkey__audience__ck CHECK ((audience = ANY (ARRAY['staff'::text, 'customer'::text]))),
    CONSTRAINT passkey__name__ck CHECK (((length(name) >= 1) AND (length(name) <= 60)))
);

COMMENT ON TABLE access.passkey IS 'person: merge=stays with its profile; split=stays with its profile; export=yes, without the key; erase=delete; restrict=keep; retain=life of the account';

COMMENT ON COLUMN access.passkey.credential_id IS 'class: key; what the authenticator calls it';

COMMENT ON COLUMN access.passkey.audience IS 'class: state; staff or customer';

COMMENT ON COLUMN access.passkey.bearer_id IS 'class: pseudonym; staff id or profile id';

COMMENT ON COLUMN access.passkey.user_handle IS 'class: pseudonym; 64 random bytes, the name that authenticators know somebody by';

COMMENT ON COLUMN access.passkey.public_key IS 'class: config; COSE public key';

COMMENT ON COLUMN access.passkey.sign_count IS 'class: count; last counter of the authenticator; falling means a copy';

COMMENT ON COLUMN access.passkey.transports IS 'class: config; how the authenticator is reached';

COMMENT ON COLUMN access.passkey.aaguid IS 'class: config; kind of authenticator';

COMMENT ON COLUMN access.passkey.is_backed_up IS 'class: state; whether it is synchronised between devices';

COMMENT ON COLUMN access.passkey.name IS 'class: config; what its bearer calls it';

COMMENT ON COLUMN access.passkey.created_at IS 'class: time; when it was added';

COMMENT ON COLUMN access.passkey.last_used_at IS 'class: time; when it last let somebody in';

CREATE TABLE access.password (
    staff_id uuid NOT NULL,
    verifier text NOT NULL,
    set_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE access.password IS 'what a password of staff is held against; customers have none';

COMMENT ON COLUMN access.password.staff_id IS 'class: key; whose';

COMMENT ON COLUMN access.password.verifier IS 'class: secret; Argon2id of the password under a key that is not in the database';

COMMENT ON COLUMN access.password.set_at IS 'class: time; when it was chosen';

CREATE TABLE access.permit (
    permit_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    permission text NOT NULL,
    proposal_id uuid NOT NULL,
    granted_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT permit__expires_at__ck CHECK ((expires_at > granted_at))
);

COMMENT ON TABLE access.permit IS 'a permission beyond the role, for a while, approved by another';

COMMENT ON COLUMN access.permit.permit_id IS 'class: key; names it';

COMMENT ON COLUMN access.permit.staff_id IS 'class: key; who may';

COMMENT ON COLUMN access.permit.permission IS 'class: state; what';

COMMENT ON COLUMN access.permit.proposal_id IS 'class: key; who proposed and who approved it';

COMMENT ON COLUMN access.permit.granted_at IS 'class: time; from when';

COMMENT ON COLUMN access.permit.expires_at IS 'class: time; until when';

COMMENT ON COLUMN access.permit.ended_at IS 'class: time; when it was taken back before';

CREATE TABLE access.proposal (
    proposal_id uuid NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    why text NOT NULL,
    proposed_by uuid NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    state text NOT NULL,
    decided_by uuid,
    decided_at timestamp with time zone,
    CONSTRAINT proposal__decided__ck CHECK (((state = ANY (ARRAY['approved'::text, 'declined'::text])) = (decided_by IS NOT NULL))),
    CONSTRAINT proposal__four_eyes__ck CHECK (((state <> 'approved'::text) OR (decided_by <> proposed_by))),
    CONSTRAINT proposal__state__ck CHECK ((state = ANY (ARRAY['open'::text, 'approved'::text, 'declined'::text, 'withdrawn'::text, 'expired'::text])))
);

COMMENT ON TABLE access.proposal IS 'what one member of staff proposes and another must approve';

COMMENT ON COLUMN access.proposal.proposal_id IS 'class: key; names it';

COMMENT ON COLUMN access.proposal.kind IS 'class: state; which deed: each has an entry in the table of deeds';

COMMENT ON COLUMN access.proposal.payload IS 'class: state; ids, codes and numbers of the deed';

COMMENT ON COLUMN access.proposal.why IS 'class: config; the reason, in the words of who proposes; not about customers';

COMMENT ON COLUMN access.proposal.proposed_by IS 'class: key; one pair of eyes';

COMMENT ON COLUMN access.proposal.proposed_at IS 'class: time; when';

COMMENT ON COLUMN access.proposal.expires_at IS 'class: time; from when nobody can approve it any more';

COMMENT ON COLUMN access.proposal.state IS 'class: state; open, approved (and done), declined, withdrawn, expired';

COMMENT ON COLUMN access.proposal.decided_by IS 'class: key; the other pair of eyes';

COMMENT ON COLUMN access.proposal.decided_at IS 'class: time; when it was decided, withdrawn or found to be too old';

CREATE TABLE access.recovery_code (
    staff_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);

COMMENT ON TABLE access.recovery_code IS 'what stands in once for a lost second factor';

COMMENT ON COLUMN access.recovery_code.staff_id IS 'class: key; whose';

COMMENT ON COLUMN access.recovery_code.code_hash IS 'class: secret; SHA-256 of the code, which has 120 bits of entropy';

COMMENT ON COLUMN access.recovery_code.created_at IS 'class: time; when it was made';

COMMENT ON COLUMN access.recovery_code.used_at IS 'class: time; set once';

CREATE TABLE access.session (
    session_hash bytea NOT NULL,
    audience text NOT NULL,
    bearer_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    methods text[] DEFAULT '{}'::text[] NOT NULL,
    proved_at timestamp with time zone,
    device text DEFAULT ''::text NOT NULL,
    network bytea,
    CONSTRAINT session__audience__ck CHECK ((audience = ANY (ARRAY['staff'::text, 'customer'::text])))
);

COMMENT ON TABLE access.session IS 'person: merge=stays with its profile; split=stays with its profile; export=yes, sign-ins; erase=delete; restrict=keep; retain=P30D';

COMMENT ON COLUMN access.session.session_hash IS 'class: secret; SHA-256 of the cookie value';

COMMENT ON COLUMN access.session.audience IS 'class: state; staff or customer';

COMMENT ON COLUMN access.session.bearer_id IS 'class: pseudonym; staff id or profile id';

COMMENT ON COLUMN access.session.created_at IS 'class: time; sign-in';

COMMENT ON COLUMN access.session.last_seen_at IS 'class: time; last request, to the minute';

COMMENT ON COLUMN access.session.expires_at IS 'class: time; end at the latest';

COMMENT ON COLUMN access.session.revoked_at IS 'class: time; signed out';

COMMENT ON COLUMN access.session.methods IS 'class: state; how the sign-in was proved: link, password, totp, recovery, passkey, oidc, code';

COMMENT ON COLUMN access.session.proved_at IS 'class: time; last strong proof: what is risky asks for a recent one';

COMMENT ON COLUMN access.session.device IS 'class: state; kind of browser and system, nothing finer';

COMMENT ON COLUMN access.session.network IS 'class: pseudonym; keyed hash of the network it began in';

CREATE TABLE access.sign_in_link (
    token_hash bytea NOT NULL,
    audience text NOT NULL,
    bearer_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT sign_in_link__audience__ck CHECK ((audience = ANY (ARRAY['staff'::text, 'customer'::text]))),
    CONSTRAINT sign_in_link__expires_at__ck CHECK ((expires_at > created_at))
);

COMMENT ON TABLE access.sign_in_link IS 'person: merge=stays with its profile; split=stays with its profile; export=no, short-lived secret; erase=delete; restrict=keep; retain=P1D';

COMMENT ON COLUMN access.sign_in_link.token_hash IS 'class: secret; SHA-256 of the token in the link';

COMMENT ON COLUMN access.sign_in_link.audience IS 'class: state; staff or customer';

COMMENT ON COLUMN access.sign_in_link.bearer_id IS 'class: pseudonym; staff id or profile id';

COMMENT ON COLUMN access.sign_in_link.created_at IS 'class: time; when it was made';

COMMENT ON COLUMN access.sign_in_link.expires_at IS 'class: time; from when it no longer works';

COMMENT ON COLUMN access.sign_in_link.used_at IS 'class: time; set once, by the sign-in that used it up';

CREATE TABLE access.staff (
    staff_id uuid NOT NULL,
    handle text NOT NULL,
    display_name text NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    email text,
    left_at timestamp with time zone,
    invited_by uuid,
    CONSTRAINT staff__role__ck CHECK ((role = ANY (ARRAY['admin'::text, 'privacy'::text, 'security'::text, 'marketing'::text, 'loyalty'::text, 'support'::text, 'integration'::text, 'auditor'::text])))
);

COMMENT ON TABLE access.staff IS 'people who work for the company; not customers';

COMMENT ON COLUMN access.staff.staff_id IS 'class: key; names a member of staff in the audit log';

COMMENT ON COLUMN access.staff.handle IS 'class: config; short work name for signing in';

COMMENT ON COLUMN access.staff.display_name IS 'class: config; work name shown to colleagues';

COMMENT ON COLUMN access.staff.role IS 'class: config; decides the permissions';

COMMENT ON COLUMN access.staff.created_at IS 'class: time; when the account was made';

COMMENT ON COLUMN access.staff.email IS 'class: config; work address: invitations and alerts go there';

COMMENT ON COLUMN access.staff.left_at IS 'class: time; when they left: nothing opens for them any more';

COMMENT ON COLUMN access.staff.invited_by IS 'class: key; who last let them in; not the second pair of eyes for what they propose';

CREATE TABLE access.totp (
    staff_id uuid NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone,
    last_step bigint DEFAULT 0 NOT NULL
);

COMMENT ON TABLE access.totp IS 'the second factor of staff: time-based codes (RFC 6238)';

COMMENT ON COLUMN access.totp.staff_id IS 'class: key; whose';

COMMENT ON COLUMN access.totp.sealed IS 'class: secret; the seed, sealed by a key that is not in the database';

COMMENT ON COLUMN access.totp.created_at IS 'class: time; when the seed was made';

COMMENT ON COLUMN access.totp.confirmed_at IS 'class: time; when a first code proved that it was kept';

COMMENT ON COLUMN access.totp.last_step IS 'class: state; the last step that was used: no code counts twice';

CREATE TABLE access.write_key (
    key_hash bytea NOT NULL,
    source_code text NOT NULL,
    hint text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    made_by uuid,
    CONSTRAINT write_key__key_hash__ck CHECK ((octet_length(key_hash) = 32))
);

COMMENT ON TABLE access.write_key IS 'what a source proves itself with at the door; only the hash is kept';

COMMENT ON COLUMN access.write_key.key_hash IS 'class: secret; SHA-256 of the key, which has 128 bits or more of entropy';

COMMENT ON COLUMN access.write_key.source_code IS 'class: config; the source that it opens the door for';

COMMENT ON COLUMN access.write_key.hint IS 'class: config; first four characters, to tell keys apart';

COMMENT ON COLUMN access.write_key.created_at IS 'class: time; when it was issued';

COMMENT ON COLUMN access.write_key.revoked_at IS 'class: time; when it stopped working';

COMMENT ON COLUMN access.write_key.made_by IS 'class: key; the member of staff who answers for it: it ends when they leave; null: the server';

CREATE TABLE audit.checkpoint (
    size bigint NOT NULL,
    root bytea NOT NULL,
    note text NOT NULL,
    signed_at timestamp with time zone NOT NULL,
    CONSTRAINT checkpoint__root__ck CHECK ((octet_length(root) = 32))
);

COMMENT ON TABLE audit.checkpoint IS 'signed heads of the log (C2SP tlog-checkpoint); whoever keeps one can tell a rewritten log';

COMMENT ON COLUMN audit.checkpoint.size IS 'class: key; number of entries below it';

COMMENT ON COLUMN audit.checkpoint.root IS 'class: state; root of the tree of that size';

COMMENT ON COLUMN audit.checkpoint.note IS 'class: state; the signed note';

COMMENT ON COLUMN audit.checkpoint.signed_at IS 'class: time; when it was signed';

CREATE TABLE audit.entry (
    entry_id bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    action text NOT NULL,
    subject bytea,
    purpose text,
    fields text[] DEFAULT '{}'::text[] NOT NULL,
    outcome text NOT NULL,
    reason text,
    request_id text,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id(),
    CONSTRAINT entry__actor_kind__ck CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'customer'::text, 'machine'::text]))),
    CONSTRAINT entry__outcome__ck CHECK ((outcome = ANY (ARRAY['done'::text, 'allowed'::text, 'refused'::text]))),
    CONSTRAINT entry__subject__ck CHECK (((subject IS NULL) OR (octet_length(subject) = 16)))
);

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

COMMENT ON COLUMN audit.entry.xid IS 'class: key; the transaction that wrote it: readers of the stream skip none';

ALTER TABLE audit.entry ALTER COLUMN entry_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME audit.entry_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE audit.progress (
    is_only boolean NOT NULL,
    horizon text NOT NULL,
    size bigint NOT NULL,
    settled_id bigint NOT NULL,
    CONSTRAINT progress__is_only__ck CHECK (is_only)
);

COMMENT ON TABLE audit.progress IS 'how far the log was taken into the tree: one row';

COMMENT ON COLUMN audit.progress.is_only IS 'class: key; there is one row';

COMMENT ON COLUMN audit.progress.horizon IS 'class: state; the snapshot up to which every entry is in the tree';

COMMENT ON COLUMN audit.progress.size IS 'class: count; entries in the tree';

COMMENT ON COLUMN audit.progress.settled_id IS 'class: key; up to this entry all are in the tree, whatever transaction they name: they come from before, or from a backup';

CREATE TABLE audit.tile (
    level smallint NOT NULL,
    tile_index bigint NOT NULL,
    hashes bytea NOT NULL,
    entry_ids bigint[],
    CONSTRAINT tile__counted__ck CHECK (((level > 0) OR ((array_ndims(entry_ids) = 1) AND (array_lower(entry_ids, 1) = 1)))),
    CONSTRAINT tile__entry_ids__ck CHECK ((((level = 0) = (entry_ids IS NOT NULL)) AND ((level > 0) OR ((cardinality(entry_ids) * 32) = octet_length(hashes))))),
    CONSTRAINT tile__hashes__ck CHECK ((((octet_length(hashes) >= 32) AND (octet_length(hashes) <= 8192)) AND ((octet_length(hashes) % 32) = 0))),
    CONSTRAINT tile__level__ck CHECK (((level >= 0) AND (level <= 7)))
);

COMMENT ON TABLE audit.tile IS 'the Merkle tree over the log (RFC 9162), 256 hashes a row as in C2SP tlog-tiles; rows only grow';

COMMENT ON COLUMN audit.tile.level IS 'class: key; 0: hashes of entries; 1: each the root of 256 of them; and so on';

COMMENT ON COLUMN audit.tile.tile_index IS 'class: key; place within the level';

COMMENT ON COLUMN audit.tile.hashes IS 'class: state; up to 256 hashes of 32 bytes';

COMMENT ON COLUMN audit.tile.entry_ids IS 'class: key; which entries the hashes of level 0 are of, in their order';

CREATE TABLE backup.run (
    run_id uuid NOT NULL,
    kind text NOT NULL,
    label text,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    outcome text,
    report jsonb NOT NULL,
    CONSTRAINT run__kind__ck CHECK ((kind = ANY (ARRAY['create'::text, 'verify'::text, 'drill'::text, 'restore'::text]))),
    CONSTRAINT run__outcome__ck CHECK ((outcome = ANY (ARRAY['well'::text, 'failed'::text])))
);

COMMENT ON TABLE backup.run IS 'what became of each backup, verification, drill and restore';

COMMENT ON COLUMN backup.run.run_id IS 'class: key; names it';

COMMENT ON COLUMN backup.run.kind IS 'class: state; create, verify, drill or restore';

COMMENT ON COLUMN backup.run.label IS 'class: key; name of the backup';

COMMENT ON COLUMN backup.run.started_at IS 'class: time; when it began';

COMMENT ON COLUMN backup.run.finished_at IS 'class: time; when it ended; null: it runs, or was killed';

COMMENT ON COLUMN backup.run.outcome IS 'class: state; well or failed';

COMMENT ON COLUMN backup.run.report IS 'class: state; sizes, counts, seconds, codes';

CREATE TABLE candor.migration (
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE candor.migration IS 'which migrations were applied';

COMMENT ON COLUMN candor.migration.name IS 'class: key; file name';

COMMENT ON COLUMN candor.migration.checksum IS 'class: config; SHA-256 of the file';

COMMENT ON COLUMN candor.migration.applied_at IS 'class: time; when';

CREATE TABLE catalogue.attribute (
    attribute_id smallint NOT NULL,
    code text NOT NULL
);

COMMENT ON TABLE catalogue.attribute IS 'a number for each attribute name, never reused';

COMMENT ON COLUMN catalogue.attribute.attribute_id IS 'class: key; short name in rows';

COMMENT ON COLUMN catalogue.attribute.code IS 'class: config; name in the catalogue';

ALTER TABLE catalogue.attribute ALTER COLUMN attribute_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME catalogue.attribute_attribute_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE catalogue.channel (
    channel_id smallint NOT NULL,
    code text NOT NULL,
    CONSTRAINT channel__channel_id__ck CHECK (((channel_id >= 0) AND (channel_id <= 30)))
);

COMMENT ON TABLE catalogue.channel IS 'the bit of each channel in every mask; a bit is never given to another channel';

COMMENT ON COLUMN catalogue.channel.channel_id IS 'class: key; bit position, 0 to 30';

COMMENT ON COLUMN catalogue.channel.code IS 'class: config; name in the catalogue';

CREATE TABLE catalogue.event_type (
    event_type_id smallint NOT NULL,
    code text NOT NULL
);

COMMENT ON TABLE catalogue.event_type IS 'a number for each event name, never reused';

COMMENT ON COLUMN catalogue.event_type.event_type_id IS 'class: key; short name in rows';

COMMENT ON COLUMN catalogue.event_type.code IS 'class: config; name in the catalogue';

ALTER TABLE catalogue.event_type ALTER COLUMN event_type_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME catalogue.event_type_event_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE catalogue.purpose (
    purpose_id smallint NOT NULL,
    code text NOT NULL,
    CONSTRAINT purpose__purpose_id__ck CHECK (((purpose_id >= 0) AND (purpose_id <= 62)))
);

COMMENT ON TABLE catalogue.purpose IS 'the bit of each purpose in every mask; a bit is never given to another purpose';

COMMENT ON COLUMN catalogue.purpose.purpose_id IS 'class: key; bit position, 0 to 62';

COMMENT ON COLUMN catalogue.purpose.code IS 'class: config; name in the catalogue';

CREATE TABLE catalogue.source (
    source_id smallint NOT NULL,
    code text NOT NULL
);

COMMENT ON TABLE catalogue.source IS 'a number for each source, never reused';

COMMENT ON COLUMN catalogue.source.source_id IS 'class: key; short name in rows';

COMMENT ON COLUMN catalogue.source.code IS 'class: config; name in the catalogue';

ALTER TABLE catalogue.source ALTER COLUMN source_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME catalogue.source_source_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE catalogue.topic (
    topic_id smallint NOT NULL,
    code text NOT NULL,
    CONSTRAINT topic__topic_id__ck CHECK (((topic_id >= 0) AND (topic_id <= 62)))
);

COMMENT ON TABLE catalogue.topic IS 'the bit of each topic in every mask; a bit is never given to another topic';

COMMENT ON COLUMN catalogue.topic.topic_id IS 'class: key; bit position, 0 to 62';

COMMENT ON COLUMN catalogue.topic.code IS 'class: config; name in the catalogue';

CREATE TABLE catalogue.version (
    version_id integer NOT NULL,
    applied_at timestamp with time zone NOT NULL,
    applied_by text NOT NULL,
    digest bytea NOT NULL,
    document jsonb NOT NULL
);

COMMENT ON TABLE catalogue.version IS 'every catalogue that was ever in force; the newest is in force now';

COMMENT ON COLUMN catalogue.version.version_id IS 'class: key; counts up';

COMMENT ON COLUMN catalogue.version.applied_at IS 'class: time; from when it was in force';

COMMENT ON COLUMN catalogue.version.applied_by IS 'class: config; who applied it';

COMMENT ON COLUMN catalogue.version.digest IS 'class: config; SHA-256 of the canonical document';

COMMENT ON COLUMN catalogue.version.document IS 'class: config; the whole catalogue';

ALTER TABLE catalogue.version ALTER COLUMN version_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME catalogue.version_version_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE collect.counter (
    source_id smallint NOT NULL,
    hour timestamp with time zone NOT NULL,
    outcome text NOT NULL,
    what text NOT NULL,
    count bigint NOT NULL
);

COMMENT ON TABLE collect.counter IS 'what the door did, per source and hour';

COMMENT ON COLUMN collect.counter.source_id IS 'class: config; from where';

COMMENT ON COLUMN collect.counter.hour IS 'class: time; start of the hour in which it was received';

COMMENT ON COLUMN collect.counter.outcome IS 'class: state; stored, duplicate, no_purpose, dropped_property, masked_card, refused reasons';

COMMENT ON COLUMN collect.counter.what IS 'class: config; name of the event or property; declared names only';

COMMENT ON COLUMN collect.counter.count IS 'class: count; how many';

CREATE TABLE collect.event (
    profile_id uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    event_id uuid NOT NULL,
    event_type_id smallint NOT NULL,
    source_id smallint NOT NULL,
    flush_id bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    purposes bigint NOT NULL,
    properties jsonb NOT NULL,
    sealed bytea
)
PARTITION BY RANGE (occurred_at);

COMMENT ON TABLE collect.event IS 'person: merge=stays with its profile; split=stays with its profile; export=yes; erase=delete, the sealed part is unreadable at once; restrict=keep; retain=as the catalogue says for the event';

COMMENT ON COLUMN collect.event.profile_id IS 'class: pseudonym; who';

COMMENT ON COLUMN collect.event.occurred_at IS 'class: time; when it happened, by the corrected clock of the source';

COMMENT ON COLUMN collect.event.event_id IS 'class: key; the message key';

COMMENT ON COLUMN collect.event.event_type_id IS 'class: config; what';

COMMENT ON COLUMN collect.event.source_id IS 'class: config; from where';

COMMENT ON COLUMN collect.event.flush_id IS 'class: key; the group commit that it came in';

COMMENT ON COLUMN collect.event.received_at IS 'class: time; when it reached us';

COMMENT ON COLUMN collect.event.purposes IS 'class: state; mask of the purposes that allowed keeping it';

COMMENT ON COLUMN collect.event.properties IS 'pii:behaviour; the declared properties that say nothing about who; purpose: as the catalogue says; retention: as the catalogue says';

COMMENT ON COLUMN collect.event.sealed IS 'pii:behaviour; the declared personal properties, sealed with the subject key; purpose: as the catalogue says; retention: as the catalogue says';

CREATE TABLE collect.favourite (
    profile_id uuid NOT NULL,
    event_type_id smallint NOT NULL,
    value text NOT NULL,
    count integer NOT NULL,
    last_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE collect.favourite IS 'person: merge=stays with its profile, added up for the person; split=stays with its profile; export=as traits; erase=delete; restrict=keep; retain=P3Y';

COMMENT ON COLUMN collect.favourite.profile_id IS 'class: pseudonym; who';

COMMENT ON COLUMN collect.favourite.event_type_id IS 'class: config; what';

COMMENT ON COLUMN collect.favourite.value IS 'pii:behaviour; a declared low-cardinality value such as a product category; purpose: as the event; retention: P3Y';

COMMENT ON COLUMN collect.favourite.count IS 'class: count; how often';

COMMENT ON COLUMN collect.favourite.last_at IS 'class: time; the latest of them';

CREATE TABLE collect.flush (
    flush_id bigint NOT NULL,
    flushed_at timestamp with time zone NOT NULL,
    counts jsonb NOT NULL
);

COMMENT ON TABLE collect.flush IS 'group commits that are not folded yet';

COMMENT ON COLUMN collect.flush.flush_id IS 'class: key; counts up';

COMMENT ON COLUMN collect.flush.flushed_at IS 'class: time; when';

COMMENT ON COLUMN collect.flush.counts IS 'class: count; list of source_id, outcome, what, count';

ALTER TABLE collect.flush ALTER COLUMN flush_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME collect.flush_flush_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE collect.kept_sum (
    account_id uuid NOT NULL,
    event_type_id smallint NOT NULL,
    day date NOT NULL,
    count integer NOT NULL,
    sum_minor bigint NOT NULL,
    keep_until date NOT NULL
);

COMMENT ON TABLE collect.kept_sum IS 'sums of events of erased people that a law keeps, under an account number that leads to nobody';

COMMENT ON COLUMN collect.kept_sum.account_id IS 'class: key; random, made at the erasure, kept nowhere else';

COMMENT ON COLUMN collect.kept_sum.event_type_id IS 'class: config; what';

COMMENT ON COLUMN collect.kept_sum.day IS 'class: time; UTC day';

COMMENT ON COLUMN collect.kept_sum.count IS 'class: count; how often';

COMMENT ON COLUMN collect.kept_sum.sum_minor IS 'class: count; sum in hundredths';

COMMENT ON COLUMN collect.kept_sum.keep_until IS 'class: time; the last day on which the law wants it';

CREATE TABLE collect.message (
    message_key uuid NOT NULL,
    received_on date NOT NULL
);

COMMENT ON TABLE collect.message IS 'makes retries harmless; swept after thirty days';

COMMENT ON COLUMN collect.message.message_key IS 'class: key; 128-bit hash of source and message id';

COMMENT ON COLUMN collect.message.received_on IS 'class: time; for sweeping';

CREATE TABLE collect.refusal (
    refusal_id uuid NOT NULL,
    source_id smallint NOT NULL,
    reason text NOT NULL,
    what text NOT NULL,
    message text NOT NULL,
    sample jsonb NOT NULL,
    refused_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE collect.refusal IS 'a few samples per source and reason, every value masked; about no known person';

COMMENT ON COLUMN collect.refusal.refusal_id IS 'class: key; names the sample';

COMMENT ON COLUMN collect.refusal.source_id IS 'class: config; from where';

COMMENT ON COLUMN collect.refusal.reason IS 'class: state; code';

COMMENT ON COLUMN collect.refusal.what IS 'class: config; event name where it is declared';

COMMENT ON COLUMN collect.refusal.message IS 'class: state; what was wrong and what to send instead';

COMMENT ON COLUMN collect.refusal.sample IS 'class: state; the shape of what came, values masked';

COMMENT ON COLUMN collect.refusal.refused_at IS 'class: time; when';

CREATE TABLE collect.tally (
    profile_id uuid NOT NULL,
    event_type_id smallint NOT NULL,
    day date NOT NULL,
    count integer NOT NULL,
    sum_minor bigint NOT NULL,
    last_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE collect.tally IS 'person: merge=stays with its profile, added up for the person; split=stays with its profile; export=as traits; erase=delete; restrict=keep; retain=P3Y';

COMMENT ON COLUMN collect.tally.profile_id IS 'class: pseudonym; who';

COMMENT ON COLUMN collect.tally.event_type_id IS 'class: config; what';

COMMENT ON COLUMN collect.tally.day IS 'class: time; UTC day on which it happened';

COMMENT ON COLUMN collect.tally.count IS 'pii:behaviour; how often; purpose: as the event; retention: P3Y';

COMMENT ON COLUMN collect.tally.sum_minor IS 'pii:behaviour; sum of the declared amount in hundredths; purpose: as the event; retention: P3Y';

COMMENT ON COLUMN collect.tally.last_at IS 'class: time; the latest of them';

CREATE TABLE connections.connection (
    connection_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    adapter text NOT NULL,
    vendor_id uuid,
    directions text[] NOT NULL,
    purposes text[] NOT NULL,
    mapping jsonb NOT NULL,
    settings jsonb NOT NULL,
    secrets bytea,
    source text,
    removal text DEFAULT 'remove'::text NOT NULL,
    at_once integer NOT NULL,
    per_minute integer,
    state text DEFAULT 'draft'::text NOT NULL,
    why text,
    edition integer DEFAULT 1 NOT NULL,
    added_by text NOT NULL,
    added_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT connection__at_once__ck CHECK (((at_once >= 1) AND (at_once <= 10000))),
    CONSTRAINT connection__code__ck CHECK ((code ~ '^[a-z][a-z0-9_]{0,39}$'::text)),
    CONSTRAINT connection__directions__ck CHECK (((directions <@ ARRAY['out'::text, 'in'::text]) AND (cardinality(directions) > 0))),
    CONSTRAINT connection__ended__ck CHECK (((state = 'ended'::text) = (ended_at IS NOT NULL))),
    CONSTRAINT connection__per_minute__ck CHECK ((per_minute > 0)),
    CONSTRAINT connection__removal__ck CHECK ((removal = ANY (ARRAY['remove'::text, 'clear'::text]))),
    CONSTRAINT connection__state__ck CHECK ((state = ANY (ARRAY['draft'::text, 'active'::text, 'paused'::text, 'stopping'::text, 'ended'::text])))
);

COMMENT ON TABLE connections.connection IS 'configured links with other systems';

COMMENT ON COLUMN connections.connection.connection_id IS 'class: key; names it; also the name of the key that seals what only it may know';

COMMENT ON COLUMN connections.connection.code IS 'class: config; short name, for addresses and commands';

COMMENT ON COLUMN connections.connection.name IS 'class: config; as people read it';

COMMENT ON COLUMN connections.connection.adapter IS 'class: config; which adapter speaks with it';

COMMENT ON COLUMN connections.connection.vendor_id IS 'class: key; whose system it is; null: our own';

COMMENT ON COLUMN connections.connection.directions IS 'class: config; out: it is told; in: it is heard';

COMMENT ON COLUMN connections.connection.purposes IS 'class: config; why it is told anything: codes of purposes; it keeps a person while one of them is allowed';

COMMENT ON COLUMN connections.connection.mapping IS 'class: config; what goes where: our names, their names, for which of the purposes, in which direction';

COMMENT ON COLUMN connections.connection.settings IS 'class: config; address and the like, as the adapter declares them; no secret';

COMMENT ON COLUMN connections.connection.secrets IS 'class: secret; sealed: what we prove ourselves with, and what it signs with; never shown again';

COMMENT ON COLUMN connections.connection.source IS 'class: config; the source of the catalogue that it speaks as; null: it says nothing about people''s facts';

COMMENT ON COLUMN connections.connection.removal IS 'class: config; what happens there when no purpose is left: remove the person, or clear what it holds';

COMMENT ON COLUMN connections.connection.at_once IS 'class: config; people per call at most';

COMMENT ON COLUMN connections.connection.per_minute IS 'class: config; calls per minute at most; null: no limit';

COMMENT ON COLUMN connections.connection.state IS 'class: state; draft, active, paused, stopping (only removals go), ended';

COMMENT ON COLUMN connections.connection.why IS 'class: state; code of why it is not active: by_hand, not_let_in, vendor_lapsed, lapsed_while_paused, vendor_ended';

COMMENT ON COLUMN connections.connection.edition IS 'class: count; grows with each change of what is sent: everybody is compared anew';

COMMENT ON COLUMN connections.connection.added_by IS 'class: key; who added it';

COMMENT ON COLUMN connections.connection.added_at IS 'class: time; when';

COMMENT ON COLUMN connections.connection.changed_at IS 'class: time; when its configuration or state last changed';

COMMENT ON COLUMN connections.connection.ended_at IS 'class: time; when it was ended';

CREATE TABLE connections.delivery (
    profile_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    cause text NOT NULL,
    task_id uuid,
    state text DEFAULT 'waiting'::text NOT NULL,
    rank smallint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changes integer DEFAULT 1 NOT NULL,
    claimed integer,
    due_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    leased_until timestamp with time zone,
    leased_by text,
    act text,
    fields text[],
    sent_at timestamp with time zone,
    content bytea,
    tried bytea,
    settled_at timestamp with time zone,
    problem text,
    CONSTRAINT delivery__act__ck CHECK ((act = ANY (ARRAY['put'::text, 'remove'::text]))),
    CONSTRAINT delivery__lease__ck CHECK (((state = 'sending'::text) = (leased_until IS NOT NULL))),
    CONSTRAINT delivery__settled__ck CHECK (((state = ANY (ARRAY['acknowledged'::text, 'needless'::text, 'dropped'::text])) = (settled_at IS NOT NULL))),
    CONSTRAINT delivery__state__ck CHECK ((state = ANY (ARRAY['waiting'::text, 'sending'::text, 'parked'::text, 'acknowledged'::text, 'needless'::text, 'dropped'::text])))
);

COMMENT ON TABLE connections.delivery IS 'person: merge=stays with its profile; split=stays with its profile; export=yes; erase=delete, keep removals while they are under way; restrict=keep; retain=P90D';

COMMENT ON COLUMN connections.delivery.profile_id IS 'class: pseudonym; about whom';

COMMENT ON COLUMN connections.delivery.delivery_id IS 'class: key; names it';

COMMENT ON COLUMN connections.delivery.connection_id IS 'class: key; where to';

COMMENT ON COLUMN connections.delivery.cause IS 'class: state; the kind of change that began it; replay, compared, drift, vendor, request';

COMMENT ON COLUMN connections.delivery.task_id IS 'class: key; the task of a request that waits for it';

COMMENT ON COLUMN connections.delivery.state IS 'class: state; waiting, sending, parked; acknowledged, needless (they agreed already), dropped';

COMMENT ON COLUMN connections.delivery.rank IS 'class: state; 0: somebody changed their mind, before everything else; 1: facts; 2: everybody compared anew';

COMMENT ON COLUMN connections.delivery.changed_at IS 'class: time; when the first change that it carries was made';

COMMENT ON COLUMN connections.delivery.changes IS 'class: count; changes that it carries so far';

COMMENT ON COLUMN connections.delivery.claimed IS 'class: count; as many of them were looked at when it was last sent';

COMMENT ON COLUMN connections.delivery.due_at IS 'class: time; when it is tried next';

COMMENT ON COLUMN connections.delivery.attempts IS 'class: count; tries so far';

COMMENT ON COLUMN connections.delivery.leased_until IS 'class: time; until when a worker has it; then it is tried again';

COMMENT ON COLUMN connections.delivery.leased_by IS 'class: key; which worker; what another says about it does not count';

COMMENT ON COLUMN connections.delivery.act IS 'class: state; put or remove, as it was last sent';

COMMENT ON COLUMN connections.delivery.fields IS 'class: state; names of the fields that went, no values';

COMMENT ON COLUMN connections.delivery.sent_at IS 'class: time; when it last left';

COMMENT ON COLUMN connections.delivery.content IS 'class: pseudonym; of what left and was not acknowledged: the key that the other side got for it, and a keyed hash, so that other words never go under the same key; null: nothing did';

COMMENT ON COLUMN connections.delivery.tried IS 'class: pseudonym; how the other side would find a person of whom it was told without an acknowledgement; sealed with a key of the connection, so that they can be removed there whatever happened; null: they were found, or not told';

COMMENT ON COLUMN connections.delivery.settled_at IS 'class: time; when it was acknowledged, or needed no more';

COMMENT ON COLUMN connections.delivery.problem IS 'class: state; code of what went wrong last';

CREATE TABLE connections.file (
    file_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    state text DEFAULT 'proposed'::text NOT NULL,
    proposal_id uuid,
    people integer,
    size bigint,
    sha256 bytea,
    name text,
    made_at timestamp with time zone,
    put_at timestamp with time zone,
    expires_at timestamp with time zone,
    recalled_at timestamp with time zone,
    gone_at timestamp with time zone,
    problem text,
    terms bytea NOT NULL,
    looked integer DEFAULT 0 NOT NULL,
    total integer DEFAULT 0 NOT NULL,
    forgotten integer DEFAULT 0 NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone NOT NULL,
    leased_until timestamp with time zone,
    leased_by text,
    added_at timestamp with time zone NOT NULL,
    CONSTRAINT file__lease__ck CHECK (((leased_until IS NULL) = (leased_by IS NULL))),
    CONSTRAINT file__sha256__ck CHECK ((octet_length(sha256) = 32)),
    CONSTRAINT file__state__ck CHECK ((state = ANY (ARRAY['proposed'::text, 'approved'::text, 'making'::text, 'put'::text, 'failed'::text, 'expired'::text, 'declined'::text]))),
    CONSTRAINT file__terms__ck CHECK ((octet_length(terms) = 32))
);

COMMENT ON TABLE connections.file IS 'encrypted files that were handed to another system: what a CSV by mail becomes';

COMMENT ON COLUMN connections.file.file_id IS 'class: key; names it';

COMMENT ON COLUMN connections.file.connection_id IS 'class: key; for whom';

COMMENT ON COLUMN connections.file.state IS 'class: state; proposed, approved by another, making, put; failed, expired, declined';

COMMENT ON COLUMN connections.file.proposal_id IS 'class: key; the proposal that another had to approve';

COMMENT ON COLUMN connections.file.people IS 'class: count; people in it';

COMMENT ON COLUMN connections.file.size IS 'class: count; its size, encrypted';

COMMENT ON COLUMN connections.file.sha256 IS 'class: state; hash of the encrypted file';

COMMENT ON COLUMN connections.file.name IS 'class: config; its name there';

COMMENT ON COLUMN connections.file.made_at IS 'class: time; when it was made';

COMMENT ON COLUMN connections.file.put_at IS 'class: time; when it was put there';

COMMENT ON COLUMN connections.file.expires_at IS 'class: time; when it is taken away again';

COMMENT ON COLUMN connections.file.recalled_at IS 'class: time; when it was to be taken away before that: by hand, or because somebody in it was erased';

COMMENT ON COLUMN connections.file.gone_at IS 'class: time; when it was';

COMMENT ON COLUMN connections.file.problem IS 'class: state; code of what went wrong';

COMMENT ON COLUMN connections.file.terms IS 'class: state; hash of what was asked for: fields, purposes, place, recipients; approved is this and nothing else';

COMMENT ON COLUMN connections.file.looked IS 'class: count; people on whom it was decided so far';

COMMENT ON COLUMN connections.file.total IS 'class: count; people on whom it is to be decided';

COMMENT ON COLUMN connections.file.forgotten IS 'class: count; people in it who were erased since';

COMMENT ON COLUMN connections.file.attempts IS 'class: count; tries in a row to make it, or to take it away';

COMMENT ON COLUMN connections.file.due_at IS 'class: time; when something is done about it next';

COMMENT ON COLUMN connections.file.leased_until IS 'class: time; until when a worker has it';

COMMENT ON COLUMN connections.file.leased_by IS 'class: key; which worker; what another says about it does not count';

COMMENT ON COLUMN connections.file.added_at IS 'class: time; when it was asked for';

CREATE TABLE connections.file_person (
    profile_id uuid NOT NULL,
    file_id uuid NOT NULL,
    purposes bigint NOT NULL,
    changed_at timestamp with time zone
);

COMMENT ON TABLE connections.file_person IS 'person: merge=stays with its profile; split=stays with its profile; export=yes; erase=delete, its file is taken away; restrict=keep; retain=P90D after its file was taken away';

COMMENT ON COLUMN connections.file_person.profile_id IS 'class: pseudonym; who is in a file';

COMMENT ON COLUMN connections.file_person.file_id IS 'class: key; in which';

COMMENT ON COLUMN connections.file_person.purposes IS 'class: state; mask of the purposes for which they are';

COMMENT ON COLUMN connections.file_person.changed_at IS 'class: time; when it was found that none of them is allowed any more; null: one is';

CREATE TABLE connections.link (
    profile_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    remote_id bytea NOT NULL,
    remote_index bytea NOT NULL,
    base jsonb DEFAULT '{}'::jsonb NOT NULL,
    purposes bigint DEFAULT 0 NOT NULL,
    version text,
    told_at timestamp with time zone,
    refused jsonb DEFAULT '{}'::jsonb NOT NULL,
    heard_at timestamp with time zone,
    heard_as bytea,
    removed_at timestamp with time zone,
    is_let_go boolean DEFAULT false NOT NULL,
    CONSTRAINT link__heard_as__ck CHECK ((octet_length(heard_as) = 16)),
    CONSTRAINT link__remote_index__ck CHECK ((octet_length(remote_index) = 16))
);

COMMENT ON TABLE connections.link IS 'person: merge=stays with its profile until that one is removed there; split=stays with its profile; export=yes; erase=delete once it was removed there, keep while that is under way; restrict=keep; retain=P90D after it was removed there';

COMMENT ON COLUMN connections.link.profile_id IS 'class: pseudonym; about whom';

COMMENT ON COLUMN connections.link.connection_id IS 'class: key; where';

COMMENT ON COLUMN connections.link.remote_id IS 'class: pseudonym; how that system calls the person; sealed with a key of the connection, so that the person can be removed there after their own key is gone';

COMMENT ON COLUMN connections.link.remote_index IS 'class: pseudonym; keyed hash of it, to find whose it is';

COMMENT ON COLUMN connections.link.base IS 'class: pseudonym; per field there a keyed hash of the value that both sides last agreed on';

COMMENT ON COLUMN connections.link.purposes IS 'class: state; mask of the purposes for which it holds something';

COMMENT ON COLUMN connections.link.version IS 'class: state; its own version of the record';

COMMENT ON COLUMN connections.link.told_at IS 'class: time; when it last acknowledged what we said';

COMMENT ON COLUMN connections.link.refused IS 'class: state; per choice there when it last acknowledged a no of ours: a younger one is its own';

COMMENT ON COLUMN connections.link.heard_at IS 'class: time; when it last said something itself';

COMMENT ON COLUMN connections.link.heard_as IS 'class: pseudonym; keyed hash of its record as it was last heard, if that came to nothing: the same again is not weighed again; null: it is';

COMMENT ON COLUMN connections.link.removed_at IS 'class: time; when it acknowledged, or said, that it holds nothing any more';

COMMENT ON COLUMN connections.link.is_let_go IS 'class: state; it removed the person by itself: they are not put back there unasked';

CREATE TABLE connections.message (
    connection_id uuid NOT NULL,
    message_key bytea NOT NULL,
    heard_at timestamp with time zone NOT NULL,
    CONSTRAINT message__message_key__ck CHECK ((octet_length(message_key) = 16))
);

COMMENT ON TABLE connections.message IS 'messages of other systems that were taken: each is heard once';

COMMENT ON COLUMN connections.message.connection_id IS 'class: key; whose';

COMMENT ON COLUMN connections.message.message_key IS 'class: pseudonym; keyed hash of its id';

COMMENT ON COLUMN connections.message.heard_at IS 'class: time; when';

CREATE TABLE connections.progress (
    connection_id uuid NOT NULL,
    horizon text,
    minds_horizon text,
    declared text,
    routed_at timestamp with time zone,
    sweep_after uuid,
    sweep_edition integer DEFAULT 0 NOT NULL,
    called_at timestamp with time zone,
    tokens double precision DEFAULT 0 NOT NULL,
    not_before timestamp with time zone,
    failures integer DEFAULT 0 NOT NULL,
    failing_since timestamp with time zone,
    answered_at timestamp with time zone,
    problem text,
    cursor text,
    polled_at timestamp with time zone,
    poll_at timestamp with time zone,
    poll_lease timestamp with time zone,
    compared_at timestamp with time zone,
    compared_after text,
    compare_lease timestamp with time zone,
    compare_began timestamp with time zone,
    is_compare_asked boolean DEFAULT false NOT NULL,
    drifted integer DEFAULT 0 NOT NULL,
    missing integer DEFAULT 0 NOT NULL
);

COMMENT ON TABLE connections.progress IS 'how far each connection has come, and how it does';

COMMENT ON COLUMN connections.progress.connection_id IS 'class: key; whose';

COMMENT ON COLUMN connections.progress.horizon IS 'class: state; up to where it followed changed facts in the change feed: a snapshot';

COMMENT ON COLUMN connections.progress.minds_horizon IS 'class: state; up to where it followed changed minds, which go first: a snapshot';

COMMENT ON COLUMN connections.progress.declared IS 'class: state; hash of what the catalogue said about what is mapped when everybody was, or is being, compared';

COMMENT ON COLUMN connections.progress.routed_at IS 'class: time; when it last looked there';

COMMENT ON COLUMN connections.progress.sweep_after IS 'class: pseudonym; up to which profile everybody is being compared; null: from the first';

COMMENT ON COLUMN connections.progress.sweep_edition IS 'class: count; the edition for which everybody was, or is being, compared';

COMMENT ON COLUMN connections.progress.called_at IS 'class: time; when calls were last counted against the limit';

COMMENT ON COLUMN connections.progress.tokens IS 'class: count; calls that it may make at once by then';

COMMENT ON COLUMN connections.progress.not_before IS 'class: time; until when it is left alone: it asked for that, or does not answer';

COMMENT ON COLUMN connections.progress.failures IS 'class: count; calls in a row that failed as a whole';

COMMENT ON COLUMN connections.progress.failing_since IS 'class: time; since when';

COMMENT ON COLUMN connections.progress.answered_at IS 'class: time; when it last answered as it should';

COMMENT ON COLUMN connections.progress.problem IS 'class: state; code of what is wrong now; null: nothing';

COMMENT ON COLUMN connections.progress.cursor IS 'class: state; where reading it goes on, in its own words; names nobody';

COMMENT ON COLUMN connections.progress.polled_at IS 'class: time; when it was last read to its end';

COMMENT ON COLUMN connections.progress.poll_at IS 'class: time; when it is read next';

COMMENT ON COLUMN connections.progress.poll_lease IS 'class: time; until when somebody is reading it';

COMMENT ON COLUMN connections.progress.compared_at IS 'class: time; when its refusals were last compared with ours to the end';

COMMENT ON COLUMN connections.progress.compared_after IS 'class: state; where comparing goes on; names nobody';

COMMENT ON COLUMN connections.progress.compare_lease IS 'class: time; until when somebody is comparing it';

COMMENT ON COLUMN connections.progress.compare_began IS 'class: time; when the last comparison, or the one under way, began';

COMMENT ON COLUMN connections.progress.is_compare_asked IS 'class: state; somebody asked for one before its time';

COMMENT ON COLUMN connections.progress.drifted IS 'class: count; people whose choice differed at the last comparison; repaired towards no';

COMMENT ON COLUMN connections.progress.missing IS 'class: count; people whom it holds by our books and did not list then';

CREATE TABLE connections.subscription (
    profile_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    endpoint_index bytea NOT NULL,
    sealed bytea NOT NULL,
    device text DEFAULT ''::text NOT NULL,
    added_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT subscription__endpoint_index__ck CHECK ((octet_length(endpoint_index) = 16))
);

COMMENT ON TABLE connections.subscription IS 'person: merge=stays with its profile, used for the person; split=stays with its profile; export=yes; erase=delete; restrict=keep; retain=P12M after it was last used';

COMMENT ON COLUMN connections.subscription.profile_id IS 'class: pseudonym; whose browser';

COMMENT ON COLUMN connections.subscription.subscription_id IS 'class: key; names it';

COMMENT ON COLUMN connections.subscription.connection_id IS 'class: key; whose keys it was made with';

COMMENT ON COLUMN connections.subscription.endpoint_index IS 'class: pseudonym; keyed hash of its address: one browser is one person''s';

COMMENT ON COLUMN connections.subscription.sealed IS 'pii:device; address and keys of the browser (RFC 8030, RFC 8291), sealed; purpose: messages; retention: P12M';

COMMENT ON COLUMN connections.subscription.device IS 'class: state; kind of browser and system, nothing finer';

COMMENT ON COLUMN connections.subscription.added_at IS 'class: time; when the person allowed it';

COMMENT ON COLUMN connections.subscription.used_at IS 'class: time; when it last took a message';

CREATE TABLE connections.tally (
    connection_id uuid NOT NULL,
    hour timestamp with time zone NOT NULL,
    what text NOT NULL,
    count bigint NOT NULL
);

COMMENT ON TABLE connections.tally IS 'what was heard of each connection, by the hour';

COMMENT ON COLUMN connections.tally.connection_id IS 'class: key; whose';

COMMENT ON COLUMN connections.tally.hour IS 'class: time; its beginning';

COMMENT ON COLUMN connections.tally.what IS 'class: state; code: taken, echo, repaired, stale, removed, unknown, erased, refused, again; of calls: bad_signature, too_old, bad_message';

COMMENT ON COLUMN connections.tally.count IS 'class: count; how often';

CREATE TABLE consent.confirmation (
    profile_id uuid NOT NULL,
    confirmation_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    choices jsonb NOT NULL,
    locale text NOT NULL,
    surface text NOT NULL,
    source_id smallint,
    asked_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    mails smallint DEFAULT 1 NOT NULL,
    mailed_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    CONSTRAINT confirmation__expires_at__ck CHECK ((expires_at > asked_at)),
    CONSTRAINT confirmation__token_hash__ck CHECK ((octet_length(token_hash) = 32))
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

CREATE TABLE consent.contact (
    profile_id uuid NOT NULL,
    channel_id smallint NOT NULL,
    topic_id smallint NOT NULL,
    last_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE consent.contact IS 'person: merge=the latest of all profiles counts; split=stays with its profile; export=yes; erase=delete; restrict=keep; retain=P90D';

COMMENT ON COLUMN consent.contact.profile_id IS 'class: pseudonym; to whom';

COMMENT ON COLUMN consent.contact.channel_id IS 'class: config; how';

COMMENT ON COLUMN consent.contact.topic_id IS 'class: config; about what';

COMMENT ON COLUMN consent.contact.last_at IS 'pii:behaviour; when the last message left, for the frequency that they chose; purpose: privacy_choices; retention: P90D';

CREATE TABLE consent.guardian (
    profile_id uuid NOT NULL,
    guardian_id uuid NOT NULL,
    since timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    proof text NOT NULL,
    recorded_by text NOT NULL,
    CONSTRAINT guardian__guardian_id__ck CHECK ((guardian_id <> profile_id)),
    CONSTRAINT guardian__proof__ck CHECK ((proof ~ '^[A-Za-z0-9._:/-]{1,80}$'::text))
);

COMMENT ON TABLE consent.guardian IS 'person: merge=stays with its profile; split=stays with its profile; export=yes; erase=delete; restrict=keep; retain=P3Y after it ended';

COMMENT ON COLUMN consent.guardian.profile_id IS 'class: pseudonym; the child';

COMMENT ON COLUMN consent.guardian.guardian_id IS 'class: pseudonym; the profile of the parent or guardian';

COMMENT ON COLUMN consent.guardian.since IS 'class: time; from when they may choose for the child';

COMMENT ON COLUMN consent.guardian.ended_at IS 'class: time; until when';

COMMENT ON COLUMN consent.guardian.proof IS 'class: state; number of the paper or case that shows it, no free text';

COMMENT ON COLUMN consent.guardian.recorded_by IS 'class: config; who recorded it';

CREATE TABLE consent.notice (
    notice_id text NOT NULL,
    purpose_id smallint NOT NULL,
    locale text NOT NULL,
    edition smallint NOT NULL,
    content jsonb NOT NULL,
    published_at timestamp with time zone NOT NULL,
    CONSTRAINT notice__edition__ck CHECK ((edition > 0)),
    CONSTRAINT notice__notice_id__ck CHECK ((notice_id ~ '^[0-9a-f]{64}$'::text))
);

COMMENT ON TABLE consent.notice IS 'every text that was ever shown when a choice was made, by the hash of its content; never changed';

COMMENT ON COLUMN consent.notice.notice_id IS 'class: key; SHA-256 in hex of the canonical content (RFC 8785)';

COMMENT ON COLUMN consent.notice.purpose_id IS 'class: config; what it is about';

COMMENT ON COLUMN consent.notice.locale IS 'class: config; its language';

COMMENT ON COLUMN consent.notice.edition IS 'class: config; a yes to an earlier edition must be asked for again';

COMMENT ON COLUMN consent.notice.content IS 'class: config; title, text, basis, data, recipients, retention, controller';

COMMENT ON COLUMN consent.notice.published_at IS 'class: time; when it was first in force';

CREATE TABLE consent.reach (
    profile_id uuid NOT NULL,
    channel_id smallint NOT NULL,
    topics bigint NOT NULL,
    daily bigint DEFAULT 0 NOT NULL,
    weekly bigint DEFAULT 0 NOT NULL,
    monthly bigint DEFAULT 0 NOT NULL,
    blocked text,
    CONSTRAINT reach__blocked__ck CHECK ((blocked = ANY (ARRAY['stop'::text, 'unsubscribe'::text, 'complaint'::text, 'bounce'::text])))
);

COMMENT ON TABLE consent.reach IS 'person: merge=folded again over all profiles of the person; split=folded again for each; export=as preferences; erase=delete; restrict=keep; retain=as consent.wish';

COMMENT ON COLUMN consent.reach.profile_id IS 'class: pseudonym; for whom';

COMMENT ON COLUMN consent.reach.channel_id IS 'class: config; how messages come; without a row the defaults of the catalogue hold';

COMMENT ON COLUMN consent.reach.topics IS 'pii:preference; bit mask of the open topics; purpose: privacy_choices; retention: P3Y';

COMMENT ON COLUMN consent.reach.daily IS 'pii:preference; topics of which at most one message a day may come; purpose: privacy_choices; retention: P3Y';

COMMENT ON COLUMN consent.reach.weekly IS 'pii:preference; at most one in seven days; purpose: privacy_choices; retention: P3Y';

COMMENT ON COLUMN consent.reach.monthly IS 'pii:preference; at most one in thirty days; purpose: privacy_choices; retention: P3Y';

COMMENT ON COLUMN consent.reach.blocked IS 'pii:preference; the signal that closed this channel; purpose: privacy_choices; retention: P3Y';

CREATE TABLE consent.record (
    profile_id uuid NOT NULL,
    record_id uuid NOT NULL,
    via_profile_id uuid NOT NULL,
    purpose_id smallint NOT NULL,
    choice text NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    surface text NOT NULL,
    source_id smallint,
    notice text,
    locale text,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    edition smallint DEFAULT 1 NOT NULL,
    guardian_id uuid,
    CONSTRAINT record__choice__ck CHECK ((choice = ANY (ARRAY['granted'::text, 'denied'::text, 'withdrawn'::text])))
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

COMMENT ON COLUMN consent.record.edition IS 'class: config; edition of the notice that was in force; a yes to an earlier one has lapsed';

COMMENT ON COLUMN consent.record.guardian_id IS 'class: pseudonym; the parent or guardian who chose for a minor (GDPR Art. 8)';

CREATE TABLE consent.signal (
    profile_id uuid NOT NULL,
    signal_id uuid NOT NULL,
    via_profile_id uuid NOT NULL,
    kind text NOT NULL,
    channel_id smallint,
    value text,
    is_readable boolean NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    surface text NOT NULL,
    source_id smallint,
    CONSTRAINT signal__channel_id__ck CHECK (((kind = ANY (ARRAY['gpc'::text, 'tcf'::text, 'gpp'::text])) = (channel_id IS NULL))),
    CONSTRAINT signal__kind__ck CHECK ((kind = ANY (ARRAY['gpc'::text, 'tcf'::text, 'gpp'::text, 'stop'::text, 'start'::text, 'unsubscribe'::text, 'complaint'::text, 'bounce'::text, 'reachable'::text]))),
    CONSTRAINT signal__value__ck CHECK ((length(value) <= 8192))
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

CREATE TABLE consent.state (
    profile_id uuid NOT NULL,
    head_id uuid NOT NULL,
    standing text DEFAULT 'active'::text NOT NULL,
    regime text,
    allowed bigint DEFAULT 0 NOT NULL,
    valid_until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone NOT NULL,
    folded_at timestamp with time zone NOT NULL,
    own_points integer DEFAULT 0 NOT NULL,
    points integer DEFAULT 0 NOT NULL,
    heard integer DEFAULT 0 NOT NULL,
    minor_until date,
    paused_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    quiet_hours integer DEFAULT 0 NOT NULL,
    zone text,
    CONSTRAINT state__allowed__ck CHECK ((allowed >= 0)),
    CONSTRAINT state__standing__ck CHECK ((standing = ANY (ARRAY['active'::text, 'restricted'::text, 'erased'::text])))
);

COMMENT ON TABLE consent.state IS 'person: merge=folded again over all profiles of the person; split=folded again for each; export=as decisions; erase=keep with standing erased; restrict=standing restricted; retain=as consent.record';

COMMENT ON COLUMN consent.state.profile_id IS 'class: pseudonym; for whom';

COMMENT ON COLUMN consent.state.head_id IS 'class: pseudonym; the profile that this one is part of; itself when it stands alone';

COMMENT ON COLUMN consent.state.standing IS 'class: state; active, restricted (GDPR Art. 18) or erased';

COMMENT ON COLUMN consent.state.regime IS 'class: state; the law that applies; unknown takes the strictest';

COMMENT ON COLUMN consent.state.allowed IS 'pii:preference; bit mask of the purposes that are allowed; purpose: privacy_choices; retention: P3Y';

COMMENT ON COLUMN consent.state.valid_until IS 'class: time; when the first yes in the mask runs out: from then on no consent-based purpose is allowed until folded again';

COMMENT ON COLUMN consent.state.folded_at IS 'class: time; when it was last worked out';

COMMENT ON COLUMN consent.state.own_points IS 'class: state; bit mask of the channels that this profile has a verified contact point for';

COMMENT ON COLUMN consent.state.points IS 'class: state; the same of the whole person';

COMMENT ON COLUMN consent.state.heard IS 'class: state; bit mask of the standing signals that were heard of this person: 1 is Global Privacy Control';

COMMENT ON COLUMN consent.state.minor_until IS 'pii:demographic; before this day only a guardian may say yes (GDPR Art. 8); purpose: privacy_choices; retention: P3Y';

COMMENT ON COLUMN consent.state.paused_until IS 'pii:preference; no message that needs a topic before then; purpose: privacy_choices; retention: P3Y';

COMMENT ON COLUMN consent.state.quiet_hours IS 'pii:preference; bit mask of the hours in which nothing may come; purpose: privacy_choices; retention: P3Y';

COMMENT ON COLUMN consent.state.zone IS 'pii:preference; time zone of the quiet hours, that of the company when unknown; purpose: privacy_choices; retention: P3Y';

CREATE TABLE consent.wish (
    profile_id uuid NOT NULL,
    wish_id uuid NOT NULL,
    via_profile_id uuid NOT NULL,
    kind text NOT NULL,
    topic_id smallint,
    channel_id smallint,
    frequency text,
    until timestamp with time zone,
    hours integer,
    zone text,
    decided_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    surface text NOT NULL,
    source_id smallint,
    locale text,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT wish__frequency__ck CHECK ((frequency = ANY (ARRAY['never'::text, 'monthly'::text, 'weekly'::text, 'daily'::text, 'any'::text]))),
    CONSTRAINT wish__hours__ck CHECK (((hours >= 0) AND (hours <= 16777215))),
    CONSTRAINT wish__kind__ck CHECK ((((kind = 'topic'::text) AND (topic_id IS NOT NULL) AND (channel_id IS NOT NULL) AND (frequency IS NOT NULL)) OR ((kind = 'pause'::text) AND (until IS NOT NULL)) OR ((kind = 'quiet'::text) AND (hours IS NOT NULL) AND (zone IS NOT NULL))))
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

CREATE TABLE feed.change (
    profile_id uuid NOT NULL,
    seq bigint NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    kind text NOT NULL,
    changed_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE feed.change IS 'person: merge=stays with its profile; split=stays with its profile; export=no, holds no fact; erase=keep that it was erased, delete what changed before; restrict=keep; retain=P90D';

COMMENT ON COLUMN feed.change.profile_id IS 'class: pseudonym; the profile that changed';

COMMENT ON COLUMN feed.change.seq IS 'class: key; order within one transaction and a stable name for the row';

COMMENT ON COLUMN feed.change.xid IS 'class: state; the transaction that made the change, for readers that must not skip one';

COMMENT ON COLUMN feed.change.kind IS 'class: state; what changed, dotted: profiles.merged, consent.changed';

COMMENT ON COLUMN feed.change.changed_at IS 'class: time; when';

ALTER TABLE feed.change ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME feed.change_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE governance.vendor (
    vendor_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    country text NOT NULL,
    transfer text DEFAULT 'none'::text NOT NULL,
    contact text DEFAULT ''::text NOT NULL,
    contract text DEFAULT ''::text NOT NULL,
    contract_until date,
    added_by text NOT NULL,
    added_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT vendor__code__ck CHECK ((code ~ '^[a-z][a-z0-9_]{0,39}$'::text)),
    CONSTRAINT vendor__country__ck CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT vendor__transfer__ck CHECK ((transfer = ANY (ARRAY['none'::text, 'inside'::text, 'adequacy'::text, 'clauses'::text, 'binding_rules'::text, 'derogation'::text])))
);

COMMENT ON TABLE governance.vendor IS 'third parties that receive or provide data (GDPR Art. 28)';

COMMENT ON COLUMN governance.vendor.vendor_id IS 'class: key; names it';

COMMENT ON COLUMN governance.vendor.code IS 'class: config; short name, as configuration has it';

COMMENT ON COLUMN governance.vendor.name IS 'class: config; as customers read it';

COMMENT ON COLUMN governance.vendor.country IS 'class: config; where it keeps data, ISO 3166-1 alpha-2';

COMMENT ON COLUMN governance.vendor.transfer IS 'class: config; what lets data go there (GDPR Chapter V): inside the area, adequacy, clauses, binding rules, derogation; none: nothing does';

COMMENT ON COLUMN governance.vendor.contact IS 'class: config; whom to reach there about data';

COMMENT ON COLUMN governance.vendor.contract IS 'class: config; where the contract is filed; empty: there is none';

COMMENT ON COLUMN governance.vendor.contract_until IS 'class: time; last day of the contract; null: until it is ended';

COMMENT ON COLUMN governance.vendor.added_by IS 'class: key; who added it';

COMMENT ON COLUMN governance.vendor.added_at IS 'class: time; when';

COMMENT ON COLUMN governance.vendor.ended_at IS 'class: time; when it was off-boarded; null: it was not';

CREATE TABLE governance.vendor_certificate (
    vendor_id uuid NOT NULL,
    name text NOT NULL,
    valid_until date NOT NULL,
    is_required boolean NOT NULL
);

COMMENT ON TABLE governance.vendor_certificate IS 'what proves how a vendor keeps data: ISO 27001, SOC 2 and the like';

COMMENT ON COLUMN governance.vendor_certificate.vendor_id IS 'class: key; whose';

COMMENT ON COLUMN governance.vendor_certificate.name IS 'class: config; as it is called';

COMMENT ON COLUMN governance.vendor_certificate.valid_until IS 'class: time; its last day';

COMMENT ON COLUMN governance.vendor_certificate.is_required IS 'class: config; the flow stops when it lapses';

CREATE TABLE profiles.apart (
    profile_id uuid NOT NULL,
    other_id uuid NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    decided_by text NOT NULL,
    CONSTRAINT apart__other_id__ck CHECK ((profile_id < other_id))
);

COMMENT ON TABLE profiles.apart IS 'person: merge=forbids it; split=made by it; export=no, holds pseudonyms only; erase=delete; restrict=keep; retain=life of the profile';

COMMENT ON COLUMN profiles.apart.profile_id IS 'class: pseudonym; these two are different people';

COMMENT ON COLUMN profiles.apart.other_id IS 'class: pseudonym; these two are different people';

COMMENT ON COLUMN profiles.apart.decided_at IS 'class: time; when that was found';

COMMENT ON COLUMN profiles.apart.decided_by IS 'class: state; by whom';

CREATE TABLE profiles.attribute (
    profile_id uuid NOT NULL,
    attribute_id smallint NOT NULL,
    source_id smallint NOT NULL,
    sealed bytea NOT NULL,
    purposes bigint NOT NULL,
    changed_by text NOT NULL,
    observed_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL
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

CREATE TABLE profiles.identifier (
    profile_id uuid NOT NULL,
    kind text NOT NULL,
    blind_index bytea NOT NULL,
    index_version smallint NOT NULL,
    sealed bytea NOT NULL,
    source_id smallint NOT NULL,
    is_verified boolean NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    CONSTRAINT identifier__blind_index__ck CHECK ((octet_length(blind_index) = 16))
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

CREATE TABLE profiles.merge (
    profile_id uuid NOT NULL,
    merge_id uuid NOT NULL,
    other_id uuid NOT NULL,
    rule text NOT NULL,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    merged_at timestamp with time zone NOT NULL,
    merged_by text NOT NULL,
    undone_at timestamp with time zone,
    undone_by text,
    CONSTRAINT merge__other_id__ck CHECK ((profile_id <> other_id))
);

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

CREATE TABLE profiles.profile (
    profile_id uuid NOT NULL,
    head_id uuid NOT NULL,
    is_known boolean NOT NULL,
    source_id smallint NOT NULL,
    created_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE profiles.profile IS 'person: merge=head_id points at the head; split=head_id is worked out again from the edges; export=yes; erase=keep the bare id as tombstone; restrict=keep; retain=life of the profile';

COMMENT ON COLUMN profiles.profile.profile_id IS 'class: pseudonym; never reused, resolvable for ever';

COMMENT ON COLUMN profiles.profile.head_id IS 'class: pseudonym; the profile that this one is part of; itself when it stands alone';

COMMENT ON COLUMN profiles.profile.is_known IS 'class: state; has an identifier that names a person, not only a device';

COMMENT ON COLUMN profiles.profile.source_id IS 'class: config; the source that brought it first';

COMMENT ON COLUMN profiles.profile.created_at IS 'class: time; first seen';

CREATE TABLE profiles.review (
    profile_id uuid NOT NULL,
    review_id uuid NOT NULL,
    other_id uuid NOT NULL,
    reason text NOT NULL,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    settled_by text,
    outcome text,
    CONSTRAINT review__other_id__ck CHECK ((profile_id < other_id)),
    CONSTRAINT review__outcome__ck CHECK ((outcome = ANY (ARRAY['merged'::text, 'kept_apart'::text])))
);

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

CREATE TABLE profiles.tombstone (
    kind text NOT NULL,
    mark bytea NOT NULL,
    erased_at timestamp with time zone NOT NULL,
    refused integer DEFAULT 0 NOT NULL,
    CONSTRAINT tombstone__mark__ck CHECK ((octet_length(mark) = 32))
);

COMMENT ON TABLE profiles.tombstone IS 'keyed hashes of identifiers of people who were erased: what arrives for them is refused until they come back themselves; erase=keep, it is what keeps them out';

COMMENT ON COLUMN profiles.tombstone.kind IS 'class: config; kind of identifier';

COMMENT ON COLUMN profiles.tombstone.mark IS 'class: pseudonym; HMAC of the normalised identifier under a key of its own that never changes';

COMMENT ON COLUMN profiles.tombstone.erased_at IS 'class: time; when';

COMMENT ON COLUMN profiles.tombstone.refused IS 'class: count; how much was refused since';

CREATE TABLE rights.agent (
    agent_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    web_url text DEFAULT ''::text NOT NULL,
    verify_key bytea NOT NULL,
    token_hash bytea,
    token_at timestamp with time zone,
    is_trusted boolean DEFAULT false NOT NULL,
    added_by text NOT NULL,
    added_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT agent__code__ck CHECK ((code ~ '^[A-Z][A-Z0-9_]{0,39}$'::text)),
    CONSTRAINT agent__token_hash__ck CHECK ((octet_length(token_hash) = 32)),
    CONSTRAINT agent__verify_key__ck CHECK ((octet_length(verify_key) = 32))
);

COMMENT ON TABLE rights.agent IS 'authorised agents that ask for people (CCPA regulations 7063; Data Rights Protocol)';

COMMENT ON COLUMN rights.agent.agent_id IS 'class: key; names it';

COMMENT ON COLUMN rights.agent.code IS 'class: config; its id in the directory of agents';

COMMENT ON COLUMN rights.agent.name IS 'class: config; as people read it';

COMMENT ON COLUMN rights.agent.web_url IS 'class: config; where it says who it is';

COMMENT ON COLUMN rights.agent.verify_key IS 'class: config; Ed25519 public key that its requests are signed with';

COMMENT ON COLUMN rights.agent.token_hash IS 'class: secret; SHA-256 of the bearer token of the pair';

COMMENT ON COLUMN rights.agent.token_at IS 'class: time; when that token was given';

COMMENT ON COLUMN rights.agent.is_trusted IS 'class: state; its word that it verified who somebody is counts as their authority';

COMMENT ON COLUMN rights.agent.added_by IS 'class: key; who let it in';

COMMENT ON COLUMN rights.agent.added_at IS 'class: time; when';

COMMENT ON COLUMN rights.agent.ended_at IS 'class: time; from when it may ask no more';

CREATE TABLE rights.automated_decision (
    profile_id uuid NOT NULL,
    decision_id uuid NOT NULL,
    code text NOT NULL,
    edition smallint NOT NULL,
    outcome text NOT NULL,
    sealed bytea NOT NULL,
    source text NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    contested_by uuid,
    verdict text,
    new_outcome text,
    reviewed_at timestamp with time zone,
    reviewed_by text,
    CONSTRAINT automated_decision__reviewed__ck CHECK (((verdict IS NULL) = (reviewed_at IS NULL))),
    CONSTRAINT automated_decision__verdict__ck CHECK ((verdict = ANY (ARRAY['upheld'::text, 'changed'::text, 'annulled'::text])))
);

COMMENT ON TABLE rights.automated_decision IS 'person: merge=stays with its profile, shown for the person; split=stays with its profile; export=yes; erase=delete; restrict=keep; retain=as the catalogue says for the decision';

COMMENT ON COLUMN rights.automated_decision.profile_id IS 'class: pseudonym; about whom';

COMMENT ON COLUMN rights.automated_decision.decision_id IS 'class: key; names it';

COMMENT ON COLUMN rights.automated_decision.code IS 'class: config; which kind of decision, declared in the catalogue';

COMMENT ON COLUMN rights.automated_decision.edition IS 'class: config; edition of its logic';

COMMENT ON COLUMN rights.automated_decision.outcome IS 'pii:decision; one of the declared outcomes; purpose: rights; retention: as the catalogue says';

COMMENT ON COLUMN rights.automated_decision.sealed IS 'pii:decision; the inputs that it rests on, sealed with the subject key; purpose: rights; retention: as the catalogue says';

COMMENT ON COLUMN rights.automated_decision.source IS 'class: config; the key or part of the machine that decided';

COMMENT ON COLUMN rights.automated_decision.decided_at IS 'class: time; when';

COMMENT ON COLUMN rights.automated_decision.recorded_at IS 'class: time; when it reached us';

COMMENT ON COLUMN rights.automated_decision.contested_by IS 'class: key; the request in which the person contests it';

COMMENT ON COLUMN rights.automated_decision.verdict IS 'class: state; what a human made of it: upheld, changed or annulled';

COMMENT ON COLUMN rights.automated_decision.new_outcome IS 'pii:decision; the outcome instead; purpose: rights; retention: as the catalogue says';

COMMENT ON COLUMN rights.automated_decision.reviewed_at IS 'class: time; when';

COMMENT ON COLUMN rights.automated_decision.reviewed_by IS 'class: key; by whom';

CREATE TABLE rights.by_people_only (
    profile_id uuid NOT NULL,
    code text NOT NULL,
    since timestamp with time zone NOT NULL
);

COMMENT ON TABLE rights.by_people_only IS 'person: merge=counts for the whole person; split=stays with its profile; export=yes; erase=delete; restrict=keep; retain=life of the profile';

COMMENT ON COLUMN rights.by_people_only.profile_id IS 'class: pseudonym; who wants no machine to decide about them alone (GDPR Art. 22)';

COMMENT ON COLUMN rights.by_people_only.code IS 'pii:preference; about what; purpose: privacy_choices; retention: life of the profile';

COMMENT ON COLUMN rights.by_people_only.since IS 'class: time; from when';

CREATE TABLE rights.certificate (
    request_id uuid NOT NULL,
    body text NOT NULL,
    issued_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE rights.certificate IS 'signed certificates of what was done; they name nobody';

COMMENT ON COLUMN rights.certificate.request_id IS 'class: key; which request';

COMMENT ON COLUMN rights.certificate.body IS 'class: state; JWS, Ed25519: counts, codes, days';

COMMENT ON COLUMN rights.certificate.issued_at IS 'class: time; when';

CREATE TABLE rights.downstream (
    downstream_id uuid NOT NULL,
    name text NOT NULL,
    protocol text NOT NULL,
    base_url text NOT NULL,
    domain text NOT NULL,
    identities text[] NOT NULL,
    certificate text,
    token bytea,
    added_by text NOT NULL,
    added_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    problem text,
    ended_at timestamp with time zone,
    CONSTRAINT downstream__protocol__ck CHECK ((protocol = ANY (ARRAY['opendsr'::text, 'manual'::text])))
);

COMMENT ON TABLE rights.downstream IS 'systems outside that are told of requests';

COMMENT ON COLUMN rights.downstream.downstream_id IS 'class: key; names it';

COMMENT ON COLUMN rights.downstream.name IS 'class: config; as people read it';

COMMENT ON COLUMN rights.downstream.protocol IS 'class: config; opendsr: asked by machine; manual: somebody is asked to see to it';

COMMENT ON COLUMN rights.downstream.base_url IS 'class: config; where it is asked';

COMMENT ON COLUMN rights.downstream.domain IS 'class: config; the domain that signs its answers';

COMMENT ON COLUMN rights.downstream.identities IS 'class: config; kinds of identifiers that it knows people by';

COMMENT ON COLUMN rights.downstream.certificate IS 'class: config; the certificate that its answers are signed with, PEM';

COMMENT ON COLUMN rights.downstream.token IS 'class: secret; what we prove ourselves with there, sealed';

COMMENT ON COLUMN rights.downstream.added_by IS 'class: key; by whom';

COMMENT ON COLUMN rights.downstream.added_at IS 'class: time; when';

COMMENT ON COLUMN rights.downstream.answered_at IS 'class: time; when it last answered well';

COMMENT ON COLUMN rights.downstream.problem IS 'class: state; code of its last failure';

COMMENT ON COLUMN rights.downstream.ended_at IS 'class: time; from when it is asked no more';

CREATE TABLE rights.event (
    request_id uuid NOT NULL,
    event_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    what text NOT NULL,
    code text,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL
);

COMMENT ON TABLE rights.event IS 'what happened to a request, in order; goes with it';

COMMENT ON COLUMN rights.event.request_id IS 'class: key; which request';

COMMENT ON COLUMN rights.event.event_id IS 'class: key; order';

COMMENT ON COLUMN rights.event.at IS 'class: time; when';

COMMENT ON COLUMN rights.event.actor IS 'class: pseudonym; kind of who did it, and the id of staff or name of a part of the machine; customers without an id';

COMMENT ON COLUMN rights.event.what IS 'class: state; what happened';

COMMENT ON COLUMN rights.event.code IS 'class: state; its ground';

COMMENT ON COLUMN rights.event.detail IS 'class: state; codes and counts, no free text';

ALTER TABLE rights.event ALTER COLUMN event_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME rights.event_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE rights.exchange (
    party text NOT NULL,
    ref text NOT NULL,
    request_id uuid NOT NULL,
    is_own boolean NOT NULL,
    digest bytea NOT NULL,
    asked text NOT NULL,
    callbacks text[] DEFAULT '{}'::text[] NOT NULL,
    told text,
    told_at timestamp with time zone,
    attempts smallint DEFAULT 0 NOT NULL,
    not_before timestamp with time zone NOT NULL,
    problem text,
    CONSTRAINT exchange__attempts__ck CHECK ((attempts >= 0)),
    CONSTRAINT exchange__digest__ck CHECK ((octet_length(digest) = 32))
);

COMMENT ON TABLE rights.exchange IS 'how requests came from machines outside, and what these were told; goes with the request';

COMMENT ON COLUMN rights.exchange.party IS 'class: key; who sent it: source or key of a controller, code of an agent';

COMMENT ON COLUMN rights.exchange.ref IS 'class: key; how they call it';

COMMENT ON COLUMN rights.exchange.request_id IS 'class: key; which request';

COMMENT ON COLUMN rights.exchange.is_own IS 'class: state; it made the request; else the same was asked before, by the person or another';

COMMENT ON COLUMN rights.exchange.digest IS 'class: pseudonym; HMAC of what was sent, to know the same sent again';

COMMENT ON COLUMN rights.exchange.asked IS 'class: state; the word of the protocol for what was asked';

COMMENT ON COLUMN rights.exchange.callbacks IS 'class: config; addresses that want to hear of each change of status';

COMMENT ON COLUMN rights.exchange.told IS 'class: state; the state of the request that they heard of last; null: none yet';

COMMENT ON COLUMN rights.exchange.told_at IS 'class: time; when they heard it';

COMMENT ON COLUMN rights.exchange.attempts IS 'class: count; how often it was tried since';

COMMENT ON COLUMN rights.exchange.not_before IS 'class: time; when to try next';

COMMENT ON COLUMN rights.exchange.problem IS 'class: state; code of the last failure';

CREATE TABLE rights.hold (
    profile_id uuid NOT NULL,
    hold_id uuid NOT NULL,
    ground text NOT NULL,
    reference text NOT NULL,
    placed_by text NOT NULL,
    placed_at timestamp with time zone NOT NULL,
    review_on date NOT NULL,
    lifted_at timestamp with time zone,
    lifted_by text,
    CONSTRAINT hold__ground__ck CHECK ((ground = ANY (ARRAY['legal_claims'::text, 'legal_obligation'::text, 'investigation'::text]))),
    CONSTRAINT hold__reference__ck CHECK ((reference ~ '^[A-Za-z0-9._:/-]{1,80}$'::text))
);

COMMENT ON TABLE rights.hold IS 'person: merge=holds the whole person; split=stays with its profile; export=yes; erase=stops it, afterwards keep as evidence; restrict=keep; retain=P3Y after it was lifted';

COMMENT ON COLUMN rights.hold.profile_id IS 'class: pseudonym; who may not be erased yet (GDPR Art. 17(3))';

COMMENT ON COLUMN rights.hold.hold_id IS 'class: key; names it';

COMMENT ON COLUMN rights.hold.ground IS 'class: state; legal_claims, legal_obligation or investigation';

COMMENT ON COLUMN rights.hold.reference IS 'class: key; number of the case, no free text';

COMMENT ON COLUMN rights.hold.placed_by IS 'class: key; by whom';

COMMENT ON COLUMN rights.hold.placed_at IS 'class: time; when';

COMMENT ON COLUMN rights.hold.review_on IS 'class: time; the day on which somebody looks whether it is still needed';

COMMENT ON COLUMN rights.hold.lifted_at IS 'class: time; when it ended';

COMMENT ON COLUMN rights.hold.lifted_by IS 'class: key; by whom';

CREATE TABLE rights.note (
    bearer_id uuid NOT NULL,
    note_id uuid NOT NULL,
    request_id uuid NOT NULL,
    use text NOT NULL,
    author text NOT NULL,
    sealed bytea NOT NULL,
    written_at timestamp with time zone NOT NULL,
    CONSTRAINT note__use__ck CHECK ((use = ANY (ARRAY['words'::text, 'answer'::text, 'address'::text, 'last_address'::text, 'needles'::text, 'identities'::text])))
);

COMMENT ON TABLE rights.note IS 'person: merge=stays with its profile; split=stays with its profile; export=yes; erase=delete, but the last letter and the words to search for, which go minutes later with a key of their own; restrict=keep; retain=P24M after the request was closed';

COMMENT ON COLUMN rights.note.bearer_id IS 'class: pseudonym; whose key seals it: the profile, or the request itself while nobody is found or the profile is being erased';

COMMENT ON COLUMN rights.note.note_id IS 'class: key; names it';

COMMENT ON COLUMN rights.note.request_id IS 'class: key; which request';

COMMENT ON COLUMN rights.note.use IS 'class: state; words or answer; address to reply to; last_address, needles and identities while an erasure runs';

COMMENT ON COLUMN rights.note.author IS 'class: state; person, agent, or staff id';

COMMENT ON COLUMN rights.note.sealed IS 'pii:message; what was written; purpose: rights; retention: P24M';

COMMENT ON COLUMN rights.note.written_at IS 'class: time; when';

CREATE TABLE rights.request (
    request_id uuid NOT NULL,
    profile_id uuid,
    subject bytea,
    kind text NOT NULL,
    regime text,
    channel text NOT NULL,
    requester text DEFAULT 'self'::text NOT NULL,
    agent_id uuid,
    state text DEFAULT 'received'::text NOT NULL,
    outcome text,
    ground text,
    scope jsonb DEFAULT '{}'::jsonb NOT NULL,
    locale text DEFAULT 'en'::text NOT NULL,
    external_ref text,
    received_at timestamp with time zone NOT NULL,
    acknowledge_by timestamp with time zone,
    acknowledged_at timestamp with time zone,
    due_at timestamp with time zone,
    extended_at timestamp with time zone,
    extension_ground text,
    paused_at timestamp with time zone,
    paused_for interval DEFAULT '00:00:00'::interval NOT NULL,
    proof text DEFAULT 'none'::text NOT NULL,
    proved_at timestamp with time zone,
    failures smallint DEFAULT 0 NOT NULL,
    assignee_id uuid,
    duplicate_of uuid,
    about_request_id uuid,
    ticket_hash bytea,
    results_until timestamp with time zone,
    downloads integer DEFAULT 0 NOT NULL,
    begun_at timestamp with time zone,
    closed_at timestamp with time zone,
    CONSTRAINT request__agent__ck CHECK (((agent_id IS NULL) OR (requester = 'agent'::text))),
    CONSTRAINT request__begun__ck CHECK (((state <> 'in_progress'::text) OR ((begun_at IS NOT NULL) AND (profile_id IS NOT NULL)))),
    CONSTRAINT request__channel__ck CHECK ((channel = ANY (ARRAY['portal'::text, 'console'::text, 'api'::text, 'mail'::text, 'phone'::text, 'letter'::text, 'opendsr'::text, 'drp'::text]))),
    CONSTRAINT request__closed__ck CHECK (((state = ANY (ARRAY['fulfilled'::text, 'refused'::text, 'withdrawn'::text])) = (closed_at IS NOT NULL))),
    CONSTRAINT request__duplicate__ck CHECK ((duplicate_of <> request_id)),
    CONSTRAINT request__failures__ck CHECK ((failures >= 0)),
    CONSTRAINT request__fulfilled__ck CHECK (((state = 'fulfilled'::text) = (outcome IS NOT NULL))),
    CONSTRAINT request__kind__ck CHECK ((kind = ANY (ARRAY['information'::text, 'access'::text, 'portability'::text, 'rectification'::text, 'erasure'::text, 'restriction'::text, 'objection'::text, 'automated_decision'::text, 'sale_opt_out'::text, 'limit_sensitive'::text, 'complaint'::text, 'appeal'::text]))),
    CONSTRAINT request__outcome__ck CHECK ((outcome = ANY (ARRAY['full'::text, 'part'::text]))),
    CONSTRAINT request__proof__ck CHECK ((proof = ANY (ARRAY['none'::text, 'mailbox'::text, 'data_points'::text, 'account'::text, 'declaration'::text, 'authority'::text]))),
    CONSTRAINT request__refused__ck CHECK (((state <> 'refused'::text) OR (ground IS NOT NULL))),
    CONSTRAINT request__regime__ck CHECK ((regime = ANY (ARRAY['gdpr'::text, 'uk_gdpr'::text, 'ccpa'::text, 'lgpd'::text]))),
    CONSTRAINT request__requester__ck CHECK ((requester = ANY (ARRAY['self'::text, 'guardian'::text, 'agent'::text, 'heir'::text]))),
    CONSTRAINT request__state__ck CHECK ((state = ANY (ARRAY['received'::text, 'verifying'::text, 'in_progress'::text, 'fulfilled'::text, 'refused'::text, 'withdrawn'::text]))),
    CONSTRAINT request__subject__ck CHECK ((octet_length(subject) = 16)),
    CONSTRAINT request__ticket_hash__ck CHECK ((octet_length(ticket_hash) = 32))
);

COMMENT ON TABLE rights.request IS 'person: merge=stays with its profile, shown for the person; split=stays with its profile; export=yes; erase=keep under the profile pseudonym as evidence (CCPA regulations 7101); restrict=keep; retain=P24M after it was closed';

COMMENT ON COLUMN rights.request.request_id IS 'class: key; names it; also the name of the key that seals what a stranger wrote';

COMMENT ON COLUMN rights.request.profile_id IS 'class: pseudonym; about whom; null: nobody was found yet';

COMMENT ON COLUMN rights.request.subject IS 'class: pseudonym; how the audit log calls the person: it outlives the key';

COMMENT ON COLUMN rights.request.kind IS 'pii:preference; which right; purpose: rights; retention: P24M';

COMMENT ON COLUMN rights.request.regime IS 'class: state; the law whose clock runs; null: unknown, the strictest';

COMMENT ON COLUMN rights.request.channel IS 'class: state; how it came';

COMMENT ON COLUMN rights.request.requester IS 'class: state; who asks: the person, a guardian, an agent, an heir';

COMMENT ON COLUMN rights.request.agent_id IS 'class: key; the agent';

COMMENT ON COLUMN rights.request.state IS 'class: state; received, verifying, in_progress; fulfilled, refused or withdrawn';

COMMENT ON COLUMN rights.request.outcome IS 'class: state; full or part';

COMMENT ON COLUMN rights.request.ground IS 'class: state; code of why it was refused, or of what had to stay';

COMMENT ON COLUMN rights.request.scope IS 'class: state; codes that say what exactly: purpose, attribute, decision, since; no free text';

COMMENT ON COLUMN rights.request.locale IS 'class: state; the language in which the person is answered';

COMMENT ON COLUMN rights.request.external_ref IS 'class: key; its id at the system or agent that sent it';

COMMENT ON COLUMN rights.request.received_at IS 'class: time; when it reached the company: the clock starts';

COMMENT ON COLUMN rights.request.acknowledge_by IS 'class: time; until when receipt must be confirmed';

COMMENT ON COLUMN rights.request.acknowledged_at IS 'class: time; when it was';

COMMENT ON COLUMN rights.request.due_at IS 'class: time; until when it must be answered, pauses and extension included; null: at once';

COMMENT ON COLUMN rights.request.extended_at IS 'class: time; when the person was told of the extension';

COMMENT ON COLUMN rights.request.extension_ground IS 'class: state; code of its reason';

COMMENT ON COLUMN rights.request.paused_at IS 'class: time; since when the clock stands, where the law lets it';

COMMENT ON COLUMN rights.request.paused_for IS 'class: time; how long it stood before';

COMMENT ON COLUMN rights.request.proof IS 'class: state; how it was made sure that it is the person';

COMMENT ON COLUMN rights.request.proved_at IS 'class: time; when';

COMMENT ON COLUMN rights.request.failures IS 'class: count; wrong proofs; after five no more are taken';

COMMENT ON COLUMN rights.request.assignee_id IS 'class: key; the member of staff who sees to it';

COMMENT ON COLUMN rights.request.duplicate_of IS 'class: key; the same was asked before and is under way';

COMMENT ON COLUMN rights.request.about_request_id IS 'class: key; the request that a complaint or appeal is about';

COMMENT ON COLUMN rights.request.ticket_hash IS 'class: secret; SHA-256 of the secret in the link to its progress';

COMMENT ON COLUMN rights.request.results_until IS 'class: time; until when the archive can be downloaded';

COMMENT ON COLUMN rights.request.downloads IS 'class: count; how often it was';

COMMENT ON COLUMN rights.request.begun_at IS 'class: time; when it was known whose it is and work began';

COMMENT ON COLUMN rights.request.closed_at IS 'class: time; when it was answered';

CREATE TABLE rights.sweep (
    sweep_id uuid NOT NULL,
    is_dry boolean NOT NULL,
    asked_by text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    problem text
);

COMMENT ON TABLE rights.sweep IS 'what went because its time was over, or would have gone';

COMMENT ON COLUMN rights.sweep.sweep_id IS 'class: key; names it';

COMMENT ON COLUMN rights.sweep.is_dry IS 'class: state; only counted';

COMMENT ON COLUMN rights.sweep.asked_by IS 'class: key; schedule or staff id';

COMMENT ON COLUMN rights.sweep.started_at IS 'class: time; when it began';

COMMENT ON COLUMN rights.sweep.finished_at IS 'class: time; when it ended; null: it runs, or was killed';

COMMENT ON COLUMN rights.sweep.counts IS 'class: count; rows by table and rule';

COMMENT ON COLUMN rights.sweep.problem IS 'class: state; code of what stopped it';

CREATE TABLE rights.task (
    request_id uuid NOT NULL,
    task_id uuid NOT NULL,
    step text NOT NULL,
    party text DEFAULT ''::text NOT NULL,
    stage smallint NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    attempts smallint DEFAULT 0 NOT NULL,
    not_before timestamp with time zone NOT NULL,
    leased_until timestamp with time zone,
    due_at timestamp with time zone,
    assignee_id uuid,
    reminded_at timestamp with time zone,
    problem text,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    done_at timestamp with time zone,
    done_by text,
    CONSTRAINT task__attempts__ck CHECK ((attempts >= 0)),
    CONSTRAINT task__done__ck CHECK (((state = 'done'::text) = (done_at IS NOT NULL))),
    CONSTRAINT task__running__ck CHECK (((state = 'running'::text) = (leased_until IS NOT NULL))),
    CONSTRAINT task__state__ck CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'asked'::text, 'manual'::text, 'stuck'::text, 'done'::text, 'dropped'::text])))
);

COMMENT ON TABLE rights.task IS 'what must be done for a request, by a holder inside, a system outside or a person; goes with it';

COMMENT ON COLUMN rights.task.request_id IS 'class: key; which request';

COMMENT ON COLUMN rights.task.task_id IS 'class: key; names it; the idempotency key outside';

COMMENT ON COLUMN rights.task.step IS 'class: state; what is to be done: purge, scan, certificate, tell, review';

COMMENT ON COLUMN rights.task.party IS 'class: config; by whom: a slice or a system outside; empty: one for all';

COMMENT ON COLUMN rights.task.stage IS 'class: state; begins when all of the stages before are done';

COMMENT ON COLUMN rights.task.state IS 'class: state; waiting, running, asked (an outside system works on it), manual, stuck, done, dropped';

COMMENT ON COLUMN rights.task.attempts IS 'class: count; how often it was tried';

COMMENT ON COLUMN rights.task.not_before IS 'class: time; when to try next';

COMMENT ON COLUMN rights.task.leased_until IS 'class: time; a worker has it until then; afterwards it is taken to have died';

COMMENT ON COLUMN rights.task.due_at IS 'class: time; when somebody is reminded';

COMMENT ON COLUMN rights.task.assignee_id IS 'class: key; the member of staff who does it';

COMMENT ON COLUMN rights.task.reminded_at IS 'class: time; when they were last reminded';

COMMENT ON COLUMN rights.task.problem IS 'class: state; code of the last failure';

COMMENT ON COLUMN rights.task.evidence IS 'class: state; counts, codes and ids that prove what was done';

COMMENT ON COLUMN rights.task.done_at IS 'class: time; when it was done';

COMMENT ON COLUMN rights.task.done_by IS 'class: key; by whom';

CREATE TABLE shield.alert (
    alert_id uuid NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL,
    actor text NOT NULL,
    times bigint NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    first_entry bigint,
    last_entry bigint,
    detail jsonb NOT NULL,
    state text NOT NULL,
    settled_by uuid,
    settled_at timestamp with time zone,
    verdict text,
    told_at timestamp with time zone,
    CONSTRAINT alert__settled__ck CHECK (((state = 'settled'::text) = (settled_at IS NOT NULL))),
    CONSTRAINT alert__severity__ck CHECK ((severity = ANY (ARRAY['notice'::text, 'warning'::text, 'critical'::text]))),
    CONSTRAINT alert__state__ck CHECK ((state = ANY (ARRAY['open'::text, 'settled'::text]))),
    CONSTRAINT alert__verdict__ck CHECK ((verdict = ANY (ARRAY['attack'::text, 'mistake'::text, 'expected'::text])))
);

COMMENT ON TABLE shield.alert IS 'what looked like an attack, what was done against it by itself, and what people made of it';

COMMENT ON COLUMN shield.alert.alert_id IS 'class: key; names it';

COMMENT ON COLUMN shield.alert.rule IS 'class: state; which rule saw it';

COMMENT ON COLUMN shield.alert.severity IS 'class: state; notice, warning or critical';

COMMENT ON COLUMN shield.alert.actor IS 'class: pseudonym; staff:id, key:id, network:hash, or machine:name';

COMMENT ON COLUMN shield.alert.times IS 'class: count; how often the rule saw it while the alert is open';

COMMENT ON COLUMN shield.alert.first_at IS 'class: time; first seen';

COMMENT ON COLUMN shield.alert.last_at IS 'class: time; last seen';

COMMENT ON COLUMN shield.alert.first_entry IS 'class: key; first entry of the audit log that it rests on';

COMMENT ON COLUMN shield.alert.last_entry IS 'class: key; last entry that it rests on';

COMMENT ON COLUMN shield.alert.detail IS 'class: state; counts and codes, no free text';

COMMENT ON COLUMN shield.alert.state IS 'class: state; open or settled';

COMMENT ON COLUMN shield.alert.settled_by IS 'class: key; who settled it';

COMMENT ON COLUMN shield.alert.settled_at IS 'class: time; when';

COMMENT ON COLUMN shield.alert.verdict IS 'class: state; attack, mistake or expected';

COMMENT ON COLUMN shield.alert.told_at IS 'class: time; when the alert left by mail or webhook';

CREATE TABLE shield.canary (
    canary_id uuid NOT NULL,
    kind text NOT NULL,
    mark bytea NOT NULL,
    note text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT canary__kind__ck CHECK ((kind = ANY (ARRAY['profile'::text, 'api_key'::text, 'write_key'::text, 'staff'::text])))
);

COMMENT ON TABLE shield.canary IS 'profiles and keys that nobody has a reason to touch: whoever does is noticed';

COMMENT ON COLUMN shield.canary.canary_id IS 'class: key; names it';

COMMENT ON COLUMN shield.canary.kind IS 'class: state; profile, api_key, write_key or staff';

COMMENT ON COLUMN shield.canary.mark IS 'class: secret; what gives it away: pseudonym of the profile, hash of the key';

COMMENT ON COLUMN shield.canary.note IS 'class: config; where it was laid out';

COMMENT ON COLUMN shield.canary.created_at IS 'class: time; when it was laid out';

COMMENT ON COLUMN shield.canary.ended_at IS 'class: time; when it was taken in again';

CREATE TABLE shield.measure (
    measure_id uuid NOT NULL,
    alert_id uuid,
    kind text NOT NULL,
    actor text NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    lifted_at timestamp with time zone,
    lifted_by uuid,
    CONSTRAINT measure__kind__ck CHECK ((kind = ANY (ARRAY['challenge'::text, 'slow'::text, 'step_up'::text, 'end_sessions'::text, 'suspend'::text, 'no_export'::text]))),
    CONSTRAINT measure__until__ck CHECK ((until > since))
);

COMMENT ON TABLE shield.measure IS 'what is in force against somebody because of an alert, until when';

COMMENT ON COLUMN shield.measure.measure_id IS 'class: key; names it';

COMMENT ON COLUMN shield.measure.alert_id IS 'class: key; why; null: by hand';

COMMENT ON COLUMN shield.measure.kind IS 'class: state; challenge, slow, step_up, end_sessions, suspend or no_export';

COMMENT ON COLUMN shield.measure.actor IS 'class: pseudonym; against whom, named as in the alert';

COMMENT ON COLUMN shield.measure.since IS 'class: time; from when';

COMMENT ON COLUMN shield.measure.until IS 'class: time; until when, by itself';

COMMENT ON COLUMN shield.measure.lifted_at IS 'class: time; when somebody lifted it before';

COMMENT ON COLUMN shield.measure.lifted_by IS 'class: key; who';

CREATE TABLE shield.progress (
    watcher text NOT NULL,
    horizon text NOT NULL,
    at timestamp with time zone NOT NULL
);

COMMENT ON TABLE shield.progress IS 'how far the audit log was watched';

COMMENT ON COLUMN shield.progress.watcher IS 'class: key; which watcher';

COMMENT ON COLUMN shield.progress.horizon IS 'class: state; the snapshot up to which every entry was seen';

COMMENT ON COLUMN shield.progress.at IS 'class: time; when it last looked';

CREATE TABLE shield.seen (
    actor text NOT NULL,
    network bytea NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE shield.seen IS 'from which networks staff and keys come, to notice when one is used from elsewhere';

COMMENT ON COLUMN shield.seen.actor IS 'class: key; staff:id or key:id; never a customer';

COMMENT ON COLUMN shield.seen.network IS 'class: pseudonym; keyed hash of the network';

COMMENT ON COLUMN shield.seen.first_at IS 'class: time; first use from there';

COMMENT ON COLUMN shield.seen.last_at IS 'class: time; last use from there, to the hour';

CREATE TABLE shield.solved (
    challenge bytea NOT NULL,
    until timestamp with time zone NOT NULL
);

COMMENT ON TABLE shield.solved IS 'challenges that were answered: each counts once';

COMMENT ON COLUMN shield.solved.challenge IS 'class: key; hash of the signature of the challenge';

COMMENT ON COLUMN shield.solved.until IS 'class: time; when the challenge is too old to be sent again';

CREATE TABLE shield.throttle (
    bucket bytea NOT NULL,
    due_at timestamp with time zone NOT NULL,
    CONSTRAINT throttle__bucket__ck CHECK ((octet_length(bucket) = 16))
);

COMMENT ON TABLE shield.throttle IS 'how much of each limit is used, for all processes and nodes (GCRA: one instant per bucket)';

COMMENT ON COLUMN shield.throttle.bucket IS 'class: pseudonym; keyed hash of limit and of account, address or network';

COMMENT ON COLUMN shield.throttle.due_at IS 'class: time; when all that was taken is paid back';

CREATE TABLE vault.epoch (
    epoch_id integer NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    destroyed_at timestamp with time zone,
    emptied_at timestamp with time zone,
    CONSTRAINT epoch__closed_at__ck CHECK (((closed_at IS NULL) OR (closed_at >= opened_at))),
    CONSTRAINT epoch__destroyed_at__ck CHECK (((destroyed_at IS NULL) OR (closed_at IS NOT NULL)))
);

COMMENT ON TABLE vault.epoch IS 'the life of each key-encryption key; the keys themselves never enter the database';

COMMENT ON COLUMN vault.epoch.epoch_id IS 'class: key; counts up';

COMMENT ON COLUMN vault.epoch.opened_at IS 'class: time; from when new keys are wrapped in it';

COMMENT ON COLUMN vault.epoch.closed_at IS 'class: time; when the next epoch opened';

COMMENT ON COLUMN vault.epoch.destroyed_at IS 'class: time; when its key was destroyed: what it wrapped is gone from every copy';

COMMENT ON COLUMN vault.epoch.emptied_at IS 'class: time; from when it wrapped no living key any more';

CREATE TABLE vault.erasure (
    profile_id uuid NOT NULL,
    erased_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE vault.erasure IS 'person: merge=stays; split=stays; export=no, nobody is behind it any more; erase=keep, this is what a restored backup replays; restrict=keep; retain=until no backup is older';

COMMENT ON COLUMN vault.erasure.profile_id IS 'class: pseudonym; an id of nobody: its key is gone';

COMMENT ON COLUMN vault.erasure.erased_at IS 'class: time; when the key was destroyed';

CREATE TABLE vault.key_version (
    use text NOT NULL,
    version smallint NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone,
    done_at timestamp with time zone,
    CONSTRAINT key_version__use__ck CHECK ((use = ANY (ARRAY['index'::text, 'receipt'::text, 'checkpoint'::text]))),
    CONSTRAINT key_version__version__ck CHECK ((version > 0))
);

COMMENT ON TABLE vault.key_version IS 'the life of each fixed key by use; the keys themselves never enter the database';

COMMENT ON COLUMN vault.key_version.use IS 'class: key; index: blind index; receipt and checkpoint: signatures';

COMMENT ON COLUMN vault.key_version.version IS 'class: key; counts up';

COMMENT ON COLUMN vault.key_version.opened_at IS 'class: time; from when it is the one in use';

COMMENT ON COLUMN vault.key_version.retired_at IS 'class: time; when the next one took its place';

COMMENT ON COLUMN vault.key_version.done_at IS 'class: time; index: when nothing was indexed by it any more';

CREATE TABLE vault.root (
    fingerprint text NOT NULL,
    bound_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone,
    CONSTRAINT root__fingerprint__ck CHECK ((fingerprint ~ '^[0-9a-f]{16}$'::text))
);

COMMENT ON TABLE vault.root IS 'the root of fixed keys that this database belongs to, by its public name: one row';

COMMENT ON COLUMN vault.root.fingerprint IS 'class: key; public name of the root';

COMMENT ON COLUMN vault.root.bound_at IS 'class: time; when it was first used here';

COMMENT ON COLUMN vault.root.confirmed_at IS 'class: time; when a recovery copy of it was last read back; null: never';

CREATE TABLE vault.subject_key (
    profile_id uuid NOT NULL,
    epoch_id integer NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT subject_key__wrapped__ck CHECK ((octet_length(wrapped) = 61))
);

ALTER TABLE vault.subject_key OWNER TO candor_vault;

COMMENT ON TABLE vault.subject_key IS 'person: merge=each profile keeps its own key; split=each profile keeps its own key; export=no; erase=delete, this is the erasure; restrict=keep; retain=life of the profile';

COMMENT ON COLUMN vault.subject_key.profile_id IS 'class: pseudonym; whose key';

COMMENT ON COLUMN vault.subject_key.epoch_id IS 'class: state; the epoch whose key wraps it';

COMMENT ON COLUMN vault.subject_key.wrapped IS 'class: secret; version, nonce, AES-256-GCM of the subject key';

COMMENT ON COLUMN vault.subject_key.created_at IS 'class: time; when the profile began';

ALTER TABLE ONLY access.api_key
    ADD CONSTRAINT api_key__key_hash__pk PRIMARY KEY (key_hash);

ALTER TABLE ONLY access.api_key
    ADD CONSTRAINT api_key__key_id__uq UNIQUE (key_id);

ALTER TABLE ONLY access.ceremony
    ADD CONSTRAINT ceremony__ceremony_hash__pk PRIMARY KEY (ceremony_hash);

ALTER TABLE ONLY access.federated
    ADD CONSTRAINT federated__issuer_subject__pk PRIMARY KEY (issuer, subject);

ALTER TABLE ONLY access.passkey
    ADD CONSTRAINT passkey__credential_id__pk PRIMARY KEY (credential_id);

ALTER TABLE ONLY access.password
    ADD CONSTRAINT password__staff_id__pk PRIMARY KEY (staff_id);

ALTER TABLE ONLY access.permit
    ADD CONSTRAINT permit__permit_id__pk PRIMARY KEY (permit_id);

ALTER TABLE ONLY access.proposal
    ADD CONSTRAINT proposal__proposal_id__pk PRIMARY KEY (proposal_id);

ALTER TABLE ONLY access.recovery_code
    ADD CONSTRAINT recovery_code__staff_id_code_hash__pk PRIMARY KEY (staff_id, code_hash);

ALTER TABLE ONLY access.session
    ADD CONSTRAINT session__session_hash__pk PRIMARY KEY (session_hash);

ALTER TABLE ONLY access.sign_in_link
    ADD CONSTRAINT sign_in_link__token_hash__pk PRIMARY KEY (token_hash);

ALTER TABLE ONLY access.staff
    ADD CONSTRAINT staff__handle__uq UNIQUE (handle);

ALTER TABLE ONLY access.staff
    ADD CONSTRAINT staff__staff_id__pk PRIMARY KEY (staff_id);

ALTER TABLE ONLY access.totp
    ADD CONSTRAINT totp__staff_id__pk PRIMARY KEY (staff_id);

ALTER TABLE ONLY access.write_key
    ADD CONSTRAINT write_key__key_hash__pk PRIMARY KEY (key_hash);

ALTER TABLE ONLY audit.checkpoint
    ADD CONSTRAINT checkpoint__size__pk PRIMARY KEY (size);

ALTER TABLE ONLY audit.entry
    ADD CONSTRAINT entry__entry_id__pk PRIMARY KEY (entry_id);

ALTER TABLE ONLY audit.progress
    ADD CONSTRAINT progress__is_only__pk PRIMARY KEY (is_only);

ALTER TABLE ONLY audit.tile
    ADD CONSTRAINT tile__level_tile_index__pk PRIMARY KEY (level, tile_index);

ALTER TABLE ONLY backup.run
    ADD CONSTRAINT run__run_id__pk PRIMARY KEY (run_id);

ALTER TABLE ONLY candor.migration
    ADD CONSTRAINT migration__name__pk PRIMARY KEY (name);

ALTER TABLE ONLY catalogue.attribute
    ADD CONSTRAINT attribute__attribute_id__pk PRIMARY KEY (attribute_id);

ALTER TABLE ONLY catalogue.attribute
    ADD CONSTRAINT attribute__code__uq UNIQUE (code);

ALTER TABLE ONLY catalogue.channel
    ADD CONSTRAINT channel__channel_id__pk PRIMARY KEY (channel_id);

ALTER TABLE ONLY catalogue.channel
    ADD CONSTRAINT channel__code__uq UNIQUE (code);

ALTER TABLE ONLY catalogue.event_type
    ADD CONSTRAINT event_type__code__uq UNIQUE (code);

ALTER TABLE ONLY catalogue.event_type
    ADD CONSTRAINT event_type__event_type_id__pk PRIMARY KEY (event_type_id);

ALTER TABLE ONLY catalogue.purpose
    ADD CONSTRAINT purpose__code__uq UNIQUE (code);

ALTER TABLE ONLY catalogue.purpose
    ADD CONSTRAINT purpose__purpose_id__pk PRIMARY KEY (purpose_id);

ALTER TABLE ONLY catalogue.source
    ADD CONSTRAINT source__code__uq UNIQUE (code);

ALTER TABLE ONLY catalogue.source
    ADD CONSTRAINT source__source_id__pk PRIMARY KEY (source_id);

ALTER TABLE ONLY catalogue.topic
    ADD CONSTRAINT topic__code__uq UNIQUE (code);

ALTER TABLE ONLY catalogue.topic
    ADD CONSTRAINT topic__topic_id__pk PRIMARY KEY (topic_id);

ALTER TABLE ONLY catalogue.version
    ADD CONSTRAINT version__version_id__pk PRIMARY KEY (version_id);

ALTER TABLE ONLY collect.counter
    ADD CONSTRAINT counter__source_id_hour_outcome_what__pk PRIMARY KEY (source_id, hour, outcome, what);

ALTER TABLE ONLY collect.event
    ADD CONSTRAINT event__profile_id_occurred_at_event_id__pk PRIMARY KEY (profile_id, occurred_at, event_id);

ALTER TABLE ONLY collect.favourite
    ADD CONSTRAINT favourite__profile_id_event_type_id_value__pk PRIMARY KEY (profile_id, event_type_id, value);

ALTER TABLE ONLY collect.flush
    ADD CONSTRAINT flush__flush_id__pk PRIMARY KEY (flush_id);

ALTER TABLE ONLY collect.kept_sum
    ADD CONSTRAINT kept_sum__account_id_event_type_id_day__pk PRIMARY KEY (account_id, event_type_id, day);

ALTER TABLE ONLY collect.message
    ADD CONSTRAINT message__message_key__pk PRIMARY KEY (message_key);

ALTER TABLE ONLY collect.refusal
    ADD CONSTRAINT refusal__refusal_id__pk PRIMARY KEY (refusal_id);

ALTER TABLE ONLY collect.tally
    ADD CONSTRAINT tally__profile_id_event_type_id_day__pk PRIMARY KEY (profile_id, event_type_id, day);

ALTER TABLE ONLY connections.connection
    ADD CONSTRAINT connection__code__uq UNIQUE (code);

ALTER TABLE ONLY connections.connection
    ADD CONSTRAINT connection__connection_id__pk PRIMARY KEY (connection_id);

ALTER TABLE ONLY connections.delivery
    ADD CONSTRAINT delivery__profile_id_delivery_id__pk PRIMARY KEY (profile_id, delivery_id);

ALTER TABLE ONLY connections.file
    ADD CONSTRAINT file__file_id__pk PRIMARY KEY (file_id);

ALTER TABLE ONLY connections.file_person
    ADD CONSTRAINT file_person__profile_id_file_id__pk PRIMARY KEY (profile_id, file_id);

ALTER TABLE ONLY connections.link
    ADD CONSTRAINT link__profile_id_connection_id__pk PRIMARY KEY (profile_id, connection_id);

ALTER TABLE ONLY connections.message
    ADD CONSTRAINT message__connection_id_message_key__pk PRIMARY KEY (connection_id, message_key);

ALTER TABLE ONLY connections.progress
    ADD CONSTRAINT progress__connection_id__pk PRIMARY KEY (connection_id);

ALTER TABLE ONLY connections.subscription
    ADD CONSTRAINT subscription__connection_id_endpoint_index__uq UNIQUE (connection_id, endpoint_index);

ALTER TABLE ONLY connections.subscription
    ADD CONSTRAINT subscription__profile_id_subscription_id__pk PRIMARY KEY (profile_id, subscription_id);

ALTER TABLE ONLY connections.tally
    ADD CONSTRAINT tally__connection_id_hour_what__pk PRIMARY KEY (connection_id, hour, what);

ALTER TABLE ONLY consent.confirmation
    ADD CONSTRAINT confirmation__profile_id_confirmation_id__pk PRIMARY KEY (profile_id, confirmation_id);

ALTER TABLE ONLY consent.confirmation
    ADD CONSTRAINT confirmation__token_hash__uq UNIQUE (token_hash);

ALTER TABLE ONLY consent.contact
    ADD CONSTRAINT contact__profile_id_channel_id_topic_id__pk PRIMARY KEY (profile_id, channel_id, topic_id);

ALTER TABLE ONLY consent.guardian
    ADD CONSTRAINT guardian__profile_id_guardian_id_since__pk PRIMARY KEY (profile_id, guardian_id, since);

ALTER TABLE ONLY consent.notice
    ADD CONSTRAINT notice__notice_id__pk PRIMARY KEY (notice_id);

ALTER TABLE ONLY consent.reach
    ADD CONSTRAINT reach__profile_id_channel_id__pk PRIMARY KEY (profile_id, channel_id);

ALTER TABLE ONLY consent.record
    ADD CONSTRAINT record__profile_id_record_id__pk PRIMARY KEY (profile_id, record_id);

ALTER TABLE ONLY consent.signal
    ADD CONSTRAINT signal__profile_id_signal_id__pk PRIMARY KEY (profile_id, signal_id);

ALTER TABLE ONLY consent.state
    ADD CONSTRAINT state__profile_id__pk PRIMARY KEY (profile_id);

ALTER TABLE consent.state
    ADD CONSTRAINT state__quiet_hours__ck CHECK (((quiet_hours >= 0) AND (quiet_hours <= 16777215))) NOT VALID;

ALTER TABLE ONLY consent.wish
    ADD CONSTRAINT wish__profile_id_wish_id__pk PRIMARY KEY (profile_id, wish_id);

ALTER TABLE ONLY feed.change
    ADD CONSTRAINT change__profile_id_seq__pk PRIMARY KEY (profile_id, seq);

ALTER TABLE ONLY governance.vendor
    ADD CONSTRAINT vendor__code__uq UNIQUE (code);

ALTER TABLE ONLY governance.vendor
    ADD CONSTRAINT vendor__vendor_id__pk PRIMARY KEY (vendor_id);

ALTER TABLE ONLY governance.vendor_certificate
    ADD CONSTRAINT vendor_certificate__vendor_id_name__pk PRIMARY KEY (vendor_id, name);

ALTER TABLE ONLY profiles.apart
    ADD CONSTRAINT apart__profile_id_other_id__pk PRIMARY KEY (profile_id, other_id);

ALTER TABLE ONLY profiles.attribute
    ADD CONSTRAINT attribute__profile_id_attribute_id_source_id__pk PRIMARY KEY (profile_id, attribute_id, source_id);

ALTER TABLE ONLY profiles.identifier
    ADD CONSTRAINT identifier__kind_blind_index__uq UNIQUE (kind, blind_index);

ALTER TABLE ONLY profiles.identifier
    ADD CONSTRAINT identifier__profile_id_kind_blind_index__pk PRIMARY KEY (profile_id, kind, blind_index);

ALTER TABLE ONLY profiles.merge
    ADD CONSTRAINT merge__merge_id__uq UNIQUE (merge_id);

ALTER TABLE ONLY profiles.merge
    ADD CONSTRAINT merge__profile_id_merge_id__pk PRIMARY KEY (profile_id, merge_id);

ALTER TABLE ONLY profiles.profile
    ADD CONSTRAINT profile__profile_id__pk PRIMARY KEY (profile_id);

ALTER TABLE ONLY profiles.review
    ADD CONSTRAINT review__profile_id_review_id__pk PRIMARY KEY (profile_id, review_id);

ALTER TABLE ONLY profiles.review
    ADD CONSTRAINT review__review_id__uq UNIQUE (review_id);

ALTER TABLE ONLY profiles.tombstone
    ADD CONSTRAINT tombstone__kind_mark__pk PRIMARY KEY (kind, mark);

ALTER TABLE ONLY rights.agent
    ADD CONSTRAINT agent__agent_id__pk PRIMARY KEY (agent_id);

ALTER TABLE ONLY rights.agent
    ADD CONSTRAINT agent__code__uq UNIQUE (code);

ALTER TABLE ONLY rights.automated_decision
    ADD CONSTRAINT automated_decision__decision_id__uq UNIQUE (decision_id);

ALTER TABLE ONLY rights.automated_decision
    ADD CONSTRAINT automated_decision__profile_id_decision_id__pk PRIMARY KEY (profile_id, decision_id);

ALTER TABLE ONLY rights.by_people_only
    ADD CONSTRAINT by_people_only__profile_id_code__pk PRIMARY KEY (profile_id, code);

ALTER TABLE ONLY rights.certificate
    ADD CONSTRAINT certificate__request_id__pk PRIMARY KEY (request_id);

ALTER TABLE ONLY rights.downstream
    ADD CONSTRAINT downstream__downstream_id__pk PRIMARY KEY (downstream_id);

ALTER TABLE ONLY rights.event
    ADD CONSTRAINT event__request_id_event_id__pk PRIMARY KEY (request_id, event_id);

ALTER TABLE ONLY rights.exchange
    ADD CONSTRAINT exchange__party_ref__pk PRIMARY KEY (party, ref);

ALTER TABLE ONLY rights.hold
    ADD CONSTRAINT hold__hold_id__uq UNIQUE (hold_id);

ALTER TABLE ONLY rights.hold
    ADD CONSTRAINT hold__profile_id_hold_id__pk PRIMARY KEY (profile_id, hold_id);

ALTER TABLE ONLY rights.note
    ADD CONSTRAINT note__bearer_id_note_id__pk PRIMARY KEY (bearer_id, note_id);

ALTER TABLE ONLY rights.request
    ADD CONSTRAINT request__request_id__pk PRIMARY KEY (request_id);

ALTER TABLE ONLY rights.request
    ADD CONSTRAINT request__ticket_hash__uq UNIQUE (ticket_hash);

ALTER TABLE ONLY rights.sweep
    ADD CONSTRAINT sweep__sweep_id__pk PRIMARY KEY (sweep_id);

ALTER TABLE ONLY rights.task
    ADD CONSTRAINT task__request_id_step_party__uq UNIQUE (request_id, step, party);

ALTER TABLE ONLY rights.task
    ADD CONSTRAINT task__request_id_task_id__pk PRIMARY KEY (request_id, task_id);

ALTER TABLE ONLY shield.alert
    ADD CONSTRAINT alert__alert_id__pk PRIMARY KEY (alert_id);

ALTER TABLE ONLY shield.canary
    ADD CONSTRAINT canary__canary_id__pk PRIMARY KEY (canary_id);

ALTER TABLE ONLY shield.canary
    ADD CONSTRAINT canary__mark__uq UNIQUE (mark);

ALTER TABLE ONLY shield.measure
    ADD CONSTRAINT measure__measure_id__pk PRIMARY KEY (measure_id);

ALTER TABLE ONLY shield.progress
    ADD CONSTRAINT progress__watcher__pk PRIMARY KEY (watcher);

ALTER TABLE ONLY shield.seen
    ADD CONSTRAINT seen__actor_network__pk PRIMARY KEY (actor, network);

ALTER TABLE ONLY shield.solved
    ADD CONSTRAINT solved__challenge__pk PRIMARY KEY (challenge);

ALTER TABLE ONLY shield.throttle
    ADD CONSTRAINT throttle__bucket__pk PRIMARY KEY (bucket);

ALTER TABLE ONLY vault.epoch
    ADD CONSTRAINT epoch__epoch_id__pk PRIMARY KEY (epoch_id);

ALTER TABLE ONLY vault.erasure
    ADD CONSTRAINT erasure__profile_id__pk PRIMARY KEY (profile_id);

ALTER TABLE ONLY vault.key_version
    ADD CONSTRAINT key_version__use_version__pk PRIMARY KEY (use, version);

ALTER TABLE ONLY vault.root
    ADD CONSTRAINT root__fingerprint__pk PRIMARY KEY (fingerprint);

ALTER TABLE ONLY vault.subject_key
    ADD CONSTRAINT subject_key__profile_id__pk PRIMARY KEY (profile_id);

CREATE INDEX ceremony__bearer_id__ix ON access.ceremony USING btree (bearer_id) WHERE (bearer_id IS NOT NULL);

CREATE INDEX federated__staff_id__ix ON access.federated USING btree (staff_id);

CREATE INDEX passkey__bearer_id__ix ON access.passkey USING btree (bearer_id);

CREATE INDEX permit__staff_id__ix ON access.permit USING btree (staff_id);

CREATE INDEX proposal__open__ix ON access.proposal USING btree (proposed_at) WHERE (state = 'open'::text);

CREATE INDEX session__bearer_id__ix ON access.session USING btree (bearer_id);

CREATE UNIQUE INDEX staff__email__uq ON access.staff USING btree (lower(email)) WHERE (email IS NOT NULL);

CREATE INDEX write_key__source_code__ix ON access.write_key USING btree (source_code);

CREATE INDEX entry__action__ix ON audit.entry USING btree (action, entry_id);

CREATE INDEX entry__recorded_at__ix ON audit.entry USING brin (recorded_at);

CREATE INDEX entry__subject__ix ON audit.entry USING btree (subject, entry_id) WHERE (subject IS NOT NULL);

CREATE INDEX entry__xid__ix ON audit.entry USING btree (xid);

CREATE INDEX tile__first_entry__ix ON audit.tile USING btree ((entry_ids[1])) WHERE (level = 0);

CREATE INDEX run__started_at__ix ON backup.run USING btree (started_at);

CREATE INDEX event__flush_id__ix ON ONLY collect.event USING btree (flush_id);

CREATE INDEX kept_sum__keep_until__ix ON collect.kept_sum USING btree (keep_until);

CREATE INDEX refusal__source_id_reason_refused_at__ix ON collect.refusal USING btree (source_id, reason, refused_at);

CREATE INDEX delivery__connection_id_parked__ix ON connections.delivery USING btree (connection_id, changed_at) WHERE (state = 'parked'::text);

CREATE INDEX delivery__connection_id_rank_due_at__ix ON connections.delivery USING btree (connection_id, rank, due_at) WHERE (state = 'waiting'::text);

CREATE INDEX delivery__connection_id_settled_at__ix ON connections.delivery USING btree (connection_id, settled_at) WHERE (settled_at IS NOT NULL);

CREATE INDEX delivery__leased_until__ix ON connections.delivery USING btree (leased_until) WHERE (state = 'sending'::text);

CREATE UNIQUE INDEX delivery__profile_id_connection_id__uq ON connections.delivery USING btree (profile_id, connection_id) WHERE (settled_at IS NULL);

CREATE INDEX delivery__task_id__ix ON connections.delivery USING btree (task_id) WHERE (task_id IS NOT NULL);

CREATE INDEX file__connection_id_added_at__ix ON connections.file USING btree (connection_id, added_at);

CREATE INDEX file__due_at__ix ON connections.file USING btree (due_at) WHERE (gone_at IS NULL);

CREATE INDEX file_person__changed__ix ON connections.file_person USING btree (file_id) WHERE (changed_at IS NOT NULL);

CREATE INDEX file_person__file_id__ix ON connections.file_person USING btree (file_id, profile_id);

CREATE INDEX link__connection_id__ix ON connections.link USING btree (connection_id, profile_id) WHERE (removed_at IS NULL);

CREATE UNIQUE INDEX link__connection_id_remote_index__uq ON connections.link USING btree (connection_id, remote_index) WHERE (removed_at IS NULL);

CREATE INDEX message__heard_at__ix ON connections.message USING btree (heard_at);

CREATE INDEX guardian__guardian_id__ix ON consent.guardian USING btree (guardian_id);

CREATE INDEX notice__purpose_id_locale__ix ON consent.notice USING btree (purpose_id, locale, published_at);

CREATE INDEX state__head_id__ix ON consent.state USING btree (head_id);

CREATE INDEX state__paused_until__ix ON consent.state USING btree (paused_until) WHERE (paused_until > '-infinity'::timestamp with time zone);

CREATE INDEX state__valid_until__ix ON consent.state USING btree (valid_until) WHERE (valid_until < 'infinity'::timestamp with time zone);

CREATE INDEX change__xid__ix ON feed.change USING btree (xid);

CREATE INDEX apart__other_id__ix ON profiles.apart USING btree (other_id);

CREATE INDEX attribute__purposes__ix ON profiles.attribute USING btree (purposes);

CREATE INDEX merge__other_id__ix ON profiles.merge USING btree (other_id);

CREATE INDEX profile__head_id__ix ON profiles.profile USING btree (head_id);

CREATE UNIQUE INDEX review__open_pair__uq ON profiles.review USING btree (profile_id, other_id) WHERE (settled_at IS NULL);

CREATE INDEX automated_decision__contested_by__ix ON rights.automated_decision USING btree (contested_by) WHERE (contested_by IS NOT NULL);

CREATE INDEX automated_decision__decided_at__ix ON rights.automated_decision USING btree (decided_at);

CREATE UNIQUE INDEX downstream__name__uq ON rights.downstream USING btree (name) WHERE (ended_at IS NULL);

CREATE INDEX exchange__not_before__ix ON rights.exchange USING btree (not_before) WHERE (callbacks <> '{}'::text[]);

CREATE INDEX exchange__request_id__ix ON rights.exchange USING btree (request_id);

CREATE INDEX hold__review_on__ix ON rights.hold USING btree (review_on) WHERE (lifted_at IS NULL);

CREATE INDEX note__request_id__ix ON rights.note USING btree (request_id);

CREATE INDEX request__due_at__ix ON rights.request USING btree (due_at) WHERE (closed_at IS NULL);

CREATE UNIQUE INDEX request__external_ref__uq ON rights.request USING btree (channel, external_ref) WHERE (external_ref IS NOT NULL);

CREATE INDEX request__profile_id__ix ON rights.request USING btree (profile_id, received_at);

CREATE INDEX request__received_at__ix ON rights.request USING btree (received_at);

CREATE INDEX sweep__started_at__ix ON rights.sweep USING btree (started_at);

CREATE INDEX task__not_before__ix ON rights.task USING btree (not_before) WHERE (state = ANY (ARRAY['waiting'::text, 'running'::text, 'asked'::text]));

CREATE INDEX alert__last_at__ix ON shield.alert USING btree (last_at);

CREATE UNIQUE INDEX alert__open__uq ON shield.alert USING btree (rule, actor) WHERE (state = 'open'::text);

CREATE INDEX measure__actor__ix ON shield.measure USING btree (actor, until);

CREATE INDEX throttle__due_at__ix ON shield.throttle USING btree (due_at);

CREATE UNIQUE INDEX epoch__open__uq ON vault.epoch USING btree ((true)) WHERE (closed_at IS NULL);

CREATE UNIQUE INDEX key_version__current__uq ON vault.key_version USING btree (use) WHERE (retired_at IS NULL);

CREATE UNIQUE INDEX root__only__uq ON vault.root USING btree ((true));

CREATE INDEX subject_key__epoch_id__ix ON vault.subject_key USING btree (epoch_id);

CREATE TRIGGER checkpoint__append_only BEFORE DELETE OR UPDATE ON audit.checkpoint FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite();

CREATE TRIGGER checkpoint__no_truncate BEFORE TRUNCATE ON audit.checkpoint FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite();

CREATE TRIGGER entry__append_only BEFORE DELETE OR UPDATE ON audit.entry FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite();

CREATE TRIGGER entry__no_truncate BEFORE TRUNCATE ON audit.entry FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite();

CREATE TRIGGER tile__append_only BEFORE DELETE ON audit.tile FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite();

CREATE TRIGGER tile__no_truncate BEFORE TRUNCATE ON audit.tile FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite();

CREATE TRIGGER tile__only_grows BEFORE UPDATE ON audit.tile FOR EACH ROW EXECUTE FUNCTION audit.only_grow();

CREATE TRIGGER notice__append_only BEFORE DELETE OR UPDATE ON consent.notice FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite();

CREATE TRIGGER notice__no_truncate BEFORE TRUNCATE ON consent.notice FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite();

CREATE TRIGGER record__append_only BEFORE DELETE OR UPDATE ON consent.record FOR EACH ROW EXECUTE FUNCTION consent.keep_evidence();

CREATE TRIGGER record__no_truncate BEFORE TRUNCATE ON consent.record FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite();

CREATE TRIGGER signal__append_only BEFORE DELETE OR UPDATE ON consent.signal FOR EACH ROW EXECUTE FUNCTION consent.keep_evidence();

CREATE TRIGGER signal__no_truncate BEFORE TRUNCATE ON consent.signal FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite();

CREATE TRIGGER wish__append_only BEFORE DELETE OR UPDATE ON consent.wish FOR EACH ROW EXECUTE FUNCTION consent.keep_evidence();

CREATE TRIGGER wish__no_truncate BEFORE TRUNCATE ON consent.wish FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite();

ALTER TABLE ONLY access.federated
    ADD CONSTRAINT federated__staff_id__fk FOREIGN KEY (staff_id) REFERENCES access.staff(staff_id);

ALTER TABLE ONLY access.password
    ADD CONSTRAINT password__staff_id__fk FOREIGN KEY (staff_id) REFERENCES access.staff(staff_id);

ALTER TABLE ONLY access.permit
    ADD CONSTRAINT permit__proposal_id__fk FOREIGN KEY (proposal_id) REFERENCES access.proposal(proposal_id);

ALTER TABLE ONLY access.permit
    ADD CONSTRAINT permit__staff_id__fk FOREIGN KEY (staff_id) REFERENCES access.staff(staff_id);

ALTER TABLE ONLY access.proposal
    ADD CONSTRAINT proposal__decided_by__fk FOREIGN KEY (decided_by) REFERENCES access.staff(staff_id);

ALTER TABLE ONLY access.proposal
    ADD CONSTRAINT proposal__proposed_by__fk FOREIGN KEY (proposed_by) REFERENCES access.staff(staff_id);

ALTER TABLE ONLY access.recovery_code
    ADD CONSTRAINT recovery_code__staff_id__fk FOREIGN KEY (staff_id) REFERENCES access.staff(staff_id);

ALTER TABLE ONLY access.totp
    ADD CONSTRAINT totp__staff_id__fk FOREIGN KEY (staff_id) REFERENCES access.staff(staff_id);

ALTER TABLE ONLY connections.connection
    ADD CONSTRAINT connection__vendor_id__fk FOREIGN KEY (vendor_id) REFERENCES governance.vendor(vendor_id);

ALTER TABLE ONLY connections.delivery
    ADD CONSTRAINT delivery__connection_id__fk FOREIGN KEY (connection_id) REFERENCES connections.connection(connection_id);

ALTER TABLE ONLY connections.file
    ADD CONSTRAINT file__connection_id__fk FOREIGN KEY (connection_id) REFERENCES connections.connection(connection_id);

ALTER TABLE ONLY connections.file_person
    ADD CONSTRAINT file_person__file_id__fk FOREIGN KEY (file_id) REFERENCES connections.file(file_id);

ALTER TABLE ONLY connections.link
    ADD CONSTRAINT link__connection_id__fk FOREIGN KEY (connection_id) REFERENCES connections.connection(connection_id);

ALTER TABLE ONLY connections.message
    ADD CONSTRAINT message__connection_id__fk FOREIGN KEY (connection_id) REFERENCES connections.connection(connection_id);

ALTER TABLE ONLY connections.progress
    ADD CONSTRAINT progress__connection_id__fk FOREIGN KEY (connection_id) REFERENCES connections.connection(connection_id);

ALTER TABLE ONLY connections.subscription
    ADD CONSTRAINT subscription__connection_id__fk FOREIGN KEY (connection_id) REFERENCES connections.connection(connection_id);

ALTER TABLE ONLY connections.tally
    ADD CONSTRAINT tally__connection_id__fk FOREIGN KEY (connection_id) REFERENCES connections.connection(connection_id);

ALTER TABLE ONLY consent.contact
    ADD CONSTRAINT contact__channel_id__fk FOREIGN KEY (channel_id) REFERENCES catalogue.channel(channel_id);

ALTER TABLE ONLY consent.contact
    ADD CONSTRAINT contact__topic_id__fk FOREIGN KEY (topic_id) REFERENCES catalogue.topic(topic_id);

ALTER TABLE ONLY consent.notice
    ADD CONSTRAINT notice__purpose_id__fk FOREIGN KEY (purpose_id) REFERENCES catalogue.purpose(purpose_id);

ALTER TABLE ONLY consent.reach
    ADD CONSTRAINT reach__channel_id__fk FOREIGN KEY (channel_id) REFERENCES catalogue.channel(channel_id);

ALTER TABLE ONLY consent.record
    ADD CONSTRAINT record__purpose_id__fk FOREIGN KEY (purpose_id) REFERENCES catalogue.purpose(purpose_id);

ALTER TABLE ONLY consent.signal
    ADD CONSTRAINT signal__channel_id__fk FOREIGN KEY (channel_id) REFERENCES catalogue.channel(channel_id);

ALTER TABLE ONLY consent.wish
    ADD CONSTRAINT wish__channel_id__fk FOREIGN KEY (channel_id) REFERENCES catalogue.channel(channel_id);

ALTER TABLE ONLY consent.wish
    ADD CONSTRAINT wish__topic_id__fk FOREIGN KEY (topic_id) REFERENCES catalogue.topic(topic_id);

ALTER TABLE ONLY governance.vendor_certificate
    ADD CONSTRAINT vendor_certificate__vendor_id__fk FOREIGN KEY (vendor_id) REFERENCES governance.vendor(vendor_id);

ALTER TABLE ONLY profiles.attribute
    ADD CONSTRAINT attribute__attribute_id__fk FOREIGN KEY (attribute_id) REFERENCES catalogue.attribute(attribute_id);

ALTER TABLE ONLY profiles.attribute
    ADD CONSTRAINT attribute__profile_id__fk FOREIGN KEY (profile_id) REFERENCES profiles.profile(profile_id);

ALTER TABLE ONLY profiles.attribute
    ADD CONSTRAINT attribute__source_id__fk FOREIGN KEY (source_id) REFERENCES catalogue.source(source_id);

ALTER TABLE ONLY profiles.identifier
    ADD CONSTRAINT identifier__profile_id__fk FOREIGN KEY (profile_id) REFERENCES profiles.profile(profile_id);

ALTER TABLE ONLY profiles.merge
    ADD CONSTRAINT merge__other_id__fk FOREIGN KEY (other_id) REFERENCES profiles.profile(profile_id);

ALTER TABLE ONLY profiles.merge
    ADD CONSTRAINT merge__profile_id__fk FOREIGN KEY (profile_id) REFERENCES profiles.profile(profile_id);

ALTER TABLE ONLY profiles.profile
    ADD CONSTRAINT profile__head_id__fk FOREIGN KEY (head_id) REFERENCES profiles.profile(profile_id);

ALTER TABLE ONLY profiles.profile
    ADD CONSTRAINT profile__source_id__fk FOREIGN KEY (source_id) REFERENCES catalogue.source(source_id);

ALTER TABLE ONLY rights.automated_decision
    ADD CONSTRAINT automated_decision__contested_by__fk FOREIGN KEY (contested_by) REFERENCES rights.request(request_id);

ALTER TABLE ONLY rights.certificate
    ADD CONSTRAINT certificate__request_id__fk FOREIGN KEY (request_id) REFERENCES rights.request(request_id) ON DELETE CASCADE;

ALTER TABLE ONLY rights.event
    ADD CONSTRAINT event__request_id__fk FOREIGN KEY (request_id) REFERENCES rights.request(request_id) ON DELETE CASCADE;

ALTER TABLE ONLY rights.exchange
    ADD CONSTRAINT exchange__request_id__fk FOREIGN KEY (request_id) REFERENCES rights.request(request_id) ON DELETE CASCADE;

ALTER TABLE ONLY rights.note
    ADD CONSTRAINT note__request_id__fk FOREIGN KEY (request_id) REFERENCES rights.request(request_id) ON DELETE CASCADE;

ALTER TABLE ONLY rights.request
    ADD CONSTRAINT request__about_request_id__fk FOREIGN KEY (about_request_id) REFERENCES rights.request(request_id);

ALTER TABLE ONLY rights.request
    ADD CONSTRAINT request__agent_id__fk FOREIGN KEY (agent_id) REFERENCES rights.agent(agent_id);

ALTER TABLE ONLY rights.request
    ADD CONSTRAINT request__duplicate_of__fk FOREIGN KEY (duplicate_of) REFERENCES rights.request(request_id);

ALTER TABLE ONLY rights.task
    ADD CONSTRAINT task__request_id__fk FOREIGN KEY (request_id) REFERENCES rights.request(request_id) ON DELETE CASCADE;

ALTER TABLE ONLY shield.measure
    ADD CONSTRAINT measure__alert_id__fk FOREIGN KEY (alert_id) REFERENCES shield.alert(alert_id);

ALTER TABLE ONLY vault.subject_key
    ADD CONSTRAINT subject_key__epoch_id__fk FOREIGN KEY (epoch_id) REFERENCES vault.epoch(epoch_id);

GRANT USAGE ON SCHEMA access TO candor_app;

GRANT USAGE ON SCHEMA audit TO candor_app;

GRANT USAGE ON SCHEMA backup TO candor_app;

GRANT USAGE ON SCHEMA candor TO candor_app;

GRANT USAGE ON SCHEMA catalogue TO candor_app;

GRANT USAGE ON SCHEMA collect TO candor_app;

GRANT USAGE ON SCHEMA connections TO candor_app;

GRANT USAGE ON SCHEMA consent TO candor_app;

GRANT USAGE ON SCHEMA feed TO candor_app;

GRANT USAGE ON SCHEMA governance TO candor_app;

GRANT USAGE ON SCHEMA profiles TO candor_app;

GRANT USAGE ON SCHEMA rights TO candor_app;

GRANT USAGE ON SCHEMA shield TO candor_app;

GRANT USAGE ON SCHEMA vault TO candor_app;
GRANT USAGE ON SCHEMA vault TO candor_vault;

REVOKE ALL ON FUNCTION audit.only_grow() FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.refuse_rewrite() FROM PUBLIC;

REVOKE ALL ON FUNCTION collect.ensure_month(day date) FROM PUBLIC;
GRANT ALL ON FUNCTION collect.ensure_month(day date) TO candor_app;

REVOKE ALL ON FUNCTION consent.keep_evidence() FROM PUBLIC;

REVOKE ALL ON FUNCTION vault.count_keys() FROM PUBLIC;
GRANT ALL ON FUNCTION vault.count_keys() TO candor_app;

REVOKE ALL ON FUNCTION vault.destroy_keys(doomed uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION vault.destroy_keys(doomed uuid[]) TO candor_app;

REVOKE ALL ON FUNCTION vault.keys_to_rewrap(below integer, at_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION vault.keys_to_rewrap(below integer, at_most integer) TO candor_app;

REVOKE ALL ON FUNCTION vault.next_to_rewrap(below integer, after uuid, at_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION vault.next_to_rewrap(below integer, after uuid, at_most integer) TO candor_app;

REVOKE ALL ON FUNCTION vault.read_keys(wanted uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION vault.read_keys(wanted uuid[]) TO candor_app;

REVOKE ALL ON FUNCTION vault.rewrap_keys(ids uuid[], into_epoch integer, fresh bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION vault.rewrap_keys(ids uuid[], into_epoch integer, fresh bytea[]) TO candor_app;

GRANT SELECT,INSERT,UPDATE ON TABLE access.api_key TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE access.ceremony TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE access.federated TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE access.passkey TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE access.password TO candor_app;

GRANT SELECT,INSERT ON TABLE access.permit TO candor_app;

GRANT UPDATE(ended_at) ON TABLE access.permit TO candor_app;

GRANT SELECT,INSERT ON TABLE access.proposal TO candor_app;

GRANT UPDATE(state) ON TABLE access.proposal TO candor_app;

GRANT UPDATE(decided_by) ON TABLE access.proposal TO candor_app;

GRANT UPDATE(decided_at) ON TABLE access.proposal TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE access.recovery_code TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE access.session TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE access.sign_in_link TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE access.staff TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE access.totp TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE access.write_key TO candor_app;

GRANT SELECT,INSERT ON TABLE audit.checkpoint TO candor_app;

GRANT SELECT,INSERT ON TABLE audit.entry TO candor_app;

GRANT SELECT,INSERT,UPDATE ON TABLE audit.progress TO candor_app;

GRANT SELECT,INSERT,UPDATE ON TABLE audit.tile TO candor_app;

GRANT SELECT,INSERT,UPDATE ON TABLE backup.run TO candor_app;

GRANT SELECT ON TABLE candor.migration TO candor_app;

GRANT SELECT,INSERT ON TABLE catalogue.attribute TO candor_app;

GRANT SELECT,INSERT ON TABLE catalogue.channel TO candor_app;

GRANT SELECT,INSERT ON TABLE catalogue.event_type TO candor_app;

GRANT SELECT,INSERT ON TABLE catalogue.purpose TO candor_app;

GRANT SELECT,INSERT ON TABLE catalogue.source TO candor_app;

GRANT SELECT,INSERT ON TABLE catalogue.topic TO candor_app;

GRANT SELECT,INSERT ON TABLE catalogue.version TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE collect.counter TO candor_app;

GRANT SELECT,INSERT,DELETE ON TABLE collect.event TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE collect.favourite TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE collect.flush TO candor_app;

GRANT SELECT,INSERT,DELETE ON TABLE collect.kept_sum TO candor_app;

GRANT SELECT,INSERT,DELETE ON TABLE collect.message TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE collect.refusal TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE collect.tally TO candor_app;

GRANT SELECT,INSERT,UPDATE ON TABLE connections.connection TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE connections.delivery TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE connections.file TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE connections.file_person TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE connections.link TO candor_app;

GRANT SELECT,INSERT,DELETE ON TABLE connections.message TO candor_app;

GRANT SELECT,INSERT,UPDATE ON TABLE connections.progress TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE connections.subscription TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE connections.tally TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE consent.confirmation TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE consent.contact TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE consent.guardian TO candor_app;

GRANT SELECT,INSERT ON TABLE consent.notice TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE consent.reach TO candor_app;

GRANT SELECT,INSERT,DELETE ON TABLE consent.record TO candor_app;

GRANT SELECT,INSERT,DELETE ON TABLE consent.signal TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE consent.state TO candor_app;

GRANT SELECT,INSERT,DELETE ON TABLE consent.wish TO candor_app;

GRANT SELECT,INSERT,DELETE ON TABLE feed.change TO candor_app;

GRANT SELECT,INSERT,UPDATE ON TABLE governance.vendor TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE governance.vendor_certificate TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE profiles.apart TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE profiles.attribute TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE profiles.identifier TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE profiles.merge TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE profiles.profile TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE profiles.review TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE profiles.tombstone TO candor_app;

GRANT SELECT,INSERT,UPDATE ON TABLE rights.agent TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE rights.automated_decision TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE rights.by_people_only TO candor_app;

GRANT SELECT,INSERT ON TABLE rights.certificate TO candor_app;

GRANT SELECT,INSERT,UPDATE ON TABLE rights.downstream TO candor_app;

GRANT SELECT,INSERT,DELETE ON TABLE rights.event TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE rights.exchange TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE rights.hold TO candor_app;

GRANT SELECT,INSERT,DELETE ON TABLE rights.note TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE rights.request TO candor_app;

GRANT SELECT,INSERT,UPDATE ON TABLE rights.sweep TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE rights.task TO candor_app;

GRANT SELECT,INSERT,UPDATE ON TABLE shield.alert TO candor_app;

GRANT SELECT,INSERT,UPDATE ON TABLE shield.canary TO candor_app;

GRANT SELECT,INSERT,UPDATE ON TABLE shield.measure TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE shield.progress TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE shield.seen TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE shield.solved TO candor_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE shield.throttle TO candor_app;

GRANT SELECT,REFERENCES ON TABLE vault.epoch TO candor_vault;
GRANT SELECT,INSERT,UPDATE ON TABLE vault.epoch TO candor_app;

GRANT SELECT,INSERT ON TABLE vault.erasure TO candor_app;

GRANT SELECT,INSERT,UPDATE ON TABLE vault.key_version TO candor_app;

GRANT SELECT,INSERT,UPDATE ON TABLE vault.root TO candor_app;

GRANT INSERT ON TABLE vault.subject_key TO candor_app;
