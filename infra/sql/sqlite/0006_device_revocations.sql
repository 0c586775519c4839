-- When a device was revoked, in UTC ticks of 100 ns.

ALTER TABLE Devices ADD COLUMN RevokedAt INTEGER NULL;
