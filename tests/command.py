"""The command line: in this process, which is quick, and in one of its own, as a planner starts it."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from unittest import mock

from schoolnet import cli


def run(*arguments, cwd=None, env=None):
    """Run a command here, in a folder and an environment; returns what `process` returns."""
    words = ["schoolnet", *map(str, arguments)]
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        contextlib.chdir(cwd or "."),
        mock.patch.dict(os.environ, dict(os.environ if env is None else env), clear=True),
        mock.patch.object(sys, "argv", words),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def process(*arguments, cwd=None, env=None):
    """Run a command in a process of its own."""
    code = "from schoolnet.cli import main; main()"
    words = [sys.executable, "-X", "utf8", "-c", code, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, encoding="utf-8", cwd=cwd, env=env, check=False)
