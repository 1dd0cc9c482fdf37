"""How good a run is on what it never saw, and examples of what it writes.

Where one answer is right, the share of right ones. Where many are, BLEU and chrF: how
many of its words, and of its characters, stand in runs that one right answer has, too.
"""

import re
from typing import Any

import torch

from heedful.generate.continue_text import continue_text
from heedful.generate.sampling import GREEDY, Sampling
from heedful.generate.translate import share_right, translate_all
from heedful.text.corpora import TEXTS
from heedful.text.corpus import Corpus
from heedful.text.tatoeba import SHORT, tatoeba
from heedful.train.language import bits_per_byte
from heedful.train.language_config import LanguageRunConfig
from heedful.train.run import Run

Score = dict[str, int | float]

PROMPTS = ("def fibonacci(", "import os\nimport", "class Stack:\n    def", "for i in")
"""How the texts of a language model's record begin."""


def score(run: Run, corpus: Corpus, n_beams: int = 1) -> tuple[Score, list[str]]:
    """What the test part of `corpus` says of `run`, and the run's answers to it.

    The score has tested_on (pairs) and exact_match (from 0 to 1); by a corpus whose
    metric is "bleu" also bleu and chrf, each from 0 to 100, as sacrebleu computes
    them over the whole part [Post 2018], [Papineni 2002], [Popović 2015]. Derived in
    chapter 05.
    """
    answers = translate_all(run, [source for source, _ in corpus.test], n_beams=n_beams)
    goals = [goal for _, goal in corpus.test]
    result: Score = {
        "tested_on": len(goals),
        "exact_match": share_right(answers, corpus.test),
    }
    if corpus.metric == "bleu":
        import sacrebleu

        result["bleu"] = sacrebleu.corpus_bleu(answers, [goals]).score
        result["chrf"] = sacrebleu.corpus_chrf(answers, [goals]).score
    return result, answers


def final_test(run: Run) -> dict[str, Any]:
    """What a finished run's record says of it, on data that it never saw.

    Of a language model the bits per byte, and `completions`. Of translations the
    score; of sentences, which leave room for a search, that of four beams, also for
    short ones, beside that of greedy writing, and `samples`.
    """
    if isinstance(run.config, LanguageRunConfig):
        documents = TEXTS[run.config.task]().test
        bits = bits_per_byte(run, documents)
        return {
            "tested_on": len(documents),
            "bits_per_byte": bits,
            "completions": completions(run),
        }
    corpus = run.config.corpus()
    if corpus.metric != "bleu":
        return score(run, corpus)[0]
    result, answers = score(run, corpus, n_beams=4)
    short = tatoeba(**SHORT)
    return {
        **result,
        "n_beams": 4,
        "greedy": score(run, corpus)[0],
        "short": {**SHORT, **score(run, short, n_beams=4)[0]},
        "short_greedy": {**SHORT, **score(run, short)[0]},
        "trained_on": len(corpus.train),
        "near_training": near_training(corpus),
        "samples": samples(corpus, answers),
    }


def completions(run: Run, max_new: int = 60) -> list[dict[str, str]]:
    """What follows each of `PROMPTS`: the likeliest tokens, and drawn ones (seed 0)."""
    ways = {"greedy": GREEDY, "drawn": Sampling(temperature=0.8, top_p=0.95)}
    rows = []
    for prompt in PROMPTS:
        row = {"prompt": prompt}
        for name, settings in ways.items():
            generator = torch.Generator().manual_seed(0)
            pieces = continue_text(
                run, prompt, settings, max_new=max_new, generator=generator
            )
            row[name] = "".join(pieces)
        rows.append(row)
    return rows


def near_training(corpus: Corpus) -> float:
    """The share of test goals that are one word away from some training goal.

    One word replaced, left out or put in; case and punctuation do not count. A test
    of sentences with such siblings is easier than one without.
    """
    learned = {_words(goal) for _, goal in corpus.train}
    gaps = {gap for words in learned for gap in _with_a_gap(words)}
    shorter = {_without_gap(gap) for gap in gaps}
    near = 0
    for _, goal in corpus.test:
        words = _words(goal)
        own = _with_a_gap(words)
        near += (
            words in shorter  # a training sentence has one word more
            or any(gap in gaps or _without_gap(gap) in learned for gap in own)
        )
    return near / len(corpus.test)


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[\w']+", text.casefold()))


def _with_a_gap(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [(*words[:i], "", *words[i + 1 :]) for i in range(len(words))]


def _without_gap(gap: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in gap if word)


def samples(corpus: Corpus, answers: list[str], n: int = 30) -> list[dict[str, Any]]:
    """`n` answers from the best to the worst, at equal steps, so nobody chose them.

    The order is by the chrF of each; equal ones keep the order of the corpus. `credit`
    is what must stand beside a pair that is shown.
    """
    import sacrebleu

    rows = [
        {
            "source": source,
            "reference": goal,
            "answer": answer,
            "chrf": round(sacrebleu.sentence_chrf(answer, [goal]).score, 1),
            "credit": corpus.credits.get((source, goal), ""),
        }
        for (source, goal), answer in zip(corpus.test, answers)
    ]
    rows.sort(key=lambda row: -row["chrf"])
    n = min(n, len(rows))
    return [rows[round(i * (len(rows) - 1) / max(1, n - 1))] for i in range(n)]
