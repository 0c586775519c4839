-- One row, by which the servers' shared folder is known to belong to this database.

CREATE TABLE DatabaseIdentity
(
    Id uuid NOT NULL
);

INSERT INTO DatabaseIdentity (Id) VALUES (gen_random_uuid());
