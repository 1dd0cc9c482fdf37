"""One model, several processes: PyTorch's own engines applied to it from outside.

    torchrun --standalone --nproc-per-node 2 -m heedful train numbers --steps 20

trains in two processes what `heedful train numbers --steps 20` trains in one, and
writes the same files. `--parallel data` (the default), `sharded` or `tensor` says how
they share the work (`heedful.parallel.schemes`). torchrun takes `--run` for an option
of its own, unless `--` comes before `heedful`: `-m -- heedful train ... --run HERE`.
Where each process has a GPU they use it and talk by NCCL, else by gloo; only gloo has
been tried. Derived in chapter 07.
"""

from heedful.parallel.launch import LostError as LostError
from heedful.parallel.launch import joined as joined
from heedful.parallel.shares import Share as Share
from heedful.parallel.shares import share_of as share_of
