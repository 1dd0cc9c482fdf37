import random
from itertools import islice, pairwise

import pytest
import torch

from heedful.text import (
    EncodedPairs,
    Tokenizer,
    bucketed_order,
    encode_pairs,
    pad,
    training_batches,
)


def some_lengths(n=5_000):
    rng = random.Random(0)
    return [rng.randrange(2, 40) for _ in range(n)]


def some_pairs(n):
    rng = random.Random(0)
    rows = [[3 + i] * rng.randrange(1, 9) for i in range(n)]
    return EncodedPairs(sources=rows, targets=[row * 2 for row in rows])


def padding(lengths, batches):
    return sum(
        max(lengths[i] for i in rows) - lengths[i] for rows in batches for i in rows
    )


def test_pad_by_hand():
    assert pad([[5, 6], [7], [8, 9, 4]]).tolist() == [[5, 6, 0], [7, 0, 0], [8, 9, 4]]


def test_encode_pairs_by_hand():
    source = Tokenizer.build(["one two"], "word")
    target = Tokenizer.build(["一二"], "char")
    pairs = encode_pairs([("two", "二"), ("one two", "一二")], source, target)
    assert pairs == EncodedPairs(sources=[[4], [3, 4]], targets=[[4], [3, 4]])
    assert len(pairs) == 2


def test_a_batch_by_hand():
    pairs = EncodedPairs(sources=[[3], [4, 5]], targets=[[6, 7], [8]])
    batch = pairs.batch([1, 0])
    assert batch.source.tolist() == [[4, 5], [3, 0]]
    assert batch.target.tolist() == [[1, 8, 0], [1, 6, 7]]
    assert batch.goal.tolist() == [[8, 2, 0], [6, 7, 2]]


def test_the_goal_is_the_target_one_step_later():
    pairs = some_pairs(23)
    for batch in pairs.in_batches(5):
        real = batch.goal != 0
        assert real.equal(batch.target != 0)
        follows = real[:, 1:]
        assert batch.goal[:, :-1][follows].equal(batch.target[:, 1:][follows])
        last = real.sum(1) - 1
        assert (batch.goal[torch.arange(len(last)), last] == 2).all()
        assert (batch.target[:, 0] == 1).all()


@pytest.mark.parametrize("batch_size", [1, 5, 23, 100])
def test_evaluation_sees_every_pair_once(batch_size):
    batches = some_pairs(23).in_batches(batch_size)
    firsts = [i for batch in batches for i in batch.source[:, 0].tolist()]
    assert sorted(firsts) == list(range(3, 26))
    assert [len(b.source) for b in batches[:-1]] == [batch_size] * (len(batches) - 1)


@pytest.mark.parametrize("epoch", [0, 1, 7])
def test_each_row_comes_once_an_epoch(epoch):
    batches = bucketed_order(some_lengths(997), 13, seed=3, epoch=epoch)
    assert sorted(i for rows in batches for i in rows) == list(range(997))
    assert max(map(len, batches)) == 13


def test_the_order_is_a_function_of_seed_and_epoch():
    lengths = some_lengths(997)

    def order(seed, epoch):
        return bucketed_order(lengths, 13, seed, epoch)

    first = order(3, 1)
    random.seed(99)
    assert order(3, 1) == first
    assert order(3, 2) != first
    assert order(4, 1) != first
    assert order(31, 0) != order(3, 10)


def test_the_order_is_known_on_every_machine():
    assert bucketed_order([1, 2, 3, 4, 5], 2, seed=0, epoch=0) == [[0, 1], [4], [2, 3]]


def test_buckets_save_most_of_the_padding():
    lengths = some_lengths()
    unsorted = list(range(len(lengths)))
    random.Random(1).shuffle(unsorted)
    plain = [unsorted[i : i + 64] for i in range(0, len(unsorted), 64)]
    bucketed = bucketed_order(lengths, 64, seed=0, epoch=0)
    assert padding(lengths, plain) > 10 * padding(lengths, bucketed)


def test_batches_do_not_come_in_order_of_length():
    lengths = some_lengths()
    batches = bucketed_order(lengths, 64, seed=0, epoch=0)
    longest = [max(lengths[i] for i in rows) for rows in batches]
    rising = sum(a <= b for a, b in pairwise(longest)) / len(longest)
    assert 0.3 < rising < 0.7


def test_training_sees_every_pair_once_before_it_sees_one_twice():
    pairs = some_pairs(23)
    stream = training_batches(pairs, batch_size=5, seed=0)
    for _ in range(2):
        epoch = list(islice(stream, 5))
        firsts = [i for batch in epoch for i in batch.source[:, 0].tolist()]
        assert sorted(firsts) == list(range(3, 26))


def test_training_batches_repeat_with_their_seed():
    def sources(seed):
        stream = training_batches(some_pairs(23), 5, seed)
        return [batch.source.tolist() for batch in islice(stream, 12)]

    assert sources(3) == sources(3)
    assert sources(3) != sources(4)


@pytest.mark.parametrize("start", [0, 1, 4, 5, 6, 9, 10, 23])
def test_training_can_go_on_at_any_batch(start):
    stream = training_batches(some_pairs(23), 5, seed=3)
    late = training_batches(some_pairs(23), 5, seed=3, start=start)
    for one, other in zip(islice(stream, start, start + 7), late):
        assert one.source.equal(other.source) and one.goal.equal(other.goal)


def test_the_fingerprint_is_that_of_the_pairs():
    pairs = EncodedPairs([[3, 4], [5]], [[6], [7, 8]])
    assert pairs.fingerprint == EncodedPairs([[3, 4], [5]], [[6], [7, 8]]).fingerprint
    others = [
        EncodedPairs([[3, 4], [5]], [[6], [7, 9]]),
        EncodedPairs([[5], [3, 4]], [[6], [7, 8]]),
        EncodedPairs([[3], [4, 5]], [[6], [7, 8]]),
        EncodedPairs([[3, 4], [5], [6]], [[7, 8]]),
    ]
    assert len({other.fingerprint for other in [pairs, *others]}) == 5
