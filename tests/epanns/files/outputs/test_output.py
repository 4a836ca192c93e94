"""What outputs say of a run."""

from epanns.files.outputs.output import ScoringRun, model_name, run_of
from epanns.files.tagging import ScoringPlan
from epanns.prediction import NetworkInfo
from epanns.vocabulary.vocabulary import Vocabulary


def test_a_run_is_named_by_its_weights() -> None:
    network = NetworkInfo("starter", "", "0123456789abcdef", Vocabulary(("Robin", "Wren", "Owl")))
    assert model_name("starter", network) == "starter"
    assert model_name("./starter", network) == "starter@0123456789ab", "a file of that name"
    plan = ScoringPlan(segment=64000, hop=16000, scores=True)
    assert run_of("starter", network, plan, 2) == ScoringRun("starter", 2.0, 0.5, True, 2)
    assert run_of("starter", network, plan, 5).top_k == 3, "there are no more classes"
