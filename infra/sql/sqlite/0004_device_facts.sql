-- What devices say of themselves: at registration, and in their last heartbeat. JSON objects of texts.

ALTER TABLE Devices ADD COLUMN Facts TEXT NOT NULL DEFAULT '{}';
ALTER TABLE Devices ADD COLUMN Reported TEXT NOT NULL DEFAULT '{}';
