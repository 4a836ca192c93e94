"""Networks that made the predictions of tests, as far as a Prediction tells them."""

from epanns.prediction import NetworkInfo

STARTER = NetworkInfo("starter", "a network")  # of AudioSet's classes
