"""results.svg: how far each row clears its bar. Run by the Python that has matplotlib:

python -m tintuc_bench.plot results.json results.svg
"""

import json
import sys

import matplotlib

matplotlib.use("svg")
# Text stays text, and the same figures give the same file.
matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "tintuc", "font.family": "sans-serif"}

from matplotlib import pyplot

CLEARED, MISSED = "#2a7f62", "#c0553a"
#: Behind figures, so that the line of the bar does not strike them out.
PLATE = {"facecolor": "white", "edgecolor": "none", "pad": 1}
#: What lies beyond is drawn up to here, with its figure.
WIDEST = 3.0


def draw(results, path):
    rows = [row for row in results if row["headroom"]][::-1]
    figure, axes = pyplot.subplots(figsize=(9, 0.42 * len(rows) + 1.2), layout="constrained")
    lengths = [min(row["headroom"], WIDEST) for row in rows]
    axes.barh(range(len(rows)), lengths, color=[CLEARED if row["passed"] else MISSED for row in rows], height=0.6)
    for place, (row, length) in enumerate(zip(rows, lengths)):
        limit, unit = row["bar"]["limit"], row["bar"]["unit"]
        sign = "≤" if row["bar"]["at_most"] else "≥"
        axes.text(
            length + 0.03,
            place,
            f"{row['value']:.3g} {unit}  (bar {sign} {limit:g})",
            va="center",
            fontsize=8,
            bbox=PLATE,
        )
    axes.set_yticks(range(len(rows)), [row["title"].replace("`", "") for row in rows], fontsize=8)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xlim(0, WIDEST + 0.9)
    axes.set_xlabel("how far the bar is cleared: right of the line is better, whichever way the bar looks", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        draw(json.load(file)["results"], sys.argv[2])
