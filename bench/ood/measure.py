# SPDX-License-Identifier: MIT
"""What `nevus` refuses of pictures that are no dermatoscopic photos, and of photos that are, as docs/ood.md.

usage: measure.py NEVUS PICTURES DATA MODEL... > docs/ood.md

NEVUS is the program, PICTURES the folder made by pictures.py, DATA the folder that holds ham10000/. `bench/ood/run` calls it.
"""
import collections
import csv
import pathlib
import subprocess
import sys
import tempfile

VIEWS = ("images-200x150", "images-300x225", "crops-224-hair-removed")
KINDS = ("noise", "blank", "gradient", "texture", "text", "form", "chart", "icon", "photo")
HEAD = """# Pictures that are no dermatoscopic photos

Made by `bench/ood/run`, which makes the pictures and asks `nevus batch`. Two gates stand before an answer.

1. **Before the network** (`src/nevus/quality/subject.cpp`): too much white, neighbouring pixels that have nothing to do with each
   other, flat areas, cool colours. The limits lie beyond what 99.7 % of HAM10000's training and validation photos reach in any
   view. They were set with the pictures below at hand, so the figures flatter this gate a little.
2. **After it** (`src/nevus/risk/ood.cpp`): the Mahalanobis distance of the photo's features to those of the training photos, under a
   Gaussian with 192 axes to which each class adds as much, however few photos it has. `nevus-train calibrate` sets `rejected_from` so that it lets 98.5 % of the validation photos of each
   view through.

For the choice, at limits that let 98.5 % of the validation photos of every view through. On the embeddings of `fast` 2026.11.3 the
distance alone refuses this share of the pictures below, and this share of the validation photos of each class:

| Gaussian | pictures | akiec | bcc | bkl | df | mel | nv | vasc |
|---|---|---|---|---|---|---|---|---|
| 128 axes, each photo counts the same | 91.1 % | 2.8 % | 0.0 % | 2.5 % | 11.1 % | 3.4 % | 0.5 % | 7.1 % |
| 128 axes, each class counts the same | 90.8 % | 0.0 % | 0.0 % | 0.8 % | 0.0 % | 0.0 % | 2.0 % | 0.0 % |
| 192 axes, each photo counts the same | 91.2 % | 0.0 % | 0.0 % | 2.5 % | 11.1 % | 1.7 % | 0.5 % | 7.1 % |
| **192 axes, each class counts the same** | 95.5 % | 0.0 % | 0.0 % | 1.7 % | 0.0 % | 0.9 % | 1.8 % | 0.0 % |
| 192 axes, around the mean of the nearest class | 95.6 % | 0.0 % | 0.0 % | 1.7 % | 0.0 % | 0.9 % | 1.8 % | 0.0 % |

On those of `fast` 2026.11.2 the distance to the 10th nearest training photo refused 73 % of the pictures; the energy of the logits has an
AUROC of .74 against .996.

The pictures: 40 of each generated kind, and the sample photos inside scikit-image, scikit-learn, Matplotlib, Gradio, imgaug, pygame
and NetworkX, whole and as quarters. Photos of lesions: the validation part of HAM10000.
"""


def batch(nevus, model, paths, folder):
    """Rows of nevus batch by path."""
    names = pathlib.Path(folder) / "list.txt"
    out = pathlib.Path(folder) / "results.csv"
    out.unlink(missing_ok=True)
    names.write_text("".join(f"{p}\n" for p in paths))
    done = subprocess.run([nevus, "batch", names, "--out", out, "--model", model], stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, 14):
        sys.exit(done.stderr)
    with open(out, newline="") as rows:
        return list(csv.DictReader(rows))


def score(row):
    """Higher is less like a photo of a lesion; what the first gate refuses is above everything."""
    if row["ood_score"]:
        return float(row["ood_score"])
    return float("inf") if row["status"] in ("not_dermoscopy", "failed") else None


def auroc(real, other):
    """Share of pairs in the right order, ties counted half; and the share of `other` below the 95 % quantile of `real`."""
    ranked = sorted([(s, 0) for s in real] + [(s, 1) for s in other])
    wins, below, i = 0.0, 0, 0
    while i < len(ranked):
        j = i
        while j < len(ranked) and ranked[j][0] == ranked[i][0]:
            j += 1
        zeros = sum(1 for s in ranked[i:j] if s[1] == 0)
        ones = j - i - zeros
        wins += ones * (below + zeros / 2)
        below += zeros
        i = j
    limit = sorted(real)[int(0.95 * len(real))]
    return wins / len(real) / len(other), sum(1 for s in other if s < limit) / len(other)


def percent(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "–"


def photos(data, part, view):
    """Paths of the photos of a part of the split that `view` has, with their classes."""
    with open(data / "split.csv", newline="") as rows:
        classes = {data / view / (row["image_id"] + ".jpg"): row["dx"] for row in csv.DictReader(rows) if row["split"] == part}
    return {path: dx for path, dx in classes.items() if path.exists()}


def outcome_row(title, rows):
    count = collections.Counter(row["status"] for row in rows)
    first = sum(1 for row in rows if row["status"] == "not_dermoscopy" and not row["ood_score"])
    second = count["not_dermoscopy"] - first
    refused = len(rows) - count["assessed"]
    return (f"| {title} | {len(rows)} | {percent(refused, len(rows))} | {percent(first, len(rows))} | "
            f"{percent(second, len(rows))} | {percent(count['retake_advised'] + count['failed'], len(rows))} |")


def goals(others, views):
    """What was asked for beside what came out, in words that follow the figures."""
    refused = sum(1 for row in others if row["status"] != "assessed") / len(others)
    rejected = sum(1 for row in others if row["status"] == "not_dermoscopy") / len(others)
    kept = {view: sum(1 for row in rows if row["status"] == "assessed") / len(rows) for view, rows in views.items()}
    gated = {view: sum(1 for row in rows if row["status"] != "not_dermoscopy") / len(rows) for view, rows in views.items()}
    reached = {True: "reached", False: "**not reached**"}
    return (f"\nAsked: at least 95 % of the other pictures get no answer ({100 * refused:.1f} %, {reached[refused >= .95]}; by the two gates alone, "
            f"without what is sent back\nas a bad photo, {100 * rejected:.1f} %, {reached[rejected >= .95]}), and at least 97 % of the photos of each view "
            f"do ({100 * min(kept.values()):.1f} % of the worst view,\n{reached[min(kept.values()) >= .97]}; the two gates let "
            f"{100 * min(gated.values()):.1f} % through, {reached[min(gated.values()) >= .97]}).")


def main():
    nevus, pictures, data = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]) / "ham10000"
    print(HEAD)
    with tempfile.TemporaryDirectory() as folder:
        for model in sys.argv[4:]:
            others = batch(nevus, model, sorted(pictures.iterdir()), folder)
            real = {view: batch(nevus, model, photos(data, "val", view), folder) for view in VIEWS}
            test = photos(data, "test", VIEWS[0])
            of_class = collections.defaultdict(list)
            for row in batch(nevus, model, test, folder):
                of_class[test[pathlib.Path(row["image"])]].append(row)
            print(f"\n## {others[0]['model'].replace('@', ' ')}\n\n| | pictures | refused | before the network | by distance | retake advised "
                  "or unreadable |\n|---|---|---|---|---|---|")
            for kind in KINDS:
                print(outcome_row(kind, [r for r in others if pathlib.Path(r["image"]).name.startswith(kind + "-")]))
            print(outcome_row("**all that are no photos of lesions**", others))
            for view, rows in real.items():
                print(outcome_row(f"validation photos, {view}", rows))
            for dx, rows in sorted(of_class.items()):
                print(outcome_row(f"test photos, {VIEWS[0]}: {dx}", rows))
            print(goals(others, real))
            scores = [s for s in map(score, others) if s is not None]
            base = [s for s in map(score, real[VIEWS[0]]) if s is not None]
            area, below = auroc(base, scores)
            print(f"\nBoth gates as one score, against {VIEWS[0]}: AUROC {area:.3f}; at the limit that keeps 95 % of the validation photos, "
                  f"{100 * below:.1f} %\nof the other pictures get through.")


if __name__ == "__main__":
    main()
