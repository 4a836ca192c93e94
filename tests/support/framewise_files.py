"""Imported by a worker: it then takes the files of a Cnn14 for framewise ones.

By its keys a file does not tell which of the two it is for; published files are told by their
checksum.
"""

from dataclasses import replace

from epanns.networks import registry
from epanns.networks.cnn14 import CNN14, CNN14_DECISION_LEVEL_MAX

registry.register(
    replace(CNN14, recognises=lambda shapes: False),
    replace(CNN14_DECISION_LEVEL_MAX, recognises=CNN14.recognises, copy_tag=""),
)
