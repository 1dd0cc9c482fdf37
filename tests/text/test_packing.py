from itertools import islice, pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from heedful.text.packing import TextBatch, pack, packed_batches, shuffled_rows

EOS, PAD = 2, 0
A, B, C, D, E = range(3, 8)

documents = st.lists(st.lists(st.integers(3, 40), max_size=13), min_size=1, max_size=7)
lengths = st.integers(1, 17)


def asked(batch):
    """(token, the token that follows it), wherever something is asked."""
    real = batch.goal != PAD
    return list(zip(batch.tokens[real].tolist(), batch.goal[real].tolist()))


def ids(rows):
    """Rows that can be told apart: row i holds nothing but i."""
    return TextBatch(torch.arange(rows)[:, None], torch.arange(rows)[:, None])


def test_packing_by_hand():
    rows = pack([[A, B, C], [D], [E, E]], length=3)
    # the stream: EOS A B C EOS D EOS E E EOS
    assert rows.tokens.tolist() == [[EOS, A, B], [C, EOS, D], [EOS, E, E]]
    assert rows.goal.tolist() == [[A, B, C], [EOS, D, EOS], [E, E, EOS]]
    assert rows.inputs == (rows.tokens,)


def test_only_the_last_row_is_filled_up():
    rows = pack([[A, B, C], [D]], length=4)
    assert rows.tokens.tolist() == [[EOS, A, B, C], [EOS, D, EOS, PAD]]
    assert rows.goal.tolist() == [[A, B, C, EOS], [D, EOS, PAD, PAD]]
    assert rows.n_asked == 6


def test_an_empty_document_is_an_end_that_follows_an_end():
    assert asked(pack([[], [A]], length=5)) == [(EOS, EOS), (EOS, A), (A, EOS)]


@given(documents, lengths)
def test_every_token_is_asked_for_once_and_after_the_one_before_it(documents, length):
    stream = [EOS] + [i for document in documents for i in [*document, EOS]]
    rows = pack(documents, length)
    assert asked(rows) == list(pairwise(stream))
    assert rows.n_asked == len(stream) - 1
    assert len(rows) == -(-(len(stream) - 1) // length)


@given(documents, lengths)
def test_within_a_row_the_goal_is_the_next_input(documents, length):
    rows = pack(documents, length)
    assert rows.goal[:, :-1].equal(rows.tokens[:, 1:])
    assert rows.goal[:-1, -1].equal(rows.tokens[1:, 0])  # and rows share no border
    assert (rows.goal[:-1] != PAD).all()


@given(documents, lengths, st.integers(1, 11), st.integers(0, 99))
def test_an_epoch_asks_for_every_token_once(documents, length, batch_size, seed):
    rows = pack(documents, length)
    batches = packed_batches(rows, batch_size, seed)
    n_batches = -(-len(rows) // batch_size)
    for _ in range(2):
        epoch = list(islice(batches, n_batches))
        found = sorted(pair for batch in epoch for pair in asked(batch))
        assert found == sorted(asked(rows))
        assert all(len(batch) == batch_size for batch in epoch[:-1])


@pytest.mark.parametrize("batch_size", [1, 5, 23, 100])
def test_evaluation_sees_every_row_once_and_in_order(batch_size):
    batches = ids(23).in_batches(batch_size)
    assert torch.cat([b.goal for b in batches])[:, 0].tolist() == list(range(23))
    assert {len(batch) for batch in batches[:-1]} <= {batch_size}


def test_the_order_depends_on_seed_and_epoch_and_on_nothing_else():
    first = shuffled_rows(97, seed=3, epoch=1)
    assert shuffled_rows(97, seed=3, epoch=1) == first
    assert sorted(first) == list(range(97))
    others = [shuffled_rows(97, seed=3, epoch=2), shuffled_rows(97, seed=4, epoch=1)]
    # two orders of 97 rows that know nothing of each other agree in about one place
    for other in [*others, list(range(97))]:
        assert sum(a == b for a, b in zip(first, other)) < 8


def test_batches_come_in_the_order_of_the_epochs():
    seen = [row for b in islice(packed_batches(ids(7), 3, 5), 6) for row in b.goal]
    expected = shuffled_rows(7, 5, epoch=0) + shuffled_rows(7, 5, epoch=1)
    assert torch.cat(seen).tolist() == expected


def test_nothing_to_pack_is_refused():
    with pytest.raises(ValueError, match="there is no document to pack"):
        pack([], length=3)
    with pytest.raises(ValueError, match="length=0 must be at least 1"):
        pack([[A]], length=0)


@pytest.mark.parametrize("start", [0, 1, 2, 3, 4, 8, 9])
def test_training_can_go_on_at_any_batch(start):
    late = packed_batches(ids(7), 3, 5, start=start)
    for one, other in zip(islice(packed_batches(ids(7), 3, 5), start, 11), late):
        assert one.tokens.equal(other.tokens) and one.goal.equal(other.goal)


def test_the_fingerprint_is_that_of_the_rows():
    rows = pack([[A, B], [C]], length=2)
    assert rows.fingerprint == pack([[A, B], [C]], length=2).fingerprint
    others = [
        pack([[A, B], [A]], length=2),
        pack([[A], [B, C]], length=2),
        pack([[A, B], [C]], length=5),
        TextBatch(rows.goal, rows.tokens),
    ]
    assert len({other.fingerprint for other in [rows, *others]}) == 5
