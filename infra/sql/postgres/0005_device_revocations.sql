-- When a device was revoked.

ALTER TABLE Devices ADD COLUMN RevokedAt timestamptz NULL;
