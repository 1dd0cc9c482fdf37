"""Shapes, masks, attention, positions and the Transformer built from them.

Knows nothing of data, devices or training.
"""

from heedful.nets.attention import MultiHeadAttention as MultiHeadAttention
from heedful.nets.attention import attend as attend
from heedful.nets.attention import attention_weights as attention_weights
from heedful.nets.cache import KVCache as KVCache
from heedful.nets.config import TransformerConfig as TransformerConfig
from heedful.nets.layers import FeedForward as FeedForward
from heedful.nets.masks import causal_mask as causal_mask
from heedful.nets.masks import padding_mask as padding_mask
from heedful.nets.positions import sinusoidal as sinusoidal
from heedful.nets.shapes import merge_heads as merge_heads
from heedful.nets.shapes import split_heads as split_heads
from heedful.nets.transformer import DecoderLayer as DecoderLayer
from heedful.nets.transformer import EncoderLayer as EncoderLayer
from heedful.nets.transformer import Transformer as Transformer
