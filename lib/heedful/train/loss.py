"""How wrong a model is: cross-entropy over the real tokens of a batch."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from heedful.text.batching import AnyBatch
from heedful.text.tokenizer import PAD_ID
from heedful.train.engine import ALONE, Engine


def token_loss(
    logits: Float[Tensor, "batch t_len vocab"],
    goal: Int[Tensor, "batch t_len"],
    label_smoothing: float = 0.0,
) -> Float[Tensor, ""]:
    """Mean cross-entropy in nats per token; padding does not count.

    `label_smoothing` gives that share of the target to all tokens alike, so the
    model is not pushed to be infinitely sure [Vaswani 2017, sec. 5.4].
    """
    return F.cross_entropy(
        logits.flatten(0, 1),
        goal.flatten(),
        ignore_index=PAD_ID,
        label_smoothing=label_smoothing,
    )


@torch.no_grad()
def evaluate(
    model: nn.Module, batches: Sequence[AnyBatch], engine: Engine = ALONE
) -> float:
    """Loss in nats per token over all batches, teacher-forced, without smoothing.

    Each token weighs the same, whatever the batch it is in.
    """
    was_training = model.training
    model.eval()
    total, n_tokens = 0.0, 0
    for batch in batches:
        n = int((batch.goal != PAD_ID).sum())
        share = engine.share(batch)
        loss = token_loss(model(*share.inputs), share.goal)
        total += n * float(engine.weighted(loss, share))
        n_tokens += n
    model.train(was_training)
    total = torch.tensor(total, dtype=torch.float64, device=engine.device)
    return float(engine.over_all(total)) / n_tokens
