-- Who changed what. Append-only: the trigger refuses everything else, also of whoever owns the table.

CREATE TABLE AuditLog
(
    Sequence       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    OrganizationId text        COLLATE "C" NOT NULL,
    At             timestamptz NOT NULL,
    Actor          text        NOT NULL,
    ActorName      text        NULL,
    Action         text        NOT NULL,
    Subject        text        NULL,
    Address        text        NULL,
    UserAgent      text        NULL,
    Outcome        smallint    NOT NULL,
    Detail         text        NULL
);

CREATE INDEX AuditLog_Organization ON AuditLog (OrganizationId, Sequence);

CREATE FUNCTION RefuseAuditChange() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is append-only.';
END
$$;

CREATE TRIGGER AuditLog_AppendOnly BEFORE UPDATE OR DELETE OR TRUNCATE ON AuditLog
FOR EACH STATEMENT EXECUTE FUNCTION RefuseAuditChange();
