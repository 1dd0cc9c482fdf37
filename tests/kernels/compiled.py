"""Compile every kernel for GPUs that are not there, and print the memory it takes.

Run as a script, without TRITON_INTERPRET: with it there is nothing to compile.
"""

import json

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from heedful.hardware.kernels import triton_matmul, triton_softmax
from heedful.hardware.kernels.triton_flash import BACKWARD, FORWARD
from heedful.hardware.kernels.triton_flash_backward import keys_kernel, queries_kernel
from heedful.hardware.kernels.triton_flash_forward import forward_kernel

GPUS = {"RTX 4090": 89, "H100": 90}
IN_FLOAT32 = ("log_sums", "shared")


def shared_bytes(kernel, capability, warps, stages, **constants):
    """The bytes of an SM's fast memory that one program takes, once it is compiled."""
    names = kernel.arg_names
    kinds = {name: "*fp32" if name in IN_FLOAT32 else "*bf16" for name in names}
    kinds |= {name: "i32" for name in names if name.startswith("n_") or "len" in name}
    kinds |= dict.fromkeys(constants, "constexpr")
    values = {(names.index(name),): value for name, value in constants.items()}
    # As at a call with aligned tensors whose sizes are multiples of 16.
    given = [i for i, name in enumerate(names) if name not in constants]
    aligned = {(i,): [["tt.divisibility", 16]] for i in given}
    source = ASTSource(kernel, signature=kinds, constexprs=values, attrs=aligned)
    options = dict(num_warps=warps, num_stages=stages)
    target = GPUTarget("cuda", capability, 32)
    return triton.compile(source, target=target, options=options).metadata.shared


def flash(kernel, tiles, capability):
    width = dict(D=64, DV=64, D_TILE=64, DV_TILE=64)
    sizes = dict(Q_TILE=tiles.q, K_TILE=tiles.k, CAUSAL=True)
    return shared_bytes(kernel, capability, tiles.warps, tiles.stages, **width, **sizes)


def main():
    m, n, k, *how = triton_matmul.MatmulTiles()
    found = {}
    for gpu, capability in GPUS.items():
        found[gpu] = {
            "naive": shared_bytes(
                triton_matmul._naive_kernel, capability, 4, 3, BLOCK=128
            ),
            "tiled": shared_bytes(
                triton_matmul._tiled_kernel, capability, *how, M=m, N=n, K=k, GROUP=8
            ),
            "forward": flash(forward_kernel, FORWARD, capability),
            "keys": flash(keys_kernel, BACKWARD, capability),
            "queries": flash(queries_kernel, BACKWARD, capability),
        }
        for name in ("_three_pass_kernel", "_online_kernel"):
            kernel = getattr(triton_softmax, name)
            found[gpu][name] = shared_bytes(kernel, capability, 4, 3, TILE=1024)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
