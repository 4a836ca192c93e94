"""What live listening costs: time by length of segment, share of a core by updates a second."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.material import Material
from benchmarks.rounds import Row, Section, interleave, scaled
from epanns.frontend.parameters import SAMPLE_RATE

SEGMENTS = (1, 2, 5, 10)  # seconds
RATES = (1, 2, 5, 10, 20)  # updates a second
SHARES = "The share of one core, from the medians; more than 100 % needs more threads."


def measure(material: Material, rounds: int) -> Section:
    """Update times for segments of 1 to 10 s, on one thread."""
    runtime, sample = material.runtime, material.sample

    def update(length: int) -> None:
        runtime.run(sample[None, : length * SAMPLE_RATE])

    contenders = {f"{each} s": lambda each=each: update(each) for each in SEGMENTS}
    seconds = interleave(contenders, rounds)
    rows = [
        Row(f"update, {name} segment", "ms", scaled(each, 1e3)) for name, each in seconds.items()
    ]
    medians = [row.median / 1e3 for row in rows]
    table = markdown(medians)
    data = {"markdown": table, "seconds": seconds}
    return Section("Cost against work, fp32, 1 thread", rows, [SHARES, table], data)


def share(seconds: float, rate: int) -> float:
    """Per cent of a core that `rate` updates a second take, at `seconds` each."""
    return 100 * seconds * rate


def markdown(medians: Sequence[float]) -> str:
    """The table of docs/speed.md: segments down, updates a second across, shares of a core."""
    lines = [
        "| segment | one update | " + " | ".join(f"{rate} a second" for rate in RATES) + " |",
        "|---" * (2 + len(RATES)) + "|",
    ]
    for length, seconds in zip(SEGMENTS, medians, strict=True):
        cells = [f"{share(seconds, rate):.0f} %" for rate in RATES]
        lines.append(f"| {length} s | {1e3 * seconds:.1f} ms | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def plot(section: Section, path: Path) -> None:
    """Draw the shares of a core as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    for length, row in zip(SEGMENTS, section.rows, strict=True):
        seconds = row.median / 1e3
        shares = [share(seconds, rate) for rate in RATES]
        axes.plot(RATES, shares, marker="o", label=f"{length} s segments, {1e3 * seconds:.1f} ms")
    axes.axhline(100, color="grey", linewidth=1, linestyle=":")
    axes.set(
        xscale="log", yscale="log", xticks=RATES, xticklabels=RATES,
        xlabel="updates a second", ylabel="share of one core",
    )  # fmt: skip
    ticks = (1, 2, 5, 10, 20, 50, 100, 200)
    axes.set_yticks(ticks, [f"{tick} %" for tick in ticks])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", reverse=True)
    FigureCanvasAgg(figure).print_png(path)
