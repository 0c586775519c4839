"""A device whose updates the .NET tests can make too: new weight i of round r = base + ((37 i + 11 device + 5 r) % 101 - 50) / 1024.
Arguments: device's number, rounds. Key and address come from the environment."""

import sys

from octomil import FederatedClient, Tensor


def main(device: int, rounds: int) -> None:
    done = 0

    def train(state):
        nonlocal done
        done += 1
        values = [value + ((37 * i + 11 * device + 5 * done) % 101 - 50) / 1024 for i, value in enumerate(state["w"].values)]
        return {"w": Tensor.of("w", values, state["w"].spec.shape)}, 10 + device, {}

    summary = FederatedClient(device_identifier=f"hospital-{device}").train_from_remote("radiology-v1", train, rounds, framework="plain")
    print(f"{summary.rounds_trained} rounds trained")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
