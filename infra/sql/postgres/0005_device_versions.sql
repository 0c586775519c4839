-- What devices say they run: one row a device and model.

CREATE TABLE DeviceVersions
(
    OrganizationId text        COLLATE "C" NOT NULL,
    ModelId        text        COLLATE "C" NOT NULL,
    Identifier     text        COLLATE "C" NOT NULL,
    Version        text        NOT NULL,
    Active         boolean     NOT NULL,
    Reason         text        NULL,
    ReportedAt     timestamptz NOT NULL,
    PRIMARY KEY (OrganizationId, ModelId, Identifier)
);
