"""What the benchmarks need of the machine, and building what they measure."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from . import postgres
from .processes import Failure, run

#: A program, and the Debian package that has it.
PACKAGES = {
    "wrk": "wrk",
    "nginx": "nginx-light",
    "vips": "libvips-tools",
    "vipsthumbnail": "libvips-tools",
}
POSTGRES = ("initdb", "postgres", "psql", "pgbench")


def require(rows: list[str]):
    """Says what is missing, all at once, and how to get it."""
    media = any(name.startswith("media") for name in rows)
    wanted = {name: package for name, package in PACKAGES.items() if media or name == "wrk"}
    missing = {package for name, package in wanted.items() if not shutil.which(name)}
    programs = postgres.programs()
    if programs is None or not all((programs / name).exists() for name in POSTGRES):
        missing |= {"postgresql", "postgresql-contrib"}
    if importlib.util.find_spec("ensurepip") is None:
        missing.add("python3-venv")
    if missing:
        raise Failure(f"missing here: apt-get install --no-install-recommends {' '.join(sorted(missing))}")


def target_directory(project: Path) -> Path:
    """Where cargo builds to."""
    metadata = run(["cargo", "metadata", "--no-deps", "--format-version", "1", "--offline"], cwd=project)
    return Path(json.loads(metadata)["target_directory"])


def build(project: Path, *, service: bool):
    """Builds the service and its ceiling with the same settings; cargo shows its progress."""
    what = ["--bin", "ceiling", *(["--bin", "tintuc"] if service else [])]
    done = subprocess.run(["cargo", "build", "--release", "--locked", "--features", "ceiling", *what], cwd=project)
    if done.returncode != 0:
        raise Failure("the release build failed")


def python_for_plots(folder: Path, requirements: Path) -> Path:
    """A Python with matplotlib, made the first time."""
    python = folder / "bin" / "python"
    stamp = folder / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != requirements.read_text():
        venv.create(folder, with_pip=True, clear=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "--requirement", requirements])
        shutil.copy(requirements, stamp)
    return python


def cores() -> int:
    """How many this process may use, which is how many workers the service takes."""
    return len(os.sched_getaffinity(0))


def machine(server) -> dict[str, str]:
    """What the figures were measured on."""
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        os.uname().machine,
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024 / 1024
    return {
        "CPU": f"{cpu}, {cores()} cores",
        "memory": f"{memory:.0f} GiB",
        "kernel": f"{os.uname().sysname} {os.uname().release}",
        "PostgreSQL": server.ask("SHOW server_version")[0][0] + ", default settings, fsync on",
        "Python": sys.version.split()[0],
        "Rust": run(["rustc", "--version"]).split()[1],
    }


def revision(project: Path) -> str:
    """The commit that is measured."""
    try:
        return run(["git", "describe", "--always", "--dirty"], cwd=project).strip()
    except (Failure, FileNotFoundError):
        return "unknown"
