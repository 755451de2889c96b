-- What came through the door, once each, and what is counted from it.

SET LOCAL lock_timeout = '4s';
SET LOCAL statement_timeout = '5s';

CREATE SCHEMA collect;
GRANT USAGE ON SCHEMA collect TO candor_app;

-- One row per group commit: the unit in which events arrive and in which they are folded.
CREATE TABLE collect.flush (
    flush_id bigint GENERATED ALWAYS AS IDENTITY,
    flushed_at timestamptz NOT NULL,
    counts jsonb NOT NULL,
    CONSTRAINT flush__flush_id__pk PRIMARY KEY (flush_id)
);
COMMENT ON TABLE collect.flush IS 'group commits that are not folded yet';
COMMENT ON COLUMN collect.flush.flush_id IS 'class: key; counts up';
COMMENT ON COLUMN collect.flush.flushed_at IS 'class: time; when';
COMMENT ON COLUMN collect.flush.counts IS 'class: count; list of source_id, outcome, what, count';

-- The memory of the door: what has been taken already, whatever month it belongs to.
CREATE TABLE collect.message (
    message_key uuid NOT NULL,
    received_on date NOT NULL,
    CONSTRAINT message__message_key__pk PRIMARY KEY (message_key)
);
COMMENT ON TABLE collect.message IS 'makes retries harmless; swept after thirty days';
COMMENT ON COLUMN collect.message.message_key IS 'class: key; 128-bit hash of source and message id';
COMMENT ON COLUMN collect.message.received_on IS 'class: time; for sweeping';

CREATE TABLE collect.event (
    profile_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    event_type_id smallint NOT NULL,
    source_id smallint NOT NULL,
    flush_id bigint NOT NULL,
    received_at timestamptz NOT NULL,
    purposes bigint NOT NULL,
    properties jsonb NOT NULL,
    sealed bytea,
    CONSTRAINT event__profile_id_occurred_at_event_id__pk PRIMARY KEY (profile_id, occurred_at, event_id)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX event__flush_id__ix ON collect.event (flush_id);
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

CREATE FUNCTION collect.ensure_month(day date) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
REVOKE EXECUTE ON FUNCTION collect.ensure_month(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION collect.ensure_month(date) TO candor_app;

CREATE TABLE collect.counter (
    source_id smallint NOT NULL,
    hour timestamptz NOT NULL,
    outcome text NOT NULL,
    what text NOT NULL,
    count bigint NOT NULL,
    CONSTRAINT counter__source_id_hour_outcome_what__pk PRIMARY KEY (source_id, hour, outcome, what)
);
COMMENT ON TABLE collect.counter IS 'what the door did, per source and hour';
COMMENT ON COLUMN collect.counter.source_id IS 'class: config; from where';
COMMENT ON COLUMN collect.counter.hour IS 'class: time; start of the hour in which it was received';
COMMENT ON COLUMN collect.counter.outcome IS 'class: state; stored, duplicate, no_purpose, dropped_property, masked_card, refused reasons';
COMMENT ON COLUMN collect.counter.what IS 'class: config; name of the event or property; declared names only';
COMMENT ON COLUMN collect.counter.count IS 'class: count; how many';

CREATE TABLE collect.refusal (
    refusal_id uuid NOT NULL,
    source_id smallint NOT NULL,
    reason text NOT NULL,
    what text NOT NULL,
    message text NOT NULL,
    sample jsonb NOT NULL,
    refused_at timestamptz NOT NULL,
    CONSTRAINT refusal__refusal_id__pk PRIMARY KEY (refusal_id)
);
CREATE INDEX refusal__source_id_reason_refused_at__ix ON collect.refusal (source_id, reason, refused_at);
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
    last_at timestamptz NOT NULL,
    CONSTRAINT tally__profile_id_event_type_id_day__pk PRIMARY KEY (profile_id, event_type_id, day)
);
COMMENT ON TABLE collect.tally IS 'person: merge=stays with its profile, added up for the person; split=stays with its profile; export=as traits; erase=delete; restrict=keep; retain=P3Y';
COMMENT ON COLUMN collect.tally.profile_id IS 'class: pseudonym; who';
COMMENT ON COLUMN collect.tally.event_type_id IS 'class: config; what';
COMMENT ON COLUMN collect.tally.day IS 'class: time; UTC day on which it happened';
COMMENT ON COLUMN collect.tally.count IS 'pii:behaviour; how often; purpose: as the event; retention: P3Y';
COMMENT ON COLUMN collect.tally.sum_minor IS 'pii:behaviour; sum of the declared amount in hundredths; purpose: as the event; retention: P3Y';
COMMENT ON COLUMN collect.tally.last_at IS 'class: time; the latest of them';

CREATE TABLE collect.favourite (
    profile_id uuid NOT NULL,
    event_type_id smallint NOT NULL,
    value text NOT NULL,
    count integer NOT NULL,
    last_at timestamptz NOT NULL,
    CONSTRAINT favourite__profile_id_event_type_id_value__pk PRIMARY KEY (profile_id, event_type_id, value)
);
COMMENT ON TABLE collect.favourite IS 'person: merge=stays with its profile, added up for the person; split=stays with its profile; export=as traits; erase=delete; restrict=keep; retain=P3Y';
COMMENT ON COLUMN collect.favourite.profile_id IS 'class: pseudonym; who';
COMMENT ON COLUMN collect.favourite.event_type_id IS 'class: config; what';
COMMENT ON COLUMN collect.favourite.value IS 'pii:behaviour; a declared low-cardinality value such as a product category; purpose: as the event; retention: P3Y';
COMMENT ON COLUMN collect.favourite.count IS 'class: count; how often';
COMMENT ON COLUMN collect.favourite.last_at IS 'class: time; the latest of them';

GRANT SELECT, INSERT, DELETE ON collect.message TO candor_app;
-- UPDATE lets a folder lock the rows that it takes.
GRANT SELECT, INSERT, UPDATE, DELETE ON collect.flush TO candor_app;
GRANT SELECT, INSERT, DELETE ON collect.event TO candor_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON collect.counter, collect.refusal, collect.tally, collect.favourite TO candor_app;
