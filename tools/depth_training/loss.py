"""What the network is taught: the shape of the inverse depth, free of scale and shift, edges, and order."""

import torch
import torch.nn.functional as F

ORDER_PAIRS = 512


def aligned(values, absolute):
    """Median 0; and mean deviation 1 where the scale is free. Also the deviations [B, 1]."""
    flat = values.flatten(1)
    flat = flat - flat.median(1, keepdim=True)[0]
    deviation = flat.abs().mean(1, keepdim=True) + 1e-3
    scale = torch.where(absolute[:, None], torch.ones_like(deviation), deviation)
    return (flat / scale).reshape(values.shape), deviation


def edge_loss(error, weight):
    """Differences of neighbours at three scales."""
    total = 0.0
    for _ in range(3):
        across = (error[..., 1:] - error[..., :-1]).abs() * weight[..., 1:] * weight[..., :-1]
        down = (error[..., 1:, :] - error[..., :-1, :]).abs() * weight[..., 1:, :] * weight[..., :-1, :]
        total = total + across.mean() + down.mean()
        error, weight = F.avg_pool2d(error, 2), F.avg_pool2d(weight, 2)
    return total


def order_loss(prediction, target, weight, dice):
    """Which of two places side by side is nearer."""
    count, _, height, width = target.shape
    shape = (count, ORDER_PAIRS)
    aside = dice.uniform(*shape, low=.02, high=.15) * width
    x = dice.uniform(*shape) * (width - 1 - aside)
    y = dice.uniform(*shape) * height
    other_y = (y + aside * dice.uniform(*shape, low=-.5, high=.5)).clamp(0, height - 1)
    first = y.long() * width + x.long()
    second = other_y.long() * width + (x + aside).long()

    def at(values, place):
        return values.flatten(1).gather(1, place)

    nearer = at(target, first) - at(target, second)
    counts = (nearer.abs() > .12).float() * torch.minimum(at(weight, first), at(weight, second))
    margin = (at(prediction, first) - at(prediction, second)) * torch.sign(nearer)
    return (F.softplus(-3 * margin) * counts).sum() / (counts.sum() + 1)


def depth_loss(prediction, sample, dice, order_share=.3):
    prediction = prediction.float()
    wanted, _ = aligned(sample.target, sample.absolute)
    given, deviation = aligned(prediction, sample.absolute)
    error = given - wanted
    total = (error.abs().clamp_max(6) * sample.weight).mean() + .4 * edge_loss(error, sample.weight)
    total = total + order_share * order_loss(given, wanted, sample.weight, dice)
    # Without this the scale would drift, and flat pictures could not claim less depth than others.
    free = (~sample.absolute).float()[:, None]
    return total + .05 * (torch.log(deviation).abs() * free).mean()
