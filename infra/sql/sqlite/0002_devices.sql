-- Registered devices, for listing. Times are UTC ticks of 100 ns.

CREATE TABLE Devices
(
    RowNumber      INTEGER NOT NULL PRIMARY KEY,
    Id             TEXT    NOT NULL,
    OrganizationId TEXT    NOT NULL,
    Identifier     TEXT    NOT NULL,
    Platform       TEXT    NULL,
    SdkVersion     TEXT    NULL,
    RegisteredAt   INTEGER NOT NULL,
    LastSeenAt     INTEGER NOT NULL,
    -- The names as a JSON array in order; DeviceGroups holds the same, for the filter.
    Groups         TEXT    NOT NULL,
    UNIQUE (OrganizationId, Identifier)
);

CREATE TABLE DeviceGroups
(
    OrganizationId TEXT    NOT NULL,
    GroupName      TEXT    NOT NULL,
    Identifier     TEXT    NOT NULL,
    RowNumber      INTEGER NOT NULL REFERENCES Devices (RowNumber) ON DELETE CASCADE,
    PRIMARY KEY (OrganizationId, GroupName, Identifier)
) WITHOUT ROWID;

CREATE INDEX DeviceGroups_Row ON DeviceGroups (RowNumber);

-- Counting a million index entries for every page would cost more than the page. GroupName '' counts all of an organization's devices.
CREATE TABLE DeviceCounts
(
    OrganizationId TEXT    NOT NULL,
    GroupName      TEXT    NOT NULL,
    Devices        INTEGER NOT NULL,
    PRIMARY KEY (OrganizationId, GroupName)
) WITHOUT ROWID;

CREATE TRIGGER Devices_Inserted AFTER INSERT ON Devices BEGIN
    INSERT INTO DeviceCounts VALUES (NEW.OrganizationId, '', 1)
    ON CONFLICT (OrganizationId, GroupName) DO UPDATE SET Devices = Devices + 1;
END;

CREATE TRIGGER Devices_Deleted AFTER DELETE ON Devices BEGIN
    UPDATE DeviceCounts SET Devices = Devices - 1 WHERE OrganizationId = OLD.OrganizationId AND GroupName = '';
END;

CREATE TRIGGER DeviceGroups_Inserted AFTER INSERT ON DeviceGroups BEGIN
    INSERT INTO DeviceCounts VALUES (NEW.OrganizationId, NEW.GroupName, 1)
    ON CONFLICT (OrganizationId, GroupName) DO UPDATE SET Devices = Devices + 1;
END;

CREATE TRIGGER DeviceGroups_Deleted AFTER DELETE ON DeviceGroups BEGIN
    UPDATE DeviceCounts SET Devices = Devices - 1 WHERE OrganizationId = OLD.OrganizationId AND GroupName = OLD.GroupName;
END;
