"""The monitoring's files: Prometheus takes them, alerts fire when they should, and no rule or panel
asks for a metric that nothing exports.

Usage: monitoring.py SOURCE_DIR WORK_DIR [DOCUMENT...]

Metrics are known from the string literals in adapters/ and src/, and from the documents named."""

import json
import pathlib
import re
import shutil
import subprocess
import sys

_NAME = r"streamkit_[a-z0-9_]+"


class Failed(Exception):
    """Something does not hold."""


def expect(condition, message):
    if not condition:
        raise Failed(message)


def promtool(folder, *arguments):
    program = shutil.which("promtool")
    expect(program, "promtool is not installed; scripts/packages.sh lists what the tests need")
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True,
                          timeout=120, check=False)
    expect(done.returncode == 0, f"promtool {' '.join(arguments)}\n{done.stdout}{done.stderr}")


def exported(source_dir, documents):
    """The families' names that the code counts under, and those that the documents list."""
    found = set()
    for room in ("adapters", "src"):
        for path in (source_dir / room).rglob("*.cpp"):
            found.update(re.findall(rf'"({_NAME})', path.read_text()))
    for document in documents:
        found.update(re.findall(rf"`({_NAME})", document.read_text()))
    expect(found, "no metric was found in the code")
    return found


def asked_for(text):
    """The families in PromQL; a histogram's series belong to the histogram."""
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(_NAME, text)}


def check_names(where, text, known):
    dead = sorted(asked_for(text) - known)
    expect(not dead, f"{where} asks for what nothing exports: {', '.join(dead)}")


def panels_of(dashboard):
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def check_dashboard(path, known):
    dashboard = json.loads(path.read_text())
    panels = list(panels_of(dashboard))
    ids = [panel["id"] for panel in panels]
    expect(len(ids) == len(set(ids)), f"panel ids are not unique: {ids}")
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    expect("datasource" in variables, "the dashboard has no variable for the data source")
    for panel in panels:
        if panel["type"] == "row":
            continue
        title = panel["title"]
        expect(panel["targets"], f"the panel '{title}' asks for nothing")
        expect(panel["fieldConfig"]["defaults"].get("unit"), f"the panel '{title}' has no unit")
        for target in panel["targets"]:
            check_names(f"the panel '{title}'", target["expr"], known)
            expect(target["datasource"]["uid"] == "${datasource}",
                   f"the panel '{title}' has a data source of its own")
    return [(panel["title"], target["expr"])
            for panel in panels for target in panel.get("targets", [])]


def check_queries(queries, folder):
    """promtool reads PromQL in rules only, so the panels' queries become one file of them."""
    rules = []
    for number, (_title, expression) in enumerate(queries):
        plain = re.sub(r"\$__rate_interval", "1m", expression).replace("$instance", ".*")
        expect("$" not in plain, f"an unknown variable in: {expression}")
        rules.append({"record": f"panel:{number}", "expr": plain})
    folder.mkdir(parents=True, exist_ok=True)
    # JSON is YAML.
    (folder / "panels.yml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    promtool(folder, "check", "rules", "panels.yml")


def check_alerts(folder, source_dir):
    """Each is tested both ways and explained."""
    alerts = re.findall(r"- alert: (\w+)", (folder / "alerts.yml").read_text())
    expect(alerts, "there are no alerts")
    tests = (folder / "alerts_test.yml").read_text()
    explained = (source_dir / "docs/monitoring.md").read_text()
    for alert in alerts:
        fires = re.search(rf"alertname: {alert}\n\s+exp_alerts:", tests)
        quiet = re.search(rf"alertname: {alert}}}", tests)
        expect(fires and quiet, f"{alert} is not tested both ways in alerts_test.yml")
        expect(f"`{alert}`" in explained, f"docs/monitoring.md does not explain {alert}")


def main(source_dir, work, documents):
    folder = source_dir / "adapters/server/monitoring"
    known = exported(source_dir, documents)
    promtool(folder, "check", "config", "prometheus.yml")
    promtool(folder, "check", "rules", "alerts.yml")
    promtool(folder, "test", "rules", "alerts_test.yml")
    check_names("alerts.yml", (folder / "alerts.yml").read_text(), known)
    check_alerts(folder, source_dir)
    check_queries(check_dashboard(folder / "grafana-dashboard.json", known), work)


if __name__ == "__main__":
    try:
        main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]),
             [pathlib.Path(name) for name in sys.argv[3:]])
    except Failed as failure:
        print(f"FAILED: {failure}")
        sys.exit(1)
