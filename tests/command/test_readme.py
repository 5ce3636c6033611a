"""The READMEs that builds write."""

from __future__ import annotations

from pathlib import Path

import pytest

from specloom.generator.output.readme import filled, table


def test_parts_stand_where_they_are_named(tmp_path: Path) -> None:
    template = tmp_path / "readme.md"
    template.write_text("# $title\n\n${title}s. $more\n\n$block\n\nThe end, $$5.\n\n$last\n")
    assert filled(template, title="Söng", more="", block="", last="") == "# Söng\n\nSöngs.\n\nThe end, $5.\n".encode()
    whole = filled(template, title="A", more="M.", block="- $title\n- c", last="## L").decode()
    assert whole == "# A\n\nAs. M.\n\n- $title\n- c\n\nThe end, $5.\n\n## L\n"


def test_a_part_that_is_missing_is_no_gap(tmp_path: Path) -> None:
    template = tmp_path / "readme.md"
    template.write_text("$title")
    with pytest.raises(KeyError):
        filled(template)


def test_a_table_has_a_line_for_each_row() -> None:
    assert table(("A", "B"), [("1", "2"), ("3", "4")]) == "| A | B |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |"
