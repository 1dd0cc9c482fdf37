"""Before 2017: recurrent and convolutional nets."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from heedful.nets.convolutional import CausalConvolution, CausalStack, receptive_field
from heedful.nets.convolutional_seq2seq import (
    ConvolutionalSeq2Seq,
    ConvolutionalSeq2SeqConfig,
)
from heedful.nets.recurrent import Cell, GRUCell, LSTMCell, Recurrent, RNNCell
from heedful.nets.recurrent_seq2seq import (
    RecurrentSeq2Seq,
    RecurrentSeq2SeqConfig,
    additive_weights,
)
from heedful.nets.scan import MinGRU, linear_scan, linear_scan_by_loop

from .table import Gap, Same, gap, largest, same, shaken, system

B, S, T, IN, HID, D = 5, 7, 13, 3, 11, 22


def copied(theirs: nn.Module, ours: Recurrent, end: str = "") -> None:
    for i, cell in enumerate(ours.cells):
        for name, proj in (("ih", cell.x_proj), ("hh", cell.h_proj)):
            theirs.get_parameter(f"weight_{name}_l{i}{end}").copy_(proj.weight)
            theirs.get_parameter(f"bias_{name}_l{i}{end}").copy_(proj.bias)


def stack(cell: type[Cell], theirs: type[nn.RNNBase], n_layers: int) -> Gap:
    """All outputs and last states, from random first states."""
    ours, x = Recurrent(cell, IN, HID, n_layers), torch.randn(B, T, IN)
    twin = theirs(IN, HID, n_layers, batch_first=True)
    copied(twin, ours)
    states = torch.randn(n_layers, B, ours.d_state)
    pair = tuple(p.contiguous() for p in states.chunk(2, -1))
    out, last = ours(x, states)
    expected, after = twin(x, pair if cell is LSTMCell else states)
    after = torch.cat(after, -1) if cell is LSTMCell else after
    return largest([gap(out, expected), gap(last, after)])


@system(
    "RNN (Elman), 1 and 3 layers",
    "nets.RNNCell nets.Recurrent",
    "`torch.nn.RNN`",
    within=1e-5,
)
def rnn() -> Gap:
    return largest(stack(RNNCell, nn.RNN, n) for n in (1, 3))


@system(
    "LSTM, 1 and 3 layers",
    "nets.LSTMCell nets.Recurrent",
    "`torch.nn.LSTM`",
    within=1e-5,
)
def lstm() -> Gap:
    return largest(stack(LSTMCell, nn.LSTM, n) for n in (1, 3))


@system(
    "GRU, 1 and 3 layers", "nets.GRUCell nets.Recurrent", "`torch.nn.GRU`", within=1e-5
)
def gru() -> Gap:
    return largest(stack(GRUCell, nn.GRU, n) for n in (1, 3))


def seq2seq(attention: str) -> Gap:
    """Ours against an encoder, cells and a formula of torch, step by step."""
    ours = shaken(
        RecurrentSeq2Seq(
            RecurrentSeq2SeqConfig(
                source_vocab_size=31, target_vocab_size=29, d_model=D, dropout=0.0,
                attention=attention,
            )
        )
    )  # fmt: skip
    source, target = torch.randint(1, 31, (B, S)), torch.randint(1, 29, (B, T))
    encoder = nn.GRU(D, D // 2, batch_first=True, bidirectional=True)
    copied(encoder, ours.encoder)
    copied(encoder, ours.back_encoder, "_reverse")
    memory, last = encoder(ours.source_emb(source) * math.sqrt(D))
    summary = torch.cat([last[0], last[1]], dim=-1)
    decoder = nn.GRUCell(2 * D, D)
    cell = ours.decoder.cells[0]
    for name, proj in (("ih", cell.x_proj), ("hh", cell.h_proj)):
        decoder.get_parameter(f"weight_{name}").copy_(proj.weight)
        decoder.get_parameter(f"bias_{name}").copy_(proj.bias)
    h, logits = ours.start_proj(summary).tanh(), []
    for y in target.T:
        context = summary if attention == "none" else looked_back(ours.attn, h, memory)
        h = decoder(torch.cat([ours.target_emb(y) * math.sqrt(D), context], -1), h)
        x = ours.o_proj(torch.cat([h, context], dim=-1)).tanh()
        logits.append(x @ ours.target_emb.weight.T)
    return gap(ours(source, target), torch.stack(logits, 1))


def looked_back(attn: nn.Module, h: Tensor, memory: Tensor) -> Tensor:
    """Additive attention, one source position after the other."""
    w, u, v = (p.weight for p in (attn.q_proj, attn.k_proj, attn.score_proj))
    scores = [torch.tanh(h @ w.T + m @ u.T) @ v[0] for m in memory.unbind(1)]
    powers = [score.exp() for score in scores]
    return sum(p[:, None] * m for p, m in zip(powers, memory.unbind(1))) / sum(
        powers
    ).unsqueeze(1)


@system(
    "GRU encoder-decoder without attention",
    "nets.RecurrentSeq2Seq",
    "`torch.nn.GRU` (bidirectional) and `torch.nn.GRUCell`",
    within=1e-4,
)
def without_attention() -> Gap:
    return seq2seq("none")


@system(
    "GRU encoder-decoder with additive attention",
    "nets.RecurrentSeq2Seq nets.AdditiveAttention",
    "the same, and the paper's formula position by position",
    within=1e-4,
)
def with_attention() -> Gap:
    return seq2seq("additive")


@system(
    "additive attention weights",
    "nets.recurrent_seq2seq.additive_weights",
    "the formula in Python floats, score by score",
    within=1e-5,
)
def additive() -> Gap:
    q, k, v = torch.randn(T, D), torch.randn(S, D), torch.randn(D)

    def score(a: list[float], b: list[float]) -> float:
        return math.exp(sum(w * math.tanh(x + y) for w, x, y in zip(v.tolist(), a, b)))

    powers = [[score(a, b) for b in k.tolist()] for a in q.tolist()]
    expected = torch.tensor([[p / sum(row) for p in row] for row in powers])
    return gap(additive_weights(q, k, v), expected)


@system(
    "minimal GRU by parallel scan",
    "nets.MinGRU",
    "its recurrence step by step, in float64",
    within=1e-5,
)
def min_gru() -> Gap:
    ours, x, h = MinGRU(IN, HID), torch.randn(B, 257, IN), torch.randn(B, HID)
    out, slow, states = ours(x, h), MinGRU(IN, HID).double(), []
    slow.load_state_dict(ours.state_dict())
    h = h.double()
    for x_t in x.double().unbind(1):
        z = torch.sigmoid(F.linear(x_t, slow.z_proj.weight, slow.z_proj.bias))
        n = F.linear(x_t, slow.n_proj.weight, slow.n_proj.bias)
        h = (1 - z) * h + z * n
        states.append(h)
    return gap(out, torch.stack(states, 1))


@system(
    "linear recurrence by scan and by loop",
    "nets.linear_scan nets.linear_scan_by_loop",
    "sums of products in Python floats",
    within=1e-5,
)
def scan() -> Gap:
    a, b = torch.rand(T, 1), torch.randn(T, 1)
    fa, fb = a.flatten().tolist(), b.flatten().tolist()
    expected = [
        sum(fb[s] * math.prod(fa[s + 1 : t + 1]) for s in range(t + 1))
        for t in range(T)
    ]
    wanted = torch.tensor(expected)[:, None]
    return largest(gap(f(a, b), wanted) for f in (linear_scan, linear_scan_by_loop))


def convolved(layer: CausalConvolution, x: Tensor, dilation: int) -> Tensor:
    """Each output as a sum over the inputs that it may see."""
    matrices, rows = layer.conv.weight.unbind(-1)[::-1], []
    for t in range(x.size(1)):
        total = layer.conv.bias.expand(x.size(0), -1)
        for j, matrix in enumerate(matrices):
            if t - j * dilation >= 0:
                total = total + x[:, t - j * dilation] @ matrix.T
        rows.append(total)
    return torch.stack(rows, 1)


@system(
    "causal convolution, dilations 1, 2 and 5",
    "nets.CausalConvolution",
    "the sum over the inputs it may see",
    within=1e-5,
)
def causal_convolution() -> Gap:
    x = torch.randn(B, T, IN)
    layers = {d: CausalConvolution(IN, HID, 3, d) for d in (1, 2, 5)}
    return largest(gap(f(x), convolved(f, x, d)) for d, f in layers.items())


@system(
    "stack of dilated causal convolutions",
    "nets.CausalStack",
    "the same sums, and `torch.nn.functional` gates",
    within=1e-5,
)
def causal_stack() -> Gap:
    ours, x = CausalStack(HID, 2, [1, 2, 4]), torch.randn(B, T, HID)
    expected = x
    for layer, dilation in zip(ours.layers, (1, 2, 4)):
        wide = convolved(layer, expected, dilation)
        gate = F.sigmoid(wide[..., HID:])
        expected = expected + F.tanh(wide[..., :HID]) * gate
    return gap(ours(x), expected)


@system(
    "receptive field",
    "nets.receptive_field",
    "how many inputs have a gradient",
)
def field() -> Same:
    seen, told = [], []
    with torch.enable_grad():
        for k, dilations in ((2, [1, 2, 4]), (3, [1, 1]), (5, [1]), (3, [1, 3, 9])):
            x = torch.randn(1, 41, HID, requires_grad=True)
            CausalStack(HID, k, dilations)(x)[0, -1].sum().backward()
            seen.append(int((x.grad.abs().sum(-1) > 0).sum()))
            told.append(receptive_field(k, dilations))
    return same(told, seen, "stacks")


@system(
    "convolutional encoder-decoder",
    "nets.ConvolutionalSeq2Seq",
    "the paper's formulas with `torch.nn.functional`",
    within=1e-4,
)
def convolutional_seq2seq() -> Gap:
    ours = shaken(
        ConvolutionalSeq2Seq(
            ConvolutionalSeq2SeqConfig(
                source_vocab_size=31, target_vocab_size=29, d_model=HID, n_layers=2,
                max_seq_len=17, dropout=0.0,
            )
        )
    )  # fmt: skip
    source, target = torch.randint(1, 31, (B, S)), torch.randint(1, 29, (B, T))
    half = math.sqrt(0.5)
    x = e = F.embedding(source, ours.source_emb.weight) + ours.source_pos.weight[:S]
    for layer in ours.encoder:
        wide = F.conv1d(x.mT, layer.conv.weight, layer.conv.bias, padding=1)
        x = (F.glu(wide, dim=1).mT + x) * half
    z = x
    x = y = F.embedding(target, ours.target_emb.weight) + ours.target_pos.weight[:T]
    for layer in ours.decoder:
        conv = layer.conv.conv
        wide = F.conv1d(F.pad(x.mT, (2, 0)), conv.weight, conv.bias)
        x = (F.glu(wide, dim=1).mT + x) * half
        shares = F.softmax((layer.q_proj(x) + y) @ z.mT, dim=-1)
        x = (x + S * math.sqrt(1 / S) * shares @ (z + e)) * half
    return gap(ours(source, target), x @ ours.target_emb.weight.T)
