"""muP: what a step of learning changes does not depend on the width."""

import pytest
import torch
from torch.nn import functional as F

from heedful.nets import LanguageModel, LanguageModelConfig
from heedful.scaling import draw_weights, transferring_adam
from heedful.scaling.transfer import BASE_WIDTH


def model(width, seed=0, **changes):
    config = LanguageModelConfig(
        vocab_size=31, d_model=width, n_layers=2, n_heads=width // 8, d_ff=2 * width,
        max_seq_len=13, **changes,
    )  # fmt: skip
    return LanguageModel(config, torch.Generator().manual_seed(seed))


def learned(width, optimizer_of, n_steps=5, rate=0.02):
    """The logits' mean size after a few steps on one batch."""
    net = model(width)
    if optimizer_of is transferring_adam:
        draw_weights(net, torch.Generator().manual_seed(0))
    optimizer = optimizer_of(net)
    tokens = torch.randint(31, (7, 13), generator=torch.Generator().manual_seed(1))
    goal = tokens.roll(-1, dims=1)
    for _ in range(n_steps):
        loss = F.cross_entropy(net(tokens).flatten(0, 1), goal.flatten())
        net.zero_grad()
        loss.backward()
        for group in optimizer.param_groups:
            group["lr"] = rate * group.get("lr_scale", 1.0)
        optimizer.step()
    return net(tokens).abs().mean().item()


def plain_adam(net):
    return torch.optim.Adam(net.parameters(), betas=(0.9, 0.98), eps=1e-9)


def test_a_few_steps_change_the_logits_alike_at_every_width():
    narrow, wide = (learned(width, transferring_adam) for width in (32, 512))
    assert wide / narrow == pytest.approx(1, abs=0.35)


def test_without_the_rule_wide_models_change_more():
    narrow, wide = (learned(width, plain_adam) for width in (32, 512))
    assert wide / narrow > 2


def test_the_rates_of_the_groups():
    net = model(16)
    matrices, rest = transferring_adam(net).param_groups
    assert matrices["lr_scale"] == BASE_WIDTH / 16 and rest["lr_scale"] == 1
    of_matrices = {id(weight) for weight in matrices["params"]}
    expected = {
        id(weight) for name, weight in net.named_parameters()
        if "proj" in name or "head" in name
    }  # fmt: skip
    assert of_matrices == expected
    owned = [id(w) for group in (matrices, rest) for w in group["params"]]
    assert sorted(owned) == sorted(map(id, net.parameters()))


def test_the_first_weights():
    net = model(256)
    draw_weights(net, torch.Generator().manual_seed(0))
    block = net.blocks[0]
    spreads = {
        "embedding": (net.tok_emb, 1.0),
        "query": (block.attn.q_proj, 256**-0.5),
        "wide": (block.ffn.down_proj, (512 * 4) ** -0.5),  # of two layers, four sums
        "written": (block.attn.o_proj, (256 * 4) ** -0.5),
    }
    for name, (module, wanted) in spreads.items():
        assert module.weight.std().item() == pytest.approx(wanted, rel=0.05), name
    assert net.lm_head.weight.abs().max() == 0
    assert (net.final_norm.weight == 1).all()


def test_the_first_weights_depend_on_the_seed_alone():
    one, other = model(16, seed=1), model(16, seed=2)
    for net in (one, other):
        draw_weights(net, torch.Generator().manual_seed(3))
    for a, b in zip(one.parameters(), other.parameters()):
        assert torch.equal(a, b)


@pytest.mark.parametrize("use", [draw_weights, transferring_adam])
def test_a_tied_model_is_refused(use):
    with pytest.raises(ValueError, match="tie_embeddings=True"):
        use(model(16, tie_embeddings=True))
