# SPDX-License-Identifier: Apache-2.0
"""Holds rules, tests, runbooks and dashboards against each other and against docs/metrics.md.

Usage: contents.py FILE: prints PASSED and FAILED lines, exits 1 when something failed, and writes to FILE every expression of dashboards
and runbooks as recording rules, for promtool to parse. Standard library only: rules and tests are read line by line.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent.parent
NAME = re.compile(r"(?<![\w:.$])nodevitals_[a-z_]+(?=[{\[)\s]|$)")
RECORDED = re.compile(r"\b(?:nodevitals:[a-z0-9_:]+|memory_safety_budget)\b")
# A variable as Grafana writes it into the query.
VARIABLES = [("$__rate_interval", "5m"), ("$__range", "1h"), ("$cluster", ".*"), ("$node", ".*"), ("$namespace", ".*"), ("$pod", ".*")]
# Those that Prometheus has without us, and the cluster's name, which the operator gives.
OTHER_LABELS = {"job", "le", "k8s_cluster_name"}
TYPES = {"timeseries", "stat", "table", "heatmap"}
UNITS = {"short", "bytes", "Bps", "cps", "percentunit"}

problems = []


def problem(where, what):
    problems.append(f"{where}: {what}")


def read(path):
    return (HERE / path).read_text()


def documented_labels():
    """Every attribute that docs/metrics.md names, as a label."""
    text = (HERE.parent / "docs/metrics.md").read_text()
    return {name.replace(".", "_") for name in re.findall(r"\b[a-z][a-z0-9]*(?:\.[a-z0-9_]+)+", text)} | OTHER_LABELS


def documented_metrics():
    """Prometheus names of docs/metrics.md; a histogram also by its parts."""
    names = set()
    for line in (HERE.parent / "docs/metrics.md").read_text().splitlines():
        row = re.match(r"\| nodevitals\.[a-z.]+ \| (nodevitals_[a-z_]+) \| ([^|]*)\|", line)
        if row:
            names.add(row[1])
            if "histogram" in row[2]:
                names.update(row[1] + part for part in ("_bucket", "_sum", "_count"))
    return names


def alerts():
    """(file, name, body) of each alert."""
    for path in sorted((HERE / "prometheus/rules").glob("*.rules.yaml")):
        for block in re.split(r"\n(?=      - (?:alert|record):)", path.read_text())[1:]:
            block = block.split("\n      # ")[0]
            name = re.match(r"      - alert: (\w+)", block)
            if name:
                yield path.name, name[1], block


def check_alerts():
    tests = "\n".join(path.read_text() for path in sorted((HERE / "prometheus/tests").glob("*.test.yaml")))
    for file, name, body in alerts():
        where = f"{file} {name}"
        if not re.search(r"\n          severity: (critical|warning)\n", body):
            problem(where, "severity is neither critical nor warning")
        for annotation in ("summary", "description", "runbook_url"):
            if not re.search(rf"\n          {annotation}: \S", body):
                problem(where, f"no {annotation}")
        runbook = re.search(r"runbook_url: deploy/(\S+)", body)
        if not runbook or not (HERE / runbook[1]).is_file():
            problem(where, "its runbook is not there")
        cases = re.findall(rf"alertname: {name}\n\s+eval_time: \S+\n\s+exp_alerts:(.*)\n(.*)", tests)
        if not any(empty.strip() == "" for empty, _ in cases):
            problem(where, "no test in which it fires")
        if not any(empty.strip() == "[]" for empty, _ in cases):
            problem(where, "no test in which it stays quiet")


def check_runbooks():
    named = {re.search(r"runbook_url: deploy/runbooks/(\S+)", body)[1] for _, _, body in alerts()}
    expressions = []
    for path in sorted((HERE / "runbooks").glob("*.md")):
        text = path.read_text()
        if path.name not in named:
            problem(path.name, "no alert points to it")
        start = re.match(r"# (\w+)\n\n```promql\n(.*)\n```\n\n```sh\n(?:.*\n)+?```\n", text)
        if not start or start[1] != path.stem:
            problem(path.name, "does not start with its name, one query and one command")
        else:
            expressions.append((path.name, start[2]))
        for link in re.findall(r"\]\(([^)#]+)", text):
            if not (path.parent / link).is_file():
                problem(path.name, f"link to {link}, which is not there")
    return expressions


def panels_of(dashboard, where):
    places = set()
    for panel in dashboard["panels"]:
        here = f"{where} '{panel['title']}'"
        if panel["type"] not in TYPES:
            problem(here, f"type {panel['type']}")
        if not panel.get("description", "").strip().endswith("."):
            problem(here, "no description")
        if panel["fieldConfig"]["defaults"].get("unit") not in UNITS:
            problem(here, "no unit that Grafana knows")
        if panel["datasource"]["uid"] != "${datasource}" or not panel["targets"]:
            problem(here, "not from the data source that is chosen")
        grid = panel["gridPos"]
        cells = {(x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])}
        if cells & places or grid["x"] + grid["w"] > 24:
            problem(here, "overlaps another panel or leaves the page")
        places |= cells
        yield here, panel


def check_dashboards():
    texts = {path.name: path.read_text() for path in sorted((HERE / "grafana/dashboards").glob("*.json"))}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, str(HERE / "grafana/build"), folder], check=True)
        built = {path.name: path.read_text() for path in pathlib.Path(folder).glob("*.json")}
    if built != texts:
        problem("grafana/dashboards", "differ from what grafana/build writes: run it")
    dashboards = {name: json.loads(text) for name, text in texts.items()}
    known = {found["uid"] for found in dashboards.values()}
    if len(known) != 5:
        problem("grafana/dashboards", f"uids: {sorted(known)}")
    expressions = []
    for name, found in dashboards.items():
        names = [variable["name"] for variable in found["templating"]["list"]]
        if names[:3] != ["datasource", "cluster", "node"]:
            problem(name, "lacks a variable for data source, cluster or node")
        for link in re.findall(r"/d/([\w-]+)", texts[name]):
            if link not in known:
                problem(name, f"link to {link}, which is not there")
        if not any(link.get("tags") == ["nodevitals"] for link in found["links"]):
            problem(name, "no link to the other dashboards")
        for variable in found["templating"]["list"]:
            if variable["type"] == "query":
                expressions.append((f"{name} ${variable['name']}", re.match(r"label_values\((.*), \w+\)$", variable["query"]["query"])[1]))
        for where, panel in panels_of(found, name):
            expressions += [(where, target["expr"]) for target in panel["targets"]]
        for variable in re.findall(r'\$(cluster|node|namespace|pod)\b', texts[name]):
            if variable not in names:
                problem(name, f"uses ${variable} and has no such variable")
    return expressions


def check_names(expressions):
    rules = "\n".join(path.read_text() for path in (HERE / "prometheus/rules").glob("*.rules.yaml"))
    code = "\n".join(line for line in rules.splitlines() if not line.lstrip().startswith("#") and "{{" not in line)
    recorded = set(re.findall(r"- record: (\S+)", rules))
    metrics = documented_metrics()
    labels = documented_labels()
    for where, expression in [("rules", code), *expressions]:
        # What stands in by (…) or in {…} is a label.
        bare = re.sub(r"\b(?:by|on|without|ignoring)\s*\([^)]*\)", "", re.sub(r"\{[^{}]*\}", "{}", expression))
        for name in NAME.findall(bare):
            if name not in metrics:
                problem(where, f"{name} is not in docs/metrics.md")
        grouped = [name.strip() for found in re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", expression) for name in found.split(",")]
        for name in grouped + re.findall(r"[{,]\s*([a-z0-9_]+)\s*[=!]", expression):
            if name not in labels:
                problem(where, f"label {name} is not in docs/metrics.md")
        for name in RECORDED.findall(bare):
            if name not in recorded:
                problem(where, f"{name} is not recorded")


def rules_of(expressions):
    lines = ["groups:", "  - name: expressions", "    rules:"]
    for number, (where, expression) in enumerate(expressions):
        for variable, value in VARIABLES:
            expression = expression.replace(variable, value)
        lines += [f"      - record: expression:{number}", f"        expr: {json.dumps(expression)}", f"        labels: {{where: {json.dumps(where)}}}"]
    return "\n".join(lines) + "\n"


def main():
    expressions = []
    failed = False
    for name, check in [
        ("every alert has severity, texts, runbook, a firing and a quiet test", check_alerts),
        ("every runbook starts with one query and one command, and its links resolve", check_runbooks),
        ("every dashboard is what grafana/build writes, every panel has unit and description, links resolve", check_dashboards),
        ("every expression names only metrics of docs/metrics.md and recorded rules", lambda: check_names(expressions)),
    ]:
        problems.clear()
        expressions += check() or []
        for found in problems:
            print(f"    {found}")
        print(f"{'FAILED' if problems else 'PASSED'} deploy: {name}")
        failed = failed or bool(problems)
    pathlib.Path(sys.argv[1]).write_text(rules_of(expressions))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
