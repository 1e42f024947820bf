"""`make demo` on a Debian that has Python, its venv and make: nothing else is asked of a newcomer's machine."""

from .machine import BASE, sh

SETUP = """
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 python3-venv make >/dev/null
for tool in git cc docker; do if command -v $tool; then exit 1; fi; done
cp -r /checkout /project
cd /project
make demo
test -s mlops-gates-demo/mlops-gates-report/report.html
make demo >/tmp/again
if grep "Setting up" /tmp/again; then exit 1; fi
grep "PASSED" /tmp/again
"""


def test_the_demo_needs_python_venv_and_make_only(engine, checkout):
    done = sh(
        "docker", "run", "--rm", "-v", f"{checkout}:/checkout:ro", "--entrypoint", "sh", BASE, "-exc", SETUP,
        timeout=600,
    )  # fmt: skip
    log = done.stdout + done.stderr
    assert done.returncode == 0, log[-6000:]
    assert "PASSED: every check kept its limit" in done.stdout, log[-6000:]
    assert "exit code 0" in done.stdout
