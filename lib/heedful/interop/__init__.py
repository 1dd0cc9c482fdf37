"""Hugging Face models in and out, without importing `transformers`.

A model there is a dict of settings and a dict of tensors; on disk, a folder with
config.json and model.safetensors. Covers Llama, Mistral and GPT-2, which are all
`LanguageModel`, BERT, which is `Encoder`, and the encoder-decoder of 2017, which is
Marian there; a Llama may also be in a GGUF file. Does not cover pickled weights
(.bin).
"""

from heedful.interop.bert import from_bert as from_bert
from heedful.interop.bert import to_bert as to_bert
from heedful.interop.chat_tokenizer import ChatTokenizer as ChatTokenizer
from heedful.interop.folders import load_bert as load_bert
from heedful.interop.folders import load_hugging_face as load_hugging_face
from heedful.interop.folders import save_bert as save_bert
from heedful.interop.folders import save_hugging_face as save_hugging_face
from heedful.interop.gguf import read_gguf as read_gguf
from heedful.interop.gguf_llama import from_gguf as from_gguf
from heedful.interop.language_models import from_hugging_face as from_hugging_face
from heedful.interop.language_models import to_hugging_face as to_hugging_face
from heedful.interop.marian import from_marian as from_marian
from heedful.interop.marian import to_marian as to_marian
from heedful.interop.real_models import RealModelError as RealModelError
from heedful.interop.real_models import load_minilm as load_minilm
from heedful.interop.real_models import load_smollm2 as load_smollm2
from heedful.interop.sentences import SentenceEncoder as SentenceEncoder
