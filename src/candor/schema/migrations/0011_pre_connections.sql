-- The two directions of connections: vendors, connections and how far each has come, what other
-- systems hold about whom, deliveries, what was heard, browsers that take push messages.

SET LOCAL lock_timeout = '4s';
SET LOCAL statement_timeout = '5s';

-- ------------------------------------------------------------------ vendors
CREATE SCHEMA governance;
GRANT USAGE ON SCHEMA governance TO candor_app;

CREATE TABLE governance.vendor (
    vendor_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    country text NOT NULL,
    transfer text NOT NULL DEFAULT 'none',
    contact text NOT NULL DEFAULT '',
    contract text NOT NULL DEFAULT '',
    contract_until date,
    added_by text NOT NULL,
    added_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT vendor__vendor_id__pk PRIMARY KEY (vendor_id),
    CONSTRAINT vendor__code__uq UNIQUE (code),
    CONSTRAINT vendor__code__ck CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    CONSTRAINT vendor__country__ck CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT vendor__transfer__ck CHECK (transfer IN (
        'none', 'inside', 'adequacy', 'clauses', 'binding_rules', 'derogation'
    ))
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
GRANT SELECT, INSERT, UPDATE ON governance.vendor TO candor_app;

CREATE TABLE governance.vendor_certificate (
    vendor_id uuid NOT NULL,
    name text NOT NULL,
    valid_until date NOT NULL,
    is_required boolean NOT NULL,
    CONSTRAINT vendor_certificate__vendor_id_name__pk PRIMARY KEY (vendor_id, name),
    CONSTRAINT vendor_certificate__vendor_id__fk FOREIGN KEY (vendor_id) REFERENCES governance.vendor (vendor_id)
);
COMMENT ON TABLE governance.vendor_certificate IS 'what proves how a vendor keeps data: ISO 27001, SOC 2 and the like';
COMMENT ON COLUMN governance.vendor_certificate.vendor_id IS 'class: key; whose';
COMMENT ON COLUMN governance.vendor_certificate.name IS 'class: config; as it is called';
COMMENT ON COLUMN governance.vendor_certificate.valid_until IS 'class: time; its last day';
COMMENT ON COLUMN governance.vendor_certificate.is_required IS 'class: config; the flow stops when it lapses';
GRANT SELECT, INSERT, UPDATE, DELETE ON governance.vendor_certificate TO candor_app;

-- ------------------------------------------------------------------ connections
CREATE SCHEMA connections;
GRANT USAGE ON SCHEMA connections TO candor_app;

CREATE TABLE connections.connection (
    connection_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    adapter text NOT NULL,
    vendor_id uuid,
    directions text [] NOT NULL,
    purposes text [] NOT NULL,
    mapping jsonb NOT NULL,
    settings jsonb NOT NULL,
    secrets bytea,
    source text,
    removal text NOT NULL DEFAULT 'remove',
    at_once integer NOT NULL,
    per_minute integer,
    state text NOT NULL DEFAULT 'draft',
    why text,
    edition integer NOT NULL DEFAULT 1,
    added_by text NOT NULL,
    added_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT connection__connection_id__pk PRIMARY KEY (connection_id),
    CONSTRAINT connection__code__uq UNIQUE (code),
    CONSTRAINT connection__code__ck CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    CONSTRAINT connection__vendor_id__fk FOREIGN KEY (vendor_id) REFERENCES governance.vendor (vendor_id),
    CONSTRAINT connection__directions__ck CHECK (
        directions <@ ARRAY['out', 'in']::text [] AND cardinality(directions) > 0
    ),
    CONSTRAINT connection__removal__ck CHECK (removal IN ('remove', 'clear')),
    CONSTRAINT connection__at_once__ck CHECK (at_once BETWEEN 1 AND 10000),
    CONSTRAINT connection__per_minute__ck CHECK (per_minute > 0),
    CONSTRAINT connection__state__ck CHECK (state IN ('draft', 'active', 'paused', 'stopping', 'ended')),
    CONSTRAINT connection__ended__ck CHECK ((state = 'ended') = (ended_at IS NOT NULL))
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
GRANT SELECT, INSERT, UPDATE ON connections.connection TO candor_app;

CREATE TABLE connections.progress (
    connection_id uuid NOT NULL,
    horizon text,
    minds_horizon text,
    declared text,
    routed_at timestamptz,
    sweep_after uuid,
    sweep_edition integer NOT NULL DEFAULT 0,
    called_at timestamptz,
    tokens double precision NOT NULL DEFAULT 0,
    not_before timestamptz,
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    answered_at timestamptz,
    problem text,
    cursor text,
    polled_at timestamptz,
    poll_at timestamptz,
    poll_lease timestamptz,
    compared_at timestamptz,
    compared_after text,
    compare_lease timestamptz,
    compare_began timestamptz,
    is_compare_asked boolean NOT NULL DEFAULT false,
    drifted integer NOT NULL DEFAULT 0,
    missing integer NOT NULL DEFAULT 0,
    CONSTRAINT progress__connection_id__pk PRIMARY KEY (connection_id),
    CONSTRAINT progress__connection_id__fk FOREIGN KEY (connection_id) REFERENCES connections.connection (connection_id)
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
COMMENT ON COLUMN connections.progress.missing IS 'class: count; people whom it holds by our books and did not list then';
COMMENT ON COLUMN connections.progress.drifted IS 'class: count; people whose choice differed at the last comparison; repaired towards no';
GRANT SELECT, INSERT, UPDATE ON connections.progress TO candor_app;

-- ------------------------------------------------------------------ what the other side holds
CREATE TABLE connections.link (
    profile_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    remote_id bytea NOT NULL,
    remote_index bytea NOT NULL,
    base jsonb NOT NULL DEFAULT '{}',
    purposes bigint NOT NULL DEFAULT 0,
    version text,
    told_at timestamptz,
    refused jsonb NOT NULL DEFAULT '{}',
    heard_at timestamptz,
    heard_as bytea,
    removed_at timestamptz,
    is_let_go boolean NOT NULL DEFAULT false,
    CONSTRAINT link__profile_id_connection_id__pk PRIMARY KEY (profile_id, connection_id),
    CONSTRAINT link__connection_id__fk FOREIGN KEY (connection_id) REFERENCES connections.connection (connection_id),
    CONSTRAINT link__remote_index__ck CHECK (octet_length(remote_index) = 16),
    CONSTRAINT link__heard_as__ck CHECK (octet_length(heard_as) = 16)
);
CREATE UNIQUE INDEX link__connection_id_remote_index__uq ON connections.link (connection_id, remote_index) WHERE removed_at IS NULL;
CREATE INDEX link__connection_id__ix ON connections.link (connection_id, profile_id) WHERE removed_at IS NULL;
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
GRANT SELECT, INSERT, UPDATE, DELETE ON connections.link TO candor_app;

-- ------------------------------------------------------------------ deliveries
CREATE TABLE connections.delivery (
    profile_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    cause text NOT NULL,
    task_id uuid,
    state text NOT NULL DEFAULT 'waiting',
    rank smallint NOT NULL,
    changed_at timestamptz NOT NULL,
    changes integer NOT NULL DEFAULT 1,
    claimed integer,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    leased_until timestamptz,
    leased_by text,
    act text,
    fields text [],
    sent_at timestamptz,
    content bytea,
    tried bytea,
    settled_at timestamptz,
    problem text,
    CONSTRAINT delivery__profile_id_delivery_id__pk PRIMARY KEY (profile_id, delivery_id),
    CONSTRAINT delivery__connection_id__fk FOREIGN KEY (connection_id) REFERENCES connections.connection (connection_id),
    CONSTRAINT delivery__state__ck CHECK (state IN ('waiting', 'sending', 'parked', 'acknowledged', 'needless', 'dropped')),
    CONSTRAINT delivery__act__ck CHECK (act IN ('put', 'remove')),
    CONSTRAINT delivery__lease__ck CHECK ((state = 'sending') = (leased_until IS NOT NULL)),
    CONSTRAINT delivery__settled__ck CHECK ((state IN ('acknowledged', 'needless', 'dropped')) = (settled_at IS NOT NULL))
);
CREATE UNIQUE INDEX delivery__profile_id_connection_id__uq ON connections.delivery (profile_id, connection_id) WHERE settled_at IS NULL;
CREATE INDEX delivery__connection_id_rank_due_at__ix ON connections.delivery (connection_id, rank, due_at) WHERE state = 'waiting';
CREATE INDEX delivery__leased_until__ix ON connections.delivery (leased_until) WHERE state = 'sending';
CREATE INDEX delivery__connection_id_parked__ix ON connections.delivery (connection_id, changed_at) WHERE state = 'parked';
CREATE INDEX delivery__connection_id_settled_at__ix ON connections.delivery (connection_id, settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX delivery__task_id__ix ON connections.delivery (task_id) WHERE task_id IS NOT NULL;
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
GRANT SELECT, INSERT, UPDATE, DELETE ON connections.delivery TO candor_app;

-- ------------------------------------------------------------------ what was heard
CREATE TABLE connections.message (
    connection_id uuid NOT NULL,
    message_key bytea NOT NULL,
    heard_at timestamptz NOT NULL,
    CONSTRAINT message__connection_id_message_key__pk PRIMARY KEY (connection_id, message_key),
    CONSTRAINT message__connection_id__fk FOREIGN KEY (connection_id) REFERENCES connections.connection (connection_id),
    CONSTRAINT message__message_key__ck CHECK (octet_length(message_key) = 16)
);
CREATE INDEX message__heard_at__ix ON connections.message (heard_at);
COMMENT ON TABLE connections.message IS 'messages of other systems that were taken: each is heard once';
COMMENT ON COLUMN connections.message.connection_id IS 'class: key; whose';
COMMENT ON COLUMN connections.message.message_key IS 'class: pseudonym; keyed hash of its id';
COMMENT ON COLUMN connections.message.heard_at IS 'class: time; when';
GRANT SELECT, INSERT, DELETE ON connections.message TO candor_app;

CREATE TABLE connections.tally (
    connection_id uuid NOT NULL,
    hour timestamptz NOT NULL,
    what text NOT NULL,
    count bigint NOT NULL,
    CONSTRAINT tally__connection_id_hour_what__pk PRIMARY KEY (connection_id, hour, what),
    CONSTRAINT tally__connection_id__fk FOREIGN KEY (connection_id) REFERENCES connections.connection (connection_id)
);
COMMENT ON TABLE connections.tally IS 'what was heard of each connection, by the hour';
COMMENT ON COLUMN connections.tally.connection_id IS 'class: key; whose';
COMMENT ON COLUMN connections.tally.hour IS 'class: time; its beginning';
COMMENT ON COLUMN connections.tally.what IS 'class: state; code: taken, echo, repaired, stale, removed, unknown, erased, refused, again; of calls: bad_signature, too_old, bad_message';
COMMENT ON COLUMN connections.tally.count IS 'class: count; how often';
GRANT SELECT, INSERT, UPDATE, DELETE ON connections.tally TO candor_app;

-- ------------------------------------------------------------------ browsers that take push messages
CREATE TABLE connections.subscription (
    profile_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    endpoint_index bytea NOT NULL,
    sealed bytea NOT NULL,
    device text NOT NULL DEFAULT '',
    added_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT subscription__profile_id_subscription_id__pk PRIMARY KEY (profile_id, subscription_id),
    CONSTRAINT subscription__connection_id__fk FOREIGN KEY (connection_id) REFERENCES connections.connection (connection_id),
    CONSTRAINT subscription__connection_id_endpoint_index__uq UNIQUE (connection_id, endpoint_index),
    CONSTRAINT subscription__endpoint_index__ck CHECK (octet_length(endpoint_index) = 16)
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
GRANT SELECT, INSERT, UPDATE, DELETE ON connections.subscription TO candor_app;

-- ------------------------------------------------------------------ files that are handed over
CREATE TABLE connections.file (
    file_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'proposed',
    proposal_id uuid,
    people integer,
    size bigint,
    sha256 bytea,
    name text,
    made_at timestamptz,
    put_at timestamptz,
    expires_at timestamptz,
    recalled_at timestamptz,
    gone_at timestamptz,
    problem text,
    terms bytea NOT NULL,
    looked integer NOT NULL DEFAULT 0,
    total integer NOT NULL DEFAULT 0,
    forgotten integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    leased_until timestamptz,
    leased_by text,
    added_at timestamptz NOT NULL,
    CONSTRAINT file__file_id__pk PRIMARY KEY (file_id),
    CONSTRAINT file__connection_id__fk FOREIGN KEY (connection_id) REFERENCES connections.connection (connection_id),
    CONSTRAINT file__state__ck CHECK (state IN ('proposed', 'approved', 'making', 'put', 'failed', 'expired', 'declined')),
    CONSTRAINT file__sha256__ck CHECK (octet_length(sha256) = 32),
    CONSTRAINT file__terms__ck CHECK (octet_length(terms) = 32),
    CONSTRAINT file__lease__ck CHECK ((leased_until IS NULL) = (leased_by IS NULL))
);
CREATE INDEX file__connection_id_added_at__ix ON connections.file (connection_id, added_at);
CREATE INDEX file__due_at__ix ON connections.file (due_at) WHERE gone_at IS NULL;
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
GRANT SELECT, INSERT, UPDATE, DELETE ON connections.file TO candor_app;

CREATE TABLE connections.file_person (
    profile_id uuid NOT NULL,
    file_id uuid NOT NULL,
    purposes bigint NOT NULL,
    changed_at timestamptz,
    CONSTRAINT file_person__profile_id_file_id__pk PRIMARY KEY (profile_id, file_id),
    CONSTRAINT file_person__file_id__fk FOREIGN KEY (file_id) REFERENCES connections.file (file_id)
);
CREATE INDEX file_person__file_id__ix ON connections.file_person (file_id, profile_id);
CREATE INDEX file_person__changed__ix ON connections.file_person (file_id) WHERE changed_at IS NOT NULL;
COMMENT ON TABLE connections.file_person IS 'person: merge=stays with its profile; split=stays with its profile; export=yes; erase=delete, its file is taken away; restrict=keep; retain=P90D after its file was taken away';
COMMENT ON COLUMN connections.file_person.profile_id IS 'class: pseudonym; who is in a file';
COMMENT ON COLUMN connections.file_person.file_id IS 'class: key; in which';
COMMENT ON COLUMN connections.file_person.purposes IS 'class: state; mask of the purposes for which they are';
COMMENT ON COLUMN connections.file_person.changed_at IS 'class: time; when it was found that none of them is allowed any more; null: one is';
GRANT SELECT, INSERT, UPDATE, DELETE ON connections.file_person TO candor_app;

-- ------------------------------------------------------------------ ends of pauses
-- Partial, and of few: whoever pauses now. Choices wait for it as long as the table is read once.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX state__paused_until__ix ON consent.state (paused_until) WHERE paused_until > '-infinity';
