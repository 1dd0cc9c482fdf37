"""Hugging Face models in and out, without importing `transformers`.

A model there is a dict of settings and a dict of tensors; on disk, a folder with
config.json and model.safetensors. Covers Llama, Mistral and GPT-2, which are all
`LanguageModel`, and the encoder-decoder of 2017, which is Marian there. Does not
cover tokenizers, pickled weights (.bin) and quantised ones.
"""

from heedful.interop.folders import load_hugging_face as load_hugging_face
from heedful.interop.folders import save_hugging_face as save_hugging_face
from heedful.interop.language_models import from_hugging_face as from_hugging_face
from heedful.interop.language_models import to_hugging_face as to_hugging_face
from heedful.interop.marian import from_marian as from_marian
from heedful.interop.marian import to_marian as to_marian
