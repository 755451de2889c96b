-- What people are entitled to: requests and their clock, tasks, holds, decisions by machine,
-- agents, other systems that are told, sweeps; and tombstones, so that nobody erased comes back.

SET LOCAL lock_timeout = '4s';
SET LOCAL statement_timeout = '5s';

CREATE SCHEMA rights;
GRANT USAGE ON SCHEMA rights TO candor_app;

-- ------------------------------------------------------------------ agents
CREATE TABLE rights.agent (
    agent_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    web_url text NOT NULL DEFAULT '',
    verify_key bytea NOT NULL,
    token_hash bytea,
    token_at timestamptz,
    is_trusted boolean NOT NULL DEFAULT FALSE,
    added_by text NOT NULL,
    added_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT agent__agent_id__pk PRIMARY KEY (agent_id),
    CONSTRAINT agent__code__uq UNIQUE (code),
    CONSTRAINT agent__code__ck CHECK (code ~ '^[A-Z][A-Z0-9_]{0,39}$'),
    CONSTRAINT agent__verify_key__ck CHECK (octet_length(verify_key) = 32),
    CONSTRAINT agent__token_hash__ck CHECK (octet_length(token_hash) = 32)
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
GRANT SELECT, INSERT, UPDATE ON rights.agent TO candor_app;

-- ------------------------------------------------------------------ requests
CREATE TABLE rights.request (
    request_id uuid NOT NULL,
    profile_id uuid,
    subject bytea,
    kind text NOT NULL,
    regime text,
    channel text NOT NULL,
    requester text NOT NULL DEFAULT 'self',
    agent_id uuid,
    state text NOT NULL DEFAULT 'received',
    outcome text,
    ground text,
    scope jsonb NOT NULL DEFAULT '{}',
    locale text NOT NULL DEFAULT 'en',
    external_ref text,
    received_at timestamptz NOT NULL,
    acknowledge_by timestamptz,
    acknowledged_at timestamptz,
    due_at timestamptz,
    extended_at timestamptz,
    extension_ground text,
    paused_at timestamptz,
    paused_for interval NOT NULL DEFAULT '0',
    proof text NOT NULL DEFAULT 'none',
    proved_at timestamptz,
    failures smallint NOT NULL DEFAULT 0,
    assignee_id uuid,
    duplicate_of uuid,
    about_request_id uuid,
    ticket_hash bytea,
    results_until timestamptz,
    downloads integer NOT NULL DEFAULT 0,
    begun_at timestamptz,
    closed_at timestamptz,
    CONSTRAINT request__request_id__pk PRIMARY KEY (request_id),
    CONSTRAINT request__agent_id__fk FOREIGN KEY (agent_id) REFERENCES rights.agent (agent_id),
    CONSTRAINT request__duplicate_of__fk FOREIGN KEY (duplicate_of) REFERENCES rights.request (request_id),
    CONSTRAINT request__about_request_id__fk FOREIGN KEY (about_request_id) REFERENCES rights.request (request_id),
    CONSTRAINT request__subject__ck CHECK (octet_length(subject) = 16),
    CONSTRAINT request__kind__ck CHECK (kind IN (
        'information', 'access', 'portability', 'rectification', 'erasure', 'restriction', 'objection',
        'automated_decision', 'sale_opt_out', 'limit_sensitive', 'complaint', 'appeal'
    )),
    CONSTRAINT request__regime__ck CHECK (regime IN ('gdpr', 'uk_gdpr', 'ccpa', 'lgpd')),
    CONSTRAINT request__channel__ck CHECK (channel IN (
        'portal', 'console', 'api', 'mail', 'phone', 'letter', 'opendsr', 'drp'
    )),
    CONSTRAINT request__requester__ck CHECK (requester IN ('self', 'guardian', 'agent', 'heir')),
    CONSTRAINT request__agent__ck CHECK (agent_id IS NULL OR requester = 'agent'),
    CONSTRAINT request__state__ck CHECK (state IN (
        'received', 'verifying', 'in_progress', 'fulfilled', 'refused', 'withdrawn'
    )),
    CONSTRAINT request__outcome__ck CHECK (outcome IN ('full', 'part')),
    CONSTRAINT request__closed__ck CHECK ((state IN ('fulfilled', 'refused', 'withdrawn')) = (closed_at IS NOT NULL)),
    CONSTRAINT request__fulfilled__ck CHECK ((state = 'fulfilled') = (outcome IS NOT NULL)),
    CONSTRAINT request__refused__ck CHECK (state <> 'refused' OR ground IS NOT NULL),
    CONSTRAINT request__begun__ck CHECK (state <> 'in_progress' OR (begun_at IS NOT NULL AND profile_id IS NOT NULL)),
    CONSTRAINT request__proof__ck CHECK (proof IN ('none', 'mailbox', 'data_points', 'account', 'declaration', 'authority')),
    CONSTRAINT request__failures__ck CHECK (failures >= 0),
    CONSTRAINT request__ticket_hash__uq UNIQUE (ticket_hash),
    CONSTRAINT request__ticket_hash__ck CHECK (octet_length(ticket_hash) = 32),
    CONSTRAINT request__duplicate__ck CHECK (duplicate_of <> request_id)
);
CREATE UNIQUE INDEX request__external_ref__uq ON rights.request (channel, external_ref) WHERE external_ref IS NOT NULL;
CREATE INDEX request__profile_id__ix ON rights.request (profile_id, received_at);
CREATE INDEX request__due_at__ix ON rights.request (due_at) WHERE closed_at IS NULL;
CREATE INDEX request__received_at__ix ON rights.request (received_at);
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
GRANT SELECT, INSERT, UPDATE, DELETE ON rights.request TO candor_app;

CREATE TABLE rights.event (
    request_id uuid NOT NULL,
    event_id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    what text NOT NULL,
    code text,
    detail jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT event__request_id_event_id__pk PRIMARY KEY (request_id, event_id),
    CONSTRAINT event__request_id__fk FOREIGN KEY (request_id) REFERENCES rights.request (request_id) ON DELETE CASCADE
);
COMMENT ON TABLE rights.event IS 'what happened to a request, in order; goes with it';
COMMENT ON COLUMN rights.event.request_id IS 'class: key; which request';
COMMENT ON COLUMN rights.event.event_id IS 'class: key; order';
COMMENT ON COLUMN rights.event.at IS 'class: time; when';
COMMENT ON COLUMN rights.event.actor IS 'class: pseudonym; kind of who did it, and the id of staff or name of a part of the machine; customers without an id';
COMMENT ON COLUMN rights.event.what IS 'class: state; what happened';
COMMENT ON COLUMN rights.event.code IS 'class: state; its ground';
COMMENT ON COLUMN rights.event.detail IS 'class: state; codes and counts, no free text';
GRANT SELECT, INSERT, DELETE ON rights.event TO candor_app;

-- What was written in words, by the person or to them.
CREATE TABLE rights.note (
    bearer_id uuid NOT NULL,
    note_id uuid NOT NULL,
    request_id uuid NOT NULL,
    use text NOT NULL,
    author text NOT NULL,
    sealed bytea NOT NULL,
    written_at timestamptz NOT NULL,
    CONSTRAINT note__bearer_id_note_id__pk PRIMARY KEY (bearer_id, note_id),
    CONSTRAINT note__request_id__fk FOREIGN KEY (request_id) REFERENCES rights.request (request_id) ON DELETE CASCADE,
    CONSTRAINT note__use__ck CHECK (use IN ('words', 'answer', 'address', 'last_address', 'needles', 'identities'))
);
CREATE INDEX note__request_id__ix ON rights.note (request_id);
COMMENT ON TABLE rights.note IS 'person: merge=stays with its profile; split=stays with its profile; export=yes; erase=delete, but the last letter and the words to search for, which go minutes later with a key of their own; restrict=keep; retain=P24M after the request was closed';
COMMENT ON COLUMN rights.note.bearer_id IS 'class: pseudonym; whose key seals it: the profile, or the request itself while nobody is found or the profile is being erased';
COMMENT ON COLUMN rights.note.note_id IS 'class: key; names it';
COMMENT ON COLUMN rights.note.request_id IS 'class: key; which request';
COMMENT ON COLUMN rights.note.use IS 'class: state; words or answer; address to reply to; last_address, needles and identities while an erasure runs';
COMMENT ON COLUMN rights.note.author IS 'class: state; person, agent, or staff id';
COMMENT ON COLUMN rights.note.sealed IS 'pii:message; what was written; purpose: rights; retention: P24M';
COMMENT ON COLUMN rights.note.written_at IS 'class: time; when';
GRANT SELECT, INSERT, DELETE ON rights.note TO candor_app;

-- ------------------------------------------------------------------ tasks
CREATE TABLE rights.task (
    request_id uuid NOT NULL,
    task_id uuid NOT NULL,
    step text NOT NULL,
    party text NOT NULL DEFAULT '',
    stage smallint NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    attempts smallint NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL,
    leased_until timestamptz,
    due_at timestamptz,
    assignee_id uuid,
    reminded_at timestamptz,
    problem text,
    evidence jsonb NOT NULL DEFAULT '{}',
    done_at timestamptz,
    done_by text,
    CONSTRAINT task__request_id_task_id__pk PRIMARY KEY (request_id, task_id),
    CONSTRAINT task__request_id_step_party__uq UNIQUE (request_id, step, party),
    CONSTRAINT task__request_id__fk FOREIGN KEY (request_id) REFERENCES rights.request (request_id) ON DELETE CASCADE,
    CONSTRAINT task__state__ck CHECK (state IN ('waiting', 'running', 'asked', 'manual', 'stuck', 'done', 'dropped')),
    CONSTRAINT task__running__ck CHECK ((state = 'running') = (leased_until IS NOT NULL)),
    CONSTRAINT task__done__ck CHECK ((state = 'done') = (done_at IS NOT NULL)),
    CONSTRAINT task__attempts__ck CHECK (attempts >= 0)
);
CREATE INDEX task__not_before__ix ON rights.task (not_before) WHERE state IN ('waiting', 'running', 'asked');
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
GRANT SELECT, INSERT, UPDATE, DELETE ON rights.task TO candor_app;

-- ------------------------------------------------------------------ what must stay
CREATE TABLE rights.hold (
    profile_id uuid NOT NULL,
    hold_id uuid NOT NULL,
    ground text NOT NULL,
    reference text NOT NULL,
    placed_by text NOT NULL,
    placed_at timestamptz NOT NULL,
    review_on date NOT NULL,
    lifted_at timestamptz,
    lifted_by text,
    CONSTRAINT hold__profile_id_hold_id__pk PRIMARY KEY (profile_id, hold_id),
    CONSTRAINT hold__hold_id__uq UNIQUE (hold_id),
    CONSTRAINT hold__ground__ck CHECK (ground IN ('legal_claims', 'legal_obligation', 'investigation')),
    CONSTRAINT hold__reference__ck CHECK (reference ~ '^[A-Za-z0-9._:/-]{1,80}$')
);
CREATE INDEX hold__review_on__ix ON rights.hold (review_on) WHERE lifted_at IS NULL;
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
GRANT SELECT, INSERT, UPDATE, DELETE ON rights.hold TO candor_app;

CREATE TABLE rights.certificate (
    request_id uuid NOT NULL,
    body text NOT NULL,
    issued_at timestamptz NOT NULL,
    CONSTRAINT certificate__request_id__pk PRIMARY KEY (request_id),
    CONSTRAINT certificate__request_id__fk FOREIGN KEY (request_id) REFERENCES rights.request (request_id) ON DELETE CASCADE
);
COMMENT ON TABLE rights.certificate IS 'signed certificates of what was done; they name nobody';
COMMENT ON COLUMN rights.certificate.request_id IS 'class: key; which request';
COMMENT ON COLUMN rights.certificate.body IS 'class: state; JWS, Ed25519: counts, codes, days';
COMMENT ON COLUMN rights.certificate.issued_at IS 'class: time; when';
GRANT SELECT, INSERT ON rights.certificate TO candor_app;

-- ------------------------------------------------------------------ decisions by machine
CREATE TABLE rights.automated_decision (
    profile_id uuid NOT NULL,
    decision_id uuid NOT NULL,
    code text NOT NULL,
    edition smallint NOT NULL,
    outcome text NOT NULL,
    sealed bytea NOT NULL,
    source text NOT NULL,
    decided_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    contested_by uuid,
    verdict text,
    new_outcome text,
    reviewed_at timestamptz,
    reviewed_by text,
    CONSTRAINT automated_decision__profile_id_decision_id__pk PRIMARY KEY (profile_id, decision_id),
    CONSTRAINT automated_decision__decision_id__uq UNIQUE (decision_id),
    CONSTRAINT automated_decision__contested_by__fk FOREIGN KEY (contested_by) REFERENCES rights.request (request_id),
    CONSTRAINT automated_decision__verdict__ck CHECK (verdict IN ('upheld', 'changed', 'annulled')),
    CONSTRAINT automated_decision__reviewed__ck CHECK ((verdict IS NULL) = (reviewed_at IS NULL))
);
CREATE INDEX automated_decision__contested_by__ix ON rights.automated_decision (contested_by) WHERE contested_by IS NOT NULL;
CREATE INDEX automated_decision__decided_at__ix ON rights.automated_decision (decided_at);
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
    since timestamptz NOT NULL,
    CONSTRAINT by_people_only__profile_id_code__pk PRIMARY KEY (profile_id, code)
);
COMMENT ON TABLE rights.by_people_only IS 'person: merge=counts for the whole person; split=stays with its profile; export=yes; erase=delete; restrict=keep; retain=life of the profile';
COMMENT ON COLUMN rights.by_people_only.profile_id IS 'class: pseudonym; who wants no machine to decide about them alone (GDPR Art. 22)';
COMMENT ON COLUMN rights.by_people_only.code IS 'pii:preference; about what; purpose: privacy_choices; retention: life of the profile';
COMMENT ON COLUMN rights.by_people_only.since IS 'class: time; from when';
GRANT SELECT, INSERT, UPDATE, DELETE ON rights.automated_decision, rights.by_people_only TO candor_app;

-- ------------------------------------------------------------------ systems outside
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
    added_at timestamptz NOT NULL,
    answered_at timestamptz,
    problem text,
    ended_at timestamptz,
    CONSTRAINT downstream__downstream_id__pk PRIMARY KEY (downstream_id),
    CONSTRAINT downstream__protocol__ck CHECK (protocol IN ('opendsr', 'manual'))
);
CREATE UNIQUE INDEX downstream__name__uq ON rights.downstream (name) WHERE ended_at IS NULL;
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
GRANT SELECT, INSERT, UPDATE ON rights.downstream TO candor_app;

-- What a machine outside asked, and what it is told of it.
CREATE TABLE rights.exchange (
    party text NOT NULL,
    ref text NOT NULL,
    request_id uuid NOT NULL,
    is_own boolean NOT NULL,
    digest bytea NOT NULL,
    asked text NOT NULL,
    callbacks text[] NOT NULL DEFAULT '{}',
    told text,
    told_at timestamptz,
    attempts smallint NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL,
    problem text,
    CONSTRAINT exchange__party_ref__pk PRIMARY KEY (party, ref),
    CONSTRAINT exchange__request_id__fk FOREIGN KEY (request_id) REFERENCES rights.request (request_id) ON DELETE CASCADE,
    CONSTRAINT exchange__digest__ck CHECK (octet_length(digest) = 32),
    CONSTRAINT exchange__attempts__ck CHECK (attempts >= 0)
);
CREATE INDEX exchange__request_id__ix ON rights.exchange (request_id);
CREATE INDEX exchange__not_before__ix ON rights.exchange (not_before) WHERE callbacks <> '{}';
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
GRANT SELECT, INSERT, UPDATE, DELETE ON rights.exchange TO candor_app;

-- ------------------------------------------------------------------ sweeps of what is over
CREATE TABLE rights.sweep (
    sweep_id uuid NOT NULL,
    is_dry boolean NOT NULL,
    asked_by text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    counts jsonb NOT NULL DEFAULT '{}',
    problem text,
    CONSTRAINT sweep__sweep_id__pk PRIMARY KEY (sweep_id)
);
CREATE INDEX sweep__started_at__ix ON rights.sweep (started_at);
COMMENT ON TABLE rights.sweep IS 'what went because its time was over, or would have gone';
COMMENT ON COLUMN rights.sweep.sweep_id IS 'class: key; names it';
COMMENT ON COLUMN rights.sweep.is_dry IS 'class: state; only counted';
COMMENT ON COLUMN rights.sweep.asked_by IS 'class: key; schedule or staff id';
COMMENT ON COLUMN rights.sweep.started_at IS 'class: time; when it began';
COMMENT ON COLUMN rights.sweep.finished_at IS 'class: time; when it ended; null: it runs, or was killed';
COMMENT ON COLUMN rights.sweep.counts IS 'class: count; rows by table and rule';
COMMENT ON COLUMN rights.sweep.problem IS 'class: state; code of what stopped it';
GRANT SELECT, INSERT, UPDATE ON rights.sweep TO candor_app;

-- ------------------------------------------------------------------ nobody erased comes back
CREATE TABLE profiles.tombstone (
    kind text NOT NULL,
    mark bytea NOT NULL,
    erased_at timestamptz NOT NULL,
    refused integer NOT NULL DEFAULT 0,
    CONSTRAINT tombstone__kind_mark__pk PRIMARY KEY (kind, mark),
    CONSTRAINT tombstone__mark__ck CHECK (octet_length(mark) = 32)
);
COMMENT ON TABLE profiles.tombstone IS 'keyed hashes of identifiers of people who were erased: what arrives for them is refused until they come back themselves; erase=keep, it is what keeps them out';
COMMENT ON COLUMN profiles.tombstone.kind IS 'class: config; kind of identifier';
COMMENT ON COLUMN profiles.tombstone.mark IS 'class: pseudonym; HMAC of the normalised identifier under a key of its own that never changes';
COMMENT ON COLUMN profiles.tombstone.erased_at IS 'class: time; when';
COMMENT ON COLUMN profiles.tombstone.refused IS 'class: count; how much was refused since';
GRANT SELECT, INSERT, UPDATE, DELETE ON profiles.tombstone TO candor_app;

-- What changed before goes with the person; that they were erased must reach every follower.
COMMENT ON TABLE feed.change IS 'person: merge=stays with its profile; split=stays with its profile; export=no, holds no fact; erase=keep that it was erased, delete what changed before; restrict=keep; retain=P90D';

-- ------------------------------------------------------------------ sums that the books need
CREATE TABLE collect.kept_sum (
    account_id uuid NOT NULL,
    event_type_id smallint NOT NULL,
    day date NOT NULL,
    count integer NOT NULL,
    sum_minor bigint NOT NULL,
    keep_until date NOT NULL,
    CONSTRAINT kept_sum__account_id_event_type_id_day__pk PRIMARY KEY (account_id, event_type_id, day)
);
CREATE INDEX kept_sum__keep_until__ix ON collect.kept_sum (keep_until);
COMMENT ON TABLE collect.kept_sum IS 'sums of events of erased people that a law keeps, under an account number that leads to nobody';
COMMENT ON COLUMN collect.kept_sum.account_id IS 'class: key; random, made at the erasure, kept nowhere else';
COMMENT ON COLUMN collect.kept_sum.event_type_id IS 'class: config; what';
COMMENT ON COLUMN collect.kept_sum.day IS 'class: time; UTC day';
COMMENT ON COLUMN collect.kept_sum.count IS 'class: count; how often';
COMMENT ON COLUMN collect.kept_sum.sum_minor IS 'class: count; sum in hundredths';
COMMENT ON COLUMN collect.kept_sum.keep_until IS 'class: time; the last day on which the law wants it';
GRANT SELECT, INSERT, DELETE ON collect.kept_sum TO candor_app;

-- ------------------------------------------------------------------ who answers for a key
ALTER TABLE access.api_key
    ADD COLUMN made_by uuid;
COMMENT ON COLUMN access.api_key.made_by IS 'class: key; the member of staff who answers for it: it ends when they leave; null: the server';
ALTER TABLE access.write_key
    ADD COLUMN made_by uuid;
COMMENT ON COLUMN access.write_key.made_by IS 'class: key; the member of staff who answers for it: it ends when they leave; null: the server';

-- ------------------------------------------------------------------ evidence whose time is over
-- What people chose, wished and signalled is append-only; it may go when it is three years old,
-- and only then. Which of it goes is the sweep's business: what counts stays.
CREATE FUNCTION consent.keep_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.decided_at < now() - interval '3 years' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'evidence of choices is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
REVOKE EXECUTE ON FUNCTION consent.keep_evidence() FROM PUBLIC;
DROP TRIGGER record__append_only ON consent.record;
CREATE TRIGGER record__append_only BEFORE UPDATE OR DELETE ON consent.record
    FOR EACH ROW EXECUTE FUNCTION consent.keep_evidence();
DROP TRIGGER wish__append_only ON consent.wish;
CREATE TRIGGER wish__append_only BEFORE UPDATE OR DELETE ON consent.wish
    FOR EACH ROW EXECUTE FUNCTION consent.keep_evidence();
DROP TRIGGER signal__append_only ON consent.signal;
CREATE TRIGGER signal__append_only BEFORE UPDATE OR DELETE ON consent.signal
    FOR EACH ROW EXECUTE FUNCTION consent.keep_evidence();
GRANT DELETE ON consent.record, consent.wish, consent.signal, consent.state TO candor_app;

-- ------------------------------------------------------------------ coming back
COMMENT ON COLUMN access.ceremony.secret IS 'class: secret; challenge, keyed hash of the code, or state: what the answer is held against; while somebody erased comes back, the address they typed, sealed under a fixed key';

-- ------------------------------------------------------------------ what is kept for a purpose
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX attribute__purposes__ix ON profiles.attribute (purposes);
