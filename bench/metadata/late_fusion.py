# SPDX-License-Identifier: MIT
"""What age, sex and site would add to a network's answer: p(class | photo) * p(age, sex, site | class)^weight.

    late_fusion.py PREDICTIONS.csv HAM10000_FOLDER

PREDICTIONS.csv is of `nevus evaluate --part val`. The frequencies are counted over one photo of every training lesion,
with two added to each count; what is not known counts for nothing. Prints a table in Markdown and the sensitivity for
melanoma by age at one threshold, that of 90 % specificity over all photos.
"""
import csv
import sys

import numpy as np

CLASSES = ["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"]
MELANOMA = CLASSES.index("mel")
YEARS_PER_BIN = 15


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def age_bin(text):
    return None if text in ("", "unknown") else min(int(float(text)) // YEARS_PER_BIN, 5)


def known(text):
    return None if text in ("", "unknown") else text


def training_lesions(folder):
    part = {row["image_id"]: row["split"] for row in read(f"{folder}/split.csv")}
    rows = (row for row in read(f"{folder}/HAM10000_metadata.csv") if part.get(row["image_id"]) == "train")
    return list({row["lesion_id"]: row for row in rows}.values())


def log_likelihood(training, asked):
    """[photos, classes]: log p(value | class), 0 where the value is not known. `training`: pairs (class, value)."""
    values = sorted({value for _, value in training if value is not None})
    counts = np.full((len(CLASSES), len(values)), 2.0)
    for name, value in training:
        if value is not None:
            counts[CLASSES.index(name), values.index(value)] += 1
    logs = np.log(counts / counts.sum(1, keepdims=True))
    return np.array([logs[:, values.index(value)] if value in values else np.zeros(len(CLASSES)) for value in asked])


def threshold(p, truth):
    return np.quantile(p[truth != MELANOMA, MELANOMA], 0.9)


def figures(p, truth):
    prior = np.bincount(truth, minlength=len(CLASSES)) / len(truth)
    balanced = (p / prior).argmax(1)
    return {
        "log loss": -np.log(p[np.arange(len(truth)), truth]).mean(),
        "accuracy": (p.argmax(1) == truth).mean(),
        "BACC": np.mean([(balanced[truth == c] == c).mean() for c in range(len(CLASSES))]),
        "melanoma sensitivity": (p[truth == MELANOMA, MELANOMA] > threshold(p, truth)).mean(),
    }


def fused(p, logs, weight):
    q = p * np.exp(weight * logs)
    return q / q.sum(1, keepdims=True)


def main(predictions, folder):
    rows = read(predictions)
    truth = np.array([CLASSES.index(row["truth"]) for row in rows])
    p = np.array([[float(row[c]) for c in CLASSES] for row in rows])
    lesions = training_lesions(folder)
    age = log_likelihood([(r["dx"], age_bin(r["age"])) for r in lesions], [age_bin(r["age_years"]) for r in rows])
    sex = log_likelihood([(r["dx"], known(r["sex"])) for r in lesions], [known(r["sex"]) for r in rows])
    site = log_likelihood([(r["dx"], known(r["localization"])) for r in lesions], [known(r["localization"]) for r in rows])
    answers = {"the photo alone": p}
    for name, logs in (("age", age), ("sex", sex), ("site", site), ("all three", age + sex + site)):
        for weight in (0.25, 0.5, 1.0):
            answers[f"{name}, weight {weight}"] = fused(p, logs, weight)
    names = list(figures(p, truth))
    print("| with | " + " | ".join(names) + " |\n|---" + "|---" * len(names) + "|")
    for name, answer in answers.items():
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in figures(answer, truth).values()) + " |")
    years = np.array([float(row["age_years"]) if row["age_years"] not in ("", "unknown") else np.nan for row in rows])
    for name in ("the photo alone", "all three, weight 0.5"):
        q = answers[name]
        found = q[:, MELANOMA] > threshold(q, truth)
        groups = (("under 40", years < 40), ("40 to 60", (years >= 40) & (years <= 60)), ("over 60", years > 60))
        told = [f"{group} {(found & m & (truth == MELANOMA)).sum()} of {(m & (truth == MELANOMA)).sum()}" for group, m in groups]
        print(f"melanomas found, {name}: " + ", ".join(told))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
