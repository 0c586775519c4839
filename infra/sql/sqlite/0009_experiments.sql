-- What the devices of experiments measured: one row a device and experiment, with sums over all that it reported. Times are milliseconds.

CREATE TABLE ExperimentDevices
(
    ExperimentId  TEXT    NOT NULL,
    DeviceId      TEXT    NOT NULL,
    Variant       TEXT    NOT NULL,
    Inferences    INTEGER NOT NULL,
    Failures      INTEGER NOT NULL,
    LatencyCount  INTEGER NOT NULL,
    LatencyTotal  REAL    NOT NULL,
    AccuracyCount INTEGER NOT NULL,
    AccuracyTotal REAL    NOT NULL,
    LossCount     INTEGER NOT NULL,
    LossTotal     REAL    NOT NULL,
    PRIMARY KEY (ExperimentId, DeviceId)
) WITHOUT ROWID;
