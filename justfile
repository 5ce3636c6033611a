# What a developer runs. `just` comes with the test environment (PyPI: rust-just): .venv/bin/just --list

set windows-shell := ["sh", "-cu"]

bin := if os_family() == "windows" { ".venv/Scripts" } else { ".venv/bin" }

marks := if os() == "linux" { "not soak" } else if os() == "macos" { "not soak and not linux" } else { "not soak and not linux and not posix" }
rooms := "tests/test_house.py tests/command tests/schemas tests/generator tests/connector/emulator tests/connector/network tests/connector/upstream"

# Lists the recipes.
default:
    @{{ bin }}/just --list

# All that CI checks, in a fresh environment: the servers, the suite, the lint.
check:
    .ci/run

# A part of the suite, such as: just test tests/schemas -x
test *arguments:
    {{ bin }}/python -m pytest {{ arguments }}

# The rooms that need no real platform and no server, without what this system lacks: for macOS and Windows too.
portable *arguments:
    {{ bin }}/python -m pytest -m "{{ marks }}" {{ rooms }} {{ arguments }}

# The lint: style, format, types, imports.
lint:
    {{ bin }}/ruff check .
    {{ bin }}/ruff format --check .
    {{ bin }}/mypy
    {{ bin }}/lint-imports

# Mends what ruff can mend.
format:
    {{ bin }}/ruff check --fix .
    {{ bin }}/ruff format .

# Renews constraints/test.txt: the newest versions that pyproject.toml admits, for Python 3.11 to 3.14 on every system.
lock:
    {{ bin }}/uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --upgrade --no-header --no-annotate --quiet --output-file constraints/test.txt

# The types as the newest Python and other systems see them; tests and benchmarks are for systems with signals.
types:
    {{ bin }}/mypy --python-version 3.14
    {{ bin }}/mypy --platform win32 specloom
    {{ bin }}/mypy --platform darwin

# The long runs; their results are kept in benchmarks/results/.
soak *arguments:
    {{ bin }}/python -m pytest -m soak {{ arguments }}
