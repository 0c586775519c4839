"""What the README's second option takes for granted: a model of the architecture, its data, and one epoch."""

import torch
from octomil.training.architecture import Architecture
from octomil.training.table import Table

torch.set_num_threads(1)


class Scale(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(30))
        self.register_buffer("std", torch.ones(30))


class MyModel(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.input = Scale()
        self.dense = torch.nn.ModuleList([torch.nn.Linear(30, 1)])

    def forward(self, x):
        return self.dense[0]((x - self.input.mean) / self.input.std).squeeze(1)


def load(path, document):
    table = Table.load(path, Architecture(document))
    inputs = torch.frombuffer(table.inputs, dtype=torch.float32).view(table.rows, 30)
    return torch.utils.data.TensorDataset(inputs, torch.frombuffer(table.targets, dtype=torch.float32))


def train_one_epoch(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for inputs, targets in loader:
        optimizer.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(model(inputs), targets).backward()
        optimizer.step()
