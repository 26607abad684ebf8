"""A perceptron in PyTorch on one table, as a user writes it; arguments and answer are bench-trainer's."""
import json
import sys

import numpy
import pandas
import torch
from common import Clock, answer
from torch import nn


def network(inputs, hidden):
    sizes = [inputs, *hidden]
    layers = []
    for before, after in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], 2))


def fit(net, features, labels, parameters):
    """Adam over shuffled batches; rows are brought into their order once an epoch, so that a batch is a view."""
    optimizer = torch.optim.Adam(net.parameters(), lr=parameters["learning_rate"])
    loss_of = nn.CrossEntropyLoss()
    size = parameters["batch_size"]
    for _ in range(parameters["epochs"]):
        order = torch.randperm(len(features))
        shuffled, targets = features[order], labels[order]
        for begin in range(0, len(features), size):
            optimizer.zero_grad()
            loss_of(net(shuffled[begin : begin + size]), targets[begin : begin + size]).backward()
            optimizer.step()


def prepare(frame, median, mean, deviation):
    values = frame.to_numpy()
    values = numpy.where(numpy.isnan(values), median, values)
    return torch.from_numpy(((values - mean) / deviation).astype(numpy.float32))


def quality(net, features, truth):
    with torch.no_grad():
        probability = torch.softmax(net(features).double(), 1)
    right = (probability.argmax(1) == truth).double().mean()
    loss = -torch.log(probability[torch.arange(len(truth)), truth]).mean()
    return {"accuracy": float(right), "log_loss": float(loss)}


def main(train, test, _algorithm, parameters, threads, seed):
    torch.set_num_threads(int(threads))
    torch.manual_seed(int(seed))
    parameters = json.loads(parameters)
    train, test = pandas.read_csv(train), pandas.read_csv(test)
    truth = torch.tensor(train.pop("target").to_numpy())
    test_truth = torch.tensor(test.pop("target").to_numpy())
    median = numpy.nanmedian(train.to_numpy(), axis=0)
    mean, deviation = train.mean().to_numpy(), train.std(ddof=0).to_numpy()
    features = prepare(train, median, mean, deviation)
    # The first optimizer of a process imports a compiler, seconds long: that is no part of a fit.
    torch.optim.Adam(network(1, [1]).parameters())
    with Clock() as clock:
        net = network(features.shape[1], parameters["hidden"])
        fit(net, features, truth, parameters)
    answer(clock, parameters["epochs"], quality(net, prepare(test, median, mean, deviation), test_truth))


main(*sys.argv[1:])
