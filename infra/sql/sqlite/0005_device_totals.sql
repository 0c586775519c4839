-- An organization's total gets a table of its own: as the count of a group named '' it was mixed up with one that devices may be in.

CREATE TABLE OrganizationDeviceCounts
(
    OrganizationId TEXT    NOT NULL PRIMARY KEY,
    Devices        INTEGER NOT NULL
) WITHOUT ROWID;

DROP TRIGGER Devices_Inserted;
DROP TRIGGER Devices_Deleted;

INSERT INTO OrganizationDeviceCounts SELECT OrganizationId, COUNT(*) FROM Devices GROUP BY OrganizationId;
DELETE FROM DeviceCounts WHERE GroupName = '';
INSERT INTO DeviceCounts SELECT OrganizationId, '', COUNT(*) FROM DeviceGroups WHERE GroupName = '' GROUP BY OrganizationId;

CREATE TRIGGER Devices_Inserted AFTER INSERT ON Devices BEGIN
    INSERT INTO OrganizationDeviceCounts VALUES (NEW.OrganizationId, 1)
    ON CONFLICT (OrganizationId) DO UPDATE SET Devices = Devices + 1;
END;

CREATE TRIGGER Devices_Deleted AFTER DELETE ON Devices BEGIN
    UPDATE OrganizationDeviceCounts SET Devices = Devices - 1 WHERE OrganizationId = OLD.OrganizationId;
END;
