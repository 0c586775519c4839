-- One row that the health probe writes.

CREATE TABLE StorageProbe
(
    Id    INTEGER NOT NULL PRIMARY KEY CHECK (Id = 1),
    Count INTEGER NOT NULL
);
