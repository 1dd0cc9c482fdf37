"""What a GPU runs, in plain PyTorch to read: the same loops over the same tiles.

A matrix product, softmax, FlashAttention with its gradients, and how much memory a
computation holds at once. What `matmul`, `softmax` and `flash` do slowly anywhere,
`triton_matmul`, `triton_softmax` and `triton_flash` do on a GPU. Only these three need
Triton, and say so where it is missing.
"""

from heedful.hardware.kernels.flash import flash_attend as flash_attend
from heedful.hardware.kernels.flash import flash_backward as flash_backward
from heedful.hardware.kernels.flash import flash_forward as flash_forward
from heedful.hardware.kernels.matmul import naive_matmul as naive_matmul
from heedful.hardware.kernels.matmul import numbers_read as numbers_read
from heedful.hardware.kernels.matmul import tiled_matmul as tiled_matmul
from heedful.hardware.kernels.peak import attention_peaks as attention_peaks
from heedful.hardware.kernels.peak import peak_bytes as peak_bytes
from heedful.hardware.kernels.softmax import online_softmax as online_softmax
from heedful.hardware.kernels.softmax import three_pass_softmax as three_pass_softmax
