-- Registered devices, for listing.

CREATE TABLE Devices
(
    OrganizationId text        NOT NULL,
    Identifier     text        NOT NULL,
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
    OrganizationId text NOT NULL,
    GroupName      text NOT NULL,
    Identifier     text NOT NULL,
    PRIMARY KEY (OrganizationId, GroupName, Identifier),
    FOREIGN KEY (OrganizationId, Identifier) REFERENCES Devices (OrganizationId, Identifier) ON DELETE CASCADE
);

CREATE INDEX DeviceGroups_Device ON DeviceGroups (OrganizationId, Identifier);
