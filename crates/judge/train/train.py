#!/usr/bin/env python3
"""train.py OUT.tsv NAME=CANDIDATES.jsonl=LABELS.tsv... : the weights of the judge, and how good they are on repositories they were not trained on.

CANDIDATES.jsonl is what `cargo run --example candidates -- FOLDER` prints. LABELS.tsv has the columns path, line or line_start and line_end, and label or
truth. T and N are credentials, F and X are none, A is left out. A line without a label: none, at less weight, in a set named `dense` (all lines that
look like one were labelled); left out in a set named `sparse`; `made` is what generate.py made. The first part of a path stands for a repository.

Logistic regression with an L2 penalty (scikit-learn); features that are rarer than MIN_COUNT, or stand in fewer repositories than MIN_REPOSITORIES, get
no weight, so no weight can be fitted to one repository. --ablate also says what is lost without each group of features; --reliability prints the table
of docs/confidence.md.
"""
import collections, csv, json, pathlib, re, sys
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

MIN_COUNT, MIN_REPOSITORIES, PENALTY = 12, 3, 0.25
WEIGHT = {"dense": 1.0, "sparse": 2.0, "made": 0.35}
UNLABELLED = 0.6


def labels(path):
    """Labels by path: (first line, last line, label)."""
    found = collections.defaultdict(list)
    for row in csv.DictReader(open(path), delimiter="\t"):
        first = int(row.get("line_start") or row["line"])
        found[row["path"]].append((first, int(row.get("line_end") or first), row.get("truth") or row.get("label")))
    return found


def load(arguments):
    """Candidates with labels: features, truth, weight, repository, set."""
    rows = []
    for argument in arguments:
        name, candidates, labelled = argument.split("=")
        known = labels(labelled)
        for line in open(candidates):
            row = json.loads(line)
            path = row["path"].removeprefix("data/")
            of_line = [label for first, last, label in known.get(path, ()) if first <= row["end_line"] and last >= row["line"]]
            if set(of_line) & {"T", "N"}:
                truth, weight = 1, WEIGHT[name]
            elif set(of_line) & {"F", "X"}:
                truth, weight = 0, WEIGHT[name]
            elif of_line or name != "dense":
                continue
            else:
                truth, weight = 0, WEIGHT[name] * UNLABELLED
            rows.append((row["features"], truth, weight, path.split("/")[0], name, row["confidence"]))
    return rows


def matrix(rows, columns):
    at, of = [], []
    for number, row in enumerate(rows):
        for feature in set(row[0]):
            if feature in columns:
                at.append(number), of.append(columns[feature])
    return csr_matrix((np.ones(len(at)), (at, of)), shape=(len(rows), len(columns)))


def columns_of(rows, keep=lambda feature: True):
    count, repositories = collections.Counter(), collections.defaultdict(set)
    for features, _, _, repository, *_ in rows:
        for feature in set(features):
            count[feature] += 1
            repositories[feature].add(repository)
    kept = [f for f in sorted(count) if count[f] >= MIN_COUNT and len(repositories[f]) >= MIN_REPOSITORIES and keep(f)]
    return {feature: number for number, feature in enumerate(kept)}


def fit(rows, columns):
    model = LogisticRegression(C=PENALTY, max_iter=2000)
    model.fit(matrix(rows, columns), [row[1] for row in rows], sample_weight=[row[2] for row in rows])
    return model


def held_out(rows, keep=lambda feature: True, folds=10):
    """The logarithm of the odds of every row, by a model that did not see its repository."""
    odds = np.zeros(len(rows))
    groups = [row[3] for row in rows]
    for train, test in GroupKFold(folds).split(rows, groups=groups):
        seen = [rows[at] for at in train]
        columns = columns_of(seen, keep)
        model = fit(seen, columns)
        odds[test] = model.decision_function(matrix([rows[at] for at in test], columns))
    return odds


def report(what, rows, odds, sets):
    for name in sets:
        pick = [at for at, row in enumerate(rows) if row[4] == name]
        truth, found = np.array([rows[at][1] for at in pick]), odds[pick]
        line = f"{what:28} {name:7} n {len(pick)} T {truth.sum()}"
        for threshold in (-1.0, -0.5, 0.0, 0.5, 1.0, 2.2):
            shown = found >= threshold
            right = (shown & (truth == 1)).sum()
            line += f"  >={threshold}: P {right / max(1, shown.sum()):.3f} R {right / max(1, truth.sum()):.3f}"
        print(line)


def main():
    arguments = [argument for argument in sys.argv[2:] if "=" in argument]
    rows = load(arguments)
    sets = sorted({row[4] for row in rows})
    odds = held_out(rows)
    report("all features, held out", rows, odds, sets)
    before = np.array([{"low": -1, "medium": 1, "high": 3}[row[5]] for row in rows], dtype=float)
    report("as they were dumped", rows, before, sets)
    if "--ablate" in sys.argv:
        for group, members in groups().items():
            report("without " + group, rows, held_out(rows, lambda f: not (set(f.split("\t")) & members)), sets)
    if "--reliability" in sys.argv:
        reliability(rows, odds)
    columns = columns_of(rows)
    model = fit(rows, columns)
    weights = sorted(((round(weight * 100), feature) for feature, weight in zip(columns, model.coef_[0])), key=lambda pair: (-abs(pair[0]), pair[1]))
    with open(sys.argv[1], "w") as out:
        out.write("# made by train/train.py: weight, feature, second feature; the first line is the bias\n")
        out.write(f"{round(model.intercept_[0] * 100)}\n")
        out.writelines(f"{weight}\t{feature.rstrip(chr(9))}\n" for weight, feature in weights if weight)
    print(len([weight for weight, _ in weights if weight]), "weights")


def groups():
    """The features of each group, as feature.rs declares them."""
    source = (pathlib.Path(__file__).parent.parent / "src/feature.rs").read_text()
    declared = source[source.index("\nfeatures! {"):source.index("impl Feature {\n    /// How many")]
    return {name: set(re.findall(r'= "([^"]+)"', body)) for name, body in re.findall(r"^    (\w+) \{\n(.*?)^    \}", declared, flags=re.M | re.S)}


def reliability(rows, odds):
    chance = 1 / (1 + np.exp(-odds))
    for low in np.arange(0, 1, 0.1):
        pick = [at for at in range(len(rows)) if low <= chance[at] < low + 0.1 and rows[at][4] != "made"]
        if pick:
            print(f"| {low:.1f} to {low + .1:.1f} | {len(pick)} | {chance[pick].mean():.2f} | {np.mean([rows[at][1] for at in pick]):.2f} |")


if __name__ == "__main__":
    main()
