-- What devices say they run: one row a device and model. Times are UTC ticks of 100 ns.

CREATE TABLE DeviceVersions
(
    OrganizationId TEXT    NOT NULL,
    ModelId        TEXT    NOT NULL,
    Identifier     TEXT    NOT NULL,
    Version        TEXT    NOT NULL,
    Active         INTEGER NOT NULL,
    Reason         TEXT    NULL,
    ReportedAt     INTEGER NOT NULL,
    PRIMARY KEY (OrganizationId, ModelId, Identifier)
) WITHOUT ROWID;
