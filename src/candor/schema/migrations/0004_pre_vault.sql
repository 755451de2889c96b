-- Subject keys, wrapped. Only candor_vault may read them; the application asks its functions.

SET LOCAL lock_timeout = '4s';
SET LOCAL statement_timeout = '5s';

CREATE SCHEMA vault;
GRANT USAGE ON SCHEMA vault TO candor_app, candor_vault;

CREATE TABLE vault.epoch (
    epoch_id integer NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    destroyed_at timestamptz,
    CONSTRAINT epoch__epoch_id__pk PRIMARY KEY (epoch_id),
    CONSTRAINT epoch__closed_at__ck CHECK (closed_at IS NULL OR closed_at >= opened_at),
    CONSTRAINT epoch__destroyed_at__ck CHECK (destroyed_at IS NULL OR closed_at IS NOT NULL)
);
CREATE UNIQUE INDEX epoch__open__uq ON vault.epoch ((true)) WHERE closed_at IS NULL;
COMMENT ON TABLE vault.epoch IS 'the life of each key-encryption key; the keys themselves never enter the database';
COMMENT ON COLUMN vault.epoch.epoch_id IS 'class: key; counts up';
COMMENT ON COLUMN vault.epoch.opened_at IS 'class: time; from when new keys are wrapped in it';
COMMENT ON COLUMN vault.epoch.closed_at IS 'class: time; when the next epoch opened';
COMMENT ON COLUMN vault.epoch.destroyed_at IS 'class: time; when its key was destroyed: what it wrapped is gone from every copy';

CREATE TABLE vault.subject_key (
    profile_id uuid NOT NULL,
    epoch_id integer NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT subject_key__profile_id__pk PRIMARY KEY (profile_id),
    CONSTRAINT subject_key__epoch_id__fk FOREIGN KEY (epoch_id) REFERENCES vault.epoch (epoch_id),
    CONSTRAINT subject_key__wrapped__ck CHECK (octet_length(wrapped) = 61)
);
CREATE INDEX subject_key__epoch_id__ix ON vault.subject_key (epoch_id);
COMMENT ON TABLE vault.subject_key IS 'person: merge=each profile keeps its own key; split=each profile keeps its own key; export=no; erase=delete, this is the erasure; restrict=keep; retain=life of the profile';
COMMENT ON COLUMN vault.subject_key.profile_id IS 'class: pseudonym; whose key';
COMMENT ON COLUMN vault.subject_key.epoch_id IS 'class: state; the epoch whose key wraps it';
COMMENT ON COLUMN vault.subject_key.wrapped IS 'class: secret; version, nonce, AES-256-GCM of the subject key';
COMMENT ON COLUMN vault.subject_key.created_at IS 'class: time; when the profile began';

ALTER TABLE vault.subject_key OWNER TO candor_vault;
GRANT REFERENCES, SELECT ON vault.epoch TO candor_vault;
GRANT INSERT ON vault.subject_key TO candor_app;
GRANT SELECT, INSERT, UPDATE ON vault.epoch TO candor_app;

CREATE FUNCTION vault.read_keys(wanted uuid[])
RETURNS TABLE (profile_id uuid, epoch_id integer, wrapped bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.profile_id, k.epoch_id, k.wrapped FROM vault.subject_key AS k WHERE k.profile_id = ANY (wanted)
$$;

CREATE FUNCTION vault.keys_to_rewrap(below integer, at_most integer)
RETURNS TABLE (profile_id uuid, epoch_id integer, wrapped bytea)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.profile_id, k.epoch_id, k.wrapped FROM vault.subject_key AS k
    WHERE k.epoch_id < below LIMIT at_most FOR UPDATE SKIP LOCKED
$$;

CREATE FUNCTION vault.rewrap_keys(ids uuid[], into_epoch integer, fresh bytea[]) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH done AS (
        UPDATE vault.subject_key AS k SET epoch_id = into_epoch, wrapped = f.wrapped
        FROM unnest(ids, fresh) AS f (profile_id, wrapped)
        WHERE k.profile_id = f.profile_id RETURNING 1
    )
    SELECT count(*) FROM done
$$;

CREATE FUNCTION vault.destroy_keys(doomed uuid[]) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM vault.subject_key AS k WHERE k.profile_id = ANY (doomed) RETURNING 1)
    SELECT count(*) FROM gone
$$;

CREATE FUNCTION vault.count_keys() RETURNS TABLE (epoch_id integer, keys bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.epoch_id, count(*) FROM vault.subject_key AS k GROUP BY k.epoch_id
$$;

DO $$
DECLARE
    signature text;
BEGIN
    FOREACH signature IN ARRAY ARRAY[
        'vault.read_keys(uuid[])', 'vault.keys_to_rewrap(integer, integer)',
        'vault.rewrap_keys(uuid[], integer, bytea[])', 'vault.destroy_keys(uuid[])', 'vault.count_keys()'
    ] LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO candor_vault', signature);
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', signature);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO candor_app', signature);
    END LOOP;
END
$$;
