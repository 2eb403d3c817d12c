"""What a shell offers while a command is typed."""

from __future__ import annotations

from pathlib import Path

import typer

from feedhub.cli.completion import category_names, feed_ids, output_paths, private_paths
from feedhub.cli.main import app


def typing(file: Path) -> typer.Context:
    """Return the context of `feedhub -c FILE ...` with the cursor behind it."""
    context = typer.Context(typer.main.get_command(app))
    context.params = {"config": str(file)}
    return context


def test_names_of_the_configuration_are_offered(tmp_path: Path) -> None:
    """Feeds, outputs and categories that begin as typed; nothing where the file is wrong or absent."""
    file = tmp_path / "feedhub.yaml"
    assert feed_ids(typing(file), "") == []
    file.write_text("categories: {news: [https://a.example/, https://b.example/]}\n")
    assert feed_ids(typing(file), "a") == ["a-example"]
    assert output_paths(typing(file), "category/") == ["category/news"]
    assert category_names(typing(file), "") == ["news"]
    assert private_paths(typing(file), "") == []
    file.write_text(
        "feeds: [https://a.example/]\noutputs: {x: {from: all}, mine: {from: all, private: true}}\n"
    )
    assert private_paths(typing(file), "") == ["mine"]
    file.write_text("categories: [\n")
    assert category_names(typing(file), "") == []
