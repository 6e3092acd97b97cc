#!/bin/sh
# Install l2harness with what it needs into /opt/l2harness, as root of a Debian or Ubuntu image.
# Labs are graded in a virtual machine there (user-mode Linux): the container needs no privilege.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends \
    bubblewrap gcc libc6-dev make user-mode-linux util-linux python3 python3-venv
python=python3
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    # Ubuntu 22.04 has a newer one beside its own.
    apt-get install -y -qq --no-install-recommends python3.11 python3.11-venv
    python=python3.11
fi
"$python" -m venv /opt/l2harness
/opt/l2harness/bin/python -m pip install -q --disable-pip-version-check -r "$here/requirements.txt"
place=$(/opt/l2harness/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cp -r "$here/l2harness" "$place/"
[ ! -d "$here/lab" ] || cp -r "$here/lab" /opt/l2harness/lab
# What a kernel before 6.13 needs is compiled now, and found later by whoever grades.
/opt/l2harness/bin/python -c 'from l2harness.vm import uml; print("user-mode Linux:", uml.find())'
