"""The curve as CSV and as a picture."""

import math
from pathlib import Path

from epanns.training.learning_curve import CurvePoint, draw, write_classes, write_csv

ROWS = [
    CurvePoint(10, 4.06, 0.5, 1e-3, 0.25, 0.75, 0.954, 0.1, 0.5),
    CurvePoint(20, 8.0, 0.125, 5e-4, math.nan),
]


def test_rows_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    write_csv(path, ROWS[:1])
    write_csv(path, ROWS)
    assert path.read_text() == (
        "step,seconds,loss,rate,mAP,AUC,d',F1,mAP learnt\n"
        "10,4.1,0.5,0.001,0.2500,0.7500,0.9540,0.1000,0.5000\n20,8.0,0.125,0.0005,,,,,\n"
    )
    assert [each.name for each in tmp_path.iterdir()] == ["curve.csv"]


def test_the_precision_of_every_class_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "classes.csv"
    write_classes(path, ["Dog", "Male speech, man"], [(10, (0.5, math.nan)), (20, (1.0, 0.25))])
    assert path.read_text() == 'step,Dog,"Male speech, man"\n10,0.5000,\n20,1.0000,0.2500\n'


def test_the_picture_is_a_whole_png_each_time(tmp_path: Path) -> None:
    path = tmp_path / "curve.png"
    for count in (1, 2):
        draw(path, ROWS[:count])
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG") and content.endswith(b"IEND\xaeB`\x82")
    assert [each.name for each in tmp_path.iterdir()] == ["curve.png"]
