"""What is known of a story behind the scenes, for a person who asks why it is where it is."""

from __future__ import annotations

from dataclasses import dataclass

from feedhub.model.entry import Entry, Source, Story


@dataclass(frozen=True, slots=True)
class Witness:
    """One entry of a story. `kept` False: only its identity is left. `backlog`: it came with its feed's first
    document beyond `initial_items`. `listed` False: its feed is not in the configuration any more.
    """

    entry: Entry
    source: Source
    kept: bool
    backlog: bool
    listed: bool

    @property
    def shown(self) -> bool:
        """Whether it counts in what is published."""
        return self.kept and self.listed and not self.entry.dropped

    @property
    def name(self) -> str:
        """What `split` and `merge` call it: `FEED/KEY`, the key shortened."""
        kind, _, digest = self.entry.key.partition(":")
        return f"{self.entry.feed_id}/{kind}:{digest[:12]}"


@dataclass(frozen=True, slots=True)
class Dossier:
    """A story with every entry it has, in order of arrival, and the paths of the outputs it is a member of.

    `visible` False: all that could be shown of it is backlog, or nothing can.
    """

    story: Story
    witnesses: tuple[Witness, ...]
    outputs: tuple[str, ...]
    visible: bool
