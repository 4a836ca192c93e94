"""The layers of Cnn14: how many, how wide, and what one column of the last block depends on."""

from epanns.frontend.parameters import PANNS

BLOCKS = 6  # every block but the last halves time and frequency
CNN14_WIDTHS = (64, 64, 128, 128, 256, 256, 512, 512, 1024, 1024, 2048, 2048)
EPANNS_WIDTHS = (64, 64, 128, 128, 256, 256, 256, 256, 512, 512, 1024, 1024)

POOLED_FRAMES = 2 ** (BLOCKS - 1)  # log-mel frames per column of the last block
MIN_SAMPLES = (POOLED_FRAMES - 1) * PANNS.hop  # the shortest segment that leaves one column
# The heads: maximum plus mean over time before the linear layers; or these on every column, and the
# largest, the mean or a learnt mean of the columns' scores.
CLIPWISE, LARGEST, MEAN, ATTENTION = "", "maximum", "average", "attention"
# What a column depends on: the head reaches one column to both sides, the two convolutions of
# block n reach 2 * 2 ** (n - 1) frames to both sides. That is 32 + 2 * (1 + 2 + 4 + 8 + 16 + 32)
# = 158, and the spectrum of a frame reaches 2 frames further: 160 frames, 5 columns.
CONTEXT_COLUMNS = 5
