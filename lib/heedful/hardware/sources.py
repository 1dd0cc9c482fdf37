"""Where a number about a chip comes from.

The vendors' pages and papers could not be opened from where this was written. What
stands here was read in word-for-word quotations of them, in November 2026, and where
two quotations could be found they agree. A number that was only found second-hand is
not here, even if everybody knows it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sheet:
    """A vendor's document. `dated` is its own date or version, as far as it has one."""

    title: str
    dated: str
    url: str
    read: str = "2026-11"


@dataclass(frozen=True)
class Stated:
    """A number as a vendor prints it, in the unit of the field that holds it."""

    value: int | float
    sheet: Sheet
    remark: str = ""


ADA = Sheet(
    "NVIDIA Ada GPU Architecture, whitepaper",
    "version 2.1",
    "https://images.nvidia.com/aem-dam/Solutions/Data-Center/l4/"
    "nvidia-ada-gpu-architecture-whitepaper-v2.1.pdf",
)
HOPPER = Sheet(
    "NVIDIA H100 Tensor Core GPU Architecture, whitepaper",
    "2022",
    "https://resources.nvidia.com/en-us-hopper-architecture/nvidia-h100-tensor-c",
)
A100_SHEET = Sheet(
    "NVIDIA A100 Tensor Core GPU, data sheet",
    "2021",
    "https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a100/pdf/"
    "nvidia-a100-datasheet-us-nvidia-1758950-r4-web.pdf",
)
HOPPER_PAGE = Sheet(
    "NVIDIA Hopper Architecture, page on NVLink",
    "",
    "https://www.nvidia.com/en-us/data-center/technologies/hopper-architecture/",
)
MEGATRON = Sheet(
    "Narayanan et al., Efficient Large-Scale Language Model Training on GPU Clusters",
    "2021, section 5",
    "https://arxiv.org/abs/2104.04473",
)
FSDP = Sheet(
    "Zhao et al., PyTorch FSDP: Experiences on Scaling Fully Sharded Data Parallel",
    "2023, section 5.1",
    "https://arxiv.org/abs/2304.11277",
)
LLAMA3 = Sheet(
    "The Llama 3 Herd of Models",
    "2024, section 3.3.1",
    "https://arxiv.org/abs/2407.21783",
)
H100_PAGE = Sheet(
    "NVIDIA H100, product page", "", "https://www.nvidia.com/en-us/data-center/h100/"
)
H200_PAGE = Sheet(
    "NVIDIA H200, product page", "", "https://www.nvidia.com/en-us/data-center/h200/"
)
HGX_PAGE = Sheet(
    "NVIDIA HGX platform, product page",
    "as of 2026-09-19",
    "https://www.nvidia.com/en-us/data-center/hgx/",
)
DGX_B200_PAGE = Sheet(
    "NVIDIA DGX B200, product page",
    "",
    "https://www.nvidia.com/en-us/data-center/dgx-b200/",
)
CUDA_GUIDE = Sheet(
    "CUDA Programming Guide, appendix Compute Capabilities",
    "",
    "https://docs.nvidia.com/cuda/cuda-programming-guide/05-appendices/"
    "compute-capabilities.html",
)
ZEN5_GUIDE = Sheet(
    "Software Optimization Guide for the AMD Zen5 Microarchitecture, 58455",
    "revision 1.00, August 2024",
    "https://docs.amd.com/v/u/en-US/58455_1.00",
)
RYZEN_9950X_PAGE = Sheet(
    "AMD Ryzen 9 9950X, product page",
    "",
    "https://www.amd.com/en/products/processors/desktops/ryzen/9000-series/"
    "amd-ryzen-9-9950x.html",
)
EPYC_9965_PAGE = Sheet(
    "AMD EPYC 9965, product page",
    "",
    "https://www.amd.com/en/products/processors/server/epyc/9005-series/amd-epyc-9965.html",
)
INTEL_DESKTOP = Sheet(
    "Intel, generations and launch dates of desktop processors",
    "",
    "https://www.intel.com/content/www/us/en/support/articles/000099655/processors.html",
)
XEON_6980P_PAGE = Sheet(
    "Intel Xeon 6980P, product page",
    "",
    "https://www.intel.com/content/www/us/en/products/sku/240777/intel-xeon-6980p-processor-504m-cache-2-00-ghz/"
    "specifications.html",
)
