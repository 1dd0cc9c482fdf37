"""A program that trains in one, two and four processes and writes what came out.

    python -m parallel.ranks FOLDER [all]
    torchrun ... -m parallel.ranks FOLDER NAME KILLED_IN

FOLDER then has, for each training, a file NAME.json (rows of losses, payload of a step)
and NAME.safetensors (weights), and for each run of `heedful train` its folder, NAME.txt
with what it said, and NAME.codes.
The second form is one process of a run of `heedful train` that torchrun has started.
"""

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from heedful.cli import main as heedful
from heedful.nets.config import TransformerConfig
from heedful.nets.language_config import LanguageModelConfig
from heedful.nets.language_model import LanguageModel
from heedful.nets.transformer import Transformer
from heedful.parallel import joined, processes
from heedful.parallel.parts import load_parts, save_parts
from heedful.parallel.schemes import SCHEMES as WAYS
from heedful.parallel.traffic import Traffic
from heedful.text import EncodedPairs, training_batches
from heedful.text.packing import TextBatch, packed_batches
from heedful.train import Guard, Recipe, fit

sys.path.append(str(Path(__file__).parents[2] / "tools"))
from ranks import in_processes

SCHEMES = ("data", "sharded", "tensor")
SIZES = (2, 4)
RECIPE = Recipe(n_steps=5, batch_size=11, n_warmup=2, evaluate_every=4)
TEXT = LanguageModelConfig(
    vocab_size=23, d_model=24, n_layers=2, n_heads=4, d_ff=20, max_seq_len=13,
    tie_embeddings=True,
)  # fmt: skip
PAIRS = TransformerConfig(
    source_vocab_size=19, target_vocab_size=29, d_model=16, n_layers=1, n_heads=4,
    d_ff=12, max_seq_len=17, dropout=0.0,
)  # fmt: skip
RUN = {
    "task": "numbers",
    "n_train": 1000,
    "model": {"d_model": 12, "n_layers": 1, "n_heads": 2, "d_ff": 14,
              "max_seq_len": 23, "dropout": 0.3},
    "recipe": {"n_steps": 6, "batch_size": 11, "n_warmup": 2, "evaluate_every": 2},
}  # fmt: skip
KILLED_IN = 4
RELAY_MODEL = RUN["model"] | {"n_heads": 4, "d_ff": 16, "dropout": 0.0}
RELAY = (2, "sharded", 4), (4, "tensor", 3), (1, "data", 0)
"""Processes, scheme, and the step after its start in which the second is killed."""


class Counting(Guard):
    """Counts what is exchanged in the third step.

    The first two arrange the buckets; after an evaluation, as before the fifth, a
    sharded model need not put together again what is outside of the layers.
    """

    def __init__(self):
        super().__init__()
        self.traffic = Traffic()

    def after_step(self, step):
        if step == 2:
            self.traffic.__enter__()
        elif step == 3:
            self.traffic.__exit__(None, None, None)


def language():
    """A model, its batches, of which the fourth has only two rows, and the others."""
    model = LanguageModel(TEXT, torch.Generator().manual_seed(0))
    tokens = torch.randint(
        3, TEXT.vocab_size, (35, 14), generator=torch.Generator().manual_seed(1)
    )
    rows = TextBatch(tokens[:, :-1], tokens[:, 1:])
    return model, packed_batches(rows, RECIPE.batch_size, 0), rows.in_batches(17)


def translation():
    """The same for pairs of unequal length, so that there is padding to ignore."""
    model = Transformer(PAIRS, torch.Generator().manual_seed(0))
    draw = torch.Generator().manual_seed(2)

    def texts(vocab_size):
        lengths = torch.randint(1, 16, (37,), generator=draw).tolist()
        return [
            torch.randint(3, vocab_size, (length,), generator=draw).tolist()
            for length in lengths
        ]

    pairs = EncodedPairs(texts(PAIRS.source_vocab_size), texts(PAIRS.target_vocab_size))
    batches = training_batches(pairs, RECIPE.batch_size, 0)
    return model, batches, pairs.in_batches(9)


def teach(folder, name, material, optimizer):
    """Train as this process's environment says, and let the first write the files."""
    size, _, scheme = name.partition(" ")
    model, batches, valid = material()
    recipe = replace(RECIPE, optimizer=optimizer)
    rows, guard = [], Counting()
    with joined(scheme.split()[0]) as engine:
        assert engine.name.split(",")[0] == size
        trained = engine.spread(model)
        fit(trained, batches, recipe, valid, rows.append, False, None, guard, engine)
        engine.collect(trained, model)
    if engine.is_first:
        whole = {"rows": rows, "payload": guard.traffic.payload}
        (folder / f"{name}.json").write_text(json.dumps(whole))
        save_file(model.state_dict(), folder / f"{name}.safetensors")


def exchange(folder):
    """Write a model spread in each way; read each of them, and a whole, in each."""

    def drawn(seed):
        return LanguageModel(TEXT, torch.Generator().manual_seed(seed))

    with joined("sharded") as engine:
        if engine.is_first:
            (folder / "whole").mkdir()
            save_file(drawn(5).state_dict(), folder / "whole" / "model.safetensors")
        for scheme in SCHEMES:
            save_parts(WAYS[scheme](drawn(5), engine.mesh), folder / scheme)
        engine.wait()
        for written in ("whole", *SCHEMES):
            for scheme in SCHEMES:
                trained, model = WAYS[scheme](drawn(7), engine.mesh), drawn(11)
                load_parts(trained, folder / written)
                engine.collect(trained, model)
                if engine.is_first:
                    save_file(model.state_dict(), folder / f"{written} {scheme}")


def run(folder, name, scheme, killed_in=0, options=("--config", "run.json")):
    """`heedful train` in this process, which is killed if it is the second."""
    os.chdir(folder)
    handle = os.open(folder / f"{name}.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    if killed_in and os.environ["RANK"] == "1":
        heard, n_heard = processes.Processes.heard, iter(range(1, killed_in + 1))

        def end(engine, signals):
            if next(n_heard) == killed_in:
                os.kill(os.getpid(), signal.SIGKILL)
            return heard(engine, signals)

        processes.Processes.heard = end
    heedful(
        ["train", "numbers", "--parallel", scheme, "--run", name.split()[0], *options]
    )


def main(folder, everything):
    jobs = [(1, "data", "text"), *((2, scheme, "text") for scheme in SCHEMES)]
    if everything:
        jobs += [(1, "data", "pairs"), (1, "data", "muon"), (2, "data", "muon")]
        jobs += [(2, scheme, "pairs") for scheme in SCHEMES]
        jobs += [(4, scheme, "text") for scheme in SCHEMES]
    for size, scheme, what in jobs:
        material = translation if what == "pairs" else language
        optimizer = "muon" if what == "muon" else "adam"
        name = f"{size} {scheme} {what}"
        assert not any(in_processes(size, teach, folder, name, material, optimizer))
    assert not any(in_processes(2, exchange, folder))
    (folder / "run.json").write_text(json.dumps(RUN))
    if everything:
        (folder / "relay.json").write_text(json.dumps(RUN | {"model": RELAY_MODEL}))
        begin, go_on = ("--config", "relay.json"), ("--resume",)
        in_processes(1, run, folder, "alone", "data", 0, begin)
        for leg, (size, scheme, killed_in) in enumerate(RELAY):
            options = go_on if leg else begin
            args = folder, f"relay {leg}", scheme, killed_in, options
            codes = in_processes(size, run, *args)
            (folder / f"relay {leg}.codes").write_text(json.dumps(codes))
    for scheme in SCHEMES if everything else SCHEMES[:1]:
        for name, killed_in in ("whole", 0), ("killed", KILLED_IN), ("killed again", 0):
            name = f"{scheme}-{name}"
            codes = in_processes(2, run, folder, name, scheme, killed_in)
            (folder / f"{name}.codes").write_text(json.dumps(codes))


if __name__ == "__main__":
    match sys.argv[1:]:
        case [folder, name, killed_in]:
            run(Path(folder), name, "data", int(killed_in))
        case [folder, *all_]:
            main(Path(folder), everything=all_ == ["all"])
