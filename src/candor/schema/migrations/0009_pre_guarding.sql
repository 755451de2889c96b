-- What guards the doors and proves the log: factors of sign-in, four eyes, throttles, alerts, the
-- Merkle tree with its checkpoints, versions of keys, the log of erasures, runs of backups.

SET LOCAL lock_timeout = '4s';
SET LOCAL statement_timeout = '5s';

-- ------------------------------------------------------------------ staff and their factors
ALTER TABLE access.staff
    ADD COLUMN email text,
    ADD COLUMN left_at timestamptz,
    ADD COLUMN invited_by uuid;
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX staff__email__uq ON access.staff (lower(email)) WHERE email IS NOT NULL;
COMMENT ON COLUMN access.staff.email IS 'class: config; work address: invitations and alerts go there';
COMMENT ON COLUMN access.staff.invited_by IS 'class: key; who last let them in; not the second pair of eyes for what they propose';
COMMENT ON COLUMN access.staff.left_at IS 'class: time; when they left: nothing opens for them any more';

CREATE TABLE access.password (
    staff_id uuid NOT NULL,
    verifier text NOT NULL,
    set_at timestamptz NOT NULL,
    CONSTRAINT password__staff_id__pk PRIMARY KEY (staff_id),
    CONSTRAINT password__staff_id__fk FOREIGN KEY (staff_id) REFERENCES access.staff (staff_id)
);
COMMENT ON TABLE access.password IS 'what a password of staff is held against; customers have none';
COMMENT ON COLUMN access.password.staff_id IS 'class: key; whose';
COMMENT ON COLUMN access.password.verifier IS 'class: secret; Argon2id of the password under a key that is not in the database';
COMMENT ON COLUMN access.password.set_at IS 'class: time; when it was chosen';

CREATE TABLE access.totp (
    staff_id uuid NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL DEFAULT 0,
    CONSTRAINT totp__staff_id__pk PRIMARY KEY (staff_id),
    CONSTRAINT totp__staff_id__fk FOREIGN KEY (staff_id) REFERENCES access.staff (staff_id)
);
COMMENT ON TABLE access.totp IS 'the second factor of staff: time-based codes (RFC 6238)';
COMMENT ON COLUMN access.totp.staff_id IS 'class: key; whose';
COMMENT ON COLUMN access.totp.sealed IS 'class: secret; the seed, sealed by a key that is not in the database';
COMMENT ON COLUMN access.totp.created_at IS 'class: time; when the seed was made';
COMMENT ON COLUMN access.totp.confirmed_at IS 'class: time; when a first code proved that it was kept';
COMMENT ON COLUMN access.totp.last_step IS 'class: state; the last step that was used: no code counts twice';

CREATE TABLE access.recovery_code (
    staff_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT recovery_code__staff_id_code_hash__pk PRIMARY KEY (staff_id, code_hash),
    CONSTRAINT recovery_code__staff_id__fk FOREIGN KEY (staff_id) REFERENCES access.staff (staff_id)
);
COMMENT ON TABLE access.recovery_code IS 'what stands in once for a lost second factor';
COMMENT ON COLUMN access.recovery_code.staff_id IS 'class: key; whose';
COMMENT ON COLUMN access.recovery_code.code_hash IS 'class: secret; SHA-256 of the code, which has 120 bits of entropy';
COMMENT ON COLUMN access.recovery_code.created_at IS 'class: time; when it was made';
COMMENT ON COLUMN access.recovery_code.used_at IS 'class: time; set once';

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
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    CONSTRAINT passkey__credential_id__pk PRIMARY KEY (credential_id),
    CONSTRAINT passkey__audience__ck CHECK (audience IN ('staff', 'customer')),
    CONSTRAINT passkey__name__ck CHECK (length(name) BETWEEN 1 AND 60)
);
CREATE INDEX passkey__bearer_id__ix ON access.passkey (bearer_id);
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

CREATE TABLE access.ceremony (
    ceremony_hash bytea NOT NULL,
    kind text NOT NULL,
    audience text NOT NULL,
    bearer_id uuid,
    secret bytea NOT NULL,
    detail jsonb NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT ceremony__ceremony_hash__pk PRIMARY KEY (ceremony_hash),
    CONSTRAINT ceremony__audience__ck CHECK (audience IN ('staff', 'customer')),
    CONSTRAINT ceremony__expires_at__ck CHECK (expires_at > created_at)
);
CREATE INDEX ceremony__bearer_id__ix ON access.ceremony (bearer_id) WHERE bearer_id IS NOT NULL;
COMMENT ON TABLE access.ceremony IS 'person: merge=stays with its profile; split=stays with its profile; export=no, short-lived secret; erase=delete; restrict=keep; retain=P1D';
COMMENT ON COLUMN access.ceremony.ceremony_hash IS 'class: secret; SHA-256 of what the browser holds in a cookie while it lasts';
COMMENT ON COLUMN access.ceremony.kind IS 'class: state; what is under way: second_factor, passkey.add, passkey.sign_in, oidc, code';
COMMENT ON COLUMN access.ceremony.audience IS 'class: state; staff or customer';
COMMENT ON COLUMN access.ceremony.bearer_id IS 'class: pseudonym; staff id or profile id; null: not known, or nobody';
COMMENT ON COLUMN access.ceremony.secret IS 'class: secret; challenge, keyed hash of the code, or state: what the answer is held against';
COMMENT ON COLUMN access.ceremony.detail IS 'class: pseudonym; codes and short values; while somebody waits for a code, the blind index of the address';
COMMENT ON COLUMN access.ceremony.attempts IS 'class: count; wrong answers so far';
COMMENT ON COLUMN access.ceremony.created_at IS 'class: time; when it began';
COMMENT ON COLUMN access.ceremony.expires_at IS 'class: time; from when it no longer counts';
COMMENT ON COLUMN access.ceremony.used_at IS 'class: time; set once, by the answer that ended it';

CREATE TABLE access.federated (
    issuer text NOT NULL,
    subject text NOT NULL,
    staff_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    CONSTRAINT federated__issuer_subject__pk PRIMARY KEY (issuer, subject),
    CONSTRAINT federated__staff_id__fk FOREIGN KEY (staff_id) REFERENCES access.staff (staff_id)
);
CREATE INDEX federated__staff_id__ix ON access.federated (staff_id);
COMMENT ON TABLE access.federated IS 'whom an identity provider vouches for (OpenID Connect): by issuer and subject, never by e-mail';
COMMENT ON COLUMN access.federated.issuer IS 'class: config; the provider';
COMMENT ON COLUMN access.federated.subject IS 'class: pseudonym; its name for the member of staff';
COMMENT ON COLUMN access.federated.staff_id IS 'class: key; who that is here';
COMMENT ON COLUMN access.federated.created_at IS 'class: time; when the two were bound';
COMMENT ON COLUMN access.federated.last_used_at IS 'class: time; last sign-in through it';

ALTER TABLE access.session
    ADD COLUMN methods text[] NOT NULL DEFAULT '{}',
    ADD COLUMN proved_at timestamptz,
    ADD COLUMN device text NOT NULL DEFAULT '',
    ADD COLUMN network bytea;
COMMENT ON COLUMN access.session.methods IS 'class: state; how the sign-in was proved: link, password, totp, recovery, passkey, oidc, code';
COMMENT ON COLUMN access.session.proved_at IS 'class: time; last strong proof: what is risky asks for a recent one';
COMMENT ON COLUMN access.session.device IS 'class: state; kind of browser and system, nothing finer';
COMMENT ON COLUMN access.session.network IS 'class: pseudonym; keyed hash of the network it began in';

-- ------------------------------------------------------------------ four eyes
CREATE TABLE access.proposal (
    proposal_id uuid NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    why text NOT NULL,
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    state text NOT NULL,
    decided_by uuid,
    decided_at timestamptz,
    CONSTRAINT proposal__proposal_id__pk PRIMARY KEY (proposal_id),
    CONSTRAINT proposal__proposed_by__fk FOREIGN KEY (proposed_by) REFERENCES access.staff (staff_id),
    CONSTRAINT proposal__decided_by__fk FOREIGN KEY (decided_by) REFERENCES access.staff (staff_id),
    CONSTRAINT proposal__state__ck CHECK (state IN ('open', 'approved', 'declined', 'withdrawn', 'expired')),
    CONSTRAINT proposal__four_eyes__ck CHECK (state <> 'approved' OR decided_by <> proposed_by),
    CONSTRAINT proposal__decided__ck CHECK ((state IN ('approved', 'declined')) = (decided_by IS NOT NULL))
);
CREATE INDEX proposal__open__ix ON access.proposal (proposed_at) WHERE state = 'open';
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

CREATE TABLE access.permit (
    permit_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    permission text NOT NULL,
    proposal_id uuid NOT NULL,
    granted_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT permit__permit_id__pk PRIMARY KEY (permit_id),
    CONSTRAINT permit__staff_id__fk FOREIGN KEY (staff_id) REFERENCES access.staff (staff_id),
    CONSTRAINT permit__proposal_id__fk FOREIGN KEY (proposal_id) REFERENCES access.proposal (proposal_id),
    CONSTRAINT permit__expires_at__ck CHECK (expires_at > granted_at)
);
CREATE INDEX permit__staff_id__ix ON access.permit (staff_id);
COMMENT ON TABLE access.permit IS 'a permission beyond the role, for a while, approved by another';
COMMENT ON COLUMN access.permit.permit_id IS 'class: key; names it';
COMMENT ON COLUMN access.permit.staff_id IS 'class: key; who may';
COMMENT ON COLUMN access.permit.permission IS 'class: state; what';
COMMENT ON COLUMN access.permit.proposal_id IS 'class: key; who proposed and who approved it';
COMMENT ON COLUMN access.permit.granted_at IS 'class: time; from when';
COMMENT ON COLUMN access.permit.expires_at IS 'class: time; until when';
COMMENT ON COLUMN access.permit.ended_at IS 'class: time; when it was taken back before';

ALTER TABLE access.api_key
    ADD COLUMN suspended_at timestamptz;
COMMENT ON COLUMN access.api_key.suspended_at IS 'class: time; since when it is stopped until somebody has looked; null: not';

GRANT SELECT, INSERT, UPDATE, DELETE ON
    access.password, access.totp, access.recovery_code, access.passkey, access.ceremony,
    access.federated TO candor_app;
-- What is proposed stays as it was proposed: only what becomes of it is written.
GRANT SELECT, INSERT ON access.proposal, access.permit TO candor_app;
GRANT UPDATE (state, decided_by, decided_at) ON access.proposal TO candor_app;
GRANT UPDATE (ended_at) ON access.permit TO candor_app;

-- ------------------------------------------------------------------ shield
CREATE SCHEMA shield;
GRANT USAGE ON SCHEMA shield TO candor_app;

CREATE TABLE shield.throttle (
    bucket bytea NOT NULL,
    due_at timestamptz NOT NULL,
    CONSTRAINT throttle__bucket__pk PRIMARY KEY (bucket),
    CONSTRAINT throttle__bucket__ck CHECK (octet_length(bucket) = 16)
);
CREATE INDEX throttle__due_at__ix ON shield.throttle (due_at);
COMMENT ON TABLE shield.throttle IS 'how much of each limit is used, for all processes and nodes (GCRA: one instant per bucket)';
COMMENT ON COLUMN shield.throttle.bucket IS 'class: pseudonym; keyed hash of limit and of account, address or network';
COMMENT ON COLUMN shield.throttle.due_at IS 'class: time; when all that was taken is paid back';

CREATE TABLE shield.solved (
    challenge bytea NOT NULL,
    until timestamptz NOT NULL,
    CONSTRAINT solved__challenge__pk PRIMARY KEY (challenge)
);
COMMENT ON TABLE shield.solved IS 'challenges that were answered: each counts once';
COMMENT ON COLUMN shield.solved.challenge IS 'class: key; hash of the signature of the challenge';
COMMENT ON COLUMN shield.solved.until IS 'class: time; when the challenge is too old to be sent again';

CREATE TABLE shield.seen (
    actor text NOT NULL,
    network bytea NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    CONSTRAINT seen__actor_network__pk PRIMARY KEY (actor, network)
);
COMMENT ON TABLE shield.seen IS 'from which networks staff and keys come, to notice when one is used from elsewhere';
COMMENT ON COLUMN shield.seen.actor IS 'class: key; staff:id or key:id; never a customer';
COMMENT ON COLUMN shield.seen.network IS 'class: pseudonym; keyed hash of the network';
COMMENT ON COLUMN shield.seen.first_at IS 'class: time; first use from there';
COMMENT ON COLUMN shield.seen.last_at IS 'class: time; last use from there, to the hour';

CREATE TABLE shield.canary (
    canary_id uuid NOT NULL,
    kind text NOT NULL,
    mark bytea NOT NULL,
    note text NOT NULL,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT canary__canary_id__pk PRIMARY KEY (canary_id),
    CONSTRAINT canary__mark__uq UNIQUE (mark),
    CONSTRAINT canary__kind__ck CHECK (kind IN ('profile', 'api_key', 'write_key', 'staff'))
);
COMMENT ON TABLE shield.canary IS 'profiles and keys that nobody has a reason to touch: whoever does is noticed';
COMMENT ON COLUMN shield.canary.canary_id IS 'class: key; names it';
COMMENT ON COLUMN shield.canary.kind IS 'class: state; profile, api_key, write_key or staff';
COMMENT ON COLUMN shield.canary.mark IS 'class: secret; what gives it away: pseudonym of the profile, hash of the key';
COMMENT ON COLUMN shield.canary.note IS 'class: config; where it was laid out';
COMMENT ON COLUMN shield.canary.created_at IS 'class: time; when it was laid out';
COMMENT ON COLUMN shield.canary.ended_at IS 'class: time; when it was taken in again';

CREATE TABLE shield.alert (
    alert_id uuid NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL,
    actor text NOT NULL,
    times bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    first_entry bigint,
    last_entry bigint,
    detail jsonb NOT NULL,
    state text NOT NULL,
    settled_by uuid,
    settled_at timestamptz,
    verdict text,
    told_at timestamptz,
    CONSTRAINT alert__alert_id__pk PRIMARY KEY (alert_id),
    CONSTRAINT alert__severity__ck CHECK (severity IN ('notice', 'warning', 'critical')),
    CONSTRAINT alert__state__ck CHECK (state IN ('open', 'settled')),
    CONSTRAINT alert__settled__ck CHECK ((state = 'settled') = (settled_at IS NOT NULL)),
    CONSTRAINT alert__verdict__ck CHECK (verdict IN ('attack', 'mistake', 'expected'))
);
CREATE UNIQUE INDEX alert__open__uq ON shield.alert (rule, actor) WHERE state = 'open';
CREATE INDEX alert__last_at__ix ON shield.alert (last_at);
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

CREATE TABLE shield.measure (
    measure_id uuid NOT NULL,
    alert_id uuid,
    kind text NOT NULL,
    actor text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    lifted_at timestamptz,
    lifted_by uuid,
    CONSTRAINT measure__measure_id__pk PRIMARY KEY (measure_id),
    CONSTRAINT measure__alert_id__fk FOREIGN KEY (alert_id) REFERENCES shield.alert (alert_id),
    CONSTRAINT measure__kind__ck CHECK (kind IN ('challenge', 'slow', 'step_up', 'end_sessions', 'suspend', 'no_export')),
    CONSTRAINT measure__until__ck CHECK (until > since)
);
CREATE INDEX measure__actor__ix ON shield.measure (actor, until);
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
    at timestamptz NOT NULL,
    CONSTRAINT progress__watcher__pk PRIMARY KEY (watcher)
);
COMMENT ON TABLE shield.progress IS 'how far the audit log was watched';
COMMENT ON COLUMN shield.progress.watcher IS 'class: key; which watcher';
COMMENT ON COLUMN shield.progress.horizon IS 'class: state; the snapshot up to which every entry was seen';
COMMENT ON COLUMN shield.progress.at IS 'class: time; when it last looked';

GRANT SELECT, INSERT, UPDATE, DELETE ON
    shield.throttle, shield.solved, shield.seen, shield.progress TO candor_app;
GRANT SELECT, INSERT, UPDATE ON shield.canary, shield.alert, shield.measure TO candor_app;

-- ------------------------------------------------------------------ the log proves itself
-- What is there already keeps none: a new default on old rows would rewrite the table.
ALTER TABLE audit.entry ADD COLUMN xid xid8;
ALTER TABLE audit.entry ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
COMMENT ON COLUMN audit.entry.xid IS 'class: key; the transaction that wrote it: readers of the stream skip none';
-- Both are made once, on a log that no release has grown yet.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX entry__xid__ix ON audit.entry (xid);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX entry__recorded_at__ix ON audit.entry USING brin (recorded_at);

CREATE TABLE audit.tile (
    level smallint NOT NULL,
    tile_index bigint NOT NULL,
    hashes bytea NOT NULL,
    entry_ids bigint[],
    CONSTRAINT tile__level_tile_index__pk PRIMARY KEY (level, tile_index),
    CONSTRAINT tile__level__ck CHECK (level BETWEEN 0 AND 7),
    CONSTRAINT tile__hashes__ck CHECK (octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0),
    CONSTRAINT tile__entry_ids__ck CHECK ((level = 0) = (entry_ids IS NOT NULL)
        AND (level > 0 OR cardinality(entry_ids) * 32 = octet_length(hashes))),
    -- Counted from 1 in one row: else what the trigger compares would not be what readers see.
    CONSTRAINT tile__counted__ck CHECK (level > 0 OR (array_ndims(entry_ids) = 1 AND array_lower(entry_ids, 1) = 1))
);
CREATE INDEX tile__first_entry__ix ON audit.tile ((entry_ids[1])) WHERE level = 0;
COMMENT ON TABLE audit.tile IS 'the Merkle tree over the log (RFC 9162), 256 hashes a row as in C2SP tlog-tiles; rows only grow';
COMMENT ON COLUMN audit.tile.level IS 'class: key; 0: hashes of entries; 1: each the root of 256 of them; and so on';
COMMENT ON COLUMN audit.tile.tile_index IS 'class: key; place within the level';
COMMENT ON COLUMN audit.tile.hashes IS 'class: state; up to 256 hashes of 32 bytes';
COMMENT ON COLUMN audit.tile.entry_ids IS 'class: key; which entries the hashes of level 0 are of, in their order';

-- A hash that stands is never changed or taken away: only others are put behind it.
CREATE FUNCTION audit.only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
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
REVOKE EXECUTE ON FUNCTION audit.only_grow() FROM PUBLIC;
CREATE TRIGGER tile__only_grows BEFORE UPDATE ON audit.tile
    FOR EACH ROW EXECUTE FUNCTION audit.only_grow();
CREATE TRIGGER tile__append_only BEFORE DELETE ON audit.tile
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite();
CREATE TRIGGER tile__no_truncate BEFORE TRUNCATE ON audit.tile
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite();

CREATE TABLE audit.progress (
    is_only boolean NOT NULL,
    horizon text NOT NULL,
    size bigint NOT NULL,
    settled_id bigint NOT NULL,
    CONSTRAINT progress__is_only__pk PRIMARY KEY (is_only),
    CONSTRAINT progress__is_only__ck CHECK (is_only)
);
COMMENT ON TABLE audit.progress IS 'how far the log was taken into the tree: one row';
COMMENT ON COLUMN audit.progress.is_only IS 'class: key; there is one row';
COMMENT ON COLUMN audit.progress.horizon IS 'class: state; the snapshot up to which every entry is in the tree';
COMMENT ON COLUMN audit.progress.size IS 'class: count; entries in the tree';
COMMENT ON COLUMN audit.progress.settled_id IS 'class: key; up to this entry all are in the tree, whatever transaction they name: they come from before, or from a backup';

CREATE TABLE audit.checkpoint (
    size bigint NOT NULL,
    root bytea NOT NULL,
    note text NOT NULL,
    signed_at timestamptz NOT NULL,
    CONSTRAINT checkpoint__size__pk PRIMARY KEY (size),
    CONSTRAINT checkpoint__root__ck CHECK (octet_length(root) = 32)
);
COMMENT ON TABLE audit.checkpoint IS 'signed heads of the log (C2SP tlog-checkpoint); whoever keeps one can tell a rewritten log';
COMMENT ON COLUMN audit.checkpoint.size IS 'class: key; number of entries below it';
COMMENT ON COLUMN audit.checkpoint.root IS 'class: state; root of the tree of that size';
COMMENT ON COLUMN audit.checkpoint.note IS 'class: state; the signed note';
COMMENT ON COLUMN audit.checkpoint.signed_at IS 'class: time; when it was signed';
CREATE TRIGGER checkpoint__append_only BEFORE UPDATE OR DELETE ON audit.checkpoint
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite();
CREATE TRIGGER checkpoint__no_truncate BEFORE TRUNCATE ON audit.checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite();

GRANT SELECT, INSERT, UPDATE ON audit.tile, audit.progress TO candor_app;
GRANT SELECT, INSERT ON audit.checkpoint TO candor_app;

-- ------------------------------------------------------------------ versions of keys, erasures
CREATE TABLE vault.key_version (
    use text NOT NULL,
    version smallint NOT NULL,
    opened_at timestamptz NOT NULL,
    retired_at timestamptz,
    done_at timestamptz,
    CONSTRAINT key_version__use_version__pk PRIMARY KEY (use, version),
    CONSTRAINT key_version__use__ck CHECK (use IN ('index', 'receipt', 'checkpoint')),
    CONSTRAINT key_version__version__ck CHECK (version > 0)
);
CREATE UNIQUE INDEX key_version__current__uq ON vault.key_version (use) WHERE retired_at IS NULL;
COMMENT ON TABLE vault.key_version IS 'the life of each fixed key by use; the keys themselves never enter the database';
COMMENT ON COLUMN vault.key_version.use IS 'class: key; index: blind index; receipt and checkpoint: signatures';
COMMENT ON COLUMN vault.key_version.version IS 'class: key; counts up';
COMMENT ON COLUMN vault.key_version.opened_at IS 'class: time; from when it is the one in use';
COMMENT ON COLUMN vault.key_version.retired_at IS 'class: time; when the next one took its place';
COMMENT ON COLUMN vault.key_version.done_at IS 'class: time; index: when nothing was indexed by it any more';

CREATE TABLE vault.erasure (
    profile_id uuid NOT NULL,
    erased_at timestamptz NOT NULL,
    CONSTRAINT erasure__profile_id__pk PRIMARY KEY (profile_id)
);
COMMENT ON TABLE vault.erasure IS 'person: merge=stays; split=stays; export=no, nobody is behind it any more; erase=keep, this is what a restored backup replays; restrict=keep; retain=until no backup is older';
COMMENT ON COLUMN vault.erasure.profile_id IS 'class: pseudonym; an id of nobody: its key is gone';
COMMENT ON COLUMN vault.erasure.erased_at IS 'class: time; when the key was destroyed';
CREATE TABLE vault.root (
    fingerprint text NOT NULL,
    bound_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    CONSTRAINT root__fingerprint__pk PRIMARY KEY (fingerprint),
    CONSTRAINT root__fingerprint__ck CHECK (fingerprint ~ '^[0-9a-f]{16}$')
);
CREATE UNIQUE INDEX root__only__uq ON vault.root ((true));
COMMENT ON TABLE vault.root IS 'the root of fixed keys that this database belongs to, by its public name: one row';
COMMENT ON COLUMN vault.root.fingerprint IS 'class: key; public name of the root';
COMMENT ON COLUMN vault.root.bound_at IS 'class: time; when it was first used here';
COMMENT ON COLUMN vault.root.confirmed_at IS 'class: time; when a recovery copy of it was last read back; null: never';
GRANT SELECT, INSERT, UPDATE ON vault.root TO candor_app;

ALTER TABLE vault.epoch ADD COLUMN emptied_at timestamptz;
COMMENT ON COLUMN vault.epoch.emptied_at IS 'class: time; from when it wrapped no living key any more';

-- In the order of profiles: each batch begins where the last one ended, past what is done.
CREATE FUNCTION vault.next_to_rewrap(below integer, after uuid, at_most integer)
RETURNS TABLE (profile_id uuid, epoch_id integer, wrapped bytea)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.profile_id, k.epoch_id, k.wrapped FROM vault.subject_key AS k
    WHERE k.profile_id > after AND k.epoch_id < below
    ORDER BY k.profile_id LIMIT at_most FOR UPDATE SKIP LOCKED
$$;
ALTER FUNCTION vault.next_to_rewrap(integer, uuid, integer) OWNER TO candor_vault;
REVOKE EXECUTE ON FUNCTION vault.next_to_rewrap(integer, uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.next_to_rewrap(integer, uuid, integer) TO candor_app;
-- The release that runs now may still be wrapping: `vault.keys_to_rewrap` stays until a post step.

GRANT SELECT, INSERT ON vault.key_version, vault.erasure TO candor_app;
GRANT UPDATE ON vault.key_version TO candor_app;

-- ------------------------------------------------------------------ runs of backups
CREATE SCHEMA backup;
GRANT USAGE ON SCHEMA backup TO candor_app;

CREATE TABLE backup.run (
    run_id uuid NOT NULL,
    kind text NOT NULL,
    label text,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    outcome text,
    report jsonb NOT NULL,
    CONSTRAINT run__run_id__pk PRIMARY KEY (run_id),
    CONSTRAINT run__kind__ck CHECK (kind IN ('create', 'verify', 'drill', 'restore')),
    CONSTRAINT run__outcome__ck CHECK (outcome IN ('well', 'failed'))
);
CREATE INDEX run__started_at__ix ON backup.run (started_at);
COMMENT ON TABLE backup.run IS 'what became of each backup, verification, drill and restore';
COMMENT ON COLUMN backup.run.run_id IS 'class: key; names it';
COMMENT ON COLUMN backup.run.kind IS 'class: state; create, verify, drill or restore';
COMMENT ON COLUMN backup.run.label IS 'class: key; name of the backup';
COMMENT ON COLUMN backup.run.started_at IS 'class: time; when it began';
COMMENT ON COLUMN backup.run.finished_at IS 'class: time; when it ended; null: it runs, or was killed';
COMMENT ON COLUMN backup.run.outcome IS 'class: state; well or failed';
COMMENT ON COLUMN backup.run.report IS 'class: state; sizes, counts, seconds, codes';
GRANT SELECT, INSERT, UPDATE ON backup.run TO candor_app;
