"""Find the recordings that a user names by files, folders or patterns."""

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from epanns.console import tell
from epanns.errors import EpannsError
from epanns.storage.existence import exists, is_file, is_folder

# Endings of files that are often in the folders of recordings and are certainly no sound. All other
# files in a folder are tried: recordings have many endings, or none.
NO_SOUND = frozenset(
    """
    .ass .bat .bib .bin .bmp .c .cfg .conf .cpp .css .csv .db .description .doc .docx .ds_store .eaf
    .eps .gif .gz .h .h5 .hdf5 .htm .html .ico .ini .ipynb .jpeg .jpg .js .json .jsonl .lab .lnk
    .log .lrc .m3u .m3u8 .mat .md .md5 .mid .midi .nfo .npy .npz .odt .onnx .part .pdf .pkl .pls
    .png .ppt .pptx .ps .pt .pth .py .pyc .rst .rtf .rttm .sh .sha256 .sqlite .srt .svg .tar .tex
    .textgrid .tif .tiff .toml .tsv .txt .url .vtt .webp .xls .xlsx .xml .yaml .yml .ytdl .zip
    """.split()  # noqa: SIM905 (shorter)
)

# Endings of files that hold sound; of several files of one name the first of these is the best.
SOUND = tuple(
    """
    .wav .wave .flac .aif .aiff .aifc .w64 .rf64 .bwf .caf .au .snd .sph .alac .ape .tta .wv .aac
    .ac3 .amr .eac3 .gsm .m4a .mka .mp1 .mp2 .mp3 .mpc .oga .ogg .opus .spx .voc .weba .wma .3g2
    .3gp .asf .avi .flv .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .mxf .nut .ogv .ts .webm .wmv
    """.split()  # noqa: SIM905 (shorter)
)


STANDARD_INPUT = ("-", "/dev/stdin", "/dev/fd/0")


class NoRecordingsError(EpannsError):
    """The paths of a user hold no recordings."""


def find(paths: Sequence[str]) -> list[Path]:
    """The recordings that a user means; says on standard error what was left out.

    Args:
        paths: see expand.

    Raises:
        NoRecordingsError: there are none.
    """
    left_out: Counter[str] = Counter()
    files = expand(paths, left_out)
    tell_left_out(left_out)
    if not files:
        raise NoRecordingsError(f"There are no recordings in {', '.join(paths)}.")
    return files


def expand(paths: Iterable[str | Path], left_out: "Counter[str] | None" = None) -> list[Path]:
    """The files that a user means.

    Args:
        paths: files, folders (with all folders in them; each is entered once, by a link, too), or
            patterns such as "field/*.wav" or "field/**/*.wav". A path that exists is never taken
            for a pattern, nor is the folder that a pattern begins with.
        left_out: if given, what a folder or pattern holds and is left out is counted here, by its
            ending: hidden files (all as "hidden") and files that are certainly no sound (NO_SOUND).

    Returns:
        Each file once, in the order of the paths, those of one folder or pattern sorted. A file
        that a path names is always among them, with any ending, even where it is missing: reading
        it then gives the reason. So is a folder that cannot be listed.

    Raises:
        NoRecordingsError: a path means standard input.
    """
    counts: Counter[str] = Counter() if left_out is None else left_out
    found: dict[str, Path] = {}
    for given in paths:
        for path in _meant(Path(given), counts):
            found.setdefault(os.path.abspath(path), path)  # noqa: PTH100 (follows no links)
    return list(found.values())


def _meant(given: Path, left_out: "Counter[str]") -> Iterator[Path]:
    """The files that one path means."""
    if str(given) in STANDARD_INPUT:
        raise NoRecordingsError(
            f"{given} is a stream; sound is read from files: cat > sound.wav keeps it in one."
        )
    if is_folder(given):
        yield from sounds_below(given, left_out)
    elif exists(given) or not glob.has_magic(str(given)):
        yield given
    else:
        matches = [Path(match) for match in sorted(glob.glob(_pattern(given), recursive=True))]  # noqa: PTH207
        if not matches:
            yield given
        yield from _sounds((match for match in matches if is_file(match)), left_out)


def _pattern(given: Path) -> str:
    """A pattern as glob takes it: the folder that it begins with may have brackets in its name."""
    folder = next((each for each in given.parents if is_folder(each)), None)
    if folder is None or folder == Path():
        return str(given)
    return str(Path(glob.escape(str(folder)), given.relative_to(folder)))


def tell_left_out(left_out: "Counter[str]") -> None:
    """Say on standard error what was left out."""
    if left_out:
        kinds = ", ".join(f"{count} {kind}" for kind, count in left_out.most_common())
        tell(f"Left out, as they are no sound: {kinds}.")


def sounds_below(folder: Path, left_out: "Counter[str] | None" = None) -> Iterator[Path]:
    """The files in a folder and in those below it that may be sound.

    Args:
        folder: where to begin.
        left_out: if given, what is left out is counted here, by its ending.
    """
    counts: Counter[str] = Counter() if left_out is None else left_out
    yield from _sounds(files_below(folder, counts), counts)


def files_below(folder: Path, left_out: "Counter[str] | None" = None) -> Iterator[Path]:
    """All files in a folder and in those below it, except hidden ones.

    Folders that are linked are entered, too, but each only once.

    Args:
        folder: where to begin.
        left_out: if given, hidden files are counted here as "hidden".

    Yields:
        The files of one folder by their names, then those of the folders in it. A folder that
        cannot be listed comes itself: reading it gives the reason.
    """
    unlisted: list[Path] = []
    entered = {identity(folder)}
    walk = os.walk(
        folder, followlinks=True, onerror=lambda error: unlisted.append(Path(error.filename))
    )
    for parent, folders, files in walk:
        yield from unlisted
        unlisted.clear()
        wanted = []
        for name in sorted(name for name in folders if not name.startswith(".")):
            found = identity(Path(parent, name))
            if found is None or found not in entered:
                entered.add(found)
                wanted.append(name)
        folders[:] = wanted
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(parent, name)
            elif left_out is not None:
                left_out["hidden"] += 1
    yield from unlisted


def identity(path: Path) -> tuple[int, int] | None:
    """What tells a file or a folder from all others; None where the system does not say."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return (found.st_dev, found.st_ino) if found.st_ino else None


def _sounds(paths: Iterable[Path], left_out: "Counter[str]") -> Iterator[Path]:
    """The files that may be sound."""
    for path in paths:
        if path.suffix.lower() in NO_SOUND:
            left_out[path.suffix.lower()] += 1
        else:
            yield path
