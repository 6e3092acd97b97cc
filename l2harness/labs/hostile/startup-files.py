# Is imported by whichever Python or pytest looks for such a file where the submission lies.
#: as = ["conftest.py", "sitecustomize.py", "usercustomize.py", "yaml.py", "pyroute2.py",
#:       "msgspec.py", "l2harness.py", "_pytest.py", "pytest.py", "rich.py", "click.py"]
#: keeps = ["*"]
#: files = {"pytest.ini" = "[pytest]\naddopts = -p yaml\npythonpath = .\n", "x.pth" = "import yaml\n", ".env" = "LD_PRELOAD=./x.so\n", "pytest.toml" = "[pytest]\npythonpath = '.'\n", ".coveragerc" = "[run]\nplugins = yaml\n"}
import os
import sys

if not os.path.isdir("/submission"):
    with open("/tmp/l2harness-escaped", "w") as file:
        file.write(f"{__name__} was imported by {sys.argv}")
