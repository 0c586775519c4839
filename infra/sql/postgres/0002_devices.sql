-- Registered devices, for listing. Names are ordered by their bytes, whatever the language of the database, as SQLite orders them.

CREATE TABLE Devices
(
    OrganizationId text        COLLATE "C" NOT NULL,
    Identifier     text        COLLATE "C" NOT NULL,
    Id             text        NOT NULL,
    Platform       text        NULL,
    SdkVersion     text        NULL,
    RegisteredAt   timestamptz NOT NULL,
    LastSeenAt     timestamptz NOT NULL,
    Groups         text[]      NOT NULL,
    -- What devices say of themselves: at registration, and in their last heartbeat. JSON objects of texts.
    Facts          text        NOT NULL,
    Reported       text        NOT NULL,
    PRIMARY KEY (OrganizationId, Identifier)
);

CREATE TABLE DeviceGroups
(
    OrganizationId text COLLATE "C" NOT NULL,
    GroupName      text COLLATE "C" NOT NULL,
    Identifier     text COLLATE "C" NOT NULL,
    PRIMARY KEY (OrganizationId, GroupName, Identifier),
    FOREIGN KEY (OrganizationId, Identifier) REFERENCES Devices (OrganizationId, Identifier) ON DELETE CASCADE
);

CREATE INDEX DeviceGroups_Device ON DeviceGroups (OrganizationId, Identifier);
