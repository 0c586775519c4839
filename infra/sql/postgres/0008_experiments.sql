-- What the devices of experiments measured: one row a device and experiment, with sums over all that it reported. Times are milliseconds.

CREATE TABLE ExperimentDevices
(
    ExperimentId  text   COLLATE "C" NOT NULL,
    DeviceId      text   COLLATE "C" NOT NULL,
    Variant       text   COLLATE "C" NOT NULL,
    Inferences    bigint NOT NULL,
    Failures      bigint NOT NULL,
    LatencyCount  bigint NOT NULL,
    LatencyTotal  double precision NOT NULL,
    AccuracyCount bigint NOT NULL,
    AccuracyTotal double precision NOT NULL,
    LossCount     bigint NOT NULL,
    LossTotal     double precision NOT NULL,
    PRIMARY KEY (ExperimentId, DeviceId)
);
