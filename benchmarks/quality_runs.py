"""The runs of `benchmarks.quality`: made, timed and judged."""

import time
from dataclasses import replace

import torch

from heedful.generate.translate import share_right, translate_all
from heedful.text.batching import training_batches
from heedful.text.corpora import TEXTS
from heedful.text.packing import packed_batches
from heedful.train.choosing import suited
from heedful.train.language import new_language_run, packed
from heedful.train.loop import encoded, fit, new_run
from heedful.train.loss import evaluate
from heedful.train.recipes import NAMES, named_config


class Text:
    """A language model of 64 bytes' memory, on Python's own library."""

    def __init__(self, quick):
        self.ways = {name: way("python", name, quick) for name in NAMES}
        config, _ = self.ways["plain"]
        corpus = TEXTS[config.task]()
        run = new_language_run(config, corpus)
        self.tokenizers = run.tokenizers
        self.rows = packed(run, corpus.train)
        self.judge = packed(run, corpus.test).in_batches(64)

    def quality(self, config, threads):
        """What the training took, and the loss it led to."""
        model = config.build(
            self.tokenizers, torch.Generator().manual_seed(config.seed)
        )
        batches = packed_batches(self.rows, config.recipe.batch_size, config.seed)
        took = taught(config, threads, model, batches, self.judge[:1])
        return took | {"loss": evaluate(model, self.judge)}


class Numbers:
    """The default task of the encoder-decoder: number words to numerals."""

    def __init__(self, quick):
        self.ways = {name: way("numbers", name, quick) for name in NAMES}
        self.corpus = self.ways["plain"][0].corpus()

    def quality(self, config, threads):
        """What the training took, and the share of right answers it led to."""
        run = new_run(config, self.corpus)
        size, seed = config.recipe.batch_size, config.seed
        batches = training_batches(encoded(run, self.corpus.train), size, seed)
        few = encoded(run, self.corpus.valid).in_batches(50)[:1]
        took = taught(config, threads, run.model, batches, few)
        answers = translate_all(run, [source for source, _ in self.corpus.test])
        return took | {"exact": share_right(answers, self.corpus.test)}


def way(task, name, quick):
    """The named run as it is made here, and the number of threads."""
    config = named_config(task, name)
    if quick:
        return shrunk(config), 1
    fast, threads = suited(config)
    return (config if name == "plain" else fast), threads


def shrunk(config):
    """The same at a size that shows that the benchmark works, and nothing else."""
    model = replace(config.model, d_model=16, n_layers=1, d_ff=32)
    recipe = replace(config.recipe, n_steps=2, batch_size=4, n_warmup=1)
    if config.task == "numbers":
        config = replace(config, n_train=1000)
    return replace(config, model=model, recipe=recipe)


def taught(config, threads, model, batches, few):
    """Seconds by the clock and of the processors; of evaluations only one, of `few`."""
    recipe = replace(config.recipe, evaluate_every=config.recipe.n_steps)
    usual = torch.get_num_threads()
    torch.set_num_threads(threads)
    clock, busy = time.perf_counter(), time.process_time()
    fit(model, batches, recipe, few, progress=False)
    clock, busy = time.perf_counter() - clock, time.process_time() - busy
    torch.set_num_threads(usual)
    return {
        "seed": config.seed,
        "steps": recipe.n_steps,
        "seconds": clock,
        "cpu_seconds": busy,
        "way": f"{recipe.precision}, {recipe.kernels}, threads: {threads}",
    }
