"""The classes of a pack: AudioSet's, some of them, or those of the listing itself."""

from pathlib import Path

import numpy as np
import soundfile

from epanns.datasets.pack import Pack
from tests.support.packs import names, run_pack


def classes(path: Path) -> tuple[str, ...]:
    with Pack(path) as pack:
        return pack.vocabulary.names


def in_class_folders(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, np.full(8000, 0.1), 8000)
    return folder


def test_folders_named_by_their_class_are_the_classes(tmp_path: Path) -> None:
    out = tmp_path / "clips.h5"
    folder = in_class_folders(tmp_path / "all", "wren/2-1-A.wav", "owl, tawny/x.wav", "rest.wav")
    run = run_pack(out, "--listing", folder)
    assert run.returncode == 0 and run.stdout.endswith("3 added, 0 there before.\n"), run.stderr
    assert run.stderr == (
        f"The classes of the pack are {folder}'s own: 'owl, tawny', 'wren'; with --vocabulary"
        " audioset they are AudioSet's.\n"
    )
    with Pack(out) as pack:
        assert pack.vocabulary.names == ("owl, tawny", "wren")
        found = zip(pack.names, pack.targets(range(3)).tolist(), pack.splits, strict=True)
        assert sorted(found) == [
            ("owl, tawny/x.wav", [1, 0], "train"), ("rest.wav", [0, 0], "unlabelled"),
            ("wren/2-1-A.wav", [0, 1], "train"),
        ]  # fmt: skip
        assert sorted(pack.folds.tolist()) == [-1, -1, 2]
    for words in ((), ("--vocabulary", "own")):
        run = run_pack(out, "--listing", folder, *words)
        assert run.returncode == 0 and "0 added, 3 there before" in run.stdout and not run.stderr


def test_the_same_folders_have_no_labels_in_audiosets_words(tmp_path: Path) -> None:
    folder = in_class_folders(tmp_path / "all", "wren/a.wav", "owl/b.wav")
    for words in (("--vocabulary", "audioset"), ("--split", "unlabelled")):
        out = tmp_path / f"{words[1]}.h5"
        run = run_pack(out, "--listing", folder, *words)
        assert (run.returncode, run.stderr, len(classes(out))) == (0, "", 527)
        with Pack(out) as pack:
            assert pack.splits == ("unlabelled",) * 2 and not pack.labelled.any()


def test_a_pack_that_is_there_keeps_its_classes(tmp_path: Path) -> None:
    out = tmp_path / "clips.h5"
    run_pack(out, "--listing", in_class_folders(tmp_path / "first", "wren/a.wav", "owl/b.wav"))
    more = in_class_folders(tmp_path / "more", "wren/c.wav", "robin/d.wav", "robin/e.wav")
    run = run_pack(out, "--listing", more)
    assert run.returncode == 0 and "1 added, 0 there before, 2 of other classes" in run.stdout
    assert run.stderr == (
        "Labels that are none of the pack's 2 classes are left out: 'robin' (2 clips).\n"
    )
    assert classes(out) == ("owl", "wren")
    for asked in ("own", "audioset", "Animal"):
        run = run_pack(out, "--listing", more, "--vocabulary", asked)
        assert run.returncode == 1 and "holds clips of other classes than those to add" in (
            run.stderr
        )
    assert len(names(out)) == 3


def test_a_part_of_audioset_is_a_vocabulary_of_its_own(listing: Path, tmp_path: Path) -> None:
    out = tmp_path / "clips.h5"
    for words in (("--vocabulary", "Animal"), ()):
        run = run_pack(out, "--listing", listing, *words)
        assert run.returncode == 0 and "1 of other classes left out" in run.stdout
        assert run.stderr == (
            f"Labels that are none of the pack's {len(classes(out))} classes are left out:"
            " 'Barking of seals' (1 clip), 'Music' (1 clip).\n"
        )
    assert names(out) == ("a.wav", "c.wav", "d.wav") and "Bark" in classes(out)
    assert "Music" not in classes(out) and len(classes(out)) < 527


def test_of_many_labels_the_ten_most_frequent_are_named(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.full(8000, 0.1), 8000)
    rows = [f"./{'/' * clip}a.wav,Dog;{';'.join('abcdefghijklmn'[clip:])}" for clip in range(14)]
    listing = tmp_path / "clips.csv"
    listing.write_text("\n".join(["path,category", *rows]))
    run = run_pack(tmp_path / "all.h5", "--listing", listing)
    lines = run.stderr.splitlines()
    assert run.returncode == 0 and len(lines) == 11
    assert lines[0] == "'n' is no AudioSet class: the label of 14 clips."
    assert lines[9:] == [
        "'e' is no AudioSet class: the label of 5 clips.", "4 more labels are no class either.",
    ]  # fmt: skip
    run = run_pack(tmp_path / "part.h5", "--listing", listing, "--vocabulary", "Animal")
    assert "'e' (5 clips) and 4 more.\n" in run.stderr and len(run.stderr.splitlines()) == 1


def test_where_clips_are_lost_for_their_labels_the_way_to_keep_them_is_named(
    tmp_path: Path,
) -> None:
    soundfile.write(tmp_path / "a.wav", np.full(8000, 0.1), 8000)
    listing, out = tmp_path / "clips.csv", tmp_path / "clips.h5"
    listing.write_text("path,class\na.wav,Owl\n./a.wav,Eagle owl\n")
    run = run_pack(out, "--listing", listing)
    assert run.returncode == 1 and run.stderr.splitlines()[-1] == (
        "--vocabulary own takes the labels of a listing as they are, in a file of its own."
    )
    run = run_pack(tmp_path / "own.h5", "--listing", listing, "--vocabulary", "own")
    assert (run.returncode, run.stderr) == (0, "")
    assert classes(tmp_path / "own.h5") == ("Eagle owl", "Owl")


def test_the_table_of_esc_50_has_its_own_classes_if_asked(tmp_path: Path) -> None:
    folder = in_class_folders(tmp_path, "1-1-A-0.wav", "2-2-B-34.wav")
    listing, out = folder / "esc50.csv", tmp_path / "clips.h5"
    listing.write_text(
        "filename,fold,target,category\n1-1-A-0.wav,1,0,dog\n2-2-B-34.wav,2,34,can_opening\n"
    )
    for source in (listing, folder):
        out = tmp_path / f"{source.suffix or 'folder'}.h5"
        run = run_pack(out, "--listing", source, "--vocabulary", "own")
        assert (run.returncode, classes(out)) == (0, ("can_opening", "dog")), run.stderr
        with Pack(out) as pack:
            assert pack.folds.tolist() == [1, 2]
            assert pack.targets(range(2)).tolist() == [[0, 1], [1, 0]]


def test_audiosets_lists_have_names_of_classes_not_ids(tmp_path: Path) -> None:
    folder = in_class_folders(tmp_path / "sounds", "abcdefghijk.wav")
    listing, out = tmp_path / "segments.csv", tmp_path / "clips.h5"
    listing.write_text('abcdefghijk, 0.000, 1.000, "/m/09x0r,/m/04rlf"\n')
    run = run_pack(out, "--listing", listing, "--folder", folder, "--vocabulary", "own")
    assert (run.returncode, classes(out)) == (0, ("Music", "Speech")), run.stderr
    run = run_pack(tmp_path / "x.h5", "--listing", listing, "--folder", folder)
    assert (run.returncode, len(classes(tmp_path / "x.h5"))) == (0, 527), run.stderr
