"""Flows: the README's own words."""
import re
import subprocess

from desk import ROOT, desk, flow


def session():
    """The commands of the console session, each with the lines it is said to print."""
    text = (ROOT / "README.md").read_text().split("```console\n")[1].split("```")[0]
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
    steps = session()
    assert len(steps) == 6 and steps[0][0].startswith("G="), steps
    script = "\n".join(command for command, _ in steps[1:])
    run = subprocess.run(["bash", "-euc", f"G={desk.env['GUICHET_URL']}/api/v1\n{script}"], capture_output=True, text=True,
                         timeout=60, env=desk.env)
    assert run.returncode == 0, run.stderr
    said = [line for _, lines in steps for line in lines]
    assert [alike(line) for line in run.stdout.splitlines()] == [alike(line) for line in said], run.stdout
