"""Shapes, masks, attention, positions, and the models built from them.

Knows nothing of data, devices or training.
"""

from heedful.nets.attention import MultiHeadAttention as MultiHeadAttention
from heedful.nets.attention import attend as attend
from heedful.nets.attention import attention_weights as attention_weights
from heedful.nets.cache import KVCache as KVCache
from heedful.nets.config import TransformerConfig as TransformerConfig
from heedful.nets.convolutional import CausalConvolution as CausalConvolution
from heedful.nets.convolutional import CausalStack as CausalStack
from heedful.nets.convolutional import receptive_field as receptive_field
from heedful.nets.convolutional_seq2seq import (
    ConvolutionalSeq2Seq as ConvolutionalSeq2Seq,
)
from heedful.nets.diffusion import Denoiser as Denoiser
from heedful.nets.diffusion import DenoiserConfig as DenoiserConfig
from heedful.nets.encoder import Encoder as Encoder
from heedful.nets.encoder import EncoderConfig as EncoderConfig
from heedful.nets.encoder import minilm as minilm
from heedful.nets.encoder import sentence_embedding as sentence_embedding
from heedful.nets.encoder_decoder import EncoderDecoder as EncoderDecoder
from heedful.nets.language_config import LanguageModelConfig as LanguageModelConfig
from heedful.nets.language_config import gpt2 as gpt2
from heedful.nets.language_config import llama as llama
from heedful.nets.language_model import LanguageModel as LanguageModel
from heedful.nets.layers import FeedForward as FeedForward
from heedful.nets.layers import RMSNorm as RMSNorm
from heedful.nets.layers import SwiGLU as SwiGLU
from heedful.nets.masks import causal_mask as causal_mask
from heedful.nets.masks import left_padding_mask as left_padding_mask
from heedful.nets.masks import padding_mask as padding_mask
from heedful.nets.masks import sliding_window_mask as sliding_window_mask
from heedful.nets.noise import NoiseSchedule as NoiseSchedule
from heedful.nets.noise import cosine_schedule as cosine_schedule
from heedful.nets.noise import linear_schedule as linear_schedule
from heedful.nets.positions import Rotary as Rotary
from heedful.nets.positions import alibi_bias as alibi_bias
from heedful.nets.positions import sinusoidal as sinusoidal
from heedful.nets.recurrent import GRUCell as GRUCell
from heedful.nets.recurrent import LSTMCell as LSTMCell
from heedful.nets.recurrent import Recurrent as Recurrent
from heedful.nets.recurrent import RNNCell as RNNCell
from heedful.nets.recurrent_seq2seq import AdditiveAttention as AdditiveAttention
from heedful.nets.recurrent_seq2seq import RecurrentSeq2Seq as RecurrentSeq2Seq
from heedful.nets.scan import MinGRU as MinGRU
from heedful.nets.scan import linear_scan as linear_scan
from heedful.nets.scan import linear_scan_by_loop as linear_scan_by_loop
from heedful.nets.shapes import merge_heads as merge_heads
from heedful.nets.shapes import repeat_kv as repeat_kv
from heedful.nets.shapes import split_heads as split_heads
from heedful.nets.transformer import DecoderLayer as DecoderLayer
from heedful.nets.transformer import EncoderLayer as EncoderLayer
from heedful.nets.transformer import Transformer as Transformer
