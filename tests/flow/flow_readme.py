"""Flows: the README's own words."""
import re
import subprocess

from desk import ROOT, desk, flow


def session(number):
    """The commands of a console session, each with the lines it is said to print."""
    text = (ROOT / "README.md").read_text().split("```console\n")[number].split("```")[0]
    steps = []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        else:
            steps[-1][1].append(line)
    return steps


def alike(text):
    """What differs from run to run, by a word."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.+]+", "TIME", text)
    return re.sub(r"HD-\d{4}-\d{6}", "NUMBER", text)


@flow("the README's five requests print what it says")
def _():
    steps = session(1)
    assert len(steps) == 6 and steps[0][0].startswith("G="), steps
    prints(steps, f"G={desk.env['GUICHET_URL']}/api/v1")


@flow("the README's mail becomes a ticket, and its answer leads back")
def _():
    prints(session(2), "true")


def prints(steps, first):
    """The session, with something else for its first command."""
    script = "\n".join(command for command, _ in steps[1:])
    run = subprocess.run(["bash", "-euc", f"{first}\n{script}"], capture_output=True, text=True, timeout=60, env=desk.env)
    assert run.returncode == 0, run.stderr
    said = [line for _, lines in steps for line in lines]
    assert [alike(line) for line in run.stdout.splitlines()] == [alike(line) for line in said], run.stdout
