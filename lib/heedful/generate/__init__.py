"""From a trained model to a text, and to the attention behind it."""

from heedful.generate.beam import beam_search as beam_search
from heedful.generate.continuation import complete as complete
from heedful.generate.continuation import complete_uncached as complete_uncached
from heedful.generate.continuation import stream as stream
from heedful.generate.continue_text import continue_text as continue_text
from heedful.generate.conversation import Conversation as Conversation
from heedful.generate.denoise import ddim as ddim
from heedful.generate.denoise import ddpm as ddpm
from heedful.generate.greedy import greedy as greedy
from heedful.generate.greedy import greedy_uncached as greedy_uncached
from heedful.generate.greedy import write as write
from heedful.generate.sampling import GREEDY as GREEDY
from heedful.generate.sampling import Sampling as Sampling
from heedful.generate.show import cross_attention_text as cross_attention_text
from heedful.generate.speculative import Speculation as Speculation
from heedful.generate.speculative import speculate as speculate
from heedful.generate.translate import Translation as Translation
from heedful.generate.translate import exact_match as exact_match
from heedful.generate.translate import translate as translate
from heedful.generate.translate import translate_all as translate_all
