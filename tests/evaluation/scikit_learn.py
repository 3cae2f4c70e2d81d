# SPDX-License-Identifier: MIT
"""scikit_learn.py FOLDER...: every figure of metrics.json again, by scikit-learn, from predictions.csv beside it."""
import csv
import json
import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn import metrics

CLASSES = ["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"]
MALIGNANT = [0, 1, 4]
MEL = 4
TOLERANCE = 1e-9


def read(folder):
    with open(folder / "predictions.csv", newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    truth = np.array([CLASSES.index(row["truth"]) for row in rows])
    logits = np.array([[np.float32(row["logit_" + name]) for name in CLASSES] for row in rows], dtype=np.float64)
    shown = np.array([[float(row[name]) for name in CLASSES] for row in rows])
    return truth, logits, shown


def operating_points(truth, score):
    false_positives, true_positives, _ = metrics.roc_curve(truth, score, drop_intermediate=False)
    tiny = 1e-12
    return {
        "mel_sensitivity_at_90_specificity": true_positives[false_positives <= 0.10 + tiny].max(),
        "mel_sensitivity_at_95_specificity": true_positives[false_positives <= 0.05 + tiny].max(),
        "mel_specificity_at_90_sensitivity": 1 - false_positives[true_positives >= 0.90 - tiny].min(),
        "mel_specificity_at_95_sensitivity": 1 - false_positives[true_positives >= 0.95 - tiny].min(),
    }


def calibration_error(truth, prob, bins=15):
    """Of the top class, in bins of equal width that hold their upper ends (Guo et al. 2017); scikit-learn has none."""
    confidence = prob.max(axis=1)
    right = prob.argmax(axis=1) == truth
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return sum(abs((right - confidence)[place == i].sum()) for i in range(bins)) / len(truth)


def figures_of(truth, prob, prior):
    top = prob.argmax(axis=1)
    occurring = sorted(set(truth))
    figures = {
        "accuracy": metrics.accuracy_score(truth, top),
        "plain_balanced_accuracy": metrics.balanced_accuracy_score(truth, top),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, (prob / prior).argmax(axis=1)),
        "macro_f1": metrics.f1_score(truth, top, labels=occurring, average="macro", zero_division=0),
        "weighted_f1": metrics.f1_score(truth, top, labels=occurring, average="weighted", zero_division=0),
        "log_loss": metrics.log_loss(truth, prob, labels=range(7)),
        "ece": calibration_error(truth, prob),
        "brier": sum(metrics.brier_score_loss(truth == i, prob[:, i]) for i in range(7)),
    }
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, top, labels=range(7), zero_division=np.nan)
    aucs = []
    for i, name in enumerate(CLASSES):
        if not np.isnan(precision[i]):
            figures["precision." + name] = precision[i]
        if support[i] == 0:
            continue
        figures["recall." + name] = recall[i]
        figures["f1." + name] = f1[i]
        if support[i] < len(truth):
            aucs.append(metrics.roc_auc_score(truth == i, prob[:, i]))
            figures["auc." + name] = aucs[-1]
    if aucs:
        figures["macro_auc"] = np.mean(aucs)
    malignant = np.isin(truth, MALIGNANT)
    if malignant.any() and not malignant.all():
        figures["malignant_auc"] = metrics.roc_auc_score(malignant, prob[:, MALIGNANT].sum(axis=1))
    if (truth == MEL).any() and not (truth == MEL).all():
        figures.update(operating_points(truth == MEL, prob[:, MEL]))
    return figures, metrics.confusion_matrix(truth, top, labels=range(7))


def compare(folder):
    truth, logits, shown = read(folder)
    published = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    scale, bias = ([published["calibration"][part][name] for name in CLASSES] for part in ("scale", "bias"))
    scaled = logits * np.array(scale) + np.array(bias)
    prob = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    prob /= prob.sum(axis=1, keepdims=True)
    prior = np.array([published["class_prior"][name] for name in CLASSES])
    # A class that was never trained on is never the answer of argmax(p / prior).
    figures, confusion = figures_of(truth, prob, np.where(prior > 0, prior, np.inf))
    wrong = []
    if np.abs(shown - prob).max() > TOLERANCE:
        wrong.append("predictions.csv shows other probabilities than its logits make")
    ours = {name: metric["value"] for name, metric in published["metrics"].items()}
    for name in sorted(set(ours) | set(figures)):
        if name not in ours or name not in figures or abs(ours[name] - figures[name]) > TOLERANCE:
            wrong.append(f"{name}: {ours.get(name)} but scikit-learn {figures.get(name)}")
    table = [[published["confusion"][row][column] for column in CLASSES] for row in CLASSES]
    if not np.array_equal(table, confusion):
        wrong.append("the confusion matrix differs")
    return [f"{folder.name}: {line}" for line in wrong], len(figures)


warnings.simplefilter("ignore")
compared = [compare(Path(name)) for name in sys.argv[1:]]
for lines, _ in compared:
    print("\n".join(lines), end="\n" if lines else "")
print(f"{sum(count for _, count in compared)} figures compared")
sys.exit(1 if any(lines for lines, _ in compared) else 0)
