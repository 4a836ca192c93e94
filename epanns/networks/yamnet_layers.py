"""The layers of YAMNet: outputs and strides, and how sound is cut into patches."""

PATCH_FRAMES, PATCH_HOP = 96, 48  # frames of a patch, and from one to the next
STEM = 32
# Outputs and strides of the depthwise separable convolutions, layers 2 to 14.
SEPARABLE = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1),
             (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1))  # fmt: skip
LAST = f"layer{len(SEPARABLE) + 1}"
