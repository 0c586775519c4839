-- Who changed what. Append-only: the triggers refuse everything else. Times are UTC ticks of 100 ns; numbers are never used again.

CREATE TABLE AuditLog
(
    Sequence       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    OrganizationId TEXT    NOT NULL,
    At             INTEGER NOT NULL,
    Actor          TEXT    NOT NULL,
    ActorName      TEXT    NULL,
    Action         TEXT    NOT NULL,
    Subject        TEXT    NULL,
    Address        TEXT    NULL,
    UserAgent      TEXT    NULL,
    Outcome        INTEGER NOT NULL,
    Detail         TEXT    NULL
);

CREATE INDEX AuditLog_Organization ON AuditLog (OrganizationId, Sequence);

CREATE TRIGGER AuditLog_NoUpdate BEFORE UPDATE ON AuditLog BEGIN
    SELECT RAISE(ABORT, 'The audit log is append-only.');
END;

CREATE TRIGGER AuditLog_NoDelete BEFORE DELETE ON AuditLog BEGIN
    SELECT RAISE(ABORT, 'The audit log is append-only.');
END;

-- INSERT OR REPLACE deletes without the trigger above.
CREATE TRIGGER AuditLog_NoReplace BEFORE INSERT ON AuditLog WHEN EXISTS (SELECT 1 FROM AuditLog WHERE Sequence = NEW.Sequence) BEGIN
    SELECT RAISE(ABORT, 'The audit log is append-only.');
END;
