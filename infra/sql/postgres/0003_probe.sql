-- One row that the health probe writes.

CREATE TABLE StorageProbe
(
    Id    integer NOT NULL PRIMARY KEY CHECK (Id = 1),
    Count bigint  NOT NULL
);
