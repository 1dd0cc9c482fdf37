"""Corpora, tokenizer and batches. Knows nothing of nets."""

from heedful.text.batching import Batch as Batch
from heedful.text.batching import EncodedPairs as EncodedPairs
from heedful.text.batching import bucketed_order as bucketed_order
from heedful.text.batching import encode_pairs as encode_pairs
from heedful.text.batching import pad as pad
from heedful.text.batching import training_batches as training_batches
from heedful.text.corpora import CARDS as CARDS
from heedful.text.corpora import CORPORA as CORPORA
from heedful.text.corpora import TEXTS as TEXTS
from heedful.text.corpus import Card as Card
from heedful.text.corpus import Corpus as Corpus
from heedful.text.documents import Document as Document
from heedful.text.documents import TextCorpus as TextCorpus
from heedful.text.packages import DataError as DataError
from heedful.text.packing import TextBatch as TextBatch
from heedful.text.packing import pack as pack
from heedful.text.packing import packed_batches as packed_batches
from heedful.text.tokenizer import BOS_ID as BOS_ID
from heedful.text.tokenizer import EOS_ID as EOS_ID
from heedful.text.tokenizer import PAD_ID as PAD_ID
from heedful.text.tokenizer import Tokenizer as Tokenizer
from heedful.text.tokenizer import UnknownPieceError as UnknownPieceError
