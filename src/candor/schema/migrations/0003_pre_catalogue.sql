-- The declared data. The document is the truth; the small tables give its names stable numbers.

SET LOCAL lock_timeout = '4s';
SET LOCAL statement_timeout = '5s';

CREATE SCHEMA catalogue;
GRANT USAGE ON SCHEMA catalogue TO candor_app;

CREATE TABLE catalogue.version (
    version_id integer GENERATED ALWAYS AS IDENTITY,
    applied_at timestamptz NOT NULL,
    applied_by text NOT NULL,
    digest bytea NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT version__version_id__pk PRIMARY KEY (version_id)
);
COMMENT ON TABLE catalogue.version IS 'every catalogue that was ever in force; the newest is in force now';
COMMENT ON COLUMN catalogue.version.version_id IS 'class: key; counts up';
COMMENT ON COLUMN catalogue.version.applied_at IS 'class: time; from when it was in force';
COMMENT ON COLUMN catalogue.version.applied_by IS 'class: config; who applied it';
COMMENT ON COLUMN catalogue.version.digest IS 'class: config; SHA-256 of the canonical document';
COMMENT ON COLUMN catalogue.version.document IS 'class: config; the whole catalogue';

CREATE TABLE catalogue.purpose (
    purpose_id smallint NOT NULL,
    code text NOT NULL,
    CONSTRAINT purpose__purpose_id__pk PRIMARY KEY (purpose_id),
    CONSTRAINT purpose__code__uq UNIQUE (code),
    CONSTRAINT purpose__purpose_id__ck CHECK (purpose_id BETWEEN 0 AND 62)
);
COMMENT ON TABLE catalogue.purpose IS 'the bit of each purpose in every mask; a bit is never given to another purpose';
COMMENT ON COLUMN catalogue.purpose.purpose_id IS 'class: key; bit position, 0 to 62';
COMMENT ON COLUMN catalogue.purpose.code IS 'class: config; name in the catalogue';

CREATE TABLE catalogue.attribute (
    attribute_id smallint GENERATED ALWAYS AS IDENTITY,
    code text NOT NULL,
    CONSTRAINT attribute__attribute_id__pk PRIMARY KEY (attribute_id),
    CONSTRAINT attribute__code__uq UNIQUE (code)
);
COMMENT ON TABLE catalogue.attribute IS 'a number for each attribute name, never reused';
COMMENT ON COLUMN catalogue.attribute.attribute_id IS 'class: key; short name in rows';
COMMENT ON COLUMN catalogue.attribute.code IS 'class: config; name in the catalogue';

CREATE TABLE catalogue.event_type (
    event_type_id smallint GENERATED ALWAYS AS IDENTITY,
    code text NOT NULL,
    CONSTRAINT event_type__event_type_id__pk PRIMARY KEY (event_type_id),
    CONSTRAINT event_type__code__uq UNIQUE (code)
);
COMMENT ON TABLE catalogue.event_type IS 'a number for each event name, never reused';
COMMENT ON COLUMN catalogue.event_type.event_type_id IS 'class: key; short name in rows';
COMMENT ON COLUMN catalogue.event_type.code IS 'class: config; name in the catalogue';

CREATE TABLE catalogue.source (
    source_id smallint GENERATED ALWAYS AS IDENTITY,
    code text NOT NULL,
    CONSTRAINT source__source_id__pk PRIMARY KEY (source_id),
    CONSTRAINT source__code__uq UNIQUE (code)
);
COMMENT ON TABLE catalogue.source IS 'a number for each source, never reused';
COMMENT ON COLUMN catalogue.source.source_id IS 'class: key; short name in rows';
COMMENT ON COLUMN catalogue.source.code IS 'class: config; name in the catalogue';

GRANT SELECT, INSERT ON catalogue.version, catalogue.purpose, catalogue.attribute, catalogue.event_type, catalogue.source TO candor_app;
